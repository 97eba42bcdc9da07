import { displayWidth, pad } from "./table-print.js";

interface Cell {
  readonly text: string;
  /** Columns it takes. */
  readonly span: number;
  readonly heads: boolean;
}

const EMPTY: Cell = { text: "", span: 1, heads: false };

/** No table is wider than this, whatever it says of itself. */
const MOST_COLUMNS = 1_000;

const NUMBER = /^[-+−]?[$€£]?\d[\d\s,.’'_]*(?:[eE][-+]?\d+)?\s?[%‰]?$/;

/** A span as an attribute says it. */
const spanOf = (given: string | undefined, most: number): number => Math.min(Math.max(1, Number.parseInt(given ?? "1", 10) || 1), most);

/** Collects the cells of a table of HTML, and prints them as aligned lines. */
export class HtmlTable {
  readonly #rows: Cell[][] = [];
  /** For each column, the rows below that a cell above reaches into. */
  readonly #reach: number[] = [];

  /** Begins a row; what cells above reach into stays empty. */
  row(): void {
    this.#rows.push([]);
    this.#skip();
  }

  /** Adds a cell to the row; to a new one where none has begun. */
  cell(text: string, heads: boolean, columns: string | undefined, rows: string | undefined): void {
    if (this.#rows.length === 0) this.row();
    const row = this.#rows.at(-1)!;
    const span = spanOf(columns, MOST_COLUMNS);
    const down = spanOf(rows, 65_534) - 1;
    const at = width(row);
    if (at >= MOST_COLUMNS) return;
    row.push({ text: text.replaceAll(/\s*\n\s*/g, " "), span, heads });
    for (let column = at; column < at + span; column++) this.#reach[column] = down;
    this.#skip();
  }

  #skip(): void {
    const row = this.#rows.at(-1)!;
    for (let at = width(row); (this.#reach[at] ?? 0) > 0; at++) {
      this.#reach[at]!--;
      row.push(EMPTY);
    }
  }

  /** A line a row, columns of numbers flush right, a rule below a row of headings. */
  lines(): string[] {
    const rows = this.#rows.filter((row) => row.some(({ text }) => text !== ""));
    const widths: number[] = [];
    const isNumeric: boolean[] = [];
    for (const row of rows)
      eachOf(row, ({ text, span, heads }, at) => {
        if (span > 1) return;
        widths[at] = Math.max(widths[at] ?? 0, displayWidth(text));
        if (!heads && text !== "") isNumeric[at] = (isNumeric[at] ?? true) && NUMBER.test(text);
      });
    const printed = rows.map((row) => {
      const cells: string[] = [];
      eachOf(row, ({ text, span }, at) => {
        let room = 2 * (span - 1);
        for (let column = at; column < at + span; column++) room += widths[column] ?? 0;
        cells.push(pad(text, Math.max(room, displayWidth(text)), span === 1 && isNumeric[at] === true ? "right" : "left"));
      });
      return cells.join("  ").trimEnd();
    });
    const heading = rows.findIndex((row) => !row.every(({ heads, text }) => heads || text === ""));
    if (heading > 0) printed.splice(heading, 0, Array.from(widths, (one) => "─".repeat(one ?? 0)).join("  "));
    return printed;
  }
}

const width = (row: readonly Cell[]): number => row.reduce((sum, { span }) => sum + span, 0);

function eachOf(row: readonly Cell[], visit: (cell: Cell, column: number) => void): void {
  let at = 0;
  for (const cell of row) {
    visit(cell, at);
    at += cell.span;
  }
}
