import { closeSync, fstatSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningRequest } from "./link.js";

/** Descriptor of the kernel process under which the note lies. */
const NOTE_DESCRIPTOR = 4;

/** A file without a name, which the kernel gets as its descriptor; `undefined` where none can be made. */
export function openNote(): number | undefined {
  const path = join(tmpdir(), `tesserlab-running-${process.pid}`);
  try {
    const descriptor = openSync(path, "wx+", 0o600);
    try {
      unlinkSync(path);
      return descriptor;
    } catch {
      closeSync(descriptor);
      return undefined;
    }
  } catch {
    return undefined;
  }
}

/** What the kernel noted last, once it is dead. */
export function readNote(descriptor: number): RunningRequest | undefined {
  try {
    const [line = ""] = readFileSync(descriptor, "utf8").split("\n", 1);
    return line === "" ? undefined : (JSON.parse(line) as RunningRequest);
  } catch {
    return undefined; // nothing was ever noted
  }
}

/**
 * The kernel's hand on its note: what is being executed, written where it outlives the process. A message would wake the supervisor twice a cell, on a
 * processor that the cell needs; a file is read only when the kernel has died.
 */
export class RunningNote {
  readonly #file: string;

  constructor() {
    this.#file = identity();
  }

  /** Answers whether it could be noted: the disk may be full, and a cell may have closed the descriptor, which is another file's by now. */
  write(request: RunningRequest | undefined): boolean {
    try {
      if (identity() !== this.#file) return false;
      const line = Buffer.from(request === undefined ? "\n" : `${JSON.stringify(request)}\n`);
      return writeSync(NOTE_DESCRIPTOR, line, 0, line.length, 0) === line.length;
    } catch {
      return false;
    }
  }
}

/** Which file the descriptor is of. @throws Error where it is closed. */
function identity(): string {
  const { dev, ino } = fstatSync(NOTE_DESCRIPTOR);
  return `${dev}:${ino}`;
}
