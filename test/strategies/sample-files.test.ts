import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { beforeAll, describe, expect, test } from "vitest";
import { type BacktestRun, backtest } from "../../src/backtest/index.js";
import { CandleSeries, type MarketEvent, type MarketTape, seededRandom, tapeOf } from "../../src/core/index.js";
import { loadBook, sampleCandles, syntheticCandles } from "../../src/data/index.js";
import { loadStrategy } from "../../src/handoff/index.js";
import { BUILT_IN, readModel, trainLinear } from "../../src/strategies/index.js";
import { ROOT } from "../cli/tesserlab.js";
import { HAS_REAL_DATA, REAL_DATA } from "../data/files.js";

const FOLDER = join(ROOT, "strategies");
const path = (name: string): string => join(FOLDER, `${name}.toml`);
const NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".toml"))
  .map((name) => name.slice(0, -5));

/** A price in one series becomes one of another, near it or in proportion. */
function like(series: CandleSeries, symbol: string, priceDp: number, map: (units: number, i: number) => number): CandleSeries {
  const rows = Array.from({ length: series.length }, (_, i) => {
    const [open, high, low, close] = [series.open[i]!, series.high[i]!, series.low[i]!, series.close[i]!].map((units) => map(units, i));
    return [open!, Math.max(open!, high!, low!, close!), Math.min(open!, high!, low!, close!), close!] as const;
  });
  const column = (field: 0 | 1 | 2 | 3): Float64Array => Float64Array.from(rows, (row) => row[field]);
  const { interval, time, volume, volumeDp, source } = series;
  return new CandleSeries({
    symbol,
    interval,
    priceDp,
    volumeDp,
    time,
    volume,
    source,
    open: column(0),
    high: column(1),
    low: column(2),
    close: column(3),
  });
}

/** Hours of a book that leans now to one side, now to the other, with large trades between. */
function leaningBook(): MarketTape {
  const random = seededRandom(5);
  const symbol = "BTCUSDT";
  const events: MarketEvent[] = [];
  let price = 60_000;
  for (let second = 0; second < 3 * 3600; second += 5) {
    const time = 1_714_521_600_000 + second * 1000;
    price += Math.round((random() - 0.5) * 8);
    const lean = Math.sin(second / 400);
    const side = (sign: 1 | -1): [string, string][] =>
      Array.from({ length: 10 }, (_, level) => [
        (price + sign * (0.5 + level)).toFixed(1),
        Math.max(0.001, 2 - sign * lean + random() * 0.2).toFixed(3),
      ]);
    events.push({ type: "book", symbol, time, kind: "snapshot", bids: side(-1), asks: side(1) });
    const taker = random() < 0.5 ? "buy" : "sell";
    const at = taker === "buy" ? price + 0.5 : price - 0.5;
    events.push({
      type: "trade",
      symbol,
      time: time + 1000,
      id: "",
      side: taker,
      price: at.toFixed(1),
      quantity: (0.5 + random()).toFixed(3),
    });
  }
  return tapeOf(symbol, events, { name: "a leaning book", synthetic: true });
}

test("there is a sample file for each of Tesser's nine strategies, with only that strategy's parameters, in TOML that others read", () => {
  const named = NAMES.map((name) => (parse(readFileSync(path(name), "utf8")) as { strategy_name: string }).strategy_name);
  expect(named.sort()).toEqual(BUILT_IN.map(({ name }) => name).sort());
  expect(BUILT_IN.length).toBe(9);
});

test.each(NAMES)("strategies/%s.toml loads without a doubt but its missing record", async (name) => {
  const loaded = await loadStrategy(path(name));
  expect(loaded.warnings.map(({ code }) => code)).toEqual(["STRATEGY_UNPROVEN"]);
});

const tesser = join(REAL_DATA, "tesser");
const theirs = existsSync(tesser) ? readdirSync(join(tesser, "strategies")).map((name) => join(tesser, "strategies", name)) : [];

test.skipIf(theirs.length === 0)(
  "Tesser's own files load, each by its strategy (skipped without the folder of real data, TESSERLAB__DATA_DIR)",
  async () => {
    const loaded = await Promise.all(theirs.map((file) => loadStrategy(file)));
    const names = new Set(loaded.map(({ strategy }) => strategy.name));
    expect([...names].sort()).toEqual([
      "BollingerBreakout",
      "MlClassifier",
      "OrderBookImbalance",
      "PairsTradingArbitrage",
      "RsiReversion",
      "SmaCross",
    ]);
    for (const { warnings } of loaded)
      expect(warnings.map(({ code }) => code).filter((code) => code !== "PARAM_FILE_MISSING")).toEqual(["STRATEGY_UNPROVEN"]);
  },
);

