import { describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { type CandleSeries, Decimal, seededRandom } from "../../src/core/index.js";
import { CrossExchangeArb, PairsTradingArbitrage, resolveStrategy, VolatilitySkew } from "../../src/strategies/index.js";
import { candles, still } from "../backtest/scripted.js";
import { expectMisuse } from "../misuse.js";
import { setUp } from "./recorder.js";

/** A walk of one-minute candles in ticks of 0.1; some minutes are missing. */
function walk(symbol: string, seed: number, from: number, step: number, missing = 0.05, bars = 600): CandleSeries {
  const random = seededRandom(seed);
  let price = from;
  const rows: [number, number, number, number][] = [];
  const times: number[] = [];
  for (let i = 0; i < bars; i++) {
    const open = price;
    price = Math.max(10, price + Math.round((random() - 0.5) * step));
    const [high, low] = [Math.max(open, price) + Math.round(random() * step), Math.min(open, price) - Math.round(random() * 3)];
    if (random() < missing) continue;
    rows.push([open / 10, high / 10, low / 10, price / 10]);
    times.push(i);
  }
  return candles(rows, { symbol, times });
}

/** Closes of two series at the times both have, as exact decimals. */
function common(a: CandleSeries, b: CandleSeries): { time: number; a: Decimal; b: Decimal; indexA: number }[] {
  return Array.from({ length: a.length }, (_, i) => i).flatMap((i) => {
    const at = b.indexAt(a.time[i]!);
    return b.time[at] === a.time[i] ? [{ time: a.time[i]!, a: a.at(i)!.close, b: b.at(at)!.close, indexA: i }] : [];
  });
}

describe("PairsTradingArbitrage", () => {
  const [a, b] = [walk("BTCUSDT", 1, 400_000, 400), walk("ETHUSDT", 2, 20_000, 20)];
  const params = { lookback: 30, entryZ: 1.8, exitZ: 0.4 };

  /** Tesser's rule on spreads of one time; leaves only what it entered. */
  function expected(): string[] {
    const spreads: number[] = [];
    const lines: string[] = [];
    let open = false;
    for (const { time, a: p, b: q } of common(a, b)) {
      spreads.push(p.div(q).ln().toNumber());
      if (spreads.length < 30) continue;
      const window = spreads.slice(-30);
      const mean = window.reduce((sum, one) => sum + one) / 30;
      const sigma = Math.sqrt(window.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 30);
      const z = (spreads.at(-1)! - mean) / sigma;
      if (z >= 1.8) lines.push(`${time} BTCUSDT enterShort`, `${time} ETHUSDT enterLong`);
      else if (z <= -1.8) lines.push(`${time} BTCUSDT enterLong`, `${time} ETHUSDT enterShort`);
      else if (Math.abs(z) <= 0.4 && open) lines.push(`${time} BTCUSDT flatten`, `${time} ETHUSDT flatten`);
      if (Math.abs(z) >= 1.8) open = true;
      else if (Math.abs(z) <= 0.4) open = false;
    }
    return lines;
  }

  test("every signal is of the rule, on closes of one time, in whatever order the candles of a time arrive", () => {
    const wanted = expected();
    expect(wanted.length).toBeGreaterThan(60);
    expect(wanted.filter((line) => line.endsWith("flatten")).length).toBeGreaterThan(10);
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const { recorder, feed } = setUp(PairsTradingArbitrage as never, params, [a, b]);
      const lines: string[] = [];
      feed((bar) => lines.push(...recorder.asked.splice(0).map(({ symbol, kind }) => `${bar.time} ${symbol} ${kind}`)), order);
      expect(lines).toEqual(wanted);
    }
  });

  test("a run trades both legs, leaves both, and is never twice in one", () => {
    const run = backtest({ data: [a, b], strategy: "pairs", params, sizer: "percent:0.20" });
    expect(run.fills.length).toBeGreaterThan(20);
    const symbols = new Set(run.fills.map((fill) => fill.symbol));
    expect([...symbols].sort()).toEqual(["BTCUSDT", "ETHUSDT"]);
    expect(run.signals.filter((signal) => signal.outcome === "fromFlat").length).toBe(0);
    expect(run.signals.filter(({ kind }) => kind === "flatten").every(({ confidence }) => confidence === 0.6)).toBe(true);
    expect(run.signals.filter(({ kind }) => kind !== "flatten").every(({ confidence }) => confidence === 0.8)).toBe(true);
  });

  test("both legs carry one group, a new one for each trade", () => {
    const { recorder, feed } = setUp(PairsTradingArbitrage as never, params, [a, b]);
    feed();
    let [trade, before] = [0, "flatten"];
    for (let i = 0; i < recorder.asked.length; i += 2) {
      const [one, other] = [recorder.asked[i]!, recorder.asked[i + 1]!];
      if (one.kind !== "flatten" && before === "flatten") trade++;
      before = one.kind;
      if (one.kind === "flatten") continue;
      expect([one.options.group, other.options.group]).toEqual([`pairs-${trade}`, `pairs-${trade}`]);
    }
    expect(trade).toBeGreaterThan(5);
  });

  test("by hand: spreads ln 1, 1, 1, e score the last 1.732 deviations from the mean", () => {
    const at = (prices: readonly number[], symbol: string): CandleSeries => candles(prices.map(still), { symbol });
    const series = [at([10, 10, 10, 20], "AUSDT"), at([10, 10, 10, 10], "BUSDT")];
    const of = (entryZ: number): string[] => {
      const { recorder, feed } = setUp(
        PairsTradingArbitrage as never,
        { symbols: ["AUSDT", "BUSDT"], lookback: 4, entryZ, exitZ: 0.5 },
        series,
      );
      feed();
      return recorder.take();
    };
    expect(of(1.732)).toEqual(["AUSDT enterShort 0.8", "BUSDT enterLong 0.8"]);
    expect(of(1.7321)).toEqual([]);
  });

  test("a spread that never moves has no score, not a random one", () => {
    const flat = [candles([3, 3, 3, 3].map(still), { symbol: "AUSDT" }), candles([0.7, 0.7, 0.7, 0.7].map(still), { symbol: "BUSDT" })];
    const { recorder, feed } = setUp(
      PairsTradingArbitrage as never,
      { symbols: ["AUSDT", "BUSDT"], lookback: 3, entryZ: 0.1, exitZ: 0 },
      flat,
    );
    feed();
    expect(recorder.asked).toEqual([]);
  });

  test("leaves a position it finds, and nothing where there is none", () => {
    const series = [candles([10, 11, 10, 10.5].map(still), { symbol: "AUSDT" }), candles([10, 10, 10, 10].map(still), { symbol: "BUSDT" })];
    const run = (held: Record<string, number>): string[] => {
      const { recorder, feed } = setUp(
        PairsTradingArbitrage as never,
        { symbols: ["AUSDT", "BUSDT"], lookback: 2, entryZ: 3, exitZ: 2 },
        series,
      );
      for (const [symbol, quantity] of Object.entries(held)) recorder.held.set(symbol, quantity);
      feed();
      return recorder.take();
    };
    expect(run({})).toEqual([]);
    expect(run({ BUSDT: -1 })).toEqual(["BUSDT flatten 0.6", "BUSDT flatten 0.6", "BUSDT flatten 0.6"]);
  });

  test("defaults, aliases and validation are Tesser's", () => {
    expect(PairsTradingArbitrage.parse({})).toEqual({ symbols: ["BTCUSDT", "ETHUSDT"], lookback: 200, entryZ: 2, exitZ: 0.5 });
    expect(["PairsTrading", "PAIRS", "pairstradingarbitrage"].map((name) => resolveStrategy(name).name)).toEqual(
      Array.from({ length: 3 }, () => "PairsTradingArbitrage"),
    );
    expectMisuse(() => PairsTradingArbitrage.parse({ lookback: 1 }), "PARAM_INVALID", /from 2/);
    expectMisuse(() => PairsTradingArbitrage.parse({ entryZ: 0.5 }), "PARAM_INVALID", /entryZ \(0.5\) must be greater than exitZ \(0.5\)/);
    expectMisuse(() => PairsTradingArbitrage.parse({ symbols: ["A", "bybit:A"] }), "PARAM_INVALID", /two different ones, got A, bybit:A/);
    expectMisuse(() => PairsTradingArbitrage.parse({ symbols: ["A"] }), "PARAM_INVALID", /two different ones/);
  });
});

