import { LabError } from "../../errors/index.js";

/** Type of a recorded column: `?` after it where a cell may be empty. Decimals travel as exact text, times as epoch milliseconds. */
export type ColumnType = "text" | "decimal" | "time" | "int8" | "int64" | "double" | "flag" | "levels" | "text?" | "decimal?";

/** Kinds of rows a recording keeps. A segment names them by their place: new ones come last. */
export const RECORD_KINDS = ["candles", "ticks", "order_books", "depth_updates", "signals", "orders", "fills", "warm_up"] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/** How rows of one kind are kept. */
export interface KindSpec {
  /** The column that says on which day (UTC) a row belongs. */
  readonly day: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
}

/** Stand at the end of every kind, beside what Tesser has: the session, and the place among all rows of the recording. */
const OURS = { session: "text", sequence: "int64" } as const;
const CANDLE = {
  symbol: "text",
  interval: "text",
  open: "decimal",
  high: "decimal",
  low: "decimal",
  close: "decimal",
  volume: "decimal",
  timestamp: "time",
  ...OURS,
} as const;
const LEVELS = { timestamp: "time", symbol: "text", bids: "levels", asks: "levels", ...OURS } as const;

/**
 * The columns of every kind. Those before `session` (and `role`, `trade_id`…, which stand at the end) are Tesser's flight recorder's, by its names and in its order, so
 * that its tools read our files. Changed levels are a kind of their own: for Tesser every row of `order_books` is a whole book.
 */
export const KINDS: Readonly<Record<RecordKind, KindSpec>> = {
  candles: { day: "timestamp", columns: CANDLE },
  ticks: {
    day: "exchange_timestamp",
    columns: {
      symbol: "text",
      price: "decimal",
      size: "decimal",
      side: "int8",
      exchange_timestamp: "time",
      received_at: "time",
      trade_id: "text",
      ...OURS,
    },
  },
  order_books: { day: "timestamp", columns: LEVELS },
  depth_updates: { day: "timestamp", columns: LEVELS },
  signals: {
    day: "generated_at",
    columns: {
      id: "text",
      symbol: "text",
      kind: "text",
      confidence: "double",
      quantity: "decimal?",
      stop_loss: "decimal?",
      take_profit: "decimal?",
      generated_at: "time",
      metadata: "text?",
      group_id: "text?",
      ...OURS,
    },
  },
  orders: {
    day: "updated_at",
    columns: {
      id: "text",
      symbol: "text",
      side: "int8",
      order_type: "text",
      status: "int8",
      time_in_force: "text?",
      quantity: "decimal",
      price: "decimal?",
      trigger_price: "decimal?",
      client_order_id: "text?",
      take_profit: "decimal?",
      stop_loss: "decimal?",
      display_quantity: "decimal?",
      filled_quantity: "decimal",
      avg_fill_price: "decimal?",
      created_at: "time",
      updated_at: "time",
      role: "text",
      state: "text",
      reduce_only: "flag",
      reason: "text?",
      route: "text?",
      exit_reason: "text?",
      entry_id: "text?",
      ...OURS,
    },
  },
  fills: {
    day: "timestamp",
    columns: {
      order_id: "text",
      symbol: "text",
      side: "int8",
      fill_price: "decimal",
      fill_quantity: "decimal",
      fee: "decimal?",
      timestamp: "time",
      id: "text",
      role: "text",
      fee_currency: "text",
      liquidity: "text",
      ...OURS,
    },
  },
  // Candles a strategy saw before its session: apart, since nothing was traded on them, and for Tesser every row of `candles` is one of the session.
  warm_up: { day: "timestamp", columns: CANDLE },
};

/** Prices and sizes of a book's side, exact text. */
export type Levels = readonly (readonly [price: string, size: string])[];

/** One value of a row. */
export type Cell = string | number | boolean | null | Levels;

/** A row by column. */
export type RecordRow = Readonly<Record<string, Cell>>;

/** A row with its kind. */
export interface KindRow {
  readonly kind: RecordKind;
  readonly row: RecordRow;
}

/** UTC day of a moment, as folders are named: `2024-05-01`. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** The day a row belongs to. */
export function dayOfRow({ kind, row }: KindRow): string {
  return dayOf(row[KINDS[kind].day] as number);
}

/** The cells of a row in the order of its columns. @throws LabError `RECORD_INVALID` for one that lacks a cell. */
export function cellsOf(kind: RecordKind, row: RecordRow): Cell[] {
  return Object.entries(KINDS[kind].columns).map(([name, type]) => {
    const cell = row[name];
    if (cell !== undefined && (cell !== null || type.endsWith("?"))) return cell;
    throw new LabError("RECORD_INVALID", `A row of ${kind} lacks ${name}.`, { details: { kind, column: name } });
  });
}

/** The row of cells in the order of the columns. */
export function rowOf(kind: RecordKind, cells: readonly Cell[]): RecordRow {
  return Object.fromEntries(Object.keys(KINDS[kind].columns).map((name, i) => [name, cells[i]!]));
}
