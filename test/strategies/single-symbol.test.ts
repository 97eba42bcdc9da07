import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "smol-toml";
import { afterAll, describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { Decimal, OrderBook, type TradeView } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import {
  BollingerBreakout,
  MlClassifier,
  modelText,
  OrderBookImbalance,
  OrderBookScalper,
  readModel,
  resolveStrategy,
  returnOf,
  SmaCross,
  scoreOf,
} from "../../src/strategies/index.js";
import { candles, still } from "../backtest/scripted.js";
import { expectMisuse } from "../misuse.js";
import { setUp } from "./recorder.js";

const folder = mkdtempSync(join(tmpdir(), "models-"));
afterAll(() => rmSync(folder, { recursive: true }));

const data = syntheticCandles({ bars: 3000, seed: 8, gaps: true });
const closes = [...data.prices("close")];
const signalsOf = (run: ReturnType<typeof backtest>): string[] => run.signals.map((signal) => `${signal.bar} ${signal.kind}`);

describe("SmaCross", () => {
  const rows = [10, 9, 8, 9, 12].map(still);
  const series = [candles(rows, { symbol: "BTCUSDT" })];
  const base = { fastPeriod: 1, slowPeriod: 2, minSamples: 0 };

  test("hints at VWAP where a duration is given, its share within 0 and 1", () => {
    const hintOf = (params: Record<string, unknown>): unknown => {
      const { recorder, feed } = setUp(SmaCross as never, { ...base, ...params }, series);
      feed();
      expect(recorder.asked[0]!.kind).toBe("enterLong");
      return recorder.asked[0]!.options.hint;
    };
    expect(hintOf({})).toBeUndefined();
    expect(hintOf({ vwapDurationSecs: 0, vwapParticipation: 0.1 })).toBeUndefined();
    expect(hintOf({ vwapDurationSecs: 1800, vwapParticipation: 0.15 })).toEqual({
      algorithm: "vwap",
      durationMs: 1_800_000,
      participationRate: 0.15,
    });
    expect(hintOf({ vwapDurationSecs: 60, vwapParticipation: 7 })).toMatchObject({ participationRate: 1 });
    expect(hintOf({ vwapDurationSecs: 60 })).toEqual({ algorithm: "vwap", durationMs: 60_000 });
  });
});

/** From the definition, in decimals: Tesser's rule for every bar. */
function bollingerSignals(period: number, multiplier: string, lookback: number): string[] {
  const signals: string[] = [];
  const units = closes.map((close) => new Decimal(String(close)));
  for (let i = Math.max(period, lookback) - 1; i < units.length; i++) {
    const window = units.slice(i - period + 1, i + 1);
    const mean = window.reduce((sum, one) => sum.plus(one)).div(period);
    const sigma = window
      .reduce((sum, one) => sum.plus(one.minus(mean).pow(2)), new Decimal(0))
      .div(period)
      .sqrt();
    const close = units[i]!;
    if (close.gt(mean.plus(sigma.times(multiplier)))) signals.push(`${i} enterLong`);
    else if (close.lt(mean.minus(sigma.times(multiplier)))) signals.push(`${i} enterShort`);
    else if (close.minus(mean).abs().lte(new Decimal(multiplier).times("0.25"))) signals.push(`${i} flatten`);
  }
  return signals;
}

describe("BollingerBreakout", () => {
  test.each([
    [20, "2", 200],
    [5, "1.5", 0],
    [10, "1", 15],
  ])("period %i, %s deviations, lookback %i: every signal is Tesser's", (period, stdMultiplier, lookback) => {
    const run = backtest({ data, strategy: BollingerBreakout as never, params: { period, stdMultiplier, lookback } });
    const expected = bollingerSignals(period, stdMultiplier, lookback);
    expect(expected.length).toBeGreaterThan(100);
    expect(new Set(expected.map((line) => line.split(" ")[1])).size).toBe(3);
    expect(signalsOf(run)).toEqual(expected);
    for (const { kind, confidence } of run.signals) expect(confidence).toBe(kind === "flatten" ? 0.6 : 0.7);
  });

  test("by hand: the band itself is not beyond it, the neutral zone is in price", () => {
    // 2 4 4 4 5 5 7 9 has mean 5 and sigma 2; then 1 over the last 8 has mean 4.875.
    const series = [candles([2, 4, 4, 4, 5, 5, 7, 9, 1].map(still), { symbol: "BTCUSDT" })];
    const of = (stdMultiplier: string): string[] => {
      const { recorder, feed } = setUp(BollingerBreakout as never, { period: 8, lookback: 8, stdMultiplier }, series);
      feed();
      return recorder.take();
    };
    expect(of("2")).toEqual([]);
    expect(of("1.5")).toEqual(["BTCUSDT enterLong 0.7", "BTCUSDT enterShort 0.7"]);
    expect(of("16")).toEqual(["BTCUSDT flatten 0.6", "BTCUSDT flatten 0.6"]);
    expect(of("15.99999")).toEqual(["BTCUSDT flatten 0.6"]);
  });

  test("defaults and validation are Tesser's", () => {
    expect(plain(BollingerBreakout.parse({}))).toEqual({ symbol: "BTCUSDT", period: 20, stdMultiplier: "2", lookback: 200 });
    expectMisuse(() => BollingerBreakout.parse({ period: 0 }), "PARAM_INVALID");
    expectMisuse(() => BollingerBreakout.parse({ stdMultiplier: -1 }), "PARAM_INVALID", /at least 0, got -1/);
  });
});

function plain(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Decimal.isDecimal(value) ? value.toFixed() : value]));
}

