export { type BadRow, KEPT_BAD_ROWS } from "./bad-rows.js";
export type { BadRowKind, RoundTo } from "./candle-rows.js";
export { describeData } from "./describe.js";
export { type Download, type DownloadOptions, downloadCandles } from "./download.js";
export type { DuplicatePolicy, Duplicates } from "./duplicates.js";
export { dataDir, type FoundData, findData } from "./find-data.js";
export { type FundingOptions, type FundingRate, type FundingRates, loadFunding } from "./funding.js";
export { type BookOptions, loadBook } from "./load-book.js";
export { loadCandles } from "./load-candles.js";
export type { LoadOptions } from "./load-options.js";
export { LoadedCandles } from "./loaded-candles.js";
export { LoadedTape } from "./loaded-tape.js";
export { type Cell, dayOf, KINDS, type KindRow, RECORD_KINDS, type RecordKind, type RecordRow } from "./recording/kinds.js";
export { appendEntry, type RecordingEntry, readEntries } from "./recording/log.js";
export { decodeRows, encodeRows } from "./recording/parquet-rows.js";
export { isRecording } from "./recording/read-recording.js";
export { RecordedCandles, unheardOf } from "./recording/recorded-candles.js";
export {
  loadRecording,
  marketOf,
  type RecordedSession,
  Recording,
  type RecordingLoss,
  type RecordingOptions,
} from "./recording/recording.js";
export { bookRow, candleRow, fillRow, orderRow, type RecordedSignal, type RowPlace, signalRow, tickRow } from "./recording/rows.js";
export { readSegment, type Segment, type SegmentHeader, segmentLine } from "./recording/segment.js";
export { type Settled, segmentFolder, segmentPath, settleSegment, UNJOURNALED, unfinishedSegments } from "./recording/settle.js";
export { type DataReport, type DataSummary, isClean, type LabelSource, summarizeData } from "./report.js";
export { ResampledCandles, type ResampleOptions, type ResampleReport, resampleCandles } from "./resample.js";
export type { CandleField, ColumnNames } from "./roles.js";
export type { OutOfOrder } from "./row-order.js";
export { generateSample, type SampleOptions, sampleWalk } from "./sample.js";
export { lessonCandles, SAMPLE_NAME, sampleCandles, sp500 } from "./samples.js";
export { type Gap, type MarketCalendar, type Spacing, spacingOf } from "./spacing.js";
export { type SyntheticOptions, syntheticCandles } from "./synthetic.js";
export type { BadLine, TapeReport, UpdateGap } from "./tape-report.js";
export type { TimeUnit } from "./timestamp.js";
export { bookLines, writeBook } from "./write-book.js";
export { candlesCsv, writeCandlesCsv } from "./write-csv.js";
