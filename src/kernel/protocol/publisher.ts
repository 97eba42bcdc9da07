import type { XPublisher } from "zeromq";
import type { Outgoing } from "./message.js";
import type { Channel } from "./sockets.js";
import type { Wire } from "./wire.js";

/** What is published before anybody listens waits for a first subscriber, up to this many bytes: much less than makes a cell wait. */
const HELD_BYTES = 100_000;

/**
 * The broadcast channel: what every client of the kernel sees. A client's subscription arrives some time after it can already ask: until the first has
 * arrived, messages wait for it, so that a cell that is run at once shows what it did.
 */
export class Publisher {
  readonly #subscribed: Promise<void>;
  #release!: () => void;
  #bytes = 0;
  readonly #channel: Channel<XPublisher>;
  readonly #wire: Wire;

  constructor(channel: Channel<XPublisher>, wire: Wire) {
    this.#channel = channel;
    this.#wire = wire;
    this.#subscribed = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  /** Settles once it has left. */
  publish(message: Outgoing): Promise<void> {
    const frames = this.#wire.encode([Buffer.from(message.type)], message);
    if (this.#bytes < HELD_BYTES) {
      for (const { length } of frames) this.#bytes += length;
      if (this.#bytes >= HELD_BYTES) this.#release();
    }
    // Always by way of the promise, which keeps the order.
    return this.#subscribed.then(() => this.#channel.send(frames));
  }

  /** Publishes what waits, whether anybody listens or not. Settles once it is on its way. */
  async release(): Promise<void> {
    this.#release();
    await this.#subscribed;
  }

  status(state: "starting" | "busy" | "idle", parent?: Buffer): Promise<void> {
    return this.publish({ type: "status", content: { execution_state: state }, parent });
  }

  /** Tells each new subscriber that it is connected, so that it misses nothing (JEP 65). Runs until the socket is closed. */
  async welcome(onSubscribe: () => void = () => {}): Promise<void> {
    for await (const [frame] of this.#channel.socket) {
      if (frame?.[0] !== 1) continue; // 1: subscribed; 0: left
      const topic = frame.subarray(1);
      const content = { subscription: topic.toString() };
      await this.#channel.send(this.#wire.encode([topic], { type: "iopub_welcome", content }));
      this.#release();
      onSubscribe();
    }
  }
}
