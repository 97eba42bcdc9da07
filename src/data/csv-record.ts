const NEWLINE = 10;

/** Offset of the line feed that ends the line at `start`, or the end of the bytes. */
export function lineEnd(bytes: Buffer, start: number): number {
  const at = bytes.indexOf(NEWLINE, start);
  return at < 0 ? bytes.length : at;
}

/** The text of the line [start, end) without its carriage return. */
export function lineText(bytes: Buffer, start: number, end: number): string {
  const stop = end > start && bytes[end - 1] === 13 ? end - 1 : end;
  return bytes.toString("utf8", start, stop);
}

/**
 * Splits one line into trimmed fields. A quoted field may hold the delimiter and doubled quotes, but not a line end: in a
 * candle file that is a stray quote, and reading on would swallow the rows after it.
 * @returns the reason when the quotes do not pair up.
 */
export function splitLine(line: string, delimiter: string): string[] | string {
  if (!line.includes('"')) return line.split(delimiter).map((field) => field.trim());
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    while (line[at] === " ") at++;
    if (line[at] === '"') {
      const [field, after] = readQuoted(line, at);
      if (after < 0) return "a quote is never closed";
      at = after;
      while (line[at] === " ") at++;
      if (at < line.length && line[at] !== delimiter) return "text follows a closing quote";
      fields.push(field);
    } else {
      const stop = line.indexOf(delimiter, at);
      const field = line.slice(at, stop < 0 ? line.length : stop);
      fields.push(field.trim());
      at += field.length;
    }
    if (at >= line.length) return fields;
    at++;
  }
}

/** The text of the quoted field whose quote opens at `start`, and the offset after its closing quote (-1 without one). */
function readQuoted(line: string, start: number): [string, number] {
  let field = "";
  let at = start + 1;
  for (;;) {
    const close = line.indexOf('"', at);
    if (close < 0) return [field, -1];
    field += line.slice(at, close);
    if (line[close + 1] !== '"') return [field.trim(), close + 1];
    field += '"';
    at = close + 2;
  }
}
