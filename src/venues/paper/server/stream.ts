import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { FaultPlace, FaultPlan } from "./faults.js";
import { textFrames } from "./text-frames.js";

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
  /** Messages of one turn of the event loop go out in one write, and how long they are. */
  #waiting: string[] = [];
  #characters = 0;
  readonly #faults: FaultPlan;
  /** A frame that waits for the next one to overtake it. */
  #held: string | undefined;

  /** @param line - the connection below the WebSocket, on which frames are written. */
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
    if (this.#socket.bufferedAmount + this.#characters > MOST_WAITING) {
      this.cut();
      return;
    }
    if (this.#waiting.length === 0) setImmediate(() => this.#flush());
    this.#waiting.push(text);
    this.#characters += text.length;
  }

  /** Frames are whole, so that those of the WebSocket's own (pongs, its end) may stand between two writes. */
  #flush(): void {
    const texts = this.#waiting;
    this.#waiting = [];
    this.#characters = 0;
    if (texts.length > 0 && this.#socket.readyState === this.#socket.OPEN) this.#line.write(textFrames(texts));
  }

  /** Ends the connection without a word, as a broken line does. What was sent before has left. */
  cut(): void {
    this.#flush();
    this.#socket.terminate();
  }
}
