import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RecordKind } from "./kinds.js";

/** What happened to a recording, a line each in its `recording.ndjson`. */
export type RecordingEntry = {
  /** Wall time. */
  readonly at: number;
  readonly session: string;
} & (
  | {
      readonly code: "STARTED";
      readonly strategy: string;
      readonly venue: string;
      /** Whether its market was made by a generator. */
      readonly synthetic: boolean;
      /** Parameters and settings as plain JSON, decimals as text. */
      readonly params: Readonly<Record<string, unknown>>;
      readonly settings: Readonly<Record<string, unknown>>;
      /** Levels of a side of an order book that its strategy sees, where it does not see all. */
      readonly bookDepth?: number;
    }
  /** The strategy hears trades and books from here on: those among the rows of these numbers came before. */
  | { readonly code: "HEARS"; readonly after: number; readonly until: number }
  /** What a crash left was put in order: what came after `until`, at most a second, is lost, but for what the session fills in again from its `journal` after that line. */
  | {
      readonly code: "RECOVERED";
      readonly segment: string;
      readonly until: number;
      readonly rows: number;
      readonly tornBytes: number;
      readonly journal?: number;
    }
  /** The session goes on and has filled in from its journal what the crash had taken: these rows. Of the kinds in `lost` its journal keeps none: what came of them is gone. */
  | {
      readonly code: "REFILLED";
      /** Wall times between which the rows of `lost` are missing. */
      readonly from: number;
      readonly to: number;
      /** Line of the journal after which it was filled in. */
      readonly journal: number;
      readonly rows: Readonly<Partial<Record<RecordKind, number>>>;
      readonly lost: readonly RecordKind[];
    }
  /** Nothing could be written from one moment to another; `rows` did not fit into memory until then and are lost. */
  | { readonly code: "NOT_RECORDED"; readonly from: number; readonly to: number; readonly rows: number; readonly reason: string }
  | { readonly code: "CLOSED"; readonly rows: number; readonly bytes: number }
);

const logOf = (folder: string): string => join(folder, "recording.ndjson");

/** Appends an entry; on disk when it returns. */
export function appendEntry(folder: string, entry: RecordingEntry): void {
  const file = openSync(logOf(folder), "a");
  try {
    appendFileSync(file, `${JSON.stringify(entry)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The entries of a folder; a line that a crash tore is left out. */
export function readEntries(folder: string): RecordingEntry[] {
  let text: string;
  try {
    text = readFileSync(logOf(folder), "utf8");
  } catch {
    // A recorder of Tesser's keeps no log.
    return [];
  }
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as RecordingEntry];
    } catch {
      return [];
    }
  });
}
