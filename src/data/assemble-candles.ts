import { type Interval, intervalMs, intervalName } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { removeDuplicates } from "./duplicates.js";
import { intervalFromName, symbolFromName } from "./file-labels.js";
import type { LabelColumn } from "./labels.js";
import type { CheckedOptions } from "./load-options.js";
import { LoadedCandles } from "./loaded-candles.js";
import { plainColumns } from "./plain-columns.js";
import type { DataFile } from "./read-file.js";
import type { DataReport, LabelSource } from "./report.js";
import { sortRows } from "./row-order.js";
import type { ReadCandles, RowSink } from "./row-sink.js";
import { calendarOf, checkInterval, findGaps, inferInterval } from "./spacing.js";

/** What is known of where rows came from. */
export type CandleOrigin = Pick<DataFile, "sha256" | "bytes" | "compression" | "format"> & {
  /** As the user wrote it. */
  readonly name: string;
  readonly synthetic: boolean;
};

/** Puts read rows together to a series with its report. @throws LabError `DATA_EMPTY`, `DATA_SYMBOL`, `DATA_INTERVAL`, `DATA_CONFLICT`, `DATA_BAD_ROWS` (strict). */
export function assembleCandles(read: ReadCandles, file: CandleOrigin, options: CheckedOptions): LoadedCandles {
  const { sink } = read;
  const { name, synthetic } = file;
  checkLabels(sink, options, name);
  checkRows(sink, options, file, name);
  const sorted = sortRows(plainColumns(sink.rows));
  const { columns, duplicates } = removeDuplicates(sorted.columns, options.duplicates, name);
  const symbol = decideSymbol(sink.symbols, options, name);
  const interval = decideInterval(columns.time, sink, options, name);
  const spacing = findGaps(columns.time, interval.value);
  const report: DataReport = {
    name,
    format: file.format,
    compression: file.compression,
    bytes: file.bytes,
    sha256: file.sha256,
    synthetic,
    symbol: symbol.value,
    symbolSource: symbol.source,
    interval: interval.value,
    intervalSource: interval.source,
    timeFormat: read.timeFormat,
    ...(read.delimiter !== undefined && { delimiter: read.delimiter }),
    from: columns.time[0]!,
    to: columns.time[columns.time.length - 1]!,
    priceDp: sink.rows.prices.dp,
    volumeDp: sink.rows.volumes.dp,
    rowsRead: sink.rowsRead,
    rows: columns.time.length,
    badCount: sink.bad.count,
    badByKind: sink.bad.byKind,
    badRows: sink.bad.rows,
    duplicates,
    outOfOrder: sorted.outOfOrder,
    spacing,
    otherRows: { ...Object.fromEntries(sink.symbols?.others ?? []), ...Object.fromEntries(sink.intervals?.others ?? []) },
    rounded: sink.rows.rounded,
    calendar: calendarOf(spacing, interval.value),
    ignoredColumns: read.ignoredColumns,
    notes: [...read.notes, ...notesOn(sink, name, interval.value)],
  };
  return new LoadedCandles(
    {
      symbol: symbol.value,
      interval: interval.value,
      priceDp: report.priceDp,
      volumeDp: report.volumeDp,
      ...columns,
      source: { name, sha256: file.sha256, synthetic },
    },
    report,
  );
}

/** A file of several symbols or intervals is one series only when the caller says which. */
function checkLabels(sink: RowSink, options: CheckedOptions, name: string): void {
  for (const [column, what, given] of [
    [sink.symbols, "symbol", options.symbol],
    [sink.intervals, "interval", options.interval],
  ] as const) {
    if (column === undefined || column.others.size === 0) continue;
    const code = what === "symbol" ? "DATA_SYMBOL" : "DATA_INTERVAL";
    const others = [...column.others.keys()];
    if (given === undefined)
      throw new LabError(
        code,
        `${name} holds several ${what}s: ${[column.wanted, ...others].join(", ")}. Say which: ${what}: "${column.wanted}".`,
        { details: { found: [column.wanted, ...others] } },
      );
    if (!column.seen) throw unknownName(code, `${what} in ${name}`, given, others);
  }
}

function checkRows(sink: RowSink, options: CheckedOptions, file: CandleOrigin, name: string): void {
  const unit = file.format === "csv" ? "line" : "row";
  if (options.strict && sink.bad.count > 0)
    throw new LabError("DATA_BAD_ROWS", `${name} has ${sink.bad.count} bad rows of ${sink.rowsRead}:\n${sink.bad.first(5, unit)}`, {
      details: { count: sink.bad.count, rows: sink.bad.rows.slice(0, 5) },
    });
  if (sink.rows.length > 0) return;
  if (sink.bad.count === 0) throw new LabError("DATA_EMPTY", `${name} has a header and no candles.`);
  throw new LabError("DATA_EMPTY", `${name} has no good candle; all ${sink.bad.count} rows are bad:\n${sink.bad.first(3, unit)}`, {
    details: { count: sink.bad.count, rows: sink.bad.rows.slice(0, 3) },
  });
}

interface Decided<T> {
  readonly value: T;
  readonly source: LabelSource;
}

function decideSymbol(column: LabelColumn | undefined, options: CheckedOptions, name: string): Decided<string> {
  if (options.symbol !== undefined) return { value: options.symbol, source: "given" };
  if (column?.wanted !== undefined) return { value: column.wanted, source: "column" };
  return { value: symbolFromName(name), source: "file name" };
}

/** Given, or in the file, or what the candles show, or (for a single candle) in the file's name. */
function decideInterval(time: Float64Array, sink: RowSink, options: CheckedOptions, name: string): Decided<Interval> {
  const column = sink.intervals;
  if (options.interval !== undefined) {
    checkInterval(time, options.interval, "given", name);
    return { value: options.interval, source: "given" };
  }
  if (column?.wanted !== undefined) {
    const value = intervalName(intervalMs(column.wanted));
    checkInterval(time, value, "in the interval column", name);
    return { value, source: "column" };
  }
  const inferred = inferInterval(time, name);
  if (inferred !== undefined) return { value: inferred, source: "inferred" };
  const named = intervalFromName(name);
  if (named !== undefined) return { value: named, source: "file name" };
  const bad = sink.bad.count === 0 ? "" : `\nBad rows: ${sink.bad.count}\n${sink.bad.first()}`;
  throw new LabError("DATA_INTERVAL", `${name} has a single good candle, which shows no interval; give one, as in interval: "5m".${bad}`);
}

function notesOn(sink: RowSink, name: string, interval: Interval): string[] {
  const notes: string[] = [];
  if (!sink.hasVolume) notes.push("the file has no volume column; every volume is zero");
  const named = intervalFromName(name);
  if (named !== undefined && named !== interval) notes.push(`the file name says ${named}, the candles are ${interval}`);
  return notes;
}
