import { describe, expect, test } from "vitest";
import { type BacktestOptions, backtest, prepareBacktest } from "../../src/backtest/index.js";
import type { Order } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { balanceRisk, defineRisk } from "../../src/execution/index.js";
import { defineStrategy } from "../../src/strategies/index.js";
import { expectMisuse } from "../misuse.js";
import { candles, play, START, still } from "./scripted.js";

const Busy = defineStrategy({
  name: "Busy",
  params: {},
  create: () => ({
    onCandle(bar, desk) {
      const turn = bar.closeUnits % 9;
      if (turn === 0) desk.enterLong({ stopLoss: bar.exact.low.times("0.999"), takeProfit: bar.exact.high.times("1.001") });
      else if (turn === 1) desk.enterShort({ limit: bar.exact.close.times("1.0004") });
      else if (turn === 2) desk.flatten();
      else if (turn === 3) desk.enterLong({ stopLoss: bar.exact.high.times("1.1") });
    },
  }),
});

const options: BacktestOptions = {
  data: syntheticCandles({ bars: 500, seed: 12, gaps: true, start: START }),
  strategy: Busy,
  latencyBars: 2,
  slippageBps: 1,
  pyramiding: 1,
  sizer: "percent:0.3",
};

describe("run.explain equals a run that kept everything", () => {
  const prepared = prepareBacktest(options);
  const run = backtest(options);

  test("on every bar: fills, position and equity as an observer heard them", () => {
    const heard: { fills: string[]; position: string; equity: number; orders: number }[] = [];
    let fills: string[] = [];
    const replay = prepared.replay(undefined, {
      filled: (order, quantity, price) => void fills.push(`${order.id} ${quantity} @ ${price}`),
      barDone(step) {
        replay.portfolio.mark[0] = prepared.series[0]!.close[step]!;
        heard.push({
          fills,
          position: String(replay.portfolio.quantity[0]),
          equity: Number(replay.portfolio.equityUnits()),
          orders: replay.engine.orders.orders.length,
        });
        fills = [];
      },
    });
    replay.run();
    expect(heard).toHaveLength(500);
    expect(heard.reduce((sum, bar) => sum + bar.fills.length, 0)).toBe(run.counts.fills);
    expect(run.counts.fills).toBeGreaterThan(80);
    let orders = 0;
    for (let step = 0; step < 500; step += 1) {
      const bar = run.explain(START + step * 60_000);
      const kept = heard[step]!;
      expect(bar.fills.map((fill) => `${fill.orderId} ${fill.quantity.times(1000)} @ ${fill.price.times(10)}`)).toEqual(kept.fills);
      expect(bar.positions[0]!.quantity.times(1000).toFixed()).toBe(kept.position);
      expect(bar.equity.times(1e8).toNumber()).toBe(kept.equity);
      orders += bar.orders.length;
      expect(orders).toBe(kept.orders);
    }
  });

  test("signals and orders are those of the whole run; what was working then is what was not yet final", () => {
    const bars = [3, 77, 140, 255, 499].map((step) => run.explain(START + step * 60_000));
    for (const bar of bars) {
      expect(bar.signals).toEqual(run.signals.filter((signal) => signal.time === bar.time));
      expect(bar.fills).toEqual(run.fills.filter((fill) => fill.time === bar.time));
      expect(bar.candle).toEqual(run.series[0]!.at(bar.bar));
      const ended = (order: Order): boolean => order.status !== "working" && order.updatedAt <= bar.time;
      const expected = run.orders.filter((order) => order.createdAt <= bar.time && !ended(order)).map((order) => order.id);
      expect(bar.working.map((order) => order.id)).toEqual(expected);
    }
  });

  test("any moment within a bar means that bar", () => {
    expect(run.explain(START + 60_000 + 59_999).bar).toBe(1);
    expect(run.explain("2024-05-01T00:01:00Z").bar).toBe(1);
  });

  test.each<[string, number | string, string, RegExp]>([
    ["before the data", START - 1, "TIME_OUTSIDE", /lies outside the data, 2024-05-01T00:00:00Z to 2024-05-01T08:20:00Z/],
    ["after the last bar has closed", START + 500 * 60_000, "TIME_OUTSIDE", /lies outside/],
    ["no time", "noon", "TIME_INVALID", /RFC 3339/],
  ])("%s is misuse", (_what, time, code, message) => {
    expectMisuse(() => run.explain(time), code, message);
  });
});

