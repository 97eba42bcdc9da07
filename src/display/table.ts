import type { DataFrame } from "danfojs-node";
import { LabError, unknownName } from "../errors/index.js";
import { type MimeBundle, RichValue } from "./mime.js";
import { type Align, type Column, type ColumnFormat, makeColumn } from "./table-column.js";
import { columnsToCsv } from "./table-csv.js";
import { columnsToDanfo, type DanfoOptions } from "./table-danfo.js";
import { tableHtml, tableText } from "./table-print.js";
import { compareCells } from "./table-sort.js";

/** How a table is printed. */
export interface TableOptions {
  readonly title?: string;
  /** Formats by column name; what is not named is inferred from the values. */
  readonly formats?: Readonly<Record<string, ColumnFormat>>;
  /** Alignment by column name; numbers stand right, texts and times left. */
  readonly align?: Readonly<Record<string, Align>>;
  /** Rows printed, half from the top and half from the bottom; 20 unless told. The data is never cut. */
  readonly limit?: number;
}

/** Rows as objects, or columns by name: what a table is made from. */
export type TableInput = readonly object[] | Readonly<Record<string, ArrayLike<unknown>>>;

const OPTION_NAMES = ["title", "formats", "align", "limit"];
const ALIGNS: readonly Align[] = ["left", "right", "center"];

/**
 * An immutable table in columns: what results hand to a cell. It shows itself as HTML and text, and leaves as rows, CSV or a danfo frame.
 * Every method that changes something returns a new table; values are kept as given, formats touch only what is printed.
 */
export class Table extends RichValue {
  readonly #columns: ReadonlyMap<string, Column>;
  readonly #options: TableOptions;
  /** Number of rows. */
  readonly length: number;

