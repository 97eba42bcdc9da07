import { describe, expect, test } from "vitest";
import { type BacktestOptions, type BacktestRun, backtest } from "../../src/backtest/index.js";
import { type MarketEvent, type MarketTape, type StrategyContext, tapeOf } from "../../src/core/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { expectMisuse } from "../misuse.js";
import { candles, MINUTE, START, still } from "./scripted.js";

const SYMBOL = "TESTUSDT";
type Levels = readonly (readonly [string, string])[];

const book = (at: number, bids: Levels, asks: Levels, kind: "snapshot" | "delta" = "snapshot", symbol = SYMBOL): MarketEvent => ({
  type: "book",
  symbol,
  time: START + at,
  kind,
  bids,
  asks,
});
const trade = (at: number, side: "buy" | "sell", price: string, quantity = "1", symbol = SYMBOL): MarketEvent => ({
  type: "trade",
  symbol,
  time: START + at,
  id: `${at}`,
  side,
  price,
  quantity,
});

/** What to do at which event of its own kind, counted from 0. */
interface TickScript {
  readonly trades?: Readonly<Record<number, (desk: StrategyContext) => void>>;
  readonly books?: Readonly<Record<number, (desk: StrategyContext) => void>>;
  readonly candles?: Readonly<Record<number, (desk: StrategyContext) => void>>;
  readonly timers?: (time: number, desk: StrategyContext) => void;
  readonly timerMs?: number;
}

function ticking(script: TickScript): StrategyDefinition {
  const seen = { trade: 0, book: 0 };
  return defineStrategy({
    name: "Ticking",
    params: {},
    feeds: ["candles", "trades", "book"],
    ...(script.timerMs === undefined ? {} : { timerMs: script.timerMs }),
    create: () => {
      seen.trade = seen.book = 0;
      return {
        onCandle: (bar, desk) => script.candles?.[bar.index]?.(desk),
        onTrade: (_, desk) => script.trades?.[seen.trade++]?.(desk),
        onBook: (_, desk) => script.books?.[seen.book++]?.(desk),
        ...(script.timers === undefined ? {} : { onTimer: script.timers }),
      };
    },
  }) as unknown as StrategyDefinition;
}

const play = (data: BacktestOptions["data"], script: TickScript, options: Partial<BacktestOptions> = {}): BacktestRun =>
  backtest({
    data,
    strategy: ticking(script),
    sizer: "fixed:1",
    fees: "none",
    instrument: { symbol: SYMBOL, tickSize: "0.1", lotSize: "0.1" },
    ...options,
  });

const fillsOf = (run: BacktestRun): string[] =>
  run.fills.map((f) => `${f.time - START} ${f.side} ${f.quantity.toFixed()} @ ${f.price.toFixed()} ${f.role} ${f.liquidity}`);

const quoted = (...more: MarketEvent[]): MarketTape =>
  tapeOf(SYMBOL, [
    book(
      0,
      [
        ["100", "2"],
        ["99.9", "5"],
      ],
      [
        ["100.1", "0.6"],
        ["100.2", "5"],
      ],
    ),
    trade(10, "buy", "100.1", "0.1"),
    ...more,
  ]);

