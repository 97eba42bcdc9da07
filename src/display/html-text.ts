import { decodeEntities } from "./entities.js";
import { HtmlTable } from "./html-table.js";
import { attribute, htmlTokens } from "./html-tags.js";

/** Elements that begin and end a line. */
const BLOCKS = new Set(
  "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header html legend li main nav ol option p pre section summary svg text table tbody tfoot thead tr ul".split(
    " ",
  ),
);

/** Longest text; the rest is left to the HTML. */
const MOST = 100_000;

const RULE = "─".repeat(40);

/** Where text goes: the page, or a cell of a table. */
class Sheet {
  readonly lines: string[] = [];
  #line = "";
  /** Stands before the next line's text: the mark of a list's item. */
  #mark = "";

  /** Adds text in which any white space is one space, as a browser flows it. */
  flow(text: string): void {
    const flowed = text.replaceAll(/[ \t\r\n\f]+/g, " ");
    this.#add(this.#line === "" || this.#line.endsWith(" ") ? flowed.replace(/^ /, "") : flowed);
  }

  /** Adds text as it stands. */
  verbatim(text: string): void {
    const [first, ...more] = text.split(/\r?\n/);
    this.#add(first!);
    for (const line of more) {
      this.newLine();
      this.#add(line);
    }
  }

  #add(text: string): void {
    if (text === "") return;
    this.#line += this.#line === "" ? this.#mark + text : text;
    this.#mark = "";
  }

  /** The next text begins with a mark. */
  mark(text: string): void {
    this.#mark = text;
  }

  /** Ends the line, an empty one too. */
  newLine(): void {
    this.lines.push(this.#line.trimEnd());
    this.#line = "";
  }

  /** Ends a line that has been begun. */
  endLine(): void {
    if (this.#line !== "") this.newLine();
  }
}

interface OpenTable {
  readonly table: HtmlTable;
  /** The cell under way, with its tag. */
  cell: { readonly sheet: Sheet; readonly heads: boolean; readonly attributes: string } | undefined;
}

/** Reads HTML and writes down what a person would read of it. */
class Reading {
  readonly #page: Sheet = new Sheet();
  readonly #tables: OpenTable[] = [];
  /** Lists one in another: the number of the next item, -1 for a list without numbers. */
  readonly #lists: number[] = [];
  #preformatted = 0;
  /** A `<pre>` has just begun: a line break there is none. */
  #begins = false;

  text(html: string): string {
    for (const token of htmlTokens(html)) {
      if ("text" in token) this.#text(decodeEntities(token.text));
      else if (token.closes) this.#close(token.tag);
      else this.#open(token.tag, token.attributes);
    }
    while (this.#tables.length > 0) this.#endTable();
    this.#page.endLine();
    return this.#page.lines.join("\n").replaceAll("\u00a0", " ").replace(/^\n+/, "").trimEnd();
  }

  get #sheet(): Sheet {
    return this.#tables.at(-1)?.cell?.sheet ?? this.#page;
  }

  #text(text: string): void {
    const within = this.#tables.at(-1);
    // Between a table's rows there is only white space; a browser puts what else is there before the table.
    if (within !== undefined && within.cell === undefined && text.trim() === "") return;
    if (this.#preformatted > 0) this.#sheet.verbatim(this.#begins ? text.replace(/^\r?\n/, "") : text);
    else this.#sheet.flow(text);
    this.#begins = false;
  }

  #open(tag: string, attributes: string): void {
    const within = this.#tables.at(-1);
    if (within !== undefined && (tag === "td" || tag === "th" || tag === "tr")) {
      this.#endCell(within);
      if (tag === "tr") within.table.row();
      else within.cell = { sheet: new Sheet(), heads: tag === "th", attributes };
      return;
    }
    if (BLOCKS.has(tag)) this.#sheet.endLine();
    switch (tag) {
      case "br":
        this.#sheet.newLine();
        break;
      case "hr":
        this.#sheet.endLine();
        this.#sheet.lines.push(RULE);
        break;
      case "img":
        this.#sheet.flow(decodeEntities(attribute(attributes, "alt") ?? ""));
        break;
      case "pre":
        this.#preformatted++;
        this.#begins = true;
        break;
      case "ul":
        this.#lists.push(-1);
        break;
      case "ol":
        this.#lists.push(1);
        break;
      case "li":
        this.#item();
        break;
      case "table":
        this.#tables.push({ table: new HtmlTable(), cell: undefined });
        break;
    }
  }

  #close(tag: string): void {
    const within = this.#tables.at(-1);
    if (within !== undefined && (tag === "td" || tag === "th" || tag === "tr")) {
      this.#endCell(within);
      return;
    }
    if (tag === "table") {
      if (within !== undefined) this.#endTable();
      return;
    }
    if (BLOCKS.has(tag)) this.#sheet.endLine();
    if (tag === "pre" && this.#preformatted > 0) this.#preformatted--;
    else if (tag === "ul" || tag === "ol") this.#lists.pop();
  }

  #item(): void {
    const depth = this.#lists.length;
    const number = this.#lists[depth - 1] ?? -1;
    if (number > 0) this.#lists[depth - 1] = number + 1;
    this.#sheet.mark(`${"  ".repeat(Math.max(0, depth - 1))}${number > 0 ? `${number}.` : "•"} `);
  }

  #endCell(within: OpenTable): void {
    if (within.cell === undefined) return;
    const { sheet, heads, attributes } = within.cell;
    within.cell = undefined;
    sheet.endLine();
    within.table.cell(sheet.lines.join("\n").trim(), heads, attribute(attributes, "colspan"), attribute(attributes, "rowspan"));
  }

  #endTable(): void {
    const ended = this.#tables.at(-1)!;
    this.#endCell(ended);
    this.#tables.pop();
    this.#sheet.endLine();
    for (const line of ended.table.lines()) this.#sheet.lines.push(line);
  }
}

/**
 * What a person reads of HTML, as text: without tags, scripts and styles, entities decoded, a line a block, list items marked, tables as aligned columns. Of HTML that
 * holds no text, such as a drawing, it says so; of a very long one it is the beginning.
 */
export function htmlText(html: string): string {
  const text = new Reading().text(html);
  if (text === "") return `(HTML without text, ${html.length} ${html.length === 1 ? "character" : "characters"})`;
  if (text.length <= MOST) return text;
  return `${text.slice(0, text.lastIndexOf("\n", MOST) > 0 ? text.lastIndexOf("\n", MOST) : MOST)}\n… (${text.length} characters in all)`;
}
