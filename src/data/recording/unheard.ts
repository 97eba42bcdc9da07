import type { RecordRow } from "./kinds.js";

/** Candles that a session's strategy saw without a say. */
export interface UnheardRows {
  /** Older than the first of their series that it acted on: its warm-up. */
  readonly before: readonly RecordRow[];
  /** Missed while its link was broken or its process away, and asked for afterwards. */
  readonly between: readonly RecordRow[];
}

const keyOf = (row: RecordRow): string => `${String(row.symbol)} ${String(row.interval)}`;
const timeOf = (row: RecordRow): string => `${keyOf(row)} ${String(row.timestamp)}`;

/** Sorts the `warm_up` rows of a recording. A later session of the same folder warmed up on what an earlier one traded on: those rows are left out. */
export function unheardRows(warmUp: readonly RecordRow[], candles: readonly RecordRow[]): UnheardRows {
  const first = new Map<string, number>();
  /** Where in the recording a session began to act on a series. */
  const begun = new Map<string, number>();
  const ownKey = (row: RecordRow): string => `${String(row.session)} ${keyOf(row)}`;
  const least = (of: Map<string, number>, key: string, value: number): void =>
    void of.set(key, Math.min(of.get(key) ?? Number.POSITIVE_INFINITY, value));
  for (const row of candles) {
    least(first, keyOf(row), row.timestamp as number);
    least(begun, ownKey(row), (row.sequence ?? 0) as number);
  }
  const heard = new Set(candles.map(timeOf));
  const before = new Map<string, RecordRow>();
  const between = new Map<string, RecordRow>();
  for (const row of warmUp) {
    const key = timeOf(row);
    if (heard.has(key) || before.has(key) || between.has(key)) continue;
    if ((row.timestamp as number) < (first.get(keyOf(row)) ?? Number.POSITIVE_INFINITY)) before.set(key, row);
    else if ((row.sequence as number) > (begun.get(ownKey(row)) ?? Number.POSITIVE_INFINITY)) between.set(key, row);
  }
  return { before: [...before.values()], between: [...between.values()] };
}
