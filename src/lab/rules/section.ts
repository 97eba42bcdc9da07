import { escapeHtml, Figure, type MimeBundle, Table, toBundle } from "../../display/index.js";

/** One part of a rich result: a table, a chart, lines of text, doubts that must be seen, or a drawing with what it says. */
export type Part =
  | Table
  | Figure
  | { readonly lines: readonly string[] }
  | { readonly warnings: readonly string[] }
  | { readonly html: string; readonly text: string };

const BOX = "border-left:3px solid #d55e00;padding:.3em .8em;margin:.4em 0;background:rgba(213,94,0,.08)";

/** Doubts as text, one a line. */
export function warningText(warnings: readonly string[]): string {
  return warnings.map((line) => `  ! ${line}`).join("\n");
}

/** A rich result as one bundle: every part as HTML below a title, and the same as text. Charts come with their picture inside. */
export async function section(title: string, parts: readonly Part[]): Promise<MimeBundle> {
  const html = [`<div style="font-weight:600;margin:.2em 0">${escapeHtml(title)}</div>`];
  const text = [title];
  for (const part of parts) {
    if (part instanceof Table) {
      html.push(part.toHtml());
      text.push(part.toString());
    } else if (part instanceof Figure) {
      const bundle = await toBundle(part);
      html.push(String(bundle["text/html"] ?? ""));
      text.push(part.toString());
    } else if ("html" in part) {
      html.push(part.html);
      text.push(part.text);
    } else if ("lines" in part) {
      if (part.lines.length === 0) continue;
      html.push(`<div style="margin:.2em 0">${part.lines.map(escapeHtml).join("<br>")}</div>`);
      text.push(...part.lines);
    } else if (part.warnings.length > 0) {
      html.push(`<div style="${BOX}">${part.warnings.map(escapeHtml).join("<br>")}</div>`);
      text.push(warningText(part.warnings));
    }
  }
  return { "text/html": html.join("\n"), "text/plain": text.join("\n") };
}
