import type { BadRowKind, Refused } from "./candle-rows.js";

/** A row that is not in the series, and why. */
export interface BadRow {
  /** Line number in a CSV file, row number in a Parquet file; both from 1. */
  readonly line: number;
  readonly kind: BadRowKind;
  readonly reason: string;
  /** The row as it stands in the file, cut to 120 characters. */
  readonly text: string;
}

/** How many bad rows are kept word for word; all are counted. */
export const KEPT_BAD_ROWS = 1000;

/** Collects the bad rows of one file. */
export class BadRows {
  readonly rows: BadRow[] = [];
  readonly byKind: Partial<Record<BadRowKind, number>> = {};
  count = 0;

  add(line: number, refused: Refused, text: string): void {
    this.count++;
    this.byKind[refused.kind] = (this.byKind[refused.kind] ?? 0) + 1;
    if (this.rows.length < KEPT_BAD_ROWS)
      this.rows.push({ line, kind: refused.kind, reason: refused.reason, text: text.length > 120 ? `${text.slice(0, 119)}…` : text });
  }

  /** The first few as text, one a line. */
  first(count = 3, unit = "line"): string {
    const lines = this.rows.slice(0, count).map((row) => `${unit} ${row.line}: ${row.reason} ('${row.text}')`);
    if (this.count > count) lines.push(`and ${this.count - count} more`);
    return lines.join("\n");
  }
}