describe("trades and books", () => {
  test("a market order sweeps the book, level by level, and is filled in parts", () => {
    const run = play(quoted(trade(70_000, "sell", "100")), { trades: { 0: (d) => d.enterLong() } });
    expect(fillsOf(run)).toEqual(["10 buy 0.6 @ 100.1 entry taker", "10 buy 0.4 @ 100.2 entry taker"]);
    expect(run.orders[0]).toMatchObject({ status: "filled", createdAt: START + 10 });
    expect(run.positions[0]!.averageEntry!.toFixed()).toBe("100.14");
    expect(run.trades[0]).toMatchObject({ exitReason: "end" });
  });

  test("a request arrives after the latency, at the book of that time", () => {
    const later = book(50, [["101", "9"]], [["101.1", "9"]]);
    const run = play(quoted(later, trade(200, "buy", "101.1")), { trades: { 0: (d) => d.enterLong() } }, { latencyMs: 100 });
    expect(fillsOf(run)).toEqual(["110 buy 1 @ 101.1 entry taker"]);
    expect(run.orders[0]!.createdAt).toBe(START + 10);
  });

  test("what is on its way when the data ends still arrives", () => {
    const run = play(quoted(), { trades: { 0: (d) => d.enterLong() } }, { latencyMs: 120_000 });
    expect(fillsOf(run)).toEqual(["120010 buy 0.6 @ 100.1 entry taker", "120010 buy 0.4 @ 100.2 entry taker"]);
  });

  test("a resting order waits behind the queue, and its legs grow with each of its fills", () => {
    const data = quoted(
      trade(20, "sell", "100", "1.5"),
      trade(30, "sell", "100", "0.9"),
      trade(40, "sell", "100", "0.9"),
      trade(50, "sell", "98", "1"),
    );
    const run = play(data, { trades: { 0: (d) => d.enterLong({ limit: "100", stopLoss: "98.5", takeProfit: "105" }) } });
    expect(fillsOf(run)).toEqual(["30 buy 0.4 @ 100 entry maker", "40 buy 0.6 @ 100 entry maker", "50 sell 1 @ 100 stopLoss taker"]);
    const legs = run.orders.filter((one) => one.role !== "entry");
    expect(legs.map((one) => `${one.role} ${one.quantity.toFixed()} ${one.status}`)).toEqual([
      "stopLoss 1 filled",
      "takeProfit 1 cancelled",
    ]);
  });

  test("the kill switch looks at every tick: a fall before the first candle has closed counts, though it has recovered by then", () => {
    const at = (time: number, price: number): MarketEvent[] => [
      book(time, [[(price - 0.1).toFixed(1), "1000"]], [[(price + 0.1).toFixed(1), "1000"]]),
      trade(time + 1, "buy", price.toFixed(1)),
    ];
    const data = tapeOf(SYMBOL, [
      ...at(0, 100),
      ...at(1_000, 80),
      ...at(2_000, 100),
      ...at(3_000, 100),
      ...at(70_000, 100),
      ...at(130_000, 100),
    ]);
    const script = {
      0: (d: StrategyContext) => d.enterLong(),
      2: (d: StrategyContext) => d.exitLong(),
      4: (d: StrategyContext) => d.enterLong(),
    };
    const run = play(data, { trades: script }, { sizer: "fixed:50", risk: { maxDrawdown: "0.05" } });
    expect(run.fills.map(({ side, quantity }) => `${side} ${quantity.toFixed()}`)).toEqual(["buy 50", "sell 50"]);
    expect(run.refusals.map(({ refusal }) => refusal.code)).toEqual(["DRAWDOWN_STOP"]);
    expect(run.alerts.map(({ code, time }) => [code, time - START])).toEqual([["RISK_WARNING", 1_000]]);
  });

  test("an exit takes back what an entry has not filled yet and closes what it has", () => {
    const data = quoted(trade(20, "sell", "100", "2.4"), trade(30, "buy", "100.1"), trade(40, "sell", "99.9", "9"));
    const run = play(data, { trades: { 0: (d) => d.enterLong({ limit: "100" }), 2: (d) => d.exitLong({ reason: "MAX_HOLD" }) } });
    expect(fillsOf(run)).toEqual(["20 buy 0.4 @ 100 entry maker", "30 sell 0.4 @ 100 exit taker"]);
    expect(run.orders[0]).toMatchObject({ status: "cancelled" });
    expect(run.orders[0]!.filledQuantity.toFixed()).toBe("0.4");
  });

  test("candles of a tape close after the ticks before their end, timers ring on their grid", () => {
    const heard: string[] = [];
    const run = play(quoted(trade(59_999, "buy", "101"), trade(60_000, "buy", "102"), trade(90_000, "buy", "103")), {
      candles: { 0: () => heard.push("candle 0"), 1: () => heard.push("candle 1") },
      trades: Object.fromEntries([0, 1, 2, 3].map((i) => [i, () => heard.push(`trade ${i}`)])),
      timers: (time) => heard.push(`timer ${(time - START) / 1000}`),
      timerMs: 30_000,
    });
    expect(heard).toEqual([
      "timer 0",
      "trade 0",
      "timer 30",
      "trade 1",
      "candle 0",
      "timer 60",
      "trade 2",
      "timer 90",
      "trade 3",
      "candle 1",
    ]);
    expect(run.series[0]!.at(0)).toMatchObject({ time: START });
    expect(["open", "high", "low", "close"].map((f) => run.series[0]!.prices(f as "open")[0])).toEqual([100.1, 101, 100.1, 101]);
    expect(run.settings).toMatchObject({ feed: "ticks", interval: "1m", latencyMs: 0, queue: "conservative" });
  });

  test("several symbols are merged by time; candles of another symbol close in between", () => {
    const other = tapeOf("OTHERUSDT", [trade(5, "buy", "50", "1", "OTHERUSDT"), trade(15, "buy", "51", "1", "OTHERUSDT")]);
    const order: string[] = [];
    const watch = defineStrategy({
      name: "Watch",
      params: {},
      symbols: () => [SYMBOL, "OTHERUSDT"],
      feeds: ["trades"],
      create: () => ({
        onTrade(seen, desk) {
          order.push(`${seen.symbol} ${seen.time - START} ${seen.price}`);
          if (seen.time === START + 15) desk.of("OTHERUSDT").enterLong();
        },
      }),
    }) as unknown as StrategyDefinition;
    const instruments = [SYMBOL, "OTHERUSDT"].map((symbol) => ({ symbol, tickSize: "0.1", lotSize: "0.1" }));
    const run = backtest({
      data: [quoted(trade(12, "buy", "100.1")), other],
      strategy: watch,
      sizer: "fixed:1",
      fees: "none",
      instrument: instruments,
    });
    expect(order).toEqual(["OTHERUSDT 5 50", "TESTUSDT 10 100.1", "TESTUSDT 12 100.1", "OTHERUSDT 15 51"]);
    expect(fillsOf(run)).toEqual(["15 buy 1 @ 51 entry taker"]);
    expect(run.fills[0]!.symbol).toBe("OTHERUSDT");
  });

  test("a position beside a symbol of candles alone is marked at its close", () => {
    const line = candles([50, 60].map(still), { symbol: "OTHERUSDT" });
    const run = play(
      [quoted(trade(61_000, "buy", "100.1")), line],
      { candles: { 0: (d) => d.of("OTHERUSDT").enterLong() } },
      { instrument: [SYMBOL, "OTHERUSDT"].map((symbol) => ({ symbol, tickSize: "0.1", lotSize: "0.1" })) },
    );
    expect(run.fills.map((f) => `${f.symbol} ${f.price.toFixed()}`)).toContain("OTHERUSDT 50");
    expect(run.finalEquity.toFixed()).toBe("10010");
  });

  test("explain shows the step: its fills, its orders, what still works", () => {
    const run = play(quoted(trade(70_000, "sell", "100.1")), { trades: { 0: (d) => d.enterLong({ limit: "99.9" }) } });
    const seen = run.explain(START + 30_000);
    expect(seen.orders).toHaveLength(1);
    expect(seen.working).toHaveLength(1);
    expect(seen.candle.close.toFixed()).toBe("100.1");
    expect(seen.signals.map((s) => s.outcome)).toEqual(["ordered"]);
  });

  test("funding of several symbols is paid by the one it names", () => {
    const line = candles([50, 50].map(still), { symbol: "OTHERUSDT" });
    const instrument = [SYMBOL, "OTHERUSDT"].map((symbol) => ({ symbol, tickSize: "0.1", lotSize: "0.1" }));
    const data = [quoted(trade(70_000, "buy", "100.1")), line];
    const rate = { time: START + 30_000, rate: "0.01" };
    const paid = (symbol: string): string =>
      play(data, { trades: { 0: (d) => d.enterLong() } }, { instrument, funding: [{ ...rate, symbol }] }).funding.toFixed();
    expect(paid(SYMBOL)).toBe("1.001");
    expect(paid("OTHERUSDT")).toBe("0");
    expectMisuse(() => play(data, {}, { instrument, funding: [rate] }), "OPTION_INVALID", /names its own/);
  });

  test("funding that is due at the last close is paid, what is due after it is not", () => {
    const data = quoted(trade(70_000, "buy", "100.1"));
    const end = play(data, {}).series[0]!.time.at(-1)! + MINUTE;
    const paid = (time: number): string =>
      play(data, { trades: { 0: (d) => d.enterLong() } }, { funding: [{ time, rate: "0.01" }] }).funding.toFixed();
    expect([end - 1, end, end + 1].map(paid)).toEqual(["1.001", "1.001", "0"]);
  });

  test("what only ticks can tell is refused with candles, and a strategy without its feed", () => {
    const data = candles([100, 100].map(still));
    const plain = { data, strategy: ticking({}), instrument: { symbol: SYMBOL, tickSize: "0.1", lotSize: "0.1" } };
    expectMisuse(() => backtest(plain), "FEED_MISSING", /trades of TESTUSDT/);
    expectMisuse(() => backtest({ ...plain, strategy: "SmaCross", latencyMs: 5 }), "OPTION_INVALID", /latencyMs needs trades or books/);
    expectMisuse(() => backtest({ ...plain, strategy: "SmaCross", queue: "optimistic" }), "OPTION_INVALID", /queue needs trades or books/);
    expectMisuse(() => backtest({ ...plain, data: [quoted(), quoted()] }), "DATA_SYMBOL_TWICE", /two tapes/);
  });
});

