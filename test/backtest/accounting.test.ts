import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BacktestOptions, type BacktestRun, backtest, PreparedBacktest } from "../../src/backtest/index.js";
import { type CandleSeries, Decimal } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { defineStrategy } from "../../src/strategies/index.js";
import { candles, MINUTE, play, type Row, START, scripted, still } from "./scripted.js";

/** Equity at each step from nothing but the fills, the candles and the funding, in decimals. */
function equityFromFills(run: BacktestRun, funding: readonly { time: number; rate: string }[] = []): Decimal[] {
  const times = Array.from(run.equity.time);
  let cash = run.initialCash;
  const held = new Map(run.series.map((series) => [series.symbol, new Decimal(0)]));
  const closes = new Map<string, Decimal>();
  const fills = [...run.fills];
  const due = [...funding];
  return times.map((time) => {
    for (; due[0] !== undefined && due[0].time <= time; due.shift())
      for (const series of run.series) {
        const open = series.at(series.indexAt(time))!.open;
        const paid = held.get(series.symbol)!.times(open).times(due[0].rate);
        cash = cash.minus(paid.toDecimalPlaces(8, Decimal.ROUND_HALF_UP));
      }
    for (; fills[0] !== undefined && fills[0].time === time; fills.shift()) {
      const { symbol, side, quantity, price, fee } = fills[0];
      const signed = side === "buy" ? quantity : quantity.neg();
      cash = cash.minus(signed.times(price)).minus(fee);
      held.set(symbol, held.get(symbol)!.plus(signed));
    }
    for (const series of run.series) {
      const bar = series.indexAt(time);
      if (series.time[bar] === time) closes.set(series.symbol, series.at(bar)!.close);
    }
    return [...held].reduce((sum, [symbol, quantity]) => sum.plus(quantity.times(closes.get(symbol) ?? 0)), cash);
  });
}

function expectConsistent(run: BacktestRun, funding: readonly { time: number; rate: string }[] = []): void {
  const expected = equityFromFills(run, funding);
  // Beyond 2^53 units the curve shows nearest doubles; what counts stays exact.
  const big = run.warnings.some((warning) => warning.code === "BIG_NUMBERS");
  for (const [bar, equity] of expected.entries())
    if (big) expect(Math.abs(run.equity.value[bar]! / equity.toNumber() - 1)).toBeLessThan(1e-15);
    else expect(run.equity.value[bar]).toBe(equity.toNumber());
  expect(run.finalEquity.toFixed()).toBe(expected.at(-1)!.toFixed());
  const sum = (values: readonly Decimal[]): Decimal => values.reduce((total, value) => total.plus(value), new Decimal(0));
  expect(run.fees.toFixed()).toBe(sum(run.fills.map((fill) => fill.fee)).toFixed());
  // Trades are another view of the same money.
  const net = sum(run.trades.map((trade) => trade.netPnl));
  expect(run.finalEquity.toFixed()).toBe(run.initialCash.plus(net).minus(run.funding).toFixed());
}

/** Trades on every shape of signal, decided by the candle alone. */
const Busy = defineStrategy({
  name: "Busy",
  params: {},
  create: () => ({
    onCandle(bar, desk) {
      const { low, high, close } = bar.exact;
      switch (bar.closeUnits % 11) {
        case 0:
          return desk.enterLong({ stopLoss: low.times("0.999"), takeProfit: high.times("1.001") });
        case 1:
          return desk.enterShort({ stopLoss: high.times("1.0007") });
        case 2:
          return desk.enterLong({ limit: close.times("0.9995"), stopLoss: low.times("0.998") });
        case 3:
          return desk.exitLong();
        case 4:
          return desk.exitShort();
        case 5:
          return desk.flatten();
        case 6:
          return desk.enterShort({ limit: close.times("1.0003"), takeProfit: low.times("0.999") });
        default:
          return undefined;
      }
    },
  }),
});