describe("CrossExchangeArb", () => {
  const a = walk("BTCUSDT", 5, 50_000, 6, 0.05, 800);
  const random = seededRandom(6);
  // The other price follows at 0 to 2 basis points.
  const b = candles(
    Array.from({ length: a.length }, (_, i) => still(((a.close[i]! * 10 + Math.round((random() - 0.5) * 200)) / 100).toFixed(2))),
    { symbol: "BTCUSDC", priceDp: 2, times: Array.from(a.time, (time) => (time - a.time[0]!) / 60_000) },
  );
  const params = { ichimokuConversion: 3, ichimokuBase: 6, ichimokuSpanB: 9 };

  function expected(gate: (price: Decimal) => Decimal, spread: string, exit: string): string[] {
    const lines: string[] = [];
    let open = false;
    for (const { a: p, b: q, indexA } of common(a, b)) {
      if (indexA < 8) continue;
      const middle = (n: number): Decimal => {
        const window = Array.from({ length: n }, (_, k) => a.at(indexA - k)!);
        return Decimal.max(...window.map((one) => one.high))
          .plus(Decimal.min(...window.map((one) => one.low)))
          .div(2);
      };
      if (middle(3).minus(middle(6)).abs().gt(gate(p))) continue;
      const bps = p.minus(q).div(q).times(10_000);
      if (bps.gte(spread)) lines.push("BTCUSDT enterShort 0.85", "BTCUSDC enterLong 0.85");
      else if (bps.lte(`-${spread}`)) lines.push("BTCUSDT enterLong 0.85", "BTCUSDC enterShort 0.85");
      else if (bps.abs().lte(exit) && open) lines.push("BTCUSDT flatten 0.6", "BTCUSDC flatten 0.6");
      if (bps.abs().gte(spread)) open = true;
      else if (bps.abs().lte(exit)) open = false;
    }
    return lines;
  }

  test.each<[string, Record<string, unknown>, string[], number]>([
    ["the source's gate in price", {}, expected(() => new Decimal("0.05"), "0.50", "0.10"), 10],
    ["a wider gate in price", { trendGate: "0.4" }, expected(() => new Decimal("0.4"), "0.50", "0.10"), 100],
    [
      "a gate in basis points",
      { trendGateBps: "0.9", spreadBps: "1.2", exitBps: "0.3" },
      expected((p) => p.times("0.00009"), "1.2", "0.3"),
      100,
    ],
  ])("every signal is of the rule: %s", (_what, change, wanted, least) => {
    expect(wanted.length).toBeGreaterThan(least);
    const { recorder, feed } = setUp(CrossExchangeArb as never, { ...params, ...change }, [a, b]);
    feed();
    for (const { kind, options } of recorder.asked)
      expect(options.hint).toEqual(kind === "flatten" ? undefined : { algorithm: "twap", durationMs: 30_000 });
    expect(recorder.take()).toEqual(wanted);
  });

  test("by hand: at exactly the spread it enters, at exactly the exit it leaves", () => {
    const one = (price: string): CandleSeries => candles([still(price), still("10000"), still(price)], { symbol: "AUSDT", priceDp: 2 });
    const base = candles([still(10_000), still(10_000), still(10_000)], { symbol: "BUSDT" });
    const of = (price: string): string[] => {
      const two = { symbolA: "AUSDT", symbolB: "BUSDT", ichimokuConversion: 1, ichimokuBase: 1, ichimokuSpanB: 1 };
      const { recorder, feed } = setUp(CrossExchangeArb as never, two, [one(price), base]);
      feed();
      return recorder.asked.map(({ symbol, kind }) => `${symbol} ${kind}`);
    };
    const enter = ["AUSDT enterShort", "BUSDT enterLong"];
    expect(of("10000.50")).toEqual([...enter, "AUSDT flatten", "BUSDT flatten", ...enter]);
    expect(of("10000.49")).toEqual([]);
  });

  test("defaults are Tesser's, and two symbols are two", () => {
    const { spreadBps, exitBps, trendGate, ...rest } = CrossExchangeArb.parse({});
    expect([spreadBps, exitBps, trendGate].map((one) => one.toFixed())).toEqual(["0.5", "0.1", "0.05"]);
    expect(rest).toEqual({
      symbolA: "BTCUSDT",
      symbolB: "BTCUSDC",
      ichimokuConversion: 9,
      ichimokuBase: 26,
      ichimokuSpanB: 52,
      trendGateBps: undefined,
    });
    expectMisuse(() => CrossExchangeArb.parse({ symbolB: "BTCUSDT" }), "PARAM_INVALID", /must be different ones, got BTCUSDT twice/);
  });
});