describe("MlClassifier", () => {
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const weights = [5, -3, 2.5, 40];
  const modelPath = write("model.toml", modelText({ bias: 0.01, weights }));

  test("scores the last returns, the oldest first, and the bias: every signal is Tesser's", () => {
    const params = { modelPath, lookback: 4, thresholdLong: 0.05, thresholdShort: -0.02 };
    const run = backtest({ data, strategy: "MlClassifier", params });
    const expected: string[] = [];
    for (let i = 4; i < closes.length; i++) {
      let score = 0;
      for (let k = 0; k < 4; k++) score += weights[k]! * ((closes[i - 3 + k]! - closes[i - 4 + k]!) / closes[i - 4 + k]!);
      score += 0.01;
      if (score >= 0.05) expected.push(`${i} enterLong`);
      else if (score <= -0.02) expected.push(`${i} enterShort`);
    }
    expect(expected.length).toBeGreaterThan(50);
    expect(signalsOf(run)).toEqual(expected);
    expect(run.signals.every((signal) => signal.confidence === 0.85)).toBe(true);
  });

  test("by hand: returns 0.1 and -0.5 with weights 2 and 1 and bias 0.3 score 0", () => {
    expect(scoreOf({ bias: 0.3, weights: [2, 1] }, [returnOf(10, 11), returnOf(11, 5.5)])).toBeCloseTo(0, 12);
    expect(returnOf(0, 5)).toBe(0);
    expect(returnOf(1e-16, 5)).toBe(0);
  });

  test("an artifact is Tesser's: what is written is TOML of floats, read back to the bit", () => {
    const model = { bias: -1e-9, weights: [0.1, 1, -2e-7, 123456789.25] };
    const path = write("round.toml", modelText(model));
    expect(readModel(path)).toEqual(model);
    expect(parse(modelText(model))).toEqual(model);
    expect(modelText({ bias: 1, weights: [2] })).toBe("bias = 1.0\nweights = [\n    2.0,\n]\n");
  });

  test("defaults are Tesser's", () => {
    expect(MlClassifier.parse({})).toEqual({
      symbol: "BTCUSDT",
      modelPath: "./model.toml",
      lookback: 20,
      thresholdLong: 0.25,
      thresholdShort: -0.25,
    });
  });

  test.each<[string, string, string, RegExp]>([
    ["is no TOML", "bias = = 1", "MODEL_INVALID", /is no TOML/],
    ["has no bias", "weights = [1.0]", "MODEL_INVALID", /needs a finite number as bias, got undefined/],
    ["has no weights", "bias = 1.0", "MODEL_INVALID", /must contain at least one weight/],
    ["has an empty list", "bias = 1.0\nweights = []", "MODEL_INVALID", /at least one weight/],
    ["has text for a weight", 'bias = 1.0\nweights = [1.0, "x"]', "MODEL_INVALID", /weight 2, got x/],
    ["has no number", "bias = nan\nweights = [1.0]", "MODEL_INVALID", /as bias, got NaN/],
    ["has other weights than lookback", "bias = 0\nweights = [1, 2]", "MODEL_MISMATCH", /has 2 weights, lookback is 20: set lookback to 2/],
  ])("a model that %s is misuse", (name, text, code, message) => {
    const path = write(`${name.replaceAll(" ", "-")}.toml`, text);
    expectMisuse(() => backtest({ data, strategy: "MlClassifier", params: { modelPath: path } }), code, message);
  });

  test("a model that is not there is misuse", () => {
    expectMisuse(
      () => backtest({ data, strategy: "MlClassifier", params: { modelPath: "no/such.toml" } }),
      "MODEL_NOT_FOUND",
      /no\/such.toml/,
    );
  });
});

/** A book of BTCUSDT with these sizes, best first, a unit apart. */
function book(bids: readonly number[], asks: readonly number[]): OrderBook {
  const made = new OrderBook("BTCUSDT", 0, 0);
  for (const [i, size] of bids.entries()) made.set(1, 100 - i, size);
  for (const [i, size] of asks.entries()) made.set(-1, 101 + i, size);
  return made;
}

