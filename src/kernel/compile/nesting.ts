/** Brackets within brackets that a cell may have. The parser, which is native, overflows the stack of the thread, and takes the process along, at some thousands. */
const MAX_DEPTH = 1000;

/** Where brackets lie too deep in one another to be parsed, as an offset; `undefined` where they do not. Those in strings and comments count too. */
export function tooDeepAt(source: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < source.length; at++) {
    const code = source.charCodeAt(at);
    if (code === 0x28 || code === 0x5b || code === 0x7b) {
      if (++depth > MAX_DEPTH) return at;
    } else if ((code === 0x29 || code === 0x5d || code === 0x7d) && depth > 0) depth--;
  }
  return undefined;
}
