import { Decimal, type EpochMs, type Fill, type Order, type Position } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { Database } from "./database.js";
import { type JournalEntry, readJournal } from "./journal.js";
import type { Json, StoredRouter } from "./records.js";
import { fillOf, orderOf, positionOf, type Row } from "./rows.js";
import { stableJson } from "./stable-json.js";

/** What a journal folds to, as rows. Orders that are final are left out, so that it stays small however long a session runs. */
export interface Folded {
  sequence: number;
  time: EpochMs;
  /** Open orders. */
  readonly orders: Map<string, Row>;
  readonly positions: Map<string, Row>;
  readonly flags: Map<string, Json>;
  progress: Row | undefined;
  router: StoredRouter | undefined;
  fills: number;
}

/** A snapshot is taken this many lines after the one before. */
export const SNAPSHOT_LINES = 2_000;

const OPEN: readonly unknown[] = ["working", "partiallyFilled"] satisfies readonly Order["status"][];

function empty(): Folded {
  return {
    sequence: 0,
    time: 0,
    orders: new Map(),
    positions: new Map(),
    flags: new Map(),
    progress: undefined,
    router: undefined,
    fills: 0,
  };
}

/** Takes one line in. Kinds that change no state (audits, signals, logs) only move the number. */
export function fold(state: Folded, { sequence, time, kind, payload }: JournalEntry): void {
  state.sequence = sequence;
  state.time = time;
  if (kind === "order") {
    const row = payload as Row;
    if (OPEN.includes(row.status)) state.orders.set(row.id as string, row);
    else state.orders.delete(row.id as string);
  }
  if (kind === "fill") state.fills++;
  else if (kind === "position") state.positions.set((payload as Row).symbol as string, payload as Row);
  else if (kind === "progress") state.progress = payload as Row;
  else if (kind === "router") state.router = payload as unknown as StoredRouter;
  else if (kind === "flag") {
    const { name, value } = payload as { readonly name: string; readonly value: Json };
    if (value === null) state.flags.delete(name);
    else state.flags.set(name, value);
  }
}

/** A folded journal as the text a snapshot holds. */
export function snapshotText(state: Folded): string {
  return stableJson(state);
}

function fromSnapshot(text: string): Folded {
  const stored = JSON.parse(text) as {
    readonly sequence: number;
    readonly time: number;
    readonly orders: Readonly<Record<string, Row>>;
    readonly positions: Readonly<Record<string, Row>>;
    readonly flags: Readonly<Record<string, Json>>;
    readonly progress?: Row;
    readonly router?: StoredRouter;
    readonly fills: number;
  };
  return {
    sequence: stored.sequence,
    time: stored.time,
    orders: new Map(Object.entries(stored.orders)),
    positions: new Map(Object.entries(stored.positions)),
    flags: new Map(Object.entries(stored.flags)),
    progress: stored.progress,
    router: stored.router,
    fills: stored.fills,
  };
}

/** The journal up to a number, folded: from the nearest snapshot before it, or with `whole` from its first line. */
export function foldTo(db: Database, session: string, sequence: number, whole: boolean = false): Folded {
  const snapshot = whole
    ? undefined
    : (db
        .prepare("SELECT payload FROM snapshot WHERE session = ? AND sequence <= ? ORDER BY sequence DESC LIMIT 1")
        .pluck()
        .get(session, sequence) as string | undefined);
  const state = snapshot === undefined ? empty() : fromSnapshot(snapshot);
  for (const entry of readJournal(db, session, { after: state.sequence, until: sequence })) fold(state, entry);
  return state;
}

/** What a moment looks up when asked: all orders as they stood, and all fills. */
export interface MomentHistory {
  orders(): readonly Row[];
  fills(): readonly Row[];
}

/** How a session stood right after a line of its journal. */
export class Moment {
  /** The line's number. */
  readonly sequence: number;
  readonly time: EpochMs;
  readonly session: string;
  readonly #state: Folded;
  readonly #history: MomentHistory;

  constructor(session: string, state: Folded, history: MomentHistory) {
    this.session = session;
    this.sequence = state.sequence;
    this.time = state.time;
    this.#state = state;
    this.#history = history;
  }

  /** Positions, flat ones too. */
  positions(): readonly Position[] {
    return [...this.#state.positions.values()].map(positionOf);
  }

  /** Orders that had been made by then, as they stood. */
  orders(filter: { readonly status?: Order["status"]; readonly symbol?: string } = {}): readonly Order[] {
    const { status, symbol } = filter;
    return this.#history
      .orders()
      .map(orderOf)
      .filter((order) => (status === undefined || order.status === status) && (symbol === undefined || order.symbol === symbol));
  }

  /** Fills up to then. */
  fills(): readonly Fill[] {
    return this.#history.fills().map(fillOf);
  }

  /** Switches that were set, such as `liquidateOnly`. */
  get flags(): ReadonlyMap<string, Json> {
    return this.#state.flags;
  }

  /** Equity as last written by then. */
  get equity(): Decimal | undefined {
    return money(this.#state.progress?.equity);
  }

  /** Wallet balance as last written by then. */
  get balance(): Decimal | undefined {
    return money(this.#state.progress?.balance);
  }

  /** What the router had done, as last written by then; absent from older files. */
  get router(): StoredRouter | undefined {
    return this.#state.router;
  }

  /** Everything as plain JSON, for comparison. */
  toJSON(): Json {
    const { positions, flags, progress, router, fills } = this.#state;
    const orders = new Map(this.#history.orders().map((row) => [row.id, row]));
    return JSON.parse(stableJson({ orders, positions, flags, progress, router, fills })) as Json;
  }
}

function money(value: unknown): Decimal | undefined {
  return value === undefined ? undefined : new Decimal(value as string);
}

/** One value that differs between two moments. */
export interface StateChange {
  /** Where: `orders.<id>.status`. */
  readonly path: string;
  /** Before and after; `undefined` where there was nothing. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** What changed from one moment to another, by path. */
export function diffMoments(before: Moment, after: Moment): readonly StateChange[] {
  if (before.session !== after.session)
    throw new LabError("STATE_DIFF", `Moments of two sessions, ${before.session} and ${after.session}, cannot be compared.`);
  const changes: StateChange[] = [];
  compare("", before.toJSON(), after.toJSON(), changes);
  return changes;
}

function compare(path: string, before: Json | undefined, after: Json | undefined, changes: StateChange[]): void {
  if (isRecord(before) && isRecord(after)) {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort())
      compare(path === "" ? key : `${path}.${key}`, before[key], after[key], changes);
  } else if (JSON.stringify(before) !== JSON.stringify(after)) changes.push({ path, before, after });
}

function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Looks up what a moment asks for. */
export function historyTo(db: Database, session: string, sequence: number): MomentHistory {
  const rows = (kind: string): Row[] => readJournal(db, session, { kind, until: sequence }).map((entry) => entry.payload as Row);
  return {
    // A later line of the same order replaces the earlier one and keeps its place.
    orders: () => [...new Map(rows("order").map((row) => [row.id, row])).values()],
    fills: () => rows("fill"),
  };
}
