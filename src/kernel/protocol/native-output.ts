import { Socket } from "node:net";
import { PIPES } from "../supervisor/descriptors.js";
import type { StreamName } from "./stream-buffer.js";

const TAIL_LENGTH = 20_000;
const LAST_WORDS = /\n*<--- Last few GCs --->|FATAL ERROR: /;
/** How long a dying process may take: it writes a report, and perhaps a core file. */
const LAST_WORDS_MS = 3000;

/** What becomes of what is read. */
export interface NativeOutputEvents {
  /** For whoever reads the cell. */
  text(name: StreamName, text: string): void;
  /** The last that was written, should it become the last of all. */
  tail(text: string): void;
}

/**
 * Reads what native code and child processes write to the standard streams of the process: the thread that runs cells may be busy, and may be what writes.
 */
export class NativeOutput {
  readonly #events: NativeOutputEvents;
  #tail = "";
  #lastWords = "";

  constructor(events: NativeOutputEvents) {
    this.#events = events;
    for (const name of ["stdout", "stderr"] as const) {
      const pipe = new Socket({ fd: PIPES[name], readable: true, writable: false });
      pipe.setEncoding("utf8").on("data", (text: string) => this.#read(name, text));
      pipe.on("error", () => {}); // a cell closed it
    }
  }

  /** Settles once all that had been written before has been read: a turn of the event loop empties a pipe. */
  async allRead(): Promise<void> {
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  #read(name: StreamName, written: string): void {
    this.#tail = (this.#tail + written).slice(-TAIL_LENGTH);
    this.#events.tail(this.#tail);
    const text = name === "stderr" ? this.#withoutLastWords(written) : written;
    if (text !== "") this.#events.text(name, text);
  }

  /**
   * What V8 says when it runs out of memory stays out of the cell: the error that follows says it in words. Should the kernel live on, it was
   * somebody else's text.
   */
  #withoutLastWords(text: string): string {
    if (this.#lastWords === "") {
      const start = text.search(LAST_WORDS);
      if (start < 0) return text;
      this.#lastWords = text.slice(start);
      setTimeout(() => {
        const late = this.#lastWords;
        this.#lastWords = "";
        this.#events.text("stderr", late);
      }, LAST_WORDS_MS).unref();
      return text.slice(0, start);
    }
    this.#lastWords += text;
    return "";
  }
}
