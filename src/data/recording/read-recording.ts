import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../../errors/index.js";
import { KINDS, RECORD_KINDS, type RecordKind, type RecordRow } from "./kinds.js";
import { type RecordingEntry, readEntries } from "./log.js";
import { decodeRows } from "./parquet-rows.js";
import { readSegment, type Segment } from "./segment.js";
import { partName, segmentPath, unfinishedSegments } from "./settle.js";

/** Which rows to read. */
export interface RecordingFilter {
  readonly kinds?: readonly RecordKind[];
  /** Only those of one session. */
  readonly session?: string | undefined;
}

/** A segment that has not become Parquet: of a session that runs, or that ended without closing its recording. */
interface OpenSegment extends Pick<Segment, "header" | "flushed" | "closed" | "torn"> {
  readonly name: string;
  readonly rows: number;
}

/** Everything a recording's folder holds, in the order it was recorded. */
export interface RecordingContents {
  readonly rows: ReadonlyMap<RecordKind, readonly RecordRow[]>;
  readonly entries: readonly RecordingEntry[];
  readonly open: readonly OpenSegment[];
  /** Days (UTC) there are rows of. */
  readonly days: readonly string[];
  /** Size of what was read, and a hash of it. */
  readonly bytes: number;
  readonly sha256: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TRIES = 10;

/** Whether a path is a folder that holds a recording: ours or Tesser's flight recorder's. */
export function isRecording(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return false;
  return existsSync(join(path, "recording.ndjson")) || RECORD_KINDS.some((kind) => days(join(path, kind)).length > 0);
}

/**
 * Reads a recording, also while a session writes to it: the Parquet parts, and what stands in segments that are no Parquet yet. Nothing is changed.
 * @throws LabError `RECORDING_MISSING` for a folder that holds none, `DATA_FORMAT` for a part that cannot be read.
 */
export async function readRecording(folder: string, filter: RecordingFilter = {}): Promise<RecordingContents> {
  if (!isRecording(folder))
    throw new LabError(
      "RECORDING_MISSING",
      `${folder} holds no recording: no recording.ndjson, and no folder such as candles/2024-05-01 with Parquet files.`,
      { details: { folder } },
    );
  // Segments first: one that becomes Parquet meanwhile has been read, and its parts are left out.
  const segments = openSegments(folder);
  const hash = createHash("sha256");
  let bytes = 0;
  const found = new Set<string>();
  const rows = new Map<RecordKind, RecordRow[]>();
  for (const kind of filter.kinds ?? RECORD_KINDS) {
    const taken: RecordRow[] = [];
    const skipped = new Set(segments.map(({ name }) => partName(kind, name)));
    for (const day of days(join(folder, kind))) {
      for (const name of readdirSync(join(folder, kind, day)).sort()) {
        if (!name.endsWith(".parquet") || name.startsWith(".") || skipped.has(name)) continue;
        const content = readFileSync(join(folder, kind, day, name));
        hash.update(content);
        bytes += content.length;
        found.add(day);
        taken.push(...(await decodeRows(kind, content, join(kind, day, name))));
      }
    }
    for (const { segment } of segments) for (const one of segment.rows) if (one.kind === kind) taken.push(one.row);
    rows.set(kind, inOrder(kind, taken, filter.session));
  }
  for (const { content } of segments) {
    hash.update(content);
    bytes += content.length;
  }
  return {
    rows,
    entries: readEntries(folder),
    open: segments.map(({ name, segment }) => ({ ...segment, name, rows: segment.rows.length })),
    days: [...found].sort(),
    bytes,
    sha256: hash.digest("hex"),
  };
}

function openSegments(folder: string): { name: string; content: Buffer; segment: Segment }[] {
  for (let tries = 1; ; tries++) {
    try {
      return unfinishedSegments(folder).map((name) => {
        const content = readFileSync(segmentPath(folder, name));
        return { name, content, segment: readSegment(content) };
      });
    } catch (error) {
      // One became Parquet between the listing and the reading.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || tries >= TRIES) throw error;
    }
  }
}

function days(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => DAY.test(name))
    .sort();
}

/** Rows once each and as they came; those of Tesser's recorder, which numbers none, by time. */
function inOrder(kind: RecordKind, rows: readonly RecordRow[], session: string | undefined): RecordRow[] {
  const seen = new Map<string, RecordRow>();
  const kept = rows.filter((row) => {
    if (session !== undefined && row.session !== session) return false;
    if (row.sequence === null) return true;
    const key = `${String(row.session)} ${String(row.sequence)}`;
    const before = seen.get(key);
    if (before === undefined) seen.set(key, row);
    // A disk that refused is given the same rows again; a clock that was set back gives another row an old number.
    return before === undefined || JSON.stringify(before) !== JSON.stringify(row);
  });
  const { day } = KINDS[kind];
  const place = (row: RecordRow): number => (row.sequence ?? 0) as number;
  return kept.sort((a, b) => place(a) - place(b) || (a[day] as number) - (b[day] as number));
}
