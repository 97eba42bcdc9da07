import { type CandleColumns, CandleSeries } from "../core/index.js";
import { type DataReport, type DataSummary, type LabelSource, summarizeData } from "./report.js";

/** A candle series read from a file, with the report of the reading. Slices of it are plain series. */
export class LoadedCandles extends CandleSeries {
  /** What reading found: rows kept, left out with the reason, gaps, labels. */
  readonly report: DataReport;

  constructor(columns: CandleColumns, report: DataReport) {
    super(columns);
    this.report = report;
  }

  /** What the symbol was told by: an option, the file, its name. */
  get symbolSource(): LabelSource {
    return this.report.symbolSource;
  }

  /** What the interval was told by: an option, the file, its name, the spacing of the candles. */
  get intervalSource(): LabelSource {
    return this.report.intervalSource;
  }

  /** The report's figures, flat. */
  get summary(): DataSummary {
    return summarizeData(this.report);
  }
}
