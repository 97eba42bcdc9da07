import { type EpochMs, type Interval, timeText } from "../core/index.js";
import type { BadRow } from "./bad-rows.js";
import type { BadRowKind } from "./candle-rows.js";
import type { Duplicates } from "./duplicates.js";
import type { OutOfOrder } from "./row-order.js";
import type { MarketCalendar, Spacing } from "./spacing.js";

/** Where a symbol or an interval was taken from. */
export type LabelSource = "given" | "column" | "file name" | "inferred";

/** Everything that was found out about a file of candles while reading it. Nothing leaves the series without standing here. */
export interface DataReport {
  /** The file as the user wrote it. */
  readonly name: string;
  readonly format: "csv" | "parquet";
  readonly compression: "none" | "gzip";
  /** Size on disk and SHA-256 of the file as it lies there. */
  readonly bytes: number;
  readonly sha256: string;
  readonly synthetic: boolean;
  readonly symbol: string;
  readonly symbolSource: LabelSource;
  readonly interval: Interval;
  readonly intervalSource: LabelSource;
  /** How the file writes timestamps, in words. */
  readonly timeFormat: string;
  /** Of a CSV file. */
  readonly delimiter?: string;
  /** Open times of the first and the last candle. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Decimals the series holds prices and volumes with. */
  readonly priceDp: number;
  readonly volumeDp: number;
  /** Data rows in the file, and candles in the series. */
  readonly rowsRead: number;
  readonly rows: number;
  readonly badCount: number;
  readonly badByKind: Readonly<Partial<Record<BadRowKind, number>>>;
  /** The first 1,000 bad rows word for word. */
  readonly badRows: readonly BadRow[];
  readonly duplicates: Duplicates;
  readonly outOfOrder: OutOfOrder;
  readonly spacing: Spacing;
  /** Rows of other symbols or intervals, by name: they were not asked for. */
  readonly otherRows: Readonly<Record<string, number>>;
  /** Rows of which a value was rounded, because `decimals` asked for it. */
  readonly rounded: number;
  /** `weekdays` when daily candles are missing on weekends and hardly elsewhere; else the market never closes. */
  readonly calendar: MarketCalendar;
  readonly ignoredColumns: readonly string[];
  readonly notes: readonly string[];
}

/** The figures of a report in one flat object, for tables and assertions. */
export interface DataSummary {
  readonly file: string;
  readonly symbol: string;
  readonly interval: string;
  readonly from: string;
  readonly to: string;
  readonly rowsRead: number;
  readonly rows: number;
  readonly bad: number;
  readonly duplicates: number;
  readonly outOfOrder: number;
  readonly gaps: number;
  readonly missing: number;
  readonly synthetic: boolean;
  readonly sha256: string;
}

/** The figures of a report, flat. */
export function summarizeData(report: DataReport): DataSummary {
  return {
    file: report.name,
    symbol: report.symbol,
    interval: report.interval,
    from: timeText(report.from),
    to: timeText(report.to),
    rowsRead: report.rowsRead,
    rows: report.rows,
    bad: report.badCount,
    duplicates: report.duplicates.identical + report.duplicates.conflicting,
    outOfOrder: report.outOfOrder.count,
    gaps: report.spacing.gaps.length,
    missing: report.spacing.missing,
    synthetic: report.synthetic,
    sha256: report.sha256,
  };
}

/** Whether a file was in perfect order: every row in the series, in order, none missing. */
export function isClean(report: DataReport): boolean {
  return (
    report.badCount === 0 &&
    report.rows === report.rowsRead &&
    report.outOfOrder.count === 0 &&
    report.spacing.missing === 0 &&
    report.spacing.irregular === 0
  );
}
