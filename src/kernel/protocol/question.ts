import type { MimeBundle } from "../../display/index.js";

/** What a cell such as `backtest?` asks about, as Jupyter's users know it from IPython; `undefined` for any other cell. */
export function questionOf(code: string): string | undefined {
  return /^\s*([\p{ID_Start}$_][\p{ID_Continue}$.]*)\?{1,2}\s*$/u.exec(code)?.[1];
}

/** The answer to a question, for the front end's pager. */
export function page(name: string, found: MimeBundle | undefined): Readonly<Record<string, unknown>> {
  return { source: "page", start: 0, data: found ?? { "text/plain": `Nothing is known about '${name}'.` } };
}
