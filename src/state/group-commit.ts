import { LabError } from "../errors/index.js";
import type { SessionBatch } from "./records.js";

/** Codes of a file that takes nothing just now, whatever the batch. */
const UNWRITABLE: readonly string[] = ["STATE_FULL", "STATE_IO", "STATE_BUSY", "STATE_LOCK_LOST"];

interface Waiting {
  readonly batch: SessionBatch;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Gathers what is to be durable during one turn of the event loop into one transaction. Each `commit` resolves once its batch is on disk, so that a slow disk
 * costs latency: the more waits for it, the more one transaction carries.
 */
export class GroupCommit {
  readonly #write: (batches: readonly SessionBatch[]) => void;
  #waiting: Waiting[] = [];

  /** @param write - writes batches in one transaction, or throws and writes nothing. */
  constructor(write: (batches: readonly SessionBatch[]) => void) {
    this.#write = write;
  }

  /** Resolves when the batch is durable; rejects with what kept it from being written. */
  commit(batch: SessionBatch): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.flush());
    });
  }

  /** Whether anything waits. */
  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  /** Resolves when nothing waits any more, whether it could be written or not. */
  settled(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => setImmediate(() => resolve()));
  }

  /** Writes what waits, now. */
  flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    try {
      this.#write(waiting.map((one) => one.batch));
      for (const one of waiting) one.resolve();
    } catch (error) {
      if (waiting.length === 1) waiting[0]!.reject(error);
      else this.#each(waiting);
    }
  }

  /** One by one: a bad batch must not take the others with it. Of a file that takes nothing, what comes later, small enough to find room, must not be there before it. */
  #each(waiting: readonly Waiting[]): void {
    let refused: unknown;
    for (const one of waiting)
      try {
        if (refused !== undefined) throw refused;
        this.#write([one.batch]);
        one.resolve();
      } catch (error) {
        one.reject(error);
        if (error instanceof LabError && UNWRITABLE.includes(error.code)) refused = error;
      }
  }
}
