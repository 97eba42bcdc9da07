/** A place in a document as LSP counts: lines and UTF-16 units from 0. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** A stretch of a document. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** Lines in front of the cell in its document. */
const LINES_BEFORE = 1;

/** Where an offset of a cell lies in its document. */
export function positionAt(code: string, offset: number): Position {
  const before = code.slice(0, offset);
  const line = before.split("\n").length - 1;
  return { line: line + LINES_BEFORE, character: offset - (before.lastIndexOf("\n") + 1) };
}

/** The way back. Places in front of the cell are its beginning, those behind its end. */
export function offsetAt(code: string, { line, character }: Position): number {
  if (line < LINES_BEFORE) return 0;
  const before = code.split("\n").slice(0, line - LINES_BEFORE);
  return Math.min(code.length, before.reduce((sum, text) => sum + text.length + 1, 0) + character);
}

/** Line and column in the cell, both from 1, or nothing where the place is outside of it. */
export function cellPosition(code: string, { line, character }: Position): { line: number; column: number } | undefined {
  const inCell = line - LINES_BEFORE;
  return inCell < 0 || inCell >= code.split("\n").length ? undefined : { line: inCell + 1, column: character + 1 };
}
