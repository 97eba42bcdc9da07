import { offsetAt, type Range } from "./position.js";
import { isPrivate } from "./private-names.js";

/** One match with what is known of it, as Jupyter's `_jupyter_types_experimental` metadata has it. */
export interface CompletionType {
  readonly text: string;
  /** `function`, `class`, `instance`, `property`, `module`, `path`, `keyword` or `statement` (IPython's words). */
  readonly type: string;
  /** Parameters and result of a function. */
  readonly signature?: string;
  readonly start: number;
  readonly end: number;
}

/** What may stand in place of `start` to `end` (UTF-16 offsets in the cell), best first. */
export interface Completions {
  readonly matches: string[];
  readonly start: number;
  readonly end: number;
  readonly types: CompletionType[];
}

/** A completion as LSP has it. */
export interface CompletionItem {
  readonly label: string;
  readonly kind?: number;
  readonly detail?: string;
  readonly sortText?: string;
  readonly filterText?: string;
  readonly insertText?: string;
  readonly textEdit?: { readonly range: Range; readonly newText: string };
  /** 1 is for deprecated. */
  readonly tags?: readonly number[];
}

/** What a cell may have in place of the word at the cursor. */
export interface Candidates {
  readonly start: number;
  readonly items: readonly CompletionItem[];
}

const FILE = 17;
const FOLDER = 19;
const KEYWORD = 14;

/** LSP's kinds in IPython's words. */
const TYPES: Readonly<Record<number, string>> = {
  2: "function",
  3: "function",
  4: "class",
  5: "property",
  6: "instance",
  7: "class",
  8: "class",
  9: "module",
  10: "property",
  12: "instance",
  13: "class",
  14: "keyword",
  17: "path",
  19: "path",
  20: "instance",
  21: "instance",
  22: "class",
  25: "class",
};

export const noCompletions = (cursor: number): Completions => ({ matches: [], start: cursor, end: cursor, types: [] });

/** The text an item puts in: `params?` is offered for the key `params`. */
const textOf = (item: CompletionItem): string => item.textEdit?.newText ?? item.insertText ?? item.filterText ?? item.label;

const isDeprecated = ({ tags }: CompletionItem): boolean => tags?.includes(1) === true;

/** What every function has: behind what this one has. */
const OF_FUNCTIONS = new Set(["apply", "arguments", "bind", "call", "caller", "length", "name", "prototype", "toString"]);

/** Nearest scope first (the server's sort text says so), keywords after names, deprecated last, then by name. */
function order(a: CompletionItem, b: CompletionItem): number {
  return (
    Number(isDeprecated(a)) - Number(isDeprecated(b)) ||
    compare(a.sortText ?? "", b.sortText ?? "") ||
    Number(a.kind === KEYWORD) - Number(b.kind === KEYWORD) ||
    compare(a.label.toLowerCase(), b.label.toLowerCase()) ||
    compare(a.label, b.label)
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The items that go on from what is typed, in order. Case counts unless nothing fits.
 * @param earlier - what names are called where they still mean what they meant before the cell.
 */
export function selectItems(
  offered: readonly CompletionItem[],
  code: string,
  cursor: number,
  earlier: ReadonlyMap<string, string>,
): Candidates {
  const realName = new Map([...earlier].map(([name, alias]) => [alias, name]));
  // A string without its end is offered itself, which is nothing.
  const items = offered
    .map((item) => renamed(item, realName.get(item.label)))
    .filter((item) => !isPrivate(item.label) && textOf(item) !== "");
  const before = code.slice(0, cursor);
  const isPath = items.some(({ kind, textEdit }) => textEdit === undefined && (kind === FILE || kind === FOLDER));
  const word = (isPath ? /[^/"'`\n]*$/ : /[\p{ID_Continue}$]*$/u).exec(before)![0];
  // All matches of one answer replace the same text; those that would reach further (`a["x-y"]` for `a.`) are left out.
  const edit = items.find(({ textEdit, kind }) => textEdit !== undefined && kind !== KEYWORD)?.textEdit;
  const edited = edit === undefined ? undefined : offsetAt(code, edit.range.start);
  const start = edited === undefined || items.some(({ textEdit }) => textEdit === undefined) ? cursor - word.length : edited;
  const typed = code.slice(start, cursor);
  const fitting = items.filter((item) => item.textEdit === undefined || offsetAt(code, item.textEdit.range.start) === start);
  const exact = fitting.filter((item) => textOf(item).startsWith(typed));
  const found = exact.length > 0 ? exact : fitting.filter((item) => textOf(item).toLowerCase().startsWith(typed.toLowerCase()));
  return {
    start,
    items: isFunction(items)
      ? found.sort((a, b) => Number(OF_FUNCTIONS.has(a.label)) - Number(OF_FUNCTIONS.has(b.label)) || order(a, b))
      : found.sort(order),
  };
}

const isFunction = (items: readonly CompletionItem[]): boolean =>
  ["apply", "bind", "call"].every((name) => items.some(({ label }) => label === name));

const renamed = (item: CompletionItem, label: string | undefined): CompletionItem =>
  label === undefined ? item : { ...item, label, filterText: label, insertText: label };

/** @param items - in order; the first with the server's words on them, such as `(method) Array<number>.at(index: number): number`. */
export function toCompletions(start: number, cursor: number, items: readonly CompletionItem[]): Completions {
  const types = new Map<string, CompletionType>();
  for (const item of items) {
    const text = textOf(item);
    if (types.has(text)) continue;
    const detail = item.detail?.replace(/^\(alias\) /, "");
    const signature = detail === undefined ? undefined : signatureOf(detail);
    types.set(text, {
      text,
      type: typeOf(item, detail),
      ...(signature === undefined ? {} : { signature }),
      start,
      end: cursor,
    });
  }
  return { matches: [...types.keys()], start, end: cursor, types: [...types.values()] };
}

/** An alias, as every import is, has the kind of a variable: what it stands for says more. */
function typeOf({ kind }: CompletionItem, detail: string | undefined): string {
  const word = /^\(?(function|method|class|constructor|interface|enum|type|namespace|module|property)\b/.exec(detail ?? "")?.[1];
  if (word === "function" || word === "method") return "function";
  if (word === "namespace" || word === "module") return "module";
  if (word === "property") return "property";
  if (word !== undefined) return "class";
  return TYPES[kind ?? 0] ?? "statement";
}

/** `(index: number): number` of `(method) Array<number>.at(index: number): number`. */
function signatureOf(detail: string): string | undefined {
  const [first] = detail.split(/\n(?=function |\(method\)|\/\/ \+|namespace )/, 1); // of several overloads
  return /^(?:function|\(method\)) [^(]*?((?:<[^(]*>)?\([\s\S]*)$/.exec(first!)?.[1];
}
