import inspector from "node:inspector";
import { setTimeout as sleep } from "node:timers/promises";
import type { Flags } from "../server/flags.js";
import { CLEAR_STACK } from "../server/interrupt-target.js";
import type { ToMain } from "../server/threads.js";

/** How long the main thread gets to notice by itself, milliseconds. */
const PATIENCE_MS = 16;
/** How long a cell that noticed gets to end. */
const ENDING_MS = 150;
const MAX_TERMINATIONS = 200;
const MAX_ROUNDS = 10;

/**
 * Interrupts the main thread from the protocol thread: first by a message, which reaches a thread that waits; then by terminating what it
 * executes. Before that, the main thread is made to empty Node's stack of async ids, which a termination would leave corrupt, and Node
 * would abort.
 */
export class Interrupter {
  readonly #session = new inspector.Session();
  readonly #flags: Flags;
  readonly #post: (message: ToMain) => void;
  readonly #running: () => number | undefined;
  #last = 0;
  #active: Promise<void> | undefined;

  /** @param running - the request that is being executed. */
  constructor(flags: Flags, post: (message: ToMain) => void, running: () => number | undefined) {
    this.#flags = flags;
    this.#post = post;
    this.#running = running;
    this.#session.connectToMainThread();
  }

  /** Settles once the running cell has ended, or nothing more can be done. Interrupts while one is under way join it. */
  interrupt(): Promise<void> {
    this.#active ??= this.#interrupt(this.#running()).finally(() => {
      this.#active = undefined;
    });
    return this.#active;
  }

  /** Must come before the process ends: Node waits for debuggers. */
  close(): void {
    this.#session.disconnect();
  }

  async #interrupt(request: number | undefined): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const id = ++this.#last;
      this.#post({ type: "interrupt", id, request });
      if (!(await this.#noticed(id, PATIENCE_MS))) await this.#terminate(id);
      for (let waited = 0; waited < ENDING_MS && request !== undefined && this.#running() === request; waited += 2) await sleep(2);
      if (request === undefined || this.#running() !== request) return;
    }
  }

  async #terminate(id: number): Promise<void> {
    for (let attempt = 0; attempt < MAX_TERMINATIONS && !this.#flags.hasSeen(id); attempt++) {
      this.#flags.release(0);
      // Both are posted without a pause between them; the main thread spins in the first until the second is on its way.
      const cleared = this.#command("Runtime.evaluate", { expression: `${CLEAR_STACK}(${id})`, silent: true });
      const terminated = this.#command("Runtime.terminateExecution");
      this.#flags.release(id);
      await Promise.race([Promise.all([cleared, terminated]), sleep(100)]);
      await this.#noticed(id, 30);
    }
  }

  async #noticed(id: number, patience: number): Promise<boolean> {
    for (let waited = 0; waited < patience && !this.#flags.hasSeen(id); waited += 4) await sleep(4);
    return this.#flags.hasSeen(id);
  }

  #command(method: string, parameters?: object): Promise<void> {
    return new Promise((resolve) => {
      this.#session.post(method, parameters, () => resolve());
    });
  }
}
