import { timeText } from "../core/index.js";
import { hasMembers, wrongInput } from "../errors/index.js";
import type { DataReport } from "./report.js";
import type { Gap } from "./spacing.js";
import { count, describeTape, grouped, type TapeReport } from "./tape-report.js";

/** What has a report: loaded candles or a loaded recording. */
interface Reported {
  readonly report: DataReport | TapeReport;
}

/**
 * What reading found, of candles or of a recording, as lines of text: what was read first, then whatever is wrong.
 * @param of - what was loaded, or its report.
 * @throws LabError `DATA_INVALID` for what was not read from a file.
 */
export function describeData(of: DataReport | TapeReport | Reported): string[] {
  const report = hasMembers(of, "report") ? (of as Reported).report : (of as DataReport | TapeReport);
  if (hasMembers(report, "snapshots", "events")) return describeTape(report as TapeReport);
  if (hasMembers(report, "spacing", "badRows")) return describeCandles(report as DataReport);
  throw wrongInput("DATA_INVALID", "describe", "what data.load or data.loadBook returns, or its report", of);
}

function describeCandles(report: DataReport): string[] {
  return [
    ...(report.synthetic ? ["SYNTHETIC DATA: made by a generator, not by a market"] : []),
    `${report.name}: ${count(report.rows, "candle")} of ${report.symbol} (${report.symbolSource}), ${report.interval} (${report.intervalSource})`,
    `${timeText(report.from)} to ${timeText(report.to)}; timestamps: ${report.timeFormat}`,
    `exact to ${count(report.priceDp, "decimal")} in price and ${report.volumeDp} in volume; ${report.format}${report.compression === "gzip" ? ", gzip" : ""}, ${grouped(report.bytes)} bytes, sha256 ${report.sha256.slice(0, 12)}…`,
    ...badLines(report),
    ...duplicateLines(report),
    ...orderLines(report),
    ...gapLines(report),
    ...Object.entries(report.otherRows).map(([name, rows]) => `${count(rows, "row")} of ${name} not read`),
    ...(report.rounded > 0 ? [`${count(report.rounded, "row")} rounded, as asked`] : []),
    ...(report.ignoredColumns.length > 0 ? [`columns not read: ${report.ignoredColumns.join(", ")}`] : []),
    ...report.notes.map((note) => `note: ${note}`),
  ];
}

function badLines(report: DataReport): string[] {
  if (report.badCount === 0) return ["no bad rows"];
  const where = report.format === "csv" ? "line" : "row";
  const kinds = Object.entries(report.badByKind).map(([kind, rows]) => `${kind} ${grouped(rows)}`);
  const shown = report.badRows.slice(0, 5).map((row) => `  ${where} ${row.line}: ${row.reason} ('${row.text}')`);
  const rest = report.badCount - shown.length;
  return [
    `${count(report.badCount, "bad row")} left out (${kinds.join(", ")}):`,
    ...shown,
    ...(rest > 0 ? [`  and ${grouped(rest)} more`] : []),
  ];
}

function duplicateLines({ duplicates }: DataReport): string[] {
  const { identical, conflicting, lines } = duplicates;
  const at = ` (lines ${some(lines)})`;
  return [
    ...(identical > 0 ? [`${count(identical, "repeated row")} kept once${at}`] : []),
    ...(conflicting > 0 ? [`${count(conflicting, "row")} in conflict with another of the same time left out, as asked${at}`] : []),
  ];
}

function orderLines({ outOfOrder }: DataReport): string[] {
  if (outOfOrder.count === 0) return [];
  if (outOfOrder.descending) return ["the file runs from new to old; turned round"];
  return [`${count(outOfOrder.count, "row")} out of order, sorted (lines ${some(outOfOrder.lines)})`];
}

function gapLines({ spacing, interval, calendar }: DataReport): string[] {
  const irregular = spacing.irregular > 0 ? [`${count(spacing.irregular, "distance")} between candles no multiple of ${interval}`] : [];
  if (spacing.missing === 0) return ["no gaps", ...irregular];
  const summary = `${count(spacing.gaps.length, "gap")}, ${count(spacing.missing, "candle")} missing, none filled`;
  if (calendar === "weekdays") {
    const holidays = spacing.missing - spacing.missingOnWeekends;
    return [
      `${summary}: a market that closes on weekends (${grouped(spacing.missingOnWeekends)}) and holidays (${grouped(holidays)})`,
      ...irregular,
    ];
  }
  const longest = [...spacing.gaps].sort((a, b) => b.missing - a.missing).slice(0, 3);
  return [`${summary}; longest: ${longest.map(gapText).join("; ")}`, ...irregular];
}

function gapText(gap: Gap): string {
  return `${count(gap.missing, "candle")} between ${timeText(gap.after)} and ${timeText(gap.before)}`;
}

function some(lines: readonly number[]): string {
  return lines.slice(0, 5).join(", ") + (lines.length > 5 ? ", …" : "");
}
