/** A piece of HTML: text between tags, or a tag. */
export type HtmlToken =
  | { readonly text: string }
  /** Attributes stand as they are written; see {@link attribute}. */
  | { readonly tag: string; readonly closes: boolean; readonly attributes: string };

/** Elements whose content is nothing to read. */
const UNREAD = new Set(["script", "style", "template", "title"]);

/** The `>` that ends a tag, one within quotes aside; the length of the text where none does. */
function endOfTag(html: string, from: number): number {
  let quote = "";
  for (let i = from; i < html.length; i++) {
    const character = html[i]!;
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === ">") return i;
    // A quote begins a value only after an equals sign: elsewhere it is a slip that must not swallow the page.
    else if ((character === '"' || character === "'") && /=\s*$/.test(html.slice(Math.max(from, i - 8), i))) quote = character;
  }
  return html.length;
}

/** The end of a comment, a declaration or an instruction that begins at a place, or -1 for a tag or a bare `<`. */
function endOfAside(html: string, at: number): number {
  if (html[at + 1] !== "!" && html[at + 1] !== "?") return -1;
  const isComment = html.startsWith("<!--", at);
  const end = isComment ? html.indexOf("-->", at + 4) : html.indexOf(">", at);
  return end < 0 ? html.length : end + (isComment ? 3 : 1);
}

/** Text and tags of HTML in order, as a browser would find them; without comments, scripts and styles. Takes time in proportion to the text, whatever is in it. */
export function* htmlTokens(html: string): Generator<HtmlToken> {
  let text = 0;
  let at = html.indexOf("<");
  while (at >= 0) {
    const name = /^\/?[a-zA-Z][^\s/>]*/.exec(html.slice(at + 1, at + 64))?.[0];
    let end = endOfAside(html, at);
    if (name === undefined && end < 0) {
      at = html.indexOf("<", at + 1);
      continue;
    }
    if (at > text) yield { text: html.slice(text, at) };
    if (name !== undefined) {
      const close = endOfTag(html, at + 1 + name.length);
      const closes = name.startsWith("/");
      const tag = (closes ? name.slice(1) : name).toLowerCase();
      end = close + 1;
      if (UNREAD.has(tag) && !closes) {
        const last = new RegExp(`</${tag}[\\s/>]`, "gi");
        last.lastIndex = end;
        const found = last.exec(html);
        end = found === null ? html.length : endOfTag(html, found.index) + 1;
      } else yield { tag, closes, attributes: html.slice(at + 1 + name.length, close) };
    }
    text = end;
    at = html.indexOf("<", end);
  }
  if (text < html.length) yield { text: html.slice(text) };
}

/** The value of an attribute, undecoded. */
export function attribute(attributes: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, "i").exec(attributes);
  return found?.[1] ?? found?.[2] ?? found?.[3];
}
