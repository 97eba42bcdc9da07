import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BacktestOptions, type BacktestRun, backtest } from "../../src/backtest/index.js";
import { Decimal } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { portfolioHeat, risk, sizers } from "../../src/execution/index.js";
import { defineStrategy } from "../../src/strategies/index.js";
import { candles, MINUTE, type Row, type Script, START, scripted, still } from "./scripted.js";

const BTCUSD = { symbol: "BTCUSD", kind: "inverse", tickSize: "0.1", lotSize: "1" } as const;

function play(rows: readonly Row[], script: Script, options: Partial<BacktestOptions> = {}): BacktestRun {
  return backtest({
    data: candles(rows, { symbol: "BTCUSD" }),
    strategy: scripted(script),
    sizer: "fixed:10000",
    cash: 1,
    instrument: BTCUSD,
    ...options,
  });
}

const closes = (...prices: number[]): Row[] => prices.map((price) => still(price));
const RISE = closes(50_000, 50_000, 55_000, 55_000);

describe("an inverse perpetual, by hand", () => {
  test("a long: contracts x (1 / entry - 1 / exit) coin, fees of value / price x rate", () => {
    const run = play(RISE, { 0: (d) => d.enterLong(), 2: (d) => d.exitLong() });
    expect(run.settings).toMatchObject({ category: "inverse", currency: "BTC", cash: "1", fees: { name: "bybit-inverse" } });
    // 10,000 contracts: 0.2 BTC at 50,000, 0.181818181818... at 55,000; fees 0.055 % of each to 1e-8.
    expect(run.fills.map((fill) => fill.fee.toFixed())).toEqual(["0.00011", "0.0001"]);
    expect(run.fills[0]!.feeCurrency).toBe("BTC");
    const [trade] = run.trades;
    expect(trade!.grossPnl.toFixed()).toBe("0.018181818182");
    expect(trade!.netPnl.toFixed()).toBe("0.017971818182");
    expect([trade!.entryPrice.toFixed(), trade!.exitPrice.toFixed(), trade!.quantity.toFixed()]).toEqual(["50000", "55000", "10000"]);
    expect(trade!.return).toBeCloseTo(0.08985909091, 10);
    expect(run.finalEquity.toFixed()).toBe("1.017971818182");
    // Open at 55,000 by the close of bar 2.
    expect([...run.equity.value]).toEqual([1, 0.99989, 1.018071818182, 1.017971818182]);
  });

  test("a short gains what a long loses", () => {
    const script = (enter: "enterLong" | "enterShort"): Script => ({ 0: (d) => d[enter](), 2: (d) => d.flatten() });
    const [long] = play(RISE, script("enterLong")).trades;
    const [short] = play(RISE, script("enterShort")).trades;
    expect(short!.grossPnl.toFixed()).toBe(long!.grossPnl.neg().toFixed());
    expect(short!.netPnl.toFixed()).toBe("-0.018391818182");
  });

  test("a position in layers has the harmonic mean as its entry", () => {
    const run = play(
      closes(30_000, 30_000, 60_000, 60_000, 60_000),
      { 0: (d) => d.enterLong(), 1: (d) => d.enterLong(), 3: (d) => d.exitLong() },
      { pyramiding: 1 },
    );
    // 20,000 contracts for 1/3 + 1/6 BTC.
    expect(run.trades.map((one) => one.entryPrice.toFixed())).toEqual(["40000"]);
    expect(run.trades[0]!.exitPrice.toFixed()).toBe("60000");
  });

  test("a long pays a positive funding rate in coin, of contracts / price", () => {
    const run = play(RISE, { 0: (d) => d.enterLong() }, { funding: [{ time: START + 2 * MINUTE, rate: "0.0001" }] });
    // 10,000 / 55,000 x 0.0001
    expect(run.funding.toFixed()).toBe("0.00001818");
    expect(run.warnings.map(({ code }) => code)).toEqual(["OPEN_AT_END", "BENCHMARK_IN_QUOTE"]);
  });

  test("percent of equity is coin x price contracts, and estimates of volatility scale it", () => {
    const run = play(RISE, { 0: (d) => d.enterLong() }, { sizer: "percent:0.1" });
    expect(run.fills[0]!.quantity.toFixed()).toBe("5000");
    const at = { equity: "0.5", price: "40000", instrument: instrumentOf(run) };
    expect(sizers.percent("0.1").size(at).toFixed()).toBe("2000");
    expect(sizers.riskAdjusted("0.01", { volatility: "0.02" }).size(at).toFixed()).toBe("10000");
    const volatile = { ...at, history: candles(Array.from({ length: 20 }, (): Row => [40_000, 40_400, 39_600, 40_000])) };
    expect(sizers.riskAdjusted("0.01", { volatility: "atr:14" }).size(volatile).toFixed()).toBe("10000");
  });

  test("least and largest value count contracts, worth one quote each", () => {
    const refusal = (options: Partial<BacktestOptions>): string[] =>
      play(RISE, { 0: (d) => d.enterLong() }, options).refusals.map(({ refusal: why }) => `${why.code}: ${why.message}`);
    const least = { ...BTCUSD, minNotional: "100" };
    expect(refusal({ instrument: least, sizer: "fixed:99" })).toEqual([
      "BELOW_MIN_NOTIONAL: order value 99 is below the venue's minimum 100",
    ]);
    expect(refusal({ instrument: least, sizer: "fixed:100" })).toEqual([]);
    expect(refusal({ risk: { maxOrderNotional: 9_999 } })).toEqual(["MAX_ORDER_NOTIONAL: order notional 10000 exceeds limit 9999"]);
    expect(refusal({ risk: { maxOrderNotional: 10_000 } })).toEqual([]);
    const alone = risk
      .basic({ maxOrderNotional: 9_999 })
      .check({ side: "buy", quantity: 10_000, price: 50_000, instrument: BTCUSD as never });
    expect(alone).toMatchObject({ ok: false, code: "MAX_ORDER_NOTIONAL", numbers: { asked: "10000", limit: "9999" } });
  });

  test("heat and balance count coin: 0.2 BTC of 10,000 contracts at 50,000", () => {
    const codes = (risk: BacktestOptions["risk"]): string[] =>
      play(RISE, { 0: (d) => d.enterLong() }, { risk: risk! }).refusals.map(({ refusal: why }) => why.code);
    expect(codes({ maxHeat: "0.2" })).toEqual([]);
    expect(codes({ maxHeat: "0.19" })).toEqual(["PORTFOLIO_HEAT"]);
    expect(codes(risk.balance({ feeRate: "0.00055" }))).toEqual([]);
    expect(
      play(RISE, { 0: (d) => d.enterLong() }, { cash: "0.2001", risk: risk.balance({ feeRate: "0.00055" }) }).refusals[0]!.refusal,
    ).toMatchObject({
      code: "INSUFFICIENT_BALANCE",
      numbers: { needed: "0.20011", available: "0.2001" },
    });
    expect(portfolioHeat([{ symbol: "BTCUSD", kind: "inverse", quantity: -10_000, price: 50_000 }]).net.toFixed()).toBe("-0.2");
  });

  test("a long cannot lose more than its coin allows: it is liquidated where margin runs out", () => {
    const fall = closes(50_000, 50_000, 40_000, 30_000, 20_000);
    const run = play(fall, { 0: (d) => d.enterLong() }, { cash: "0.1", leverage: 5, maintenanceMargin: "0.005" });
    expect(run.fills).toHaveLength(2);
    expect(run.positions[0]!.quantity.isZero()).toBe(true);
    expect(run.finalEquity.gte(0)).toBe(true);
    expect(run.trades.map(({ exitReason }) => exitReason)).toEqual(["liquidation"]);
  });

  test("without a table the lot is one contract; cash is 10,000 of the coin, exact beyond 2^53 units", () => {
    const run = backtest({
      data: candles(RISE, { symbol: "BTCUSD" }),
      category: "inverse",
      strategy: scripted({ 0: (d) => d.enterLong(), 2: (d) => d.exitLong() }),
    });
    expect(run.settings.instruments[0]).toMatchObject({ lotSize: "1", source: "inferred" });
    // 1,000 BTC at 50,000 are 50,000,000 contracts: 909.090909090909 BTC at 55,000, fees 0.55 and 0.5 BTC.
    expect(run.finalEquity.toFixed()).toBe("10089.859090909091");
  });
});