describe("how an entry was decided", () => {
  const rows = [101, 101, 101, 101, 101, 101, 101].map((price) => still(price));
  const venue = { symbol: "TESTUSDT", tickSize: "0.1", lotSize: "0.01", minQuantity: "0.01", maxQuantity: "1000", minNotional: "5" };
  const held = play(
    rows,
    { 0: (desk) => desk.enterLong(), 2: (desk) => desk.exitLong(), 4: (desk) => desk.enterLong({ quantity: "4.567" }) },
    {
      sizer: "percent:0.333",
      cash: 1000,
      fees: { maker: 0, taker: 0 },
      risk: { maxOrderQuantity: "5", maxOrderNotional: "400", maxPositionQuantity: "4", maxDrawdown: "0.5" },
      instrument: venue,
    },
  );
  const lines = (bar: number): string[] =>
    held
      .explain(START + bar * 60_000)
      .decisions.flatMap(({ orderId, checks }) =>
        checks.map(({ check, asked, limit, passes }) => `${orderId} ${check} ${asked ?? "-"} ${limit ?? "-"} ${passes}`),
      );

  test("its size by hand: sizer, equity, price, what was asked and what is left in whole lots", () => {
    const [decision, ...others] = held.explain(START).decisions;
    expect(others).toEqual([]);
    expect(decision).toMatchObject({ symbol: "TESTUSDT", signal: "enterLong", orderId: "1", sizer: "percent:0.333", time: START });
    // 1,000 x 0.333 / 101 = 3.2970..., in lots of 0.01.
    const { equity, price, asked, quantity, lot } = decision!;
    expect([equity, price, quantity, lot].map((one) => one.toFixed())).toEqual(["1000", "101", "3.29", "0.01"]);
    expect(asked!.toFixed(6)).toBe("3.297030");
  });

  test("every limit and filter with both numbers", () => {
    expect(lines(0)).toEqual([
      "1 maxOrderQuantity 3.29 at most 5 true",
      "1 maxOrderNotional 332.29 at most 400 true",
      "1 maxPositionQuantity 3.29 at most 4 true",
      "1 maxDrawdown - at most 0.5 true",
      "1 venue minQuantity 3.29 at least 0.01 true",
      "1 venue maxQuantity 3.29 at most 1000 true",
      "1 venue minNotional 332.29 at least 5 true",
    ]);
  });

  test("what refused it, and what was not asked any more; a quantity of the strategy's own", () => {
    const { decisions, orders } = held.explain(START + 4 * 60_000);
    expect(orders[0]).toMatchObject({ status: "refused", reason: { code: "MAX_ORDER_NOTIONAL" } });
    expect(decisions.map(({ sizer, asked, quantity }) => [sizer, asked?.toFixed(), quantity.toFixed()])).toEqual([
      ["strategy", "4.567", "4.56"],
    ]);
    const id = orders[0]!.id;
    expect(lines(4)).toEqual([
      `${id} maxOrderQuantity 4.56 at most 5 true`,
      `${id} maxOrderNotional 460.56 at most 400 false`,
      `${id} maxPositionQuantity 4.56 at most 4 false`,
      `${id} maxDrawdown - at most 0.5 undefined`,
      `${id} venue minQuantity 4.56 at least 0.01 undefined`,
      `${id} venue maxQuantity 4.56 at most 1000 undefined`,
      `${id} venue minNotional 460.56 at least 5 undefined`,
    ]);
  });

  test("an exit is decided by its position; below a lot nothing is held against anything", () => {
    expect(held.explain(START + 2 * 60_000).decisions).toEqual([]);
    const tiny = play(rows, { 0: (desk) => desk.enterLong() }, { sizer: "fixed:0.009", instrument: venue });
    const [decision] = tiny.explain(START).decisions;
    expect([decision!.asked!.toFixed(), decision!.quantity.toFixed(), decision!.checks]).toEqual(["0.009", "0", []]);
    expect(tiny.refusals[0]!.refusal.code).toBe("ZERO_SIZE");
  });

  test("filters of the venue, a check without limits, a check of one's own, and what an account has", () => {
    const of = (options: Partial<BacktestOptions>): string[] =>
      play(rows, { 0: (desk) => desk.enterLong() }, { cash: 1000, instrument: venue, ...options })
        .explain(START)
        .decisions[0]!.checks.map(({ check, asked, limit, passes }) => `${check} ${asked ?? "-"} ${limit ?? "-"} ${passes}`);
    expect(of({ sizer: "fixed:0.04" })).toEqual([
      "risk basic - - true",
      "venue minQuantity 0.04 at least 0.01 true",
      "venue maxQuantity 0.04 at most 1000 true",
      "venue minNotional 4.04 at least 5 false",
    ]);
    const never = defineRisk({ name: "never", check: () => "not today" });
    expect(of({ sizer: "fixed:1", risk: never })[0]).toBe("CUSTOM_CHECK 1 0 false");
    expect(of({ sizer: "fixed:11", risk: balanceRisk({ leverage: 1, feeRate: "0.001" }) })[0]).toBe("balance 1112.111 at most 1000 false");
    expect(of({ sizer: "fixed:2", risk: balanceRisk({ leverage: 2 }) })[0]).toBe("balance 101 at most 1000 true");
  });

  test("on every bar: an entry order has a decision of its size, and it left only if everything let it", () => {
    const data = syntheticCandles({ bars: 400, seed: 12, start: START });
    const run = backtest({ ...options, data, risk: { maxOrderNotional: "3000", maxPositionQuantity: "0.12" } });
    let refused = 0;
    let left = 0;
    for (let step = 0; step < 400; step++) {
      const bar = run.explain(START + step * 60_000);
      for (const order of bar.orders.filter(({ role }) => role === "entry")) {
        const decision = bar.decisions.find(({ orderId }) => orderId === order.id)!;
        expect(decision.quantity.eq(order.quantity)).toBe(true);
        if (order.status === "refused") refused++;
        else {
          left++;
          expect(decision.checks.length).toBeGreaterThan(0);
        }
        if (decision.checks.length > 0) expect(decision.checks.every(({ passes }) => passes === true)).toBe(order.status !== "refused");
      }
    }
    expect(Math.min(refused, left)).toBeGreaterThan(5);
  });
});

