import { type EpochMs, timeText } from "../core/index.js";
import type { LabelSource } from "./report.js";

/** A line that is not in the tape, and why. */
export interface BadLine {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
  /** The line, cut to 120 characters. */
  readonly text: string;
}

/** Updates that a recording lacks: the book after it may be wrong until the next snapshot. */
export interface UpdateGap {
  readonly line: number;
  /** Last update before, and first after. */
  readonly after: number;
  readonly before: number;
}

/** Everything that was found out about a recording of books and trades while reading it. */
export interface TapeReport {
  /** The file as the user wrote it. */
  readonly name: string;
  readonly compression: "none" | "gzip";
  /** Size on disk and SHA-256 of the file as it lies there. */
  readonly bytes: number;
  readonly sha256: string;
  readonly synthetic: boolean;
  readonly symbol: string;
  readonly symbolSource: LabelSource;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly priceDp: number;
  readonly quantityDp: number;
  /** Lines that are not blank, and events in the tape. */
  readonly linesRead: number;
  readonly events: number;
  readonly snapshots: number;
  readonly changes: number;
  readonly trades: number;
  readonly badCount: number;
  /** The first 1,000 bad lines word for word. */
  readonly badLines: readonly BadLine[];
  /** Events that came after a later one and were sorted. */
  readonly outOfOrder: number;
  /** The first 1,000 gaps in Bybit's update ids. */
  readonly gaps: readonly UpdateGap[];
  /** Changes before the first snapshot: until then the book is not known. */
  readonly beforeSnapshot: number;
  /** Events after which the best bid was not below the best ask. */
  readonly crossed: number;
  /** Events of other symbols, by symbol: they were not asked for. */
  readonly otherEvents: Readonly<Record<string, number>>;
}

/** 1234567 as 1,234,567. */
export const grouped = (n: number): string => n.toLocaleString("en-US");
/** `1 row`, `2 rows`. */
export const count = (n: number, thing: string): string => `${grouped(n)} ${thing}${n === 1 ? "" : "s"}`;

/** A report as lines of text: what was read first, then whatever is wrong. */
export function describeTape(report: TapeReport): string[] {
  const { snapshots, changes, trades, gaps } = report;
  const packed = report.compression === "gzip" ? "gzip, " : "";
  return [
    ...(report.synthetic ? ["SYNTHETIC DATA: made by a generator, not by a market"] : []),
    `${report.name}: ${count(report.events, "event")} of ${report.symbol} (${report.symbolSource}): ${count(snapshots, "whole book")}, ${count(changes, "change")}, ${count(trades, "trade")}`,
    `${timeText(report.from)} to ${timeText(report.to)}`,
    `exact to ${count(report.priceDp, "decimal")} in price and ${report.quantityDp} in size; ${packed}${grouped(report.bytes)} bytes, sha256 ${report.sha256.slice(0, 12)}…`,
    ...badLines(report),
    ...(report.outOfOrder > 0 ? [`${count(report.outOfOrder, "event")} out of order, sorted`] : []),
    ...(report.beforeSnapshot > 0
      ? [`${count(report.beforeSnapshot, "change")} before the first whole book, which is not known until then`]
      : []),
    ...(gaps.length > 0
      ? [
          `${count(gaps.length, "gap")} in the update ids, the first on line ${gaps[0]!.line}: ${gaps[0]!.after} is followed by ${gaps[0]!.before}`,
        ]
      : []),
    ...(report.crossed > 0 ? [`${count(report.crossed, "event")} left the book crossed`] : []),
    ...Object.entries(report.otherEvents).map(([symbol, events]) => `${count(events, "event")} of ${symbol} not read`),
  ];
}

function badLines(report: TapeReport): string[] {
  if (report.badCount === 0) return ["no bad lines"];
  const shown = report.badLines.slice(0, 5).map((bad) => `  line ${bad.line}: ${bad.reason} ('${bad.text}')`);
  const rest = report.badCount - shown.length;
  return [`${count(report.badCount, "bad line")} left out:`, ...shown, ...(rest > 0 ? [`  and ${grouped(rest)} more`] : [])];
}
