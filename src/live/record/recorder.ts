import { randomBytes } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { type Clock, type EpochMs, makeFolder, processIsAlive } from "../../core/index.js";
import {
  appendEntry,
  type KindRow,
  type RecordingEntry,
  type RecordKind,
  type RowPlace,
  readSegment,
  type Settled,
  segmentFolder,
  segmentLine,
  segmentPath,
  UNJOURNALED,
  unfinishedSegments,
} from "../../data/index.js";
import { LabError } from "../../errors/index.js";
import { type JournalPlace, type Missing, missingOf } from "./missing.js";
import { settleOnThread } from "./settler.js";

/** What is recorded goes to disk this often: what a crash can take is younger than a second. */
const FLUSH_MS = 250;
/** A disk that refused is tried again this often. */
const RETRY_MS = 1_000;
/** A segment becomes Parquet when it has grown to this. */
const SEGMENT_BYTES = 16_000_000;
/** And at the latest after this long. */
const SEGMENT_MS = 3_600_000;
/** What waits for a disk that refuses may take this much memory; what comes then is lost, counted. */
const PENDING_BYTES = 32_000_000;

/** What hears of a recorder. */
export interface RecorderWatch {
  /** Rows are on disk: how many of each kind, and how many bytes. */
  wrote(rows: ReadonlyMap<RecordKind, number>, bytes: number): void;
  /** Nothing can be written from now on; told once until it can again. */
  failed(from: EpochMs, reason: string): void;
  /** It can again; `lost` rows of the time between are gone. */
  again(from: EpochMs, to: EpochMs, lost: number, reason: string): void;
  /** Rows did not fit into memory any more. */
  lost(rows: number): void;
  /** A finished segment could not be made Parquet: nothing is lost, it is read as it is and tried again. */
  unsettled(segment: string, reason: string): void;
  /** What a crash left was put in order. */
  recovered(entry: Extract<RecordingEntry, { readonly code: "RECOVERED" }>): void;
}

/** What a recorder is made of. */
export interface RecorderParts {
  readonly folder: string;
  readonly session: string;
  /** The wall's. */
  readonly clock: Clock;
  readonly watch: RecorderWatch;
  /** What the recording says of its session. */
  readonly started: Omit<Extract<RecordingEntry, { readonly code: "STARTED" }>, "at" | "session" | "code">;
  /** The session's journal, from which what a crash took can be filled in. */
  readonly journal?: JournalPlace;
  readonly settle?: (folder: string, segment: string, refilled?: boolean) => Promise<Settled>;
  readonly segmentBytes?: number;
  readonly pendingBytes?: number;
}

interface OpenSegment {
  readonly handle: FileHandle;
  readonly segment: string;
  readonly begun: EpochMs;
  /** Without its header. */
  bytes: number;
}

interface Outage {
  readonly from: EpochMs;
  readonly reason: string;
  lost: number;
}

/**
 * Keeps what a session sees and does. Rows are lines of a segment, appended and flushed to disk several times a second, so that a crash takes less than the last
 * second; a finished segment becomes Parquet on a thread of its own. A disk that refuses never stops trading: what waits for it is bounded, and what is lost is said.
 */
export class SessionRecorder {
  readonly #parts: RecorderParts;
  readonly #settle: NonNullable<RecorderParts["settle"]>;
  #sequence: number;
  #segments = 0;
  /** Tells the segments of this start from those of another, whatever the clock says. */
  readonly #start: string = randomBytes(3).toString("hex");
  #pending: string[] = [];
  #pendingBytes = 0;
  #counts = new Map<RecordKind, number>();
  #file: OpenSegment | undefined;
  #flushing: Promise<void> | undefined;
  #outage: Outage | undefined;
  #retryAt = 0;
  /** Segments that wait to become Parquet. */
  readonly #finished: string[] = [];
  #settling: Promise<void> | undefined;
  /** How many of them could not. */
  #left = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #rows = 0;
  #bytes = 0;
  /** Line of the journal up to which all rows are on disk. */
  #marked: number | undefined;
  #missing: Missing | undefined;
  /** Number before the first row. */
  readonly #begun: number;
  /** What was filled in and is to be said once it is on disk. */
  #refilled: Readonly<Partial<Record<RecordKind, number>>> | undefined;