test("a gap in the data belongs to the bar before it", () => {
  const run = backtest({ data: candles([still(100), still(101), still(102)], { times: [0, 1, 5] }), strategy: Busy });
  expect(run.explain(START + 3 * 60_000)).toMatchObject({ bar: 1, time: START + 60_000 });
});

test("trades: average prices, exit reasons, and a position open at the end as a last one", () => {
  const rows = [still(100), still(100), still(110), still(120), still(130), still(125)] as const;
  const run = play(
    rows,
    { 0: (d) => d.enterLong(), 1: (d) => d.enterLong(), 2: (d) => d.exitLong(), 3: (d) => d.enterShort() },
    { pyramiding: 1, fees: { maker: 0, taker: "0.001" } },
  );
  expect(run.trades).toHaveLength(2);
  const [first, last] = run.trades;
  expect(first).toMatchObject({ side: "long", exitReason: "signal", bars: 2, symbol: "TESTUSDT" });
  expect(
    [first!.quantity, first!.entryPrice, first!.exitPrice, first!.grossPnl, first!.fees, first!.netPnl].map((d) => d.toFixed()),
  ).toEqual(["2", "105", "120", "30", "0.45", "29.55"]);
  expect(first!.return).toBeCloseTo(29.55 / 210, 12);
  expect(last).toMatchObject({ side: "short", exitReason: "end" });
  expect([last!.entryPrice, last!.exitPrice, last!.netPnl].map((d) => d.toFixed())).toEqual(["130", "125", "4.87"]);
  expect(run.buyAndHold).toBeCloseTo(0.25, 12);
});

test("an exit says why it leaves from the moment it is sent", () => {
  const run = play([still("100"), still("100"), still("100"), still("100")], {
    0: (desk) => desk.enterLong(),
    1: (desk) => desk.flatten(),
  });
  expect(run.explain(START + 60_000).working).toMatchObject([{ status: "working", exitReason: "FLATTEN" }]);
});

test("the candle shown is never one that lies ahead, of a symbol that begins later", () => {
  const late = candles([still(7), still(7)], { symbol: "AUSDT", times: [2, 3] });
  const early = candles([5, 5, 5, 5].map(still), { symbol: "BUSDT" });
  const run = play(
    [],
    {},
    { data: [late, early], instrument: [late, early].map(({ symbol }) => ({ symbol, tickSize: "0.1", lotSize: "1" })) },
  );
  const shown = [0, 1, 2, 3].map((minute) => run.explain(START + minute * 60_000).candle);
  expect(shown.map(({ time, close }) => [time - START, close.toNumber()])).toEqual([
    [0, 5],
    [60_000, 5],
    [120_000, 7],
    [180_000, 7],
  ]);
});
