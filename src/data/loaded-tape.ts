import { MarketTape, type TapeColumns } from "../core/index.js";
import type { TapeReport } from "./tape-report.js";

/** A tape read from a file, with the report of the reading. Slices of it are plain tapes. */
export class LoadedTape extends MarketTape {
  /** What reading found: events kept, lines left out with the reason, gaps. */
  readonly report: TapeReport;

  constructor(columns: TapeColumns, report: TapeReport) {
    super(columns);
    this.report = report;
  }
}