describe("VolatilitySkew", () => {
  const a = walk("BTCUSDT", 9, 500_000, 800);
  const random = seededRandom(10);
  // Around what ATR / price is, so that all three cases occur.
  const b = candles(
    Array.from({ length: 600 }, () => still((0.0012 + random() * 0.0012).toFixed(6))),
    { symbol: "BVOLUSDT", priceDp: 6 },
  );

  test.each([
    [14, "0.15", "1"],
    [5, "10", "1.1"],
    [3, "100", "0.9"],
  ])("ATR %i, premium %s %%, factor %s: every signal is of the rule", (atrPeriod, impliedPremium, realizedMultiplier) => {
    const wanted: string[] = [];
    let atr = new Decimal(0);
    for (let i = 0; i < a.length; i++) {
      const { high, low, close } = a.at(i)!;
      const last = a.at(i - 1)?.close ?? close;
      const before = i === 0 ? close : last;
      const range = Decimal.max(high.minus(low), high.minus(before).abs(), low.minus(before).abs());
      atr =
        i < atrPeriod
          ? atr.plus(range.div(atrPeriod))
          : atr
              .times(atrPeriod - 1)
              .plus(range)
              .div(atrPeriod);
      const at = b.indexAt(a.time[i]!);
      if (i < atrPeriod - 1 || b.time[at] !== a.time[i]) continue;
      const realized = atr.div(Decimal.max(close, 1)).times(realizedMultiplier);
      const implied = b.at(at)!.close;
      const share = new Decimal(impliedPremium).div(100);
      if (implied.gte(realized.times(share.plus(1)))) wanted.push("BTCUSDT enterShort 0.8");
      else if (implied.lte(realized.times(new Decimal(1).minus(share)))) wanted.push("BTCUSDT enterLong 0.8");
      else wanted.push("nothing");
    }
    const signals = wanted.filter((line) => line !== "nothing");
    expect(signals.length).toBeGreaterThan(50);
    const { recorder, feed } = setUp(VolatilitySkew as never, { atrPeriod, impliedPremium, realizedMultiplier }, [a, b]);
    const prices: string[] = [];
    feed();
    for (const { options } of recorder.asked) {
      const hint = options.hint as { algorithm: string; triggerPrice: { toString(): string }; timeoutMs: number };
      expect([hint.algorithm, hint.timeoutMs]).toEqual(["sniper", 300_000]);
      prices.push(hint.triggerPrice.toString());
    }
    expect(recorder.take()).toEqual(signals);
    expect(new Set(prices).size).toBeGreaterThan(20);
  });

  test("waits at the close of its signal", () => {
    const two = [candles([still(100)], { symbol: "BTCUSDT" }), candles([still(1)], { symbol: "BVOLUSDT" })];
    const { recorder, feed } = setUp(VolatilitySkew as never, { atrPeriod: 1, sniperTimeoutSecs: 60 }, two);
    feed();
    expect(recorder.asked[0]).toMatchObject({
      symbol: "BTCUSDT",
      kind: "enterShort",
      options: { confidence: 0.8, hint: { timeoutMs: 60_000 } },
    });
    expect(String((recorder.asked[0]!.options.hint as { triggerPrice: unknown }).triggerPrice)).toBe("100");
  });

  test("defaults are Tesser's", () => {
    const { impliedPremium, realizedMultiplier, ...rest } = VolatilitySkew.parse({});
    expect([impliedPremium.toFixed(), realizedMultiplier.toFixed()]).toEqual(["0.15", "1"]);
    expect(rest).toEqual({ underlying: "BTCUSDT", volSymbol: "BVOLUSDT", atrPeriod: 14, sniperTimeoutSecs: 300 });
    expectMisuse(() => VolatilitySkew.parse({ volSymbol: "BTCUSDT" }), "PARAM_INVALID", /must be different ones/);
  });
});