describe("candles", () => {
  test("a share of the volume fills an entry over several bars, its legs with it", () => {
    const rows = [100, 100, 100, 100, 100, 90].map(still);
    const run = backtest({
      data: candles(rows),
      strategy: defineStrategy({
        name: "Once",
        params: {},
        create: () => ({ onCandle: (bar, desk) => (bar.index === 0 ? desk.enterLong({ stopLoss: 95 }) : undefined) }),
      }) as unknown as StrategyDefinition,
      sizer: "fixed:250",
      cash: 100_000,
      fees: "none",
      participation: "0.1",
      instrument: { symbol: SYMBOL, tickSize: "0.1", lotSize: "1" },
    });
    const line = run.fills.map((f) => `${(f.time - START) / MINUTE} ${f.side} ${f.quantity.toFixed()} ${f.role}`);
    expect(line).toEqual(["1 buy 100 entry", "2 buy 100 entry", "3 buy 50 entry", "5 sell 100 stopLoss"]);
    expect(run.orders.filter((one) => one.role === "stopLoss").map((one) => one.quantity.toFixed())).toEqual(["250"]);
  });

  test("a position whose margin is gone is liquidated, and stands so in fills and trades", () => {
    const run = backtest({
      data: candles([100, 100, 100, 80, 80].map(still)),
      strategy: defineStrategy({
        name: "AllIn",
        params: {},
        create: () => ({ onCandle: (bar, desk) => (bar.index === 0 ? desk.enterLong() : undefined) }),
      }) as unknown as StrategyDefinition,
      sizer: "fixed:9",
      cash: 100,
      leverage: 10,
      fees: "none",
      maintenanceMargin: "0.01",
      instrument: { symbol: SYMBOL, tickSize: "0.1", lotSize: "1" },
    });
    expect(run.fills.map((f) => `${(f.time - START) / MINUTE} ${f.side} ${f.quantity.toFixed()} @ ${f.price.toFixed()}`)).toEqual([
      "1 buy 9 @ 100",
      "3 sell 9 @ 80",
    ]);
    expect(run.positions[0]!.quantity.isZero()).toBe(true);
    expect(run.finalEquity.toFixed()).toBe("0");
    expect(run.trades.map(({ exitReason }) => exitReason)).toEqual(["liquidation"]);
    expect(run.warnings).toContainEqual({ code: "LIQUIDATED", message: "The venue closed a position for want of margin." });
  });
});
