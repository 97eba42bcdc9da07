import { escapeHtml } from "./html.js";
import type { Align, Column } from "./table-column.js";

/** What is printed of a table: which rows, and how many are left out between head and tail. */
export interface TableView {
  readonly title: string | undefined;
  readonly columns: readonly Column[];
  readonly length: number;
  readonly limit: number;
}

/** Longest text of a cell; the rest is cut with an ellipsis, in full in `toRows` and `toCsv`. */
const MAX_CELL = 120;

/** Rows at the top and at the bottom that are shown. */
function shownRows({ length, limit }: TableView): { head: number[]; tail: number[] } {
  if (length <= limit) return { head: Array.from({ length }, (_, i) => i), tail: [] };
  const tail = Math.floor(limit / 2);
  return {
    head: Array.from({ length: limit - tail }, (_, i) => i),
    tail: Array.from({ length: tail }, (_, i) => length - tail + i),
  };
}

function cellText(column: Column, row: number): string {
  const text = column.text(row).replaceAll(/\s*\n\s*/g, " ");
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1)}…` : text;
}

const gapText = (hidden: number): string => `… ${hidden} ${hidden === 1 ? "row" : "rows"}`;

/** Terminal columns a text takes: East Asian wide characters and emoji take two, combining marks none. */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text)
    if (!/\p{Mark}/u.test(character))
      width += /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u.test(character)
        ? 2
        : 1;
  return width;
}

/** A text filled up with spaces to a width. */
export function pad(text: string, width: number, align: Align): string {
  const space = width - displayWidth(text);
  const left = align === "right" ? space : align === "center" ? space >> 1 : 0;
  return " ".repeat(left) + text + " ".repeat(space - left);
}

/** The table as aligned text, the way a person would type it: header, rule, rows. */
export function tableText(view: TableView): string {
  const { head, tail } = shownRows(view);
  const cells = view.columns.map((column) => [...head, ...tail].map((row) => cellText(column, row)));
  const widths = view.columns.map((column, i) => Math.max(displayWidth(column.name), ...cells[i]!.map(displayWidth)));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => pad(text, widths[i]!, view.columns[i]!.align))
      .join("  ")
      .trimEnd();
  const rows = cells[0]?.map((_, row) => line(cells.map((column) => column[row]!))) ?? [];
  if (tail.length > 0 || head.length < view.length) rows.splice(head.length, 0, gapText(view.length - head.length - tail.length));
  const lines = view.title === undefined ? [] : [view.title];
  if (view.columns.length === 0) return [...lines, "(no columns)"].join("\n");
  lines.push(line(view.columns.map((column) => column.name)), widths.map((width) => "─".repeat(width)).join("  "));
  return [...lines, ...(view.length === 0 ? ["(no rows)"] : rows)].join("\n");
}

// Jupyter's variables follow its theme, elsewhere the text inherits the page's colour and the rules are translucent grey: it reads on light and on
// dark. (prefers-color-scheme is no help here: it tells of the system, and an exported notebook's page is white on a dark one too.)
const CSS = `.tesserlab-table{margin:.3em 0;overflow-x:auto;color:var(--jp-ui-font-color1,inherit);font:13px/1.45 var(--jp-ui-font-family,system-ui,sans-serif)}
.tesserlab-table table{border-collapse:collapse;border:0;margin:0;font-variant-numeric:tabular-nums;font-size:inherit}
.tesserlab-table caption{caption-side:top;text-align:left;font-weight:600;padding:0 0 .35em .6em;color:inherit;white-space:nowrap}
.tesserlab-table th,.tesserlab-table td{padding:.16em .6em;border:0;white-space:nowrap;max-width:36em;overflow:hidden;text-overflow:ellipsis}
.tesserlab-table th{font-weight:600;border-bottom:1px solid var(--jp-border-color1,rgba(128,128,128,.55))}
.tesserlab-table tbody tr{background:transparent}
.tesserlab-table tbody tr+tr td{border-top:1px solid var(--jp-border-color3,rgba(128,128,128,.18))}
.tesserlab-table tbody tr:hover td{background:var(--jp-rendermime-table-row-hover-background,rgba(128,128,128,.12))}
.tesserlab-table .gap{opacity:.65}`;

/** The table as compact HTML with its own scoped style; every cell is escaped. Alignment is inline, because Jupyter's sheet right-aligns all cells. */
export function tableHtml(view: TableView): string {
  const { head, tail } = shownRows(view);
  const style = view.columns.map((column) => ` style="text-align:${column.align}"`);
  const cell = (column: Column, i: number, row: number): string => {
    const shown = cellText(column, row);
    const full = column.text(row);
    const tip = shown === full && !full.endsWith("…") ? "" : ` title="${escapeHtml(fullText(column, row))}"`;
    return `<td${style[i]}${tip}>${escapeHtml(shown)}</td>`;
  };
  const rowHtml = (row: number): string => `<tr>${view.columns.map((column, i) => cell(column, i, row)).join("")}</tr>`;
  const hidden = view.length - head.length - tail.length;
  const gap =
    hidden > 0 ? [`<tr><td class="gap" colspan="${view.columns.length}" style="text-align:left">${gapText(hidden)}</td></tr>`] : [];
  const empty =
    view.length === 0
      ? [`<tr><td class="gap" colspan="${Math.max(1, view.columns.length)}" style="text-align:left">(no rows)</td></tr>`]
      : [];
  const caption = view.title === undefined ? "" : `<caption>${escapeHtml(view.title)}</caption>`;
  const header = view.columns.map((column, i) => `<th${style[i]}>${escapeHtml(column.name)}</th>`).join("");
  const body = [...head.map(rowHtml), ...gap, ...tail.map(rowHtml), ...empty].join("\n");
  return `<div class="tesserlab-table"><style>${CSS}</style><table>${caption}<thead><tr>${header}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** The whole value behind a cut cell, for its tooltip. */
function fullText(column: Column, row: number): string {
  const value = column.values[row];
  const text = column.kind === "decimal" ? String(value) : column.text(row);
  return text.slice(0, 2000);
}