  /** Use {@link table}. */
  constructor(columns: ReadonlyMap<string, readonly unknown[]>, options: TableOptions) {
    super();
    this.length = columns.values().next().value?.length ?? 0;
    for (const [name, values] of columns)
      if (values.length !== this.length)
        throw new LabError("TABLE_RAGGED", `Column ${name} has ${values.length} values, the first one has ${this.length}.`);
    this.#columns = new Map(
      [...columns].map(([name, values]) => [name, makeColumn(name, values, options.formats?.[name], options.align?.[name])]),
    );
    this.#options = options;
  }

  /** Names of the columns, in order. */
  get columns(): readonly string[] {
    return [...this.#columns.keys()];
  }

  /** The values of a column as given. @throws LabError `COLUMN_UNKNOWN`. */
  column(name: string): readonly unknown[] {
    return this.#column(name).values;
  }

  /** All rows as objects of the values as given. */
  toRows(): Record<string, unknown>[] {
    const columns = [...this.#columns.values()];
    return Array.from({ length: this.length }, (_, row) => Object.fromEntries(columns.map((column) => [column.name, column.values[row]])));
  }

  /** The first rows. @throws LabError `TABLE_ROWS` for a negative or fractional count. */
  head(rows = 5): Table {
    return this.#take(Array.from({ length: Math.min(count(rows), this.length) }, (_, i) => i));
  }

  /** The last rows. @throws LabError `TABLE_ROWS` for a negative or fractional count. */
  tail(rows = 5): Table {
    const length = Math.min(count(rows), this.length);
    return this.#take(Array.from({ length }, (_, i) => this.length - length + i));
  }

  /** Only these columns, in this order. @throws LabError `COLUMN_UNKNOWN`. */
  select(...names: string[]): Table {
    return new Table(new Map(names.map((name) => [name, this.#column(name).values])), this.#options);
  }

  /** The rows for which a test holds. */
  filter(keep: (row: Record<string, unknown>, index: number) => boolean): Table {
    return this.#take(this.toRows().flatMap((row, i) => (keep(row, i) ? [i] : [])));
  }

  /**
   * The rows in the order of a column: stable, decimals compared exactly, missing values and NaN last in either direction.
   * @throws LabError `COLUMN_UNKNOWN`, `TABLE_ORDER`.
   */
  sortBy(name: string, order: "ascending" | "descending" = "ascending"): Table {
    if (order !== "ascending" && order !== "descending")
      throw unknownName("TABLE_ORDER", "order", String(order), ["ascending", "descending"]);
    const { values } = this.#column(name);
    const rows = Array.from({ length: this.length }, (_, i) => i);
    return this.#take(rows.sort((a, b) => compareCells(values[a], values[b], order)));
  }

  /** RFC 4180 text with a header: decimals in full, times as ISO 8601 in UTC, missing values empty. */
  toCsv(): string {
    return columnsToCsv([...this.#columns.values()]);
  }

  /**
   * The table as a danfojs frame, loaded on first use (about 0.6 s). **Exact decimals and big integers become doubles there**; the frame
   * computes in float64 throughout. Times become ISO 8601 text, or epoch milliseconds with `times: "epochMs"`.
   */
  toDanfo(options: DanfoOptions = {}): Promise<DataFrame> {
    return columnsToDanfo([...this.#columns.values()], options);
  }

  /** The table as aligned text. */
  override toString(): string {
    return tableText(this.#view());
  }

  /** The table as HTML. */
  toHtml(): string {
    return tableHtml(this.#view());
  }

  override toBundle(): MimeBundle {
    return { "text/html": this.toHtml(), "text/plain": this.toString() };
  }

  #view(): Parameters<typeof tableText>[0] {
    const { title, limit = 20 } = this.#options;
    return { title, limit, columns: [...this.#columns.values()], length: this.length };
  }

  #column(name: string): Column {
    const column = this.#columns.get(name);
    if (column === undefined) throw unknownName("COLUMN_UNKNOWN", "column", name, this.#columns.keys());
    return column;
  }

  #take(rows: readonly number[]): Table {
    const columns = [...this.#columns].map(([name, { values }]) => [name, rows.map((row) => values[row])] as const);
    const formats = Object.fromEntries([...this.#columns].map(([name, { kind }]) => [name, this.#options.formats?.[name] ?? kind]));
    return new Table(new Map(columns), { ...this.#options, formats });
  }
}

function count(rows: number): number {
  if (!(Number.isInteger(rows) && rows >= 0))
    throw new LabError("TABLE_ROWS", `The number of rows must be a whole number from 0, got ${rows}.`);
  return rows;
}

function checkOptions(options: TableOptions, names: ReadonlySet<string>): void {
  for (const key of Object.keys(options))
    if (!OPTION_NAMES.includes(key)) throw unknownName("OPTION_UNKNOWN", "option of table", key, OPTION_NAMES);
  for (const [option, byColumn] of Object.entries({ formats: options.formats, align: options.align }))
    for (const name of Object.keys(byColumn ?? {}))
      if (!names.has(name)) throw unknownName("COLUMN_UNKNOWN", `column in ${option}`, name, names);
  for (const [name, align] of Object.entries(options.align ?? {}))
    if (!ALIGNS.includes(align)) throw unknownName("TABLE_FORMAT", `alignment of column ${name}`, String(align), ALIGNS);
  const { limit = 20 } = options;
  if (!(limit === Number.POSITIVE_INFINITY || (Number.isInteger(limit) && limit >= 2)))
    throw new LabError("TABLE_ROWS", `limit must be a whole number from 2 (or Infinity for all rows), got ${limit}.`);
}

const isRows = (input: TableInput): input is readonly object[] => Array.isArray(input);

/**
 * Makes a table of rows or of columns. Rows may have different keys: a missing one is an empty cell.
 * @throws LabError `TABLE_INPUT`, `TABLE_RAGGED`, `COLUMN_UNKNOWN`, `TABLE_FORMAT`, `TABLE_ROWS`, `OPTION_UNKNOWN`.
 */
export function table(input: TableInput, options: TableOptions = {}): Table {
  const columns = new Map<string, unknown[]>();
  if (isRows(input)) {
    for (const row of input) {
      if (typeof row !== "object" || row === null)
        throw new LabError("TABLE_INPUT", `A table's rows must be objects, got ${row === null ? "null" : typeof row}.`);
      for (const name of Object.keys(row)) if (!columns.has(name)) columns.set(name, []);
    }
    for (const [name, values] of columns) for (const row of input) values.push((row as Record<string, unknown>)[name]);
    checkOptions(options, new Set(columns.size > 0 ? columns.keys() : Object.keys({ ...options.formats, ...options.align })));
    return new Table(columns, options);
  }
  for (const [name, values] of Object.entries(input as Readonly<Record<string, ArrayLike<unknown>>>)) {
    if (typeof values !== "object" || values === null || typeof values.length !== "number")
      throw new LabError("TABLE_INPUT", `Column ${name} must be an array, got ${values === null ? "null" : typeof values}.`);
    columns.set(name, Array.from(values));
  }
  checkOptions(options, new Set(columns.keys()));
  return new Table(columns, options);
}
