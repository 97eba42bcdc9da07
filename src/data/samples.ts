import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { LabError } from "../errors/index.js";
import { dataDir, sampleDir } from "./find-data.js";
import { loadCandles } from "./load-candles.js";
import type { LoadedCandles } from "./loaded-candles.js";

/** The shipped synthetic sample: 20,000 five-minute candles. */
export const SAMPLE_NAME: string = "synthetic_BTCUSDT_5m_seed7.csv";
const REAL_BTC = "bybit_linear_BTCUSDT_5m_20240501-20240809.csv";

/** The synthetic sample that comes with the package; its `source.synthetic` is true. */
export function sampleCandles(): Promise<LoadedCandles> {
  return loadCandles(join(sampleDir(), SAMPLE_NAME), { symbol: "BTCUSDT", interval: "5m" });
}

/** Candles for a lesson: real Bybit BTCUSDT ones where the folder of real candles is there, else the synthetic sample, which says so in `source.synthetic`. */
export function lessonCandles(): Promise<LoadedCandles> {
  const folder = dataDir();
  const real = folder === undefined ? undefined : join(folder, REAL_BTC);
  return real !== undefined && existsSync(real) ? loadCandles(real, { symbol: "BTCUSDT", interval: "5m" }) : sampleCandles();
}

/**
 * The daily S&P 500 index, 2000-01-03 to 2020-04-17, from the npm package vega-datasets (BSD-3-Clause; a development
 * dependency, so absent where only the product is installed).
 * @throws LabError `SAMPLE_MISSING` when the package is not installed.
 */
export async function sp500(): Promise<LoadedCandles> {
  return loadCandles(sp500Path(), { symbol: "SPX", interval: "1d" });
}

function sp500Path(): string {
  try {
    const entry = createRequire(import.meta.url).resolve("vega-datasets");
    const path = join(dirname(entry), "..", "data", "sp500-2000.csv");
    if (existsSync(path)) return path;
    throw new Error("it has no data/sp500-2000.csv");
  } catch (cause) {
    throw new LabError(
      "SAMPLE_MISSING",
      "The S&P 500 series comes with the package vega-datasets, which is not installed: npm install vega-datasets.",
      {
        cause,
      },
    );
  }
}
