import type { MimeBundle } from "../../display/index.js";
import { withoutPrivateNames } from "./private-names.js";

/** Offsets worth asking about for a cursor, best first: the name it touches, then the function whose arguments it is in. */
export function inspectedOffsets(code: string, cursor: number): number[] {
  const offsets: number[] = [];
  const isName = (char: string | undefined): boolean => char !== undefined && /[\p{ID_Continue}$]/u.test(char);
  if (isName(code[cursor])) offsets.push(cursor);
  else if (isName(code[cursor - 1])) offsets.push(cursor - 1);
  const callee = calleeBefore(code, cursor);
  if (callee !== undefined) offsets.push(callee);
  return offsets;
}

/** The last letter of what is called where the cursor is between the parentheses: strings and comments are not told apart. */
function calleeBefore(code: string, cursor: number): number | undefined {
  let depth = 0;
  for (let at = cursor - 1; at >= 0; at--) {
    const char = code[at]!;
    if (")]}".includes(char)) depth++;
    else if ("([{".includes(char)) {
      if (depth > 0) depth--;
      else if (char === "(") {
        const name = /[\p{ID_Continue}$](?=(?:<[^()]*>)?\s*$)/u.exec(code.slice(0, at));
        if (name !== null) return name.index;
      }
    }
  }
  return undefined;
}

/** The hover text of the server as a bundle. @param source - declaration to show below, for the second level of detail. */
export function toBundle(hover: string, earlier: ReadonlyMap<string, string>, source: string | undefined): MimeBundle {
  const text = withoutPrivateNames(hover, earlier)
    .replaceAll(/^\(alias\) /gm, "")
    .replace(/\nimport [^\n]*(?=\n```)/, "")
    .replaceAll("```tsx", "```typescript")
    .trim();
  const markdown = source === undefined ? text : `${text}\n\n\`\`\`typescript\n${source}\n\`\`\``;
  return { "text/plain": plain(markdown), "text/markdown": markdown };
}

/** Markdown as a terminal shows it. */
function plain(markdown: string): string {
  return markdown
    .replaceAll(/^```\w*\n?/gm, "")
    .replaceAll(/^\*(@\w+)\*/gm, "$1")
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/(?<!`)`([^`\n]+)`(?!`)/g, "$1")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
}
