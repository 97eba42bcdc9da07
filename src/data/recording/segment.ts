import { crc32 } from "node:zlib";
import { type Cell, cellsOf, type KindRow, RECORD_KINDS, type RecordKind, type RecordRow, rowOf } from "./kinds.js";

/** First line of a segment: whose it is. */
export interface SegmentHeader {
  readonly format: "tesserlab-recording";
  readonly version: 1;
  readonly session: string;
  /** Process that writes it. */
  readonly pid: number;
  /** Wall time. */
  readonly begun: number;
  /** Line of the session's journal up to which all its rows are in earlier segments; older releases did not say. */
  readonly journal?: number;
}

/** What a segment was found to hold. */
export interface Segment {
  readonly header: SegmentHeader | undefined;
  readonly rows: readonly KindRow[];
  /** How many of them stand before the newest flush: those after it are of one that a crash broke off. */
  readonly flushedRows: number;
  /** Wall time of the newest flush. */
  readonly flushed: number;
  /** Line of the session's journal up to which all its rows are on disk; undefined where nobody said. */
  readonly journal: number | undefined;
  /** Whether its writer closed it in order. */
  readonly closed: boolean;
  /** Bytes after the last whole line, cut off. */
  readonly torn: number;
}

function line(value: unknown): string {
  const text = JSON.stringify(value);
  return `${crc32(text).toString(16).padStart(8, "0")} ${text}\n`;
}

/** The lines of a segment: what a recorder appends. Each carries its checksum, so that a torn or damaged one is known. */
export const segmentLine: {
  readonly header: (header: Omit<SegmentHeader, "format" | "version">) => string;
  readonly row: (kind: RecordKind, row: RecordRow) => string;
  readonly flushed: (wall: number, journal?: number) => string;
  readonly closed: (wall: number) => string;
} = {
  header: (header) => line({ format: "tesserlab-recording", version: 1, ...header }),
  row: (kind, row) => line([RECORD_KINDS.indexOf(kind), ...cellsOf(kind, row)]),
  flushed: (wall, journal) => line({ flushed: wall, journal }),
  closed: (wall) => line({ closed: wall }),
};

/** Reads a segment up to its last whole line: what a crash tore, or a disk damaged, and all after it, is cut off and counted. */
export function readSegment(bytes: Buffer): Segment {
  const rows: KindRow[] = [];
  let header: SegmentHeader | undefined;
  let flushed = 0;
  let flushedRows = 0;
  let journal: number | undefined;
  let closed = false;
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(10, start);
    const value = end < 0 ? undefined : whole(bytes.toString("utf8", start, end));
    if (value === undefined) break;
    if (Array.isArray(value)) {
      const [index, ...cells] = value as [number, ...Cell[]];
      const kind = RECORD_KINDS[index];
      if (kind !== undefined) rows.push({ kind, row: rowOf(kind, cells) });
    } else if ("format" in value) header = value as unknown as SegmentHeader;
    else if ("flushed" in value) {
      flushed = value.flushed as number;
      flushedRows = rows.length;
      journal = (value.journal as number | undefined) ?? journal;
    } else if ("closed" in value) closed = true;
    start = end + 1;
  }
  return {
    header,
    rows,
    flushedRows,
    flushed: flushed || (header?.begun ?? 0),
    journal: journal ?? header?.journal,
    closed,
    torn: bytes.length - start,
  };
}

function whole(text: string): unknown[] | Record<string, unknown> | undefined {
  const sum = text.slice(0, 8);
  const json = text.slice(9);
  if (text[8] !== " " || crc32(json).toString(16).padStart(8, "0") !== sum) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
