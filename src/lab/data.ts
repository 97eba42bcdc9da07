import {
  dataDir,
  describeData,
  generateSample,
  lessonCandles,
  loadCandles,
  loadFunding,
  resampleCandles,
  sampleCandles,
  sp500,
  syntheticCandles,
  writeCandlesCsv,
} from "../data/index.js";
import { candleTable } from "./rules/candles.js";

/** Market data in cells. `await data.load("file.csv", { symbol, interval })` reads CSV, gzip or Parquet exactly and reports what is wrong with it. */
export const data: {
  readonly load: typeof loadCandles;
  readonly funding: typeof loadFunding;
  readonly lesson: typeof lessonCandles;
  readonly sample: typeof sampleCandles;
  readonly sp500: typeof sp500;
  readonly resample: typeof resampleCandles;
  readonly synthetic: typeof syntheticCandles;
  readonly generate: typeof generateSample;
  readonly describe: typeof describeData;
  readonly table: typeof candleTable;
  readonly write: typeof writeCandlesCsv;
  readonly dir: typeof dataDir;
} = Object.freeze({
  load: loadCandles,
  funding: loadFunding,
  lesson: lessonCandles,
  sample: sampleCandles,
  sp500,
  resample: resampleCandles,
  synthetic: syntheticCandles,
  generate: generateSample,
  describe: describeData,
  table: candleTable,
  write: writeCandlesCsv,
  dir: dataDir,
});
