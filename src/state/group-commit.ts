import type { SessionBatch } from "./records.js";

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
      // One bad batch must not take the others with it.
      if (waiting.length === 1) waiting[0]!.reject(error);
      else for (const one of waiting) this.#alone(one);
    }
  }

  #alone(one: Waiting): void {
    try {
      this.#write([one.batch]);
      one.resolve();
    } catch (error) {
      one.reject(error);
    }
  }
}
