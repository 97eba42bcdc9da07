/** Where in a source text something is wrong; line and column count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * TypeScript that cannot be parsed, or that uses a form we cannot run. `stack` holds the position and a code frame instead of our own
 * call stack, which would tell the author of the code nothing.
 */
export class SourceError extends SyntaxError {
  readonly position: SourcePosition;
  /** The offending line with its neighbours, numbered, with a caret under the column. */
  readonly frame: string;

  constructor(message: string, source: string, file: string, offset: number) {
    super(message);
    this.name = "SyntaxError";
    this.position = positionAt(source, file, offset);
    this.frame = codeFrame(source, this.position.line, this.position.column);
    const { line, column } = this.position;
    Object.defineProperty(this, "stack", {
      value: `SyntaxError: ${message}\n    at ${file}:${line}:${column}\n\n${this.frame}`,
      configurable: true,
      writable: true,
    });
  }
}

function positionAt(source: string, file: string, offset: number): SourcePosition {
  const before = source.slice(0, offset);
  return { file, line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** Lines around a position as `> 3 | code` with a caret under the column; two lines of context on either side. */
export function codeFrame(source: string, line: number, column: number): string {
  const lines = source.split("\n");
  const first = Math.max(1, line - 2);
  const last = Math.min(lines.length, line + 2);
  const width = String(last).length;
  const frame: string[] = [];
  for (let n = first; n <= last; n++) {
    const text = lines[n - 1]!.replace(/\r$/, "");
    frame.push(`${n === line ? ">" : " "} ${String(n).padStart(width)} | ${text}`.trimEnd());
    if (n === line) frame.push(`  ${" ".repeat(width)} | ${text.slice(0, column - 1).replaceAll(/[^\t]/g, " ")}^`);
  }
  return frame.join("\n");
}
