import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { FaultPlace, FaultPlan } from "./faults.js";

/** Bytes that may wait in a stream before it is taken for dead: a client that does not read would otherwise fill the memory. */
const MOST_WAITING = 256 * 1024 * 1024;

/** One WebSocket of the server, with what it is subscribed to. Frames pass the faults on their way out. */
export class Stream {
  readonly id: string;
  readonly place: FaultPlace;
  readonly topics: Set<string> = new Set();
  /** Name of the account it is logged in to. */
  account: string | undefined;
  /** Wall time of the last message received. */
  heard: number;
  readonly #socket: WebSocket;
  readonly #line: Duplex;
  /** Frames of one turn go out in one write. */
  #gathering = false;
  readonly #faults: FaultPlan;
  /** A frame that waits for the next one to overtake it. */
  #held: string | undefined;

  /** @param line - the connection below the WebSocket, whose writes are gathered. */
  constructor(id: string, place: FaultPlace, socket: WebSocket, line: Duplex, faults: FaultPlan, now: number) {
    this.id = id;
    this.place = place;
    this.heard = now;
    this.#socket = socket;
    this.#line = line;
    this.#faults = faults;
  }

  /** Sends a frame of a topic (or answers an op), unless a fault has its way. */
  send(name: string, text: string): void {
    if (this.#held === undefined && this.#faults.isQuiet(this.place)) {
      this.#write(text);
      return;
    }
    const fault = this.#faults.take(this.place, name);
    if (fault?.kind === "drop") return;
    if (fault?.kind === "disconnect") {
      this.cut();
      return;
    }
    if (fault?.kind === "delay") {
      setTimeout(() => this.#write(text), fault.ms ?? 0).unref();
      return;
    }
    if (fault?.kind === "reorder" && this.#held === undefined) {
      this.#held = text;
      return;
    }
    this.#write(text);
    if (fault?.kind === "duplicate") this.#write(text);
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#write(held);
  }

  #write(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MOST_WAITING) {
      this.cut();
      return;
    }
    if (!this.#gathering) {
      this.#gathering = true;
      this.#line.cork();
      process.nextTick(() => {
        this.#gathering = false;
        this.#line.uncork();
      });
    }
    this.#socket.send(text);
  }

  /** Ends the connection without a word, as a broken line does. */
  cut(): void {
    this.#socket.terminate();
  }
}
