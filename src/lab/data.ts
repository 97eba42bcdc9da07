import {
  dataDir,
  describeData,
  generateSample,
  lessonCandles,
  loadBook,
  loadCandles,
  loadFunding,
  loadRecording,
  resampleCandles,
  sampleCandles,
  sp500,
  syntheticCandles,
  writeBook,
  writeCandlesCsv,
} from "../data/index.js";
import { download } from "./download.js";
import { candleTable } from "./rules/candles.js";

/** Market data in cells. `await data.load("file.csv", { symbol, interval })` reads CSV, gzip or Parquet exactly and reports what is wrong with it; `loadBook` reads recorded order books and trades, `recording` all that a recorded session saw and did. */
export const data: {
  readonly load: typeof loadCandles;
  readonly loadBook: typeof loadBook;
  readonly recording: typeof loadRecording;
  readonly download: typeof download;
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
  readonly writeBook: typeof writeBook;
  readonly dir: typeof dataDir;
} = Object.freeze({
  load: loadCandles,
  loadBook,
  recording: loadRecording,
  download,
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
  writeBook,
  dir: dataDir,
});
