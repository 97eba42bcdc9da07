import type { Output } from "../output/outputs.js";

/** A display changes at most this often: faster, nobody sees it, and the server counts every message. */
const GAP_MS = 100;

type Displayed = Extract<Output, { type: "display_data" | "update_display_data" }>;

interface Recent {
  readonly request: number;
  at: number;
  waiting: Displayed | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** Lets only the latest state of a display through when it changes faster than it can be looked at. */
export class DisplayThrottle {
  readonly #send: (request: number, output: Displayed) => void;
  readonly #recent = new Map<string, Recent>();

  constructor(send: (request: number, output: Displayed) => void) {
    this.#send = send;
  }

  write(request: number, output: Displayed): void {
    const { displayId } = output;
    const recent = displayId === undefined ? undefined : this.#recent.get(displayId);
    if (displayId === undefined) this.#send(request, output);
    else if (recent === undefined || recent.request !== request || output.type === "display_data") this.#now(request, displayId, output);
    else {
      const wait = recent.at + GAP_MS - performance.now();
      if (wait <= 0 && recent.waiting === undefined) this.#now(request, displayId, output);
      else {
        recent.waiting = output;
        recent.timer ??= setTimeout(() => this.#release(displayId), wait);
      }
    }
  }

  /** Sends what is waiting of a cell that ends. */
  flush(request: number): void {
    for (const [id, recent] of this.#recent) {
      if (recent.request !== request) continue;
      this.#release(id);
      this.#recent.delete(id);
    }
  }

  #now(request: number, id: string, output: Displayed): void {
    clearTimeout(this.#recent.get(id)?.timer);
    this.#recent.set(id, { request, at: performance.now(), waiting: undefined, timer: undefined });
    this.#send(request, output);
  }

  #release(id: string): void {
    const recent = this.#recent.get(id);
    if (recent === undefined) return;
    const { request, waiting, timer } = recent;
    clearTimeout(timer);
    recent.timer = undefined;
    recent.waiting = undefined;
    if (waiting === undefined) return;
    recent.at = performance.now();
    this.#send(request, waiting);
  }
}
