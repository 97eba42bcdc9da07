import { fstatSync, openSync, readSync, writeSync } from "node:fs";
import { identityOf, isStill, NOTE } from "./descriptors.js";

/** A request that is being executed: enough to answer it should the kernel die. */
export interface RunningRequest {
  /** Header of the request as JSON text. */
  readonly parent: string;
  /** Routing frames of the client, base64. */
  readonly identities: readonly string[];
  readonly number: number;
}

/**
 * Where the tail begins: no request that could not be noted before it is worth an answer. With the longest tail, 20,000 characters of three bytes, it stays
 * within the 150,000 bytes that `supervise.sh` keeps for the note.
 */
const TAIL_AT = 65_536;
/** What the first line says of a kernel that ends as it was asked to; `supervise.sh` knows the word. */
const LEAVING = "leaving";

/** What a dead kernel left behind. */
export interface Note {
  readonly running: RunningRequest | undefined;
  /** The last it had read of what was written natively. */
  readonly tail: string;
}

/** Reads the note of a kernel that has died. */
export function readNote(): Note {
  const bytes = Buffer.alloc(fstatSync(NOTE).size);
  readSync(NOTE, bytes, 0, bytes.length, 0); // the shell has read its beginning
  const [line = ""] = bytes.subarray(0, TAIL_AT).toString("utf8").split("\n", 1);
  const tail = bytes.subarray(TAIL_AT).toString("utf8").split("\0", 1)[0]!;
  // The blanks that `supervise.sh` filled it with are nobody's words.
  return { running: line.startsWith("{") ? (JSON.parse(line) as RunningRequest) : undefined, tail: tail.trim() === "" ? "" : tail };
}

/**
 * The kernel's hand on its note: what is being executed, written where it outlives the process. A file without a name, so that nothing is left of it: its first line is
 * the request, or that the kernel is leaving; further on lies the last that was written natively.
 */
export class KernelNote {
  readonly #file: string;
  readonly #supervisor: number;
  #descriptor: number = NOTE;
  #isLeaving = false;

  /** @param supervisor - id of the process that holds the note too. */
  constructor(supervisor: number) {
    this.#file = identityOf(NOTE);
    this.#supervisor = supervisor;
  }

  /** Whoever waits for a request of a kernel that is leaving gets its answer from the kernel, or none. */
  running(request: RunningRequest | undefined): void {
    if (this.#isLeaving) return;
    const line = Buffer.from(request === undefined ? "\n" : `${JSON.stringify(request)}\n`);
    // The line of a request before it would be taken for that of this one.
    this.#write(line.length <= TAIL_AT ? line : Buffer.from("\n"), 0);
  }

  /** The kernel ends because it was asked to. */
  leaving(): void {
    this.#write(Buffer.from(`${LEAVING}\n`), 0);
    this.#isLeaving = true;
  }

  /** The last that was written natively. */
  tail(text: string): void {
    this.#write(Buffer.from(`${text}\0`), TAIL_AT);
  }

  #write(bytes: Buffer, position: number): void {
    try {
      // A cell may have closed it, and it is another file's by now.
      if (!isStill(this.#descriptor, this.#file)) this.#descriptor = openSync(`/proc/${this.#supervisor}/fd/${NOTE}`, "r+");
      writeSync(this.#descriptor, bytes, 0, bytes.length, position);
    } catch {
      // The disk is full, or a cell closed the descriptor where files without a name cannot be opened again: a death is told to the log alone.
    }
  }
}
