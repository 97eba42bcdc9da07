import type { MessagePort } from "node:worker_threads";
import type { Router } from "zeromq";
import type { Flags } from "../server/flags.js";
import { type Message, textOf } from "./message.js";
import type { Channel } from "./sockets.js";
import type { Wire } from "./wire.js";

/** What the waiting main thread gets: the text typed, or the news that nobody will type. */
export type TypedAnswer = { readonly text: string } | { readonly interrupted: true };

/** Questions to the user: one at a time, because the main thread waits for the answer. */
export class Stdin {
  readonly #channel: Channel<Router>;
  readonly #wire: Wire;
  readonly #answers: MessagePort;
  readonly #flags: Flags;
  #isWaiting = false;

  constructor(channel: Channel<Router>, wire: Wire, answers: MessagePort, flags: Flags) {
    this.#channel = channel;
    this.#wire = wire;
    this.#answers = answers;
    this.#flags = flags;
  }

  /** Asks the client whose cell is running. */
  ask(message: Message, prompt: string, password: boolean): void {
    this.#isWaiting = true;
    const outgoing = { type: "input_request", content: { prompt, password }, parent: message.headerText };
    void this.#channel.send(this.#wire.encode([...message.identities], outgoing));
  }

  /** An `input_reply` arrived. */
  replied({ content }: Message): void {
    this.#give({ text: textOf(content.value) ?? "" });
  }

  /** Ends a question that nobody will answer any more. Says whether there was one. */
  cancel(): boolean {
    const was = this.#isWaiting;
    this.#give({ interrupted: true });
    return was;
  }

  #give(answer: TypedAnswer): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#answers.postMessage(answer);
    this.#flags.answered();
  }
}
