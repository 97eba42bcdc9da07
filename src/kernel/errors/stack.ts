import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { fileURLToPath } from "node:url";
import { isTypeScript, transpile, unstamped } from "../../modules/index.js";
import type { CompiledCell } from "../compile/compile-cell.js";
import { withoutSafeNames } from "../compile/runtime-name.js";

/** Where a stack frame lies in something the user wrote. */
export interface UserPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Finds the compiled cell behind a `cell-3.ts`. */
export type CellLookup = (file: string) => CompiledCell | undefined;

const CELL_FRAME = /((?:cell|uncounted)-\d+\.ts):(\d+):(\d+)/;
const MODULE_FRAME = /(file:\/\/[^\s()]+?\?tesserlab=[0-9a-f]{16}):(\d+):(\d+)/;
const INTERNAL = /^\s+at (?:.*\()?node:/;
/** Below this frame lies the kernel itself. */
const EVALUATION = /^\s+at .*\bnode:inspector/;
const KERNEL_FOLDER = new URL("..", import.meta.url).href;
const OUR_FOLDER = new URL("../..", import.meta.url).href;

/**
 * The stack's frames with the positions the user knows, without those of Node and of the kernel.
 * @param withHelpers - whether those of the helpers belong to it; true unless told.
 */
export function userFrames(stack: string, lookup: CellLookup, withHelpers = true): string[] {
  const hidden = withHelpers ? KERNEL_FOLDER : OUR_FOLDER;
  const frames: string[] = [];
  for (const line of stack.split("\n").filter((text) => /^\s+at /.test(text))) {
    if (EVALUATION.test(line)) break;
    if (INTERNAL.test(line) || line.includes(hidden)) continue;
    frames.push(withoutSafeNames(mapFrame(line, lookup)));
  }
  return frames;
}

/** Whether a text may hold frames with positions of compiled code. */
const COMPILED = /(?:cell|uncounted)-\d+\.ts:\d|\?tesserlab=[0-9a-f]{16}:\d/;

/** A text that a cell prints or shows, its frames with the positions the user knows: an error that is caught and printed names the same lines as one that is not. */
export function withUserPositions(text: string, lookup: CellLookup): string {
  if (!COMPILED.test(text)) return text;
  return text.replaceAll(/^\s+at .*$/gm, (line) => (COMPILED.test(line) ? withoutSafeNames(mapFrame(line, lookup)) : line));
}

/** The innermost frame that lies in a cell, mapped. */
export function firstCellPosition(stack: string, lookup: CellLookup): UserPosition | undefined {
  for (const line of stack.split("\n")) {
    const match = CELL_FRAME.exec(line);
    if (match !== null && /^\s+at /.test(line)) return cellPosition(match, lookup);
  }
  return undefined;
}

function mapFrame(line: string, lookup: CellLookup): string {
  const cell = CELL_FRAME.exec(line);
  if (cell !== null) return line.replace(cell[0], positionText(cellPosition(cell, lookup)));
  const module = MODULE_FRAME.exec(line);
  if (module !== null) return line.replace(module[0], positionText(modulePosition(module)));
  return line;
}

const positionText = ({ file, line, column }: UserPosition): string => `${file}:${line}:${column}`;

function cellPosition([, file, line, column]: RegExpExecArray, lookup: CellLookup): UserPosition {
  return { file: file!, ...(lookup(file!)?.position(Number(line), Number(column)) ?? { line: Number(line), column: Number(column) }) };
}

function modulePosition([, url, line, column]: RegExpExecArray): UserPosition {
  const file = fileURLToPath(unstamped(url!));
  const position = { file, line: Number(line), column: Number(column) };
  const entry = moduleMap(url!, file)?.findEntry(position.line - 1, position.column - 1);
  return entry !== undefined && "originalLine" in entry
    ? { file, line: entry.originalLine + 1, column: entry.originalColumn + 1 }
    : position;
}

/** The way back into the modules that errors came from last, by their stamped URL: a loop may print thousands of errors. */
const moduleMaps = new Map<string, SourceMap | undefined>();
const MAX_MODULE_MAPS = 20;

/** Local TypeScript is transpiled again to find the way back; a file edited before its first error gives lines of its new text. */
function moduleMap(url: string, file: string): SourceMap | undefined {
  if (moduleMaps.has(url)) return moduleMaps.get(url);
  let map: SourceMap | undefined;
  try {
    if (isTypeScript(file)) map = new SourceMap(JSON.parse(transpile(readFileSync(file, "utf8"), file).map) as SourceMapPayload);
  } catch {
    // gone or broken by now: the transpiled position is still better than none
  }
  moduleMaps.set(url, map);
  if (moduleMaps.size > MAX_MODULE_MAPS) moduleMaps.delete(moduleMaps.keys().next().value!);
  return map;
}
