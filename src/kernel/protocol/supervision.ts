import { writeSync } from "node:fs";
import type { ProtocolOptions } from "../server/threads.js";
import { type FromSupervisor, type Link, linkToSupervisor, type RunningRequest, type ToSupervisor } from "../supervisor/link.js";
import { RunningNote } from "../supervisor/note.js";

/** Longest to wait for the supervisor to hand over what the process wrote natively, milliseconds: only one that was stopped takes so long. */
const FENCE_MS = 10_000;

/** What the protocol does when its supervisor speaks. */
export interface SupervisionEvents {
  native(name: "stdout" | "stderr", text: string): void;
  interrupt(): void;
  /** The supervisor is asked to end, or is gone. */
  terminate(): void;
}

/** The kernel's side of its supervisor; without one, the same calls do what can be done alone. */
export class Supervision {
  readonly #link: Link<FromSupervisor, ToSupervisor> | undefined;
  /** Where what runs is noted, as long as it can be. */
  #note: RunningNote | undefined;
  readonly #fences = new Map<number, () => void>();
  #fence = 0;

  constructor({ supervised, noting }: Pick<ProtocolOptions, "supervised" | "noting">, events: SupervisionEvents) {
    if (!supervised) return;
    if (noting) this.#note = new RunningNote();
    this.#link = linkToSupervisor(
      (message) => {
        if (message.type === "native") events.native(message.name, message.text);
        else if (message.type === "fence") this.#fences.get(message.id)?.();
        else if (message.type === "interrupt") events.interrupt();
        else events.terminate();
      },
      () => events.terminate(),
    );
  }

  /** What is executed from now on: what the supervisor answers should the kernel die. */
  running(request: RunningRequest | undefined): void {
    if (this.#note?.write(request) === true) return;
    this.#note = undefined;
    this.#link?.send({ type: "running", request });
  }

  /** Writes to the log of whoever started the kernel. */
  log(text: string): void {
    if (this.#link !== undefined) this.#link.send({ type: "log", text });
    else writeSync(2, `${text}\n`);
  }

  /** Settles once all that the process wrote natively has come in. */
  async nativeOutput(): Promise<void> {
    if (this.#link === undefined) return;
    const id = ++this.#fence;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#fences.set(id, resolve);
      timer = setTimeout(resolve, FENCE_MS);
      this.#link?.send({ type: "fence", id });
    });
    clearTimeout(timer);
    this.#fences.delete(id);
  }

  /** The end that follows is intended. */
  async leaving(): Promise<void> {
    this.#link?.send({ type: "leaving" });
    await this.#link?.drained();
  }
}
