import { type CandleColumns, CandleSeries } from "../core/index.js";
import { type DataReport, type DataSummary, type LabelSource, summarizeData } from "./report.js";

/** A candle series read from a file, with the report of the reading. Slices of it are plain series. */
export class LoadedCandles extends CandleSeries {
  readonly report: DataReport;

  constructor(columns: CandleColumns, report: DataReport) {
    super(columns);
    this.report = report;
  }

  get symbolSource(): LabelSource {
    return this.report.symbolSource;
  }

  get intervalSource(): LabelSource {
    return this.report.intervalSource;
  }

  /** The report's figures, flat. */
  get summary(): DataSummary {
    return summarizeData(this.report);
  }
}
