import { type EpochMs, parseTime, type TimeInput } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { type Database, statement } from "./database.js";
import type { JournalLine, Json } from "./records.js";
import { stableJson } from "./stable-json.js";

/** A line of the journal. */
export interface JournalEntry {
  /** From 1, without gaps, per session. */
  readonly sequence: number;
  readonly time: EpochMs;
  readonly kind: string;
  readonly symbol: string | undefined;
  /** Decimals as text. */
  readonly payload: Json;
}

/** Which lines of the journal to list. */
export interface JournalFilter {
  readonly kind?: string | readonly string[];
  readonly symbol?: string;
  /** Time range [from, to). */
  readonly from?: TimeInput;
  readonly to?: TimeInput;
  /** Sequence numbers above this. */
  readonly after?: number;
  /** Sequence numbers up to this. */
  readonly until?: number;
  /** At most this many; the newest of them with `last`. */
  readonly limit?: number;
  readonly last?: boolean;
  readonly session?: string;
}

const FILTER_KEYS: Readonly<Record<keyof JournalFilter, true>> = {
  kind: true,
  symbol: true,
  from: true,
  to: true,
  after: true,
  until: true,
  limit: true,
  last: true,
  session: true,
};

interface JournalRow {
  readonly sequence: number;
  readonly time: number;
  readonly kind: string;
  readonly symbol: string | null;
  readonly payload: string;
}

function entryOf({ sequence, time, kind, symbol, payload }: JournalRow): JournalEntry {
  return { sequence, time, kind, symbol: symbol ?? undefined, payload: JSON.parse(payload) as Json };
}

/** Appends to the journal of one session; call it inside a transaction. */
export class JournalAppender {
  readonly #db: Database;
  readonly #session: string;
  #sequence: number;

  constructor(db: Database, session: string) {
    this.#db = db;
    this.#session = session;
    this.#sequence = newest(db, session);
  }

  /** Number of the newest line. */
  get sequence(): number {
    return this.#sequence;
  }

  /** After a transaction that was rolled back: the numbers it took are free again. */
  rewind(): void {
    this.#sequence = newest(this.#db, this.#session);
  }

  append(lines: readonly JournalLine[], now: EpochMs): void {
    if (lines.length === 0) return;
    const put = statement(this.#db, "INSERT INTO journal (session, sequence, time, kind, symbol, payload) VALUES (?, ?, ?, ?, ?, ?)");
    for (const { kind, symbol, time, payload } of lines)
      put.run(this.#session, ++this.#sequence, time ?? now, kind, symbol ?? null, stableJson(payload ?? null));
  }
}

function newest(db: Database, session: string): number {
  return db.prepare("SELECT coalesce(max(sequence), 0) FROM journal WHERE session = ?").pluck().get(session) as number;
}

/** @throws LabError `OPTION_UNKNOWN`, `OPTION_INVALID`, and what reading a time throws. */
export function readJournal(db: Database, session: string, filter: JournalFilter): readonly JournalEntry[] {
  for (const key of Object.keys(filter))
    if (!Object.hasOwn(FILTER_KEYS, key)) throw unknownName("OPTION_UNKNOWN", "journal filter", key, Object.keys(FILTER_KEYS));
  const where = ["session = ?"];
  const values: (string | number)[] = [session];
  const add = (sql: string, ...given: (string | number)[]): void => {
    where.push(sql);
    values.push(...given);
  };
  const kinds = filter.kind === undefined ? [] : [filter.kind].flat();
  if (filter.kind !== undefined) add(`kind IN (${kinds.map(() => "?").join(", ")})`, ...kinds);
  if (filter.symbol !== undefined) add("symbol = ?", filter.symbol);
  if (filter.from !== undefined) add("time >= ?", parseTime(filter.from));
  if (filter.to !== undefined) add("time < ?", parseTime(filter.to));
  if (filter.after !== undefined) add("sequence > ?", whole("after", filter.after));
  if (filter.until !== undefined) add("sequence <= ?", whole("until", filter.until));
  const limit = filter.limit === undefined ? "" : ` LIMIT ${whole("limit", filter.limit)}`;
  const direction = filter.last === true ? "DESC" : "ASC";
  const sql = `SELECT sequence, time, kind, symbol, payload FROM journal WHERE ${where.join(" AND ")} ORDER BY sequence ${direction}${limit}`;
  const rows = db.prepare(sql).all(...values) as JournalRow[];
  return (filter.last === true ? rows.reverse() : rows).map(entryOf);
}

function whole(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new LabError("OPTION_INVALID", `${name} is a whole number of at least 0, got ${String(value)}.`, { details: { [name]: value } });
}
