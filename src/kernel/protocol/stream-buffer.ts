/** Text goes out when this much has come together, or after the wait. */
const MAX_LENGTH = 64 * 1024;
/** The wait, milliseconds: short for what comes now and then, longer with every message of output that does not cease, so that a slow machine sends no more. */
const FIRST_WAIT_MS = 15;
const LONGER_MS = 5;
const MAX_WAIT_MS = 250;

export type StreamName = "stdout" | "stderr";

/** Text of one stream of one request. */
interface Pending {
  readonly request: number;
  readonly name: StreamName;
  readonly parts: string[];
  length: number;
}

/** Joins small writes into few messages, in the order they were written. */
export class StreamBuffer {
  readonly #send: (request: number, name: StreamName, text: string) => void;
  readonly #pending = new Map<number, Pending>();
  #timer: NodeJS.Timeout | undefined;
  /** Waits in a row without a pause between them. */
  #waits = 0;
  #lastSent = Number.NEGATIVE_INFINITY;

  constructor(send: (request: number, name: StreamName, text: string) => void) {
    this.#send = send;
  }

  write(request: number, name: StreamName, text: string): void {
    let pending = this.#pending.get(request);
    if (pending !== undefined && pending.name !== name) {
      this.flush(request);
      pending = undefined;
    }
    if (pending === undefined) {
      pending = { request, name, parts: [], length: 0 };
      this.#pending.set(request, pending);
    }
    pending.parts.push(text);
    pending.length += text.length;
    if (pending.length >= MAX_LENGTH) this.flush(request);
    else this.#timer ??= setTimeout(() => this.flush(), this.#wait());
  }

  #wait(): number {
    const wait = (): number => Math.min(MAX_WAIT_MS, FIRST_WAIT_MS + LONGER_MS * this.#waits);
    this.#waits = performance.now() - this.#lastSent > wait() ? this.#waits >> 1 : this.#waits + 1;
    return wait();
  }

  /** Sends what is held back, of one request or of all. */
  flush(request?: number): void {
    const due = request === undefined ? [...this.#pending.values()] : [this.#pending.get(request)];
    for (const pending of due) {
      if (pending === undefined) continue;
      this.#pending.delete(pending.request);
      this.#lastSent = performance.now();
      this.#send(pending.request, pending.name, pending.parts.join(""));
    }
    if (this.#pending.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
