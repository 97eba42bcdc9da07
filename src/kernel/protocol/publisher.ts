import type { XPublisher } from "zeromq";
import type { Outgoing } from "./message.js";
import type { Channel } from "./sockets.js";
import type { Wire } from "./wire.js";

/** The broadcast channel: what every client of the kernel sees. */
export class Publisher {
  readonly #channel: Channel<XPublisher>;
  readonly #wire: Wire;

  constructor(channel: Channel<XPublisher>, wire: Wire) {
    this.#channel = channel;
    this.#wire = wire;
  }

  /** Settles once it has left. */
  publish(message: Outgoing): Promise<void> {
    return this.#channel.send(this.#wire.encode([Buffer.from(message.type)], message));
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
      onSubscribe();
    }
  }
}
