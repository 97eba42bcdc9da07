import { isUtf8 } from "node:buffer";
import type { XPublisher } from "zeromq";
import type { Outgoing } from "./message.js";
import type { Channel } from "./sockets.js";
import type { Frame, Wire } from "./wire.js";

/** What is published before anybody listens waits for a first subscriber, up to this many bytes: much less than makes a cell wait. */
const HELD_BYTES = 100_000;

/** How long what is published may wait for what follows it, milliseconds. */
const TOGETHER_MS = 1;

interface Waiting {
  readonly frames: Frame[];
  readonly sent: (leaving: Promise<void>) => void;
}

/**
 * The broadcast channel: what every client of the kernel sees. A client's subscription arrives some time after it can already ask: until the first has
 * arrived, messages wait for it, so that a cell that is run at once shows what it did.
 */
export class Publisher {
  readonly #channel: Channel<XPublisher>;
  readonly #wire: Wire;
  /** What waits, in order. */
  #waiting: Waiting[] = [];
  #bytes = 0;
  #isReleased = false;
  #together: NodeJS.Timeout | undefined;

  constructor(channel: Channel<XPublisher>, wire: Wire) {
    this.#channel = channel;
    this.#wire = wire;
  }

  /** Settles once it has left. */
  publish(message: Outgoing): Promise<void> {
    const frames = this.#wire.encode([message.type], message);
    if (!this.#isReleased) {
      for (const { length } of frames) this.#bytes += length;
      if (this.#bytes >= HELD_BYTES) this.#isReleased = true;
    }
    return new Promise((sent) => {
      this.#waiting.push({ frames, sent });
      this.#send();
    });
  }

  /**
   * What is published from now on leaves together, when it is let go or a moment later: a message of its own wakes the sockets' thread and every client, on
   * the processors that a short cell needs itself.
   */
  hold(): void {
    this.#together ??= setTimeout(() => this.letGo(), TOGETHER_MS);
  }

  letGo(): void {
    clearTimeout(this.#together);
    this.#together = undefined;
    this.#send();
  }

  /** Publishes what waits, whether anybody listens or not: it is on its way then. */
  release(): void {
    this.#isReleased = true;
    this.letGo();
  }

  status(state: "starting" | "busy" | "idle", parent?: string): Promise<void> {
    return this.publish({ type: "status", content: { execution_state: state }, parent });
  }

  /** Tells each new subscriber that it is connected, so that it misses nothing (JEP 65). Runs until the socket is closed. */
  async welcome(onSubscribe: () => void = () => {}): Promise<void> {
    for await (const [frame] of this.#channel.socket) {
      if (frame?.[0] !== 1) continue; // 1: subscribed; 0: left
      const topic = frame.subarray(1);
      if (!isUtf8(topic)) continue; // not welcomed, says the same document
      const content = { subscription: topic.toString() };
      await this.#channel.send(this.#wire.encode([topic], { type: "iopub_welcome", content }));
      this.release();
      onSubscribe();
    }
  }

  #send(): void {
    if (!this.#isReleased || this.#together !== undefined) return;
    for (const { frames, sent } of this.#waiting.splice(0)) sent(this.#channel.send(frames));
  }
}