function instrumentOf(run: BacktestRun): never {
  return { ...BTCUSD, ...run.settings.instruments[0] } as never;
}

/** Trades on every shape of signal, decided by the candle alone. */
const Busy = defineStrategy({
  name: "Busy",
  params: {},
  create: () => ({
    onCandle(bar, desk) {
      const { low, high, close } = bar.exact;
      switch (bar.closeUnits % 9) {
        case 0:
          return desk.enterLong({ stopLoss: low.times("0.999"), takeProfit: high.times("1.001") });
        case 1:
          return desk.enterShort({ stopLoss: high.times("1.0007") });
        case 2:
          return desk.enterLong({ limit: close.times("0.9995") });
        case 3:
          return desk.flatten();
        default:
          return undefined;
      }
    },
  }),
});

test("equity is cash, less what fills owe in coin and fees, bar by bar and to the last unit", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 31 }),
      fc.constantFrom("percent:0.5", "fixed:137", "risk-adjusted:0.01"),
      fc.integer({ min: 0, max: 2 }),
      (seed, sizer, pyramiding) => {
        const data = syntheticCandles({ bars: 300, seed, symbol: "BTCUSD", gaps: true });
        const run = backtest({ data, strategy: Busy, sizer, pyramiding, leverage: 3, cash: 1, instrument: BTCUSD });
        expect(run.counts.fills).toBeGreaterThan(10);
        const worth = (contracts: Decimal, price: Decimal): Decimal => contracts.div(price).toDecimalPlaces(12, Decimal.ROUND_HALF_UP);
        const fills = [...run.fills];
        let cash = new Decimal(1);
        let held = new Decimal(0);
        const equity = Array.from(run.equity.time, (time, bar) => {
          for (; fills[0]?.time === time; fills.shift()) {
            const { side, quantity, price, fee } = fills[0]!;
            cash = (side === "buy" ? cash.plus(worth(quantity, price)) : cash.minus(worth(quantity, price))).minus(fee);
            held = side === "buy" ? held.plus(quantity) : held.minus(quantity);
          }
          const owed = worth(held.abs(), data.at(bar)!.close);
          return held.gt(0) ? cash.minus(owed) : cash.plus(owed);
        });
        for (const [bar, value] of equity.entries()) expect(run.equity.value[bar]).toBe(value.toNumber());
        expect(run.finalEquity.toFixed()).toBe(equity.at(-1)!.toFixed());
        const net = run.trades.reduce((sum, trade) => sum.plus(trade.netPnl), new Decimal(0));
        expect(run.finalEquity.toFixed()).toBe(new Decimal(1).plus(net).toFixed());
      },
    ),
    { numRuns: 15 },
  );
});