test.skipIf(theirs.length === 0)(
  "Tesser's own model cannot reach its thresholds, as its users know (skipped without the folder of real data, TESSERLAB__DATA_DIR)",
  async () => {
    const modelPath = join(tesser, "models", "ml_linear.toml");
    const model = readModel(modelPath);
    expect([model.bias, model.weights.length, model.weights[0], model.weights[19]]).toEqual([0.01, 20, 0.15, -0.25]);
    const params = { modelPath, thresholdLong: 0.15, thresholdShort: -0.15 };
    expect(backtest({ data: await sampleCandles(), strategy: "MlClassifier", params }).signals.length).toBe(0);
  },
);

describe("each runs by backtest", () => {
  let btc: CandleSeries;
  const run = async (name: string, data: Parameters<typeof backtest>[0]["data"], more: object = {}): Promise<BacktestRun> =>
    backtest((await loadStrategy(path(name))).backtestOptions(data, more));
  beforeAll(async () => {
    btc = (await sampleCandles()).slice(0, 6000);
  });

  test.each(["sma_cross", "rsi_reversion", "bollinger_breakout", "ml_classifier"])("%s on the sample's candles", async (name) => {
    const made = await run(name, btc);
    expect(made.signals.length).toBeGreaterThan(10);
    expect(made.counts.fills).toBeGreaterThan(5);
  });

  test("pairs_trading on two series merged by time", async () => {
    const random = seededRandom(2);
    const eth = like(btc, "ETHUSDT", 2, (units) => Math.round(units * (0.6 + (random() + random() + random()) * 0.001)));
    const made = await run("pairs_trading", [btc, eth]);
    expect(new Set(made.fills.map(({ symbol }) => symbol))).toEqual(new Set(["BTCUSDT", "ETHUSDT"]));
    expect(made.counts.fills).toBeGreaterThan(20);
  });

  test("cross_exchange_arb on two series merged by time", async () => {
    const random = seededRandom(3);
    const usdc = like(btc, "BTCUSDC", btc.priceDp, (units) => Math.round(units * (1 + (random() - 0.5) * 0.0004)));
    const instrument = { symbol: "BTCUSDC", settlement: "USDT", tickSize: "0.1", lotSize: "0.001" };
    const made = await run("cross_exchange_arb", [btc, usdc], { instrument });
    expect(new Set(made.fills.map(({ symbol }) => symbol))).toEqual(new Set(["BTCUSDT", "BTCUSDC"]));
    expect(made.counts.fills).toBeGreaterThan(20);
  });

  test("volatility_skew on an underlying and its index", async () => {
    const random = seededRandom(4);
    const index = like(btc, "BVOLUSDT", 6, () => Math.round(500 + random() * 3000));
    const made = await run("volatility_skew", [btc, index]);
    expect(new Set(made.signals.map(({ symbol }) => symbol))).toEqual(new Set(["BTCUSDT"]));
    expect(made.counts.fills).toBeGreaterThan(20);
  });

  test.each(["order_book_imbalance", "order_book_scalper"])("%s on recorded books and trades", async (name) => {
    const made = await run(name, leaningBook());
    expect(made.signals.length).toBeGreaterThan(10);
    expect(new Set(made.signals.map(({ kind }) => kind)).size).toBeGreaterThan(1);
    expect(made.counts.fills).toBeGreaterThan(2);
  });

  test.skipIf(!HAS_REAL_DATA)(
    "order_book_imbalance on a capture of XRPUSDT's book (skipped without the folder of real data, TESSERLAB__DATA_DIR)",
    async () => {
      const tape = await loadBook(join(REAL_DATA, "bybit", "orderbook_xrpusdt_ob500.jsonl"));
      const made = backtest({ data: tape, strategy: "OBI", params: { depth: 5 }, sizer: "fixed:10" });
      expect(made.signals.length).toBeGreaterThan(5);
      expect(made.counts.fills).toBeGreaterThan(0);
    },
  );

  test("order book strategies say what they lack on candles", async () => {
    await expect(run("order_book_scalper", syntheticCandles({ bars: 50 }))).rejects.toMatchObject({ code: "FEED_MISSING" });
  });
});

test("the sample's model is what trainClassifier makes of the sample's candles", async () => {
  const { model } = trainLinear(await sampleCandles(), { lookback: 20, l2: 1, testShare: 0.25 });
  const shipped = readModel(join(FOLDER, "models", "ml_linear.toml"));
  expect(shipped.bias).toBeCloseTo(model.bias, 6);
  for (const [i, weight] of model.weights.entries()) expect(shipped.weights[i]).toBeCloseTo(weight, 4);
});