describe("equity is what the fills say, bar by bar and to the last unit", () => {
  test.each<[string, Partial<BacktestOptions>]>([
    ["as it comes", {}],
    ["with costs", { slippageBps: "2.5", fees: { maker: "-0.0001", taker: "0.0007" } }],
    ["late", { latencyBars: 3 }],
    ["leveraged, in layers", { leverage: 5, pyramiding: 3, sizer: "percent:0.9" }],
    ["only closing on the other side", { reverse: false }],
    ["fine lots", { sizer: "percent:0.333333", instrument: { symbol: "BTCUSDT", tickSize: "0.1", lotSize: "0.00000001" } }],
    ["a coarse tick the data do not keep to", { instrument: { symbol: "BTCUSDT", tickSize: "2.5", lotSize: "0.002" } }],
    ["spot", { category: "spot" }],
    [
      "beyond 2^53",
      { cash: "123456789012.34", sizer: "percent:0.7", instrument: { symbol: "BTCUSDT", tickSize: "0.1", lotSize: "0.001" } },
    ],
  ])("%s", (_what, options) => {
    const run = backtest({ data: syntheticCandles({ bars: 3000, seed: 9, gaps: true }), strategy: Busy, ...options });
    expect(run.counts.fills).toBeGreaterThan(200);
    expectConsistent(run);
  });

  test("any seed, any mixture", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.constantFrom("percent:0.5", "fixed:0.013", "risk-adjusted:0.01"),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 2 }),
        (seed, sizer, latencyBars, pyramiding) => {
          const data = syntheticCandles({ bars: 300, seed, gaps: true });
          expectConsistent(backtest({ data, strategy: Busy, sizer, latencyBars, pyramiding, leverage: 3 }));
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("a linear perpetual, by hand", () => {
  test("a long and a short: profit once, fees half up, nothing else", () => {
    const rows: Row[] = [still("42000"), still("42000"), still("42500"), still("43000.3"), still("42000.7"), still("42000.7")];
    const run = play(rows, { 0: (d) => d.enterLong(), 2: (d) => d.enterShort(), 4: (d) => d.exitShort() }, { sizer: "fixed:0.013" });
    // Long 0.013: 42,000 to 43,000.3; short 0.013: 42,000.7 to 42,000.7. Fees 0.055 % of each value.
    const fees = ["0.3003", "0.30745215", "0.30030501", "0.30030501"]; // 0.3074521450 and 0.300305005 round up
    expect(run.fills.map((fill) => fill.fee.toFixed())).toEqual(fees.slice(0, run.fills.length));
    const paid = fees.reduce((sum, fee) => sum.plus(fee), new Decimal(0));
    expect(run.finalEquity.toFixed()).toBe(new Decimal("10013.0039").minus(paid).toFixed());
    expect(run.trades.map((trade) => trade.grossPnl.toFixed())).toEqual(["13.0039", "0"]);
  });
});

describe("funding", () => {
  const rates = [
    { time: START + 60 * MINUTE, rate: "0.0001" },
    { time: START + 90 * MINUTE + 30_000, rate: "-0.00037" },
    { time: START + 120 * MINUTE, rate: "0" },
    { time: START + 150 * MINUTE, rate: "0.000123456" },
  ];

  test("a long pays a positive rate on the open at that time, a short receives it; half up to 1e-8", () => {
    const rows: Row[] = Array.from({ length: 4 }, () => ["100.1", "100.5", "99.5", "100.3"]);
    const at = [{ time: START + 2 * MINUTE, rate: "0.00055" }];
    const funded = (enter: "enterLong" | "enterShort"): string =>
      play(rows, { 0: (d) => d[enter]() }, { sizer: "fixed:0.003", funding: at }).funding.toFixed();
    // 100.1 x 0.003 x 0.00055 = 0.000165165
    expect(funded("enterLong")).toBe("0.00016517");
    expect(funded("enterShort")).toBe("-0.00016517");
  });

  test("counts for the position held into the moment, not for one opened at it", () => {
    const rows: Row[] = Array.from({ length: 5 }, () => still(100));
    const at = (minute: number): string =>
      play(
        rows,
        { 1: (d) => d.enterLong(), 2: (d) => d.exitLong() },
        { funding: [{ time: START + minute * MINUTE, rate: "0.001" }] },
      ).funding.toFixed();
    expect([1, 2, 3, 4].map(at)).toEqual(["0", "0", "0.1", "0"]);
  });

  describe("due after the last open", () => {
    const rows: Row[] = [still(100), still(100), ["100", "120", "90", "110"]];
    const seconds = (at: number, rate = "0.001") => ({ time: START + at * 1_000, rate });
    const enters = { 0: (d: { enterLong(): void }) => d.enterLong() };

    test.each([
      ["within the last candle", 150, "0.11"],
      ["at its close", 180, "0.11"],
      ["after it, not at all", 181, "0"],
      ["at its open, on the open", 120, "0.1"],
    ])("%s", (_, at, paid) => {
      const run = play(rows, enters, { funding: [seconds(at)] });
      expect(run.funding.toFixed()).toBe(paid);
      expect(run.equity.value.at(-1)).toBe(run.finalEquity.toNumber());
      expect(run.finalEquity.toFixed()).toBe(run.initialCash.plus(10).minus(run.fees).minus(paid).toFixed());
      // The closes before are what they were.
      expect([...run.equity.value.slice(0, 2)]).toEqual([...play(rows, enters).equity.value.slice(0, 2)]);
    });

    test("on what is held then: a short receives it, who has left pays nothing, several are paid each", () => {
      const paid = (script: Parameters<typeof play>[1], ...at: readonly number[]): string =>
        play(rows, script, { funding: at.map((one) => seconds(one)) }).funding.toFixed();
      expect(paid({ 0: (d) => d.enterShort() }, 150)).toBe("-0.11");
      expect(paid({ 0: (d) => d.enterLong(), 1: (d) => d.exitLong() }, 150)).toBe("0");
      // One that is bought at the last open is held through what is due after it, one that is ordered at the last close never is.
      expect(paid({ 1: (d) => d.enterLong() }, 120, 150)).toBe("0.11");
      expect(paid({ 2: (d) => d.enterLong() }, 150, 180)).toBe("0");
      expect(paid(enters, 120, 130, 150, 180, 200)).toBe("0.43");
    });

    test("of several symbols each on its last close", () => {
      const data = [candles(rows, { symbol: "AUSDT" }), candles([still(50), still(60)], { symbol: "BUSDT", times: [0, 1] })];
      const instrument = data.map(({ symbol }) => ({ symbol, tickSize: "0.1", lotSize: "0.001" }));
      const both = play(
        [],
        {
          0: (d) => {
            d.of("AUSDT").enterLong();
            d.of("BUSDT").enterLong();
          },
        },
        { data, instrument, funding: data.map(({ symbol }) => ({ ...seconds(150), symbol })) },
      );
      expect(both.funding.toFixed()).toBe("0.17");
      expect(both.equity.value.at(-1)).toBe(both.finalEquity.toNumber());
    });

    test("step by step it is the same as at a run", () => {
      const options = {
        data: candles(rows),
        strategy: scripted(enters),
        funding: [seconds(60), seconds(150), seconds(180)],
        sizer: "fixed:1",
        fees: "none",
      };
      const prepared = new PreparedBacktest({ ...options, instrument: { symbol: "TESTUSDT", tickSize: "0.1", lotSize: "0.001" } } as never);
      const replay = prepared.replay();
      while (replay.position < replay.length) replay.step();
      replay.fillCurve();
      const run = prepared.run();
      expect(replay.portfolio.totalFunding()).toEqual(run.funding);
      expect([...replay.curve.values.slice(0, 3)].map((units) => units / 10 ** replay.portfolio.cashDp)).toEqual([...run.equity.value]);
    });
  });

  test("of a symbol that has no candle then, on its last close", () => {
    const whole = candles([100, 100, 100, 100, 100].map(still), { symbol: "AUSDT" });
    const torn = candles([still(50), still(50), [50, 60, 50, 60], still(60)], { symbol: "BUSDT", times: [0, 1, 2, 4] });
    const run = play(
      [],
      { 0: (d) => d.of("BUSDT").enterLong() },
      {
        data: [whole, torn],
        instrument: [whole, torn].map(({ symbol }) => ({ symbol, tickSize: "0.1", lotSize: "0.001" })),
        funding: [{ time: START + 3 * MINUTE, rate: "0.01", symbol: "BUSDT" }],
      },
    );
    expect(run.funding.toFixed()).toBe("0.6");
  });

  test("stands in equity, settings, and the run's total", () => {
    const data = syntheticCandles({ bars: 200, seed: 4, start: START });
    const run = backtest({ data, strategy: scripted({ 3: (d) => d.enterLong(), 130: (d) => d.enterShort() }), funding: rates });
    expect(run.settings.funding).toBe(4);
    expect(run.funding.isZero()).toBe(false);
    expect(run.warnings.map((warning) => warning.code)).not.toContain("NO_FUNDING");
    expectConsistent(run, rates);
  });
});

describe("several symbols", () => {
  const gappy = (symbol: string, seed: number, keep: (i: number) => boolean): CandleSeries => {
    const full = syntheticCandles({ bars: 900, seed, symbol, gaps: true });
    const rows: Row[] = [];
    const times: number[] = [];
    for (let i = 0; i < full.length; i++) {
      if (!keep(i)) continue;
      const { open, high, low, close, time } = full.at(i)!;
      rows.push([open, high, low, close]);
      times.push((time - START) / MINUTE);
    }
    return candles(rows, { symbol, times });
  };
  const a = gappy("AUSDT", 1, (i) => i % 17 !== 0);
  const b = gappy("BUSDT", 2, (i) => i > 5 && (i < 300 || i > 340));

  /** Trades each symbol on the other's candle. */
  const Cross = defineStrategy({
    name: "Cross",
    params: {},
    create: ({ indicatorsOf }) => {
      const averages = { AUSDT: indicatorsOf("AUSDT").sma(5), BUSDT: indicatorsOf("BUSDT").sma(5) };
      return {
        onCandle(bar, desk) {
          const symbol = bar.symbol === "AUSDT" ? "BUSDT" : "AUSDT";
          const average = averages[symbol as keyof typeof averages];
          if (!average.ready) return;
          const peer = desk.of(symbol);
          if (bar.closeUnits % 7 === 0) peer.enterLong();
          else if (bar.closeUnits % 7 === 1) peer.enterShort();
          else if (bar.closeUnits % 7 === 2) peer.flatten();
        },
      };
    },
  });

  const bySymbols = { ...Cross, params: {}, parse: () => ({}), symbolsOf: () => [] } as unknown as typeof Cross;

  test("with gaps of their own: equity equals the fills, and no fill lies on a missing candle", () => {
    const run = backtest({ data: [a, b], strategy: bySymbols, sizer: "percent:0.2" });
    const of = (symbol: string): number => run.fills.filter((fill) => fill.symbol === symbol).length;
    expect(of("AUSDT")).toBeGreaterThan(50);
    expect(of("BUSDT")).toBeGreaterThan(50);
    for (const fill of run.fills) {
      const series = fill.symbol === "AUSDT" ? a : b;
      expect(series.time[series.indexAt(fill.time)]).toBe(fill.time);
    }
    expectConsistent(run);
    expect(run.counts.bars).toBe(new Set([...a.time, ...b.time]).size);
  });

  test("a strategy of one symbol trades as if it were alone", () => {
    const params = { symbol: "BUSDT", fastPeriod: 3, slowPeriod: 9 };
    const among = backtest({ data: [a, b], strategy: "SmaCross", params });
    const alone = backtest({ data: b, strategy: "SmaCross", params });
    expect(among.counts.fills).toBeGreaterThan(20);
    expect(among.fills).toEqual(alone.fills);
    expect(among.finalEquity.toFixed()).toBe(alone.finalEquity.toFixed());
  });

  test("a signal for a symbol that has had no candle yet is refused", () => {
    const Early = defineStrategy({
      name: "Early",
      params: {},
      create: () => ({ onCandle: (_bar, desk) => void (desk.symbol === "AUSDT" && desk.of("BUSDT").enterLong()) }),
    });
    const run = backtest({
      data: [a, b],
      strategy: { ...Early, params: {}, parse: () => ({}), symbolsOf: () => [] } as unknown as typeof Early,
    });
    expect(run.signals[0]).toMatchObject({ symbol: "BUSDT", outcome: "refused" });
    expect(run.fills[0]!.time).toBeGreaterThan(b.time[0]!);
  });
});