describe("OrderBookImbalance", () => {
  const series = [candles([still(100)], { symbol: "BTCUSDT" })];
  const see = (params: Record<string, unknown>, ...books: OrderBook[]): string[] => {
    const { recorder, strategy } = setUp(OrderBookImbalance as never, params, series);
    for (const one of books) strategy.onBook!(one, recorder.desk("BTCUSDT"));
    return recorder.take().map((line) => line.replace("BTCUSDT ", ""));
  };

  test("thresholds count as reached, zones as within, on every book", () => {
    // 6 against 4 is 0.2, 4 against 6 is -0.2, 21 against 19 is 0.05.
    expect(see({}, book([6], [4]), book([4], [6]), book([21], [19]), book([19], [21]), book([11], [9]))).toEqual([
      "enterLong 0.9",
      "enterShort 0.9",
      "flatten 0.6",
      "flatten 0.6",
    ]);
    expect(see({}, book([6], [4]), book([6], [4])).length).toBe(2);
    expect(see({ longThreshold: 0.3 }, book([13], [7]), book([12], [8]))).toEqual(["enterLong 0.9"]);
  });

  test("looks at the best levels alone, and at no empty book", () => {
    expect(see({ depth: 2 }, book([1, 1, 98], [4, 4]))).toEqual(["enterShort 0.9"]);
    expect(see({ depth: 3 }, book([1, 1, 98], [4, 4]))).toEqual(["enterLong 0.9"]);
    expect(see({}, book([], []))).toEqual([]);
    expect(see({}, book([1], []))).toEqual(["enterLong 0.9"]);
  });

  test("is found by its alias; defaults and validation are Tesser's", () => {
    expect(resolveStrategy("obi").name).toBe("OrderBookImbalance");
    expect(OrderBookImbalance.parse({})).toEqual({
      symbol: "BTCUSDT",
      depth: 5,
      longThreshold: 0.2,
      shortThreshold: -0.2,
      neutralZone: 0.05,
    });
    expectMisuse(() => OrderBookImbalance.parse({ depth: 0 }), "PARAM_INVALID", /at least|from 1/);
  });
});

describe("OrderBookScalper", () => {
  const rising = [candles([1, 1, 1, 2, 4, 8].map(still), { symbol: "BTCUSDT" })];
  const falling = [candles([8, 8, 8, 7, 5, 1].map(still), { symbol: "BTCUSDT" })];
  const short = { macdFast: 1, macdSlow: 2, macdSignal: 2 };
  const trade = (quantity: number): TradeView => ({ symbol: "BTCUSDT", quantity }) as TradeView;
  const see = (series: typeof rising, params: Record<string, unknown>, size: number | undefined, ...books: OrderBook[]) => {
    const { recorder, strategy, feed } = setUp(OrderBookScalper as never, { ...short, ...params }, series);
    feed();
    if (size !== undefined) strategy.onTrade!(trade(size), recorder.desk("BTCUSDT"));
    for (const one of books) strategy.onBook!(one, recorder.desk("BTCUSDT"));
    return recorder;
  };

  test("enters with the book where the MACD agrees, leaves an even book, all pegged", () => {
    const up = see(rising, {}, 1, book([5], [3]), book([3], [5]), book([21], [19]), book([4], [3]));
    expect(up.asked.map(({ kind }) => kind)).toEqual(["enterLong", "flatten"]);
    for (const { options } of up.asked) {
      expect(options.confidence).toBe(0.9);
      expect(options.hint).toMatchObject({ algorithm: "pegged", refreshMs: 1000 });
    }
    const hint = up.asked[0]!.options.hint as { offsetBps: Decimal; clipQuantity: Decimal };
    expect([hint.offsetBps.toFixed(), hint.clipQuantity.toFixed()]).toEqual(["0.5", "5"]);
    expect(see(falling, {}, 1, book([5], [3]), book([3], [5])).asked.map(({ kind }) => kind)).toEqual(["enterShort"]);
  });

  test("waits for a trade that is large enough, and for the MACD", () => {
    expect(see(rising, {}, undefined, book([5], [3])).asked).toEqual([]);
    expect(see(rising, {}, 0.999, book([5], [3])).asked).toEqual([]);
    expect(see(rising, { minTickSize: 0 }, undefined, book([5], [3])).asked.length).toBe(1);
    expect(see(rising, { macdSlow: 26 }, 1, book([5], [3])).asked).toEqual([]);
  });

  test("a clip below one is one; defaults are Tesser's", () => {
    const hint = see(rising, { clipSize: "0.5" }, 1, book([5], [3])).asked[0]!.options.hint as { clipQuantity: Decimal };
    expect(hint.clipQuantity.toFixed()).toBe("1");
    expect(plain(OrderBookScalper.parse({}))).toEqual({
      symbol: "BTCUSDT",
      depth: 10,
      imbalanceThreshold: 0.25,
      neutralZone: 0.05,
      pegOffsetBps: "0.5",
      clipSize: "5",
      refreshSecs: 1,
      macdFast: 12,
      macdSlow: 26,
      macdSignal: 9,
      minTickSize: 1,
    });
    expect(OrderBookScalper.feeds).toEqual(["candles", "trades", "book"]);
    expectMisuse(() => OrderBookScalper.parse({ depth: 0 }), "PARAM_INVALID");
  });
});
