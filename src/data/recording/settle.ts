import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../core/index.js";
import { dayOfRow, RECORD_KINDS, type RecordKind, type RecordRow } from "./kinds.js";
import { encodeRows } from "./parquet-rows.js";
import { readSegment } from "./segment.js";

/** What became of a segment. */
export interface Settled {
  readonly segment: string;
  readonly session: string | undefined;
  readonly rows: number;
  /** Bytes of Parquet written. */
  readonly bytes: number;
  /** Wall time of its newest flush. */
  readonly flushed: number;
  /** Line of the session's journal up to which all its rows are in it or before it; undefined where nobody said. */
  readonly journal: number | undefined;
  /** False for one that a crash left open. */
  readonly closed: boolean;
  /** Bytes that were cut off behind the last whole line; they are kept beside, as `*.torn`. */
  readonly torn: number;
}

const ENDING = ".segment";
/** Kinds of rows that no session's journal holds. */
export const UNJOURNALED: readonly RecordKind[] = ["ticks", "order_books", "depth_updates"];

/** Where segments lie until they have become Parquet. */
export function segmentFolder(folder: string): string {
  return join(folder, "unfinished");
}

/** Path of a segment. */
export function segmentPath(folder: string, segment: string): string {
  return join(segmentFolder(folder), segment + ENDING);
}

/** Segments of a folder that are no Parquet yet, the oldest first. */
export function unfinishedSegments(folder: string): string[] {
  try {
    return readdirSync(segmentFolder(folder))
      .filter((name) => name.endsWith(ENDING))
      .map((name) => name.slice(0, -ENDING.length))
      .sort();
  } catch {
    return [];
  }
}

/** Name of the part that holds a segment's rows of one kind. */
export function partName(kind: RecordKind, segment: string): string {
  return `${kind}-${segment}.parquet`;
}

/**
 * Makes Parquet parts of a segment, one a kind and day, and takes the segment away when all of them are on disk. Each part is written under another name, flushed and
 * renamed, so that none is ever seen half; done again after a crash it writes the same parts under the same names.
 * @param refilled - its session goes on and fills in from its journal what came after the last flush: of that, only rows that are in no journal are kept.
 */
export function settleSegment(folder: string, segment: string, refilled: boolean = false): Settled {
  const path = segmentPath(folder, segment);
  const content = readFileSync(path);
  const { header, rows: all, flushedRows, flushed, journal, closed, torn } = readSegment(content);
  const again = refilled && journal !== undefined && !closed;
  const rows = again ? all.filter((one, i) => i < flushedRows || UNJOURNALED.includes(one.kind)) : all;
  let bytes = 0;
  for (const kind of RECORD_KINDS) {
    const days = new Map<string, RecordRow[]>();
    for (const one of rows) {
      if (one.kind !== kind) continue;
      const day = dayOfRow(one);
      const found = days.get(day);
      if (found === undefined) days.set(day, [one.row]);
      else found.push(one.row);
    }
    for (const [day, ofDay] of days) bytes += writePart(join(folder, kind, day), partName(kind, segment), encodeRows(kind, ofDay));
  }
  if (torn > 0) writeWhole(segmentFolder(folder), `${segment}.torn`, content.subarray(content.length - torn));
  rmSync(path);
  flushFolder(segmentFolder(folder));
  return { segment, session: header?.session, rows: rows.length, bytes, flushed, journal, closed, torn };
}

function writePart(folder: string, name: string, content: Uint8Array): number {
  makeFolder(folder);
  writeWhole(folder, name, content);
  return content.length;
}

function writeWhole(folder: string, name: string, content: Uint8Array): void {
  const hidden = join(folder, `.${name}.part`);
  const file = openSync(hidden, "w");
  try {
    for (let at = 0; at < content.length; ) at += writeSync(file, content, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(hidden, join(folder, name));
  flushFolder(folder);
}

/** A new name is safe when its folder is on disk; systems without that promise nothing more. */
function flushFolder(folder: string): void {
  try {
    const opened = openSync(folder, "r");
    try {
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
  } catch {
    // Not every system opens folders.
  }
}
