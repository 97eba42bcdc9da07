import type { CompiledCell } from "./compile/compile-cell.js";
import type { CellError, Output } from "./output/outputs.js";
import { now } from "./own-timers.js";

/** Awaits that an interrupted cell may still see fail, so that it can tidy up. */
const MAX_REJECTIONS = 1000;

/** The error an interrupt throws into a waiting cell. Named as Jupyter front ends expect. */
export class KeyboardInterrupt extends Error {
  constructor(message = "Execution interrupted.") {
    super(message);
    this.name = "KeyboardInterrupt";
    this.stack = `${this.name}: ${message}`; // it is made in the kernel: where, is of no interest
  }
}

/** What an execution starts from. */
export interface CellStart {
  readonly id: string;
  readonly number: number;
  readonly file: string;
  readonly source: string;
  readonly send: (output: Output) => void;
}

/** How an execution ended. Outputs, the error included, went to the sink. */
export interface CellResult {
  readonly id: string;
  /** Execution count. */
  readonly number: number;
  readonly status: "ok" | "error";
  readonly error?: CellError;
  /** When it started, epoch milliseconds. */
  readonly startedAt: number;
  /** How long it took, milliseconds. */
  readonly ms: number;
}

/** One execution of one cell: what its code, its timers and its promises belong to. */
export class Cell {
  /** The front end's id, the same at every execution. */
  readonly id: string;
  /** Execution count. */
  readonly number: number;
  /** Name of the cell in stack traces. */
  readonly file: string;
  readonly source: string;
  /** Settles once the cell has ended: what its code still does, it does in the background. */
  readonly ended: Promise<CellResult>;
  readonly startedAt: number = Date.now();
  readonly #begin = now();
  /** Set once the cell compiled. */
  compiled: CompiledCell | undefined;
  #abort: AbortController | undefined;
  readonly #waiting = new Set<(reason: KeyboardInterrupt) => void>();
  readonly #send: (output: Output) => void;
  #queue: Promise<void> | undefined;
  #interrupted: KeyboardInterrupt | undefined;
  #rejections = 0;
  #resolve!: (result: CellResult) => void;
  #result: CellResult | undefined;

  constructor({ id, number, file, source, send }: CellStart) {
    this.id = id;
    this.number = number;
    this.file = file;
    this.source = source;
    this.#send = send;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Aborted when the cell is interrupted. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#interrupted !== undefined) this.#abort.abort(this.#interrupted);
    }
    return this.#abort.signal;
  }

  get interrupted(): KeyboardInterrupt | undefined {
    return this.#interrupted;
  }

  /** Writes an output. One still being made holds back those after it, so that they come out in the order they were written. */
  write(output: Output | Promise<Output>): void {
    if (this.#queue === undefined && !(output instanceof Promise)) {
      this.#send(output);
      return;
    }
    const done: Promise<void> = Promise.all([output, this.#queue]).then(([ready]) => {
      this.#send(ready);
      if (this.#queue === done) this.#queue = undefined;
    });
    this.#queue = done;
  }

  /** Settles once every output written so far has been sent. */
  async flushed(): Promise<void> {
    while (this.#queue !== undefined) await this.#queue;
  }

  /** Aborts the signal and rejects the top-level awaits. Synchronous code and work in the background go on. */
  interrupt(reason: KeyboardInterrupt): void {
    if (this.#interrupted !== undefined) return;
    this.#interrupted = reason;
    this.#abort?.abort(reason);
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
  }

  get hasEnded(): boolean {
    return this.#result !== undefined;
  }

  /** Ends the cell, once; the first result counts. */
  end(error: CellError | undefined): CellResult {
    const { id, number, startedAt } = this;
    const ms = now() - this.#begin;
    this.#result ??= { id, number, startedAt, ms, ...(error === undefined ? { status: "ok" } : { status: "error", error }) };
    this.#resolve(this.#result);
    return this.#result;
  }

  /** Writes an output past those that are still being made. */
  writeNow(output: Output): void {
    this.#send(output);
  }

  /** The same as awaiting `value`, but rejected when the cell is interrupted. */
  interruptible<T>(value: T): T | Promise<Awaited<T>> {
    // Code that swallows its interrupt and awaits again, for ever, is left waiting: it would keep the thread busy with its rejections.
    if (this.#interrupted !== undefined)
      return ++this.#rejections > MAX_REJECTIONS ? new Promise(() => {}) : Promise.reject(this.#interrupted);
    if (
      value === null ||
      (typeof value !== "object" && typeof value !== "function") ||
      typeof (value as { then?: unknown }).then !== "function"
    )
      return value;
    return new Promise<Awaited<T>>((resolve, reject) => {
      this.#waiting.add(reject);
      Promise.resolve(value)
        .then(resolve, reject)
        .finally(() => this.#waiting.delete(reject));
    });
  }
}