  private constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#settle = parts.settle ?? settleOnThread;
    // Numbers go on rising from one start to the next.
    this.#begun = this.#sequence = parts.clock.now() * 1_000;
  }

  /** Puts in order what a crash left in the folder, and begins. @throws LabError `RECORD_UNUSABLE` for a folder that cannot be written. */
  static async open(parts: RecorderParts): Promise<SessionRecorder> {
    const recorder = new SessionRecorder(parts);
    try {
      makeFolder(segmentFolder(parts.folder));
      await recorder.#recover();
      if (parts.journal !== undefined) recorder.#missing = missingOf(parts.folder, parts.session);
      recorder.#marked = recorder.#missing?.journal ?? parts.journal?.from;
      appendEntry(parts.folder, { at: parts.clock.now(), session: parts.session, code: "STARTED", ...parts.started });
      await recorder.#open();
    } catch (cause) {
      throw new LabError("RECORD_UNUSABLE", `Nothing can be recorded in ${parts.folder}: ${(cause as Error).message}.`, {
        details: { folder: parts.folder },
        cause,
      });
    }
    recorder.#timer = setInterval(() => void recorder.flush(), FLUSH_MS);
    recorder.#timer.unref();
    return recorder;
  }

  /** Segments of sessions that are gone. One of this very session is too: it runs here now. */
  async #recover(): Promise<void> {
    const { folder, session, clock, watch } = this.#parts;
    for (const segment of unfinishedSegments(folder)) {
      const header = await headerOf(folder, segment);
      const mine = header?.session === session && this.#parts.journal !== undefined;
      if (header !== undefined && header.session !== session && header.pid !== process.pid && processIsAlive(header.pid)) continue;
      const { flushed, rows, torn, closed, journal, session: whose } = await this.#settle(folder, segment, mine);
      if (closed || whose === undefined) continue;
      const told = { segment, until: flushed, rows, tornBytes: torn, ...(journal === undefined ? {} : { journal }) };
      const entry = { at: clock.now(), session: whose, code: "RECOVERED", ...told } as const;
      appendEntry(folder, entry);
      watch.recovered(entry);
    }
  }

  /** The strategy hears trades and books from here on: those recorded so far made its book, and nothing else. It is said in the folder. */
  hears(): void {
    const { folder, session, clock } = this.#parts;
    try {
      appendEntry(folder, { at: clock.now(), session, code: "HEARS", after: this.#begun, until: this.#sequence });
    } catch (error) {
      this.#refused(error);
    }
  }

  /** What a crash took of this session, to be filled in from its journal. */
  get missing(): Missing | undefined {
    return this.#missing;
  }

  /** What was missing has been recorded again: so many rows by kind. It is said in the folder once they are on disk. */
  refilled(rows: Readonly<Partial<Record<RecordKind, number>>>): void {
    this.#refilled = rows;
    // Without rows there is nothing to wait for.
    if (this.#pending.length === 0) this.#sayRefilled();
  }

  #sayRefilled(): void {
    const [rows, missing] = [this.#refilled, this.#missing];
    if (rows === undefined || missing === undefined) return;
    const { folder, session, clock } = this.#parts;
    const at = clock.now();
    try {
      appendEntry(folder, { at, session, code: "REFILLED", from: missing.from, to: at, journal: missing.journal, rows, lost: UNJOURNALED });
      this.#refilled = undefined;
    } catch (error) {
      // The rows themselves are on disk: it is said with the next ones.
      this.#refused(error);
    }
  }

  /** Rows and bytes on disk. */
  get written(): { readonly rows: number; readonly bytes: number } {
    return { rows: this.#rows, bytes: this.#bytes };
  }

  /** Since when nothing can be written, and why; undefined while all is well. */
  get outage(): { readonly from: EpochMs; readonly reason: string; readonly lost: number } | undefined {
    return this.#outage;
  }

  /** Keeps a row: it is on disk within a moment. Never waits. */
  record(make: (place: RowPlace) => KindRow): void {
    const { kind, row } = make({ session: this.#parts.session, sequence: ++this.#sequence });
    const line = segmentLine.row(kind, row);
    if (this.#pendingBytes + line.length > (this.#parts.pendingBytes ?? PENDING_BYTES)) {
      // The disk is too slow, or refuses.
      this.#outage ??= this.#failed("the disk does not keep up");
      this.#outage.lost++;
      this.#parts.watch.lost(1);
      return;
    }
    this.#pending.push(line);
    this.#pendingBytes += line.length;
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  /** Brings what waits to disk. It never rejects. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    const now = this.#parts.clock.now();
    if (this.#pending.length > 0 && now >= this.#retryAt) await this.#write();
    const file = this.#file;
    const old = file !== undefined && file.bytes > 0 && now - file.begun >= SEGMENT_MS;
    if (file !== undefined && (old || file.bytes >= (this.#parts.segmentBytes ?? SEGMENT_BYTES))) await this.#rotate();
    this.#settleFinished();
  }

  async #write(): Promise<void> {
    const [lines, counts, bytes] = [this.#pending, this.#counts, this.#pendingBytes];
    const journal = this.#parts.journal?.now();
    [this.#pending, this.#counts] = [[], new Map()];
    try {
      const file = this.#file ?? (await this.#open());
      const text = lines.join("") + segmentLine.flushed(this.#parts.clock.now(), journal);
      await file.handle.appendFile(text);
      await file.handle.datasync();
      this.#marked = journal;
      this.#sayRefilled();
      file.bytes += Buffer.byteLength(text);
      this.#pendingBytes -= bytes;
      this.#rows += lines.length;
      this.#bytes += bytes;
      this.#parts.watch.wrote(counts, bytes);
      this.#recovered();
    } catch (error) {
      // They go first when it works again: into another segment, because this one may end with half a line.
      this.#pending = lines.concat(this.#pending);
      for (const [kind, count] of this.#counts) counts.set(kind, (counts.get(kind) ?? 0) + count);
      this.#counts = counts;
      await this.#abandon();
      this.#refused(error);
    }
  }

  /** The disk refused: it is tried again after a while. */
  #refused(error: unknown): void {
    this.#outage ??= this.#failed(error instanceof Error ? error.message : String(error));
    this.#retryAt = this.#parts.clock.now() + RETRY_MS;
  }

  async #open(): Promise<OpenSegment> {
    const { folder, session, clock } = this.#parts;
    const begun = clock.now();
    const segment = `${session}-${begun.toString(36)}-${this.#start}-${String(++this.#segments).padStart(4, "0")}`;
    makeFolder(segmentFolder(folder));
    const handle = await open(segmentPath(folder, segment), "ax");
    this.#file = { handle, segment, begun, bytes: 0 };
    const journal = this.#marked;
    await handle.appendFile(segmentLine.header({ session, pid: process.pid, begun, ...(journal === undefined ? {} : { journal }) }));
    return this.#file;
  }

  /** Goes on in another segment. There always is one that is not closed: by it a crash is known. */
  async #rotate(): Promise<void> {
    await this.#finish();
    try {
      await this.#open();
    } catch (error) {
      this.#refused(error);
    }
  }

  /** Closes the segment in order: it becomes Parquet. */
  async #finish(): Promise<void> {
    const file = this.#file!;
    try {
      await file.handle.appendFile(segmentLine.closed(this.#parts.clock.now()));
      await file.handle.datasync();
    } catch {
      // Everything in it is on disk; only that it was closed is not.
    }
    await this.#abandon();
  }

  async #abandon(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    this.#finished.push(file.segment);
    await file.handle.close().catch(() => {});
  }

  #settleFinished(): void {
    if (this.#settling !== undefined || this.#finished.length === this.#left) return;
    this.#settling = this.#settleAll().finally(() => {
      this.#settling = undefined;
      this.#left = this.#finished.length;
    });
  }

  async #settleAll(): Promise<void> {
    while (this.#finished.length > 0) {
      try {
        await this.#settle(this.#parts.folder, this.#finished[0]!);
        this.#finished.shift();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") this.#finished.shift();
        else {
          // The segment stays, and is read as it is. It is tried again with the next one, and at the next start.
          this.#parts.watch.unsettled(this.#finished[0]!, error instanceof Error ? error.message : String(error));
          return;
        }
      }
    }
  }

  #failed(reason: string): Outage {
    const from = this.#parts.clock.now();
    this.#parts.watch.failed(from, reason);
    return { from, reason, lost: 0 };
  }

  /** The disk takes what comes. */
  #recovered(): void {
    const outage = this.#outage;
    if (outage === undefined) return;
    this.#outage = undefined;
    this.#retryAt = 0;
    this.#over(outage);
  }

  #over({ from, lost, reason }: Outage): void {
    const to = this.#parts.clock.now();
    const { folder, session, watch } = this.#parts;
    watch.again(from, to, lost, reason);
    try {
      appendEntry(folder, { at: to, session, code: "NOT_RECORDED", from, to, rows: lost, reason });
    } catch {
      // The log and the alert have said it.
    }
  }

  /** Brings everything to disk and closes the recording: all of it is Parquet then, unless the disk refuses. It never rejects. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#retryAt = 0;
    await this.flush();
    await this.#flushing;
    if (this.#pending.length > 0) await this.flush();
    if (this.#file !== undefined) await this.#finish();
    await this.#settling;
    await this.#settleAll();
    const { folder, session, clock } = this.#parts;
    // An outage that outlasts the session takes what waits with it.
    if (this.#outage !== undefined) this.#over({ ...this.#outage, lost: this.#outage.lost + this.#pending.length });
    try {
      appendEntry(folder, { at: clock.now(), session, code: "CLOSED", rows: this.#rows, bytes: this.#bytes });
    } catch {
      // A folder that cannot be written cannot be told; the log has it.
    }
  }
}

async function headerOf(folder: string, segment: string): Promise<ReturnType<typeof readSegment>["header"]> {
  const handle = await open(segmentPath(folder, segment), "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    return readSegment(buffer.subarray(0, bytesRead)).header;
  } finally {
    await handle.close();
  }
}
