import inspector from "node:inspector";
import { setTimeout as sleep } from "node:timers/promises";
import type { Flags } from "../server/flags.js";
import { ASKING_SCRIPT, CELL, MAY_TERMINATE } from "../server/interrupt-target.js";
import type { ToMain } from "../server/threads.js";

/** How long the main thread gets to notice by itself, milliseconds. */
const PATIENCE_MS = 16;
/** How long a cell that noticed gets to end. */
const ENDING_MS = 150;
/** How long the message of an interrupt may take after its way was cleared. */
const DELIVERY_MS = 30;
/** When a termination counts as lost that the main thread has not told of, milliseconds. */
const LOST_MS = 1000;
/** When an interrupt is given up: native code that waits for a child process hears nothing. The next one tries again. */
const GIVING_UP_MS = 30_000;
/**
 * How long a question may remain unanswered before it is asked anew, milliseconds, at first and at most: some never arrives, above all right after the kernel's start, and a
 * busy machine takes its time.
 */
const ANSWER_MS = 40;
const MAX_ANSWER_MS = 640;
/** So many questions in a row that were not heard, and the session they went through counts as deaf: another one takes its place. */
const UNHEARD = 5;

/** An interrupt under way. */
interface Active {
  readonly request: number | undefined;
  readonly ended: Promise<void>;
}

/**
 * Interrupts the main thread from the protocol thread: first by a message, which reaches a thread that waits; then by terminating what it
 * executes, if it agrees (`prepareForTermination` says when). Nothing is decided by a time limit but when to try again: on a busy machine
 * either thread may stand still at any point. A termination happens only while the message of its interrupt is unread, so that message,
 * whose handling ends the cell, always comes after it.
 */
export class Interrupter {
  /** From when the main thread executes cells; before, what it does is its own start. */
  #session: inspector.Session | undefined;
  readonly #flags: Flags;
  readonly #post: (message: ToMain) => void;
  readonly #running: () => number | undefined;
  #last = 0;
  #questions = 0;
  #active: Active | undefined;

  /** @param running - the request that is being executed. */
  constructor(flags: Flags, post: (message: ToMain) => void, running: () => number | undefined) {
    this.#flags = flags;
    this.#post = post;
    this.#running = running;
  }

  /** The main thread executes cells from now on, and answers questions. */
  begin(): void {
    this.#session?.disconnect();
    this.#session = new inspector.Session();
    this.#session.connectToMainThread();
  }

  /**
   * Settles once the running cell has ended, or nothing more can be done. Interrupts of a cell while one is under way join it; one of another cell comes after it:
   * joined, it would reach nothing, since an interrupt ends with the cell that it was meant for.
   */
  interrupt(): Promise<void> {
    const request = this.#running();
    const before = this.#active;
    if (before !== undefined && before.request === request) return before.ended;
    const ended = (before?.ended.catch(() => {}) ?? Promise.resolve()).then(() => this.#interrupt(request));
    const active: Active = { request, ended };
    this.#active = active;
    const forget = (): void => {
      if (this.#active === active) this.#active = undefined;
    };
    void ended.then(forget, forget);
    return ended;
  }

  /** Must come before the process ends: Node waits for debuggers. */
  close(): void {
    this.#session?.disconnect();
    this.#session = undefined;
  }

  async #interrupt(request: number | undefined): Promise<void> {
    const end = performance.now() + GIVING_UP_MS;
    do {
      const id = ++this.#last;
      this.#post({ type: "interrupt", id, request });
      if (!(await this.#noticed(id, PATIENCE_MS))) await this.#terminate(id, request, end);
      for (let waited = 0; waited < ENDING_MS && this.#isMeant(request) && request !== undefined; waited += 2) await sleep(2);
    } while (request !== undefined && this.#isMeant(request) && performance.now() < end);
  }

  /** Whether the cell that runs is still the one to stop; another must not suffer for it. */
  #isMeant(request: number | undefined): boolean {
    return this.#running() === request;
  }

  async #terminate(id: number, request: number | undefined, end: number): Promise<void> {
    const isOpen = (): boolean => !this.#flags.hasSeen(id) && this.#isMeant(request) && performance.now() < end;
    let patience = ANSWER_MS;
    let unheard = 0;
    while (isOpen()) {
      if (this.#session === undefined) {
        await sleep(2);
        continue;
      }
      const question = ++this.#questions;
      this.#flags.ask(question);
      const expression = `${MAY_TERMINATE}(${id}, ${question})\n//# sourceURL=${ASKING_SCRIPT}`;
      const session = this.#session;
      let isLost = false;
      session.post("Runtime.evaluate", { expression, silent: true }, (error) => {
        isLost = error !== null;
      });
      const giveUp = performance.now() + patience;
      while (this.#flags.isAt(question, "asked") && !isLost && isOpen() && performance.now() < giveUp) await sleep(1);
      // Taken back before another is asked: the main thread must not take the next question for a yes to this one.
      if (this.#flags.advance(question, "asked", "refused")) {
        if (isLost) await this.#breakOff(session, id);
        patience = Math.min(patience * 2, MAX_ANSWER_MS);
        if (++unheard % UNHEARD === 0) this.begin();
        continue;
      }
      unheard = 0;
      if (!this.#isMeant(request)) this.#flags.advance(question, "ready", "refused");
      else if (this.#flags.advance(question, "ready", "claimed")) {
        await this.#deliver(session, id, question);
      }
      await this.#noticed(id, DELIVERY_MS);
    }
  }

  /**
   * Terminates, and settles once that has happened or counts as lost. Nothing may be asked before: a question that is evaluated while a termination is pending is
   * what gets terminated, in the place of the cell; V8 takes the main thread for one that ends from then on, evaluates nothing more there, and the cell runs for
   * ever.
   */
  async #deliver(session: inspector.Session, id: number, question: number): Promise<void> {
    let outcome: "pending" | "done" | "refused" = "pending";
    session.post("Runtime.terminateExecution", (error) => {
      outcome = error === null ? "done" : "refused";
    });
    this.#flags.advance(question, "claimed", "posted");
    await this.#until(() => outcome !== "pending" || this.#flags.hasSeen(id));
    if ((outcome as string) === "refused") await this.#breakOff(session, id);
  }

  /**
   * Terminates the cell another way, by pausing it, where V8 refuses: it holds a termination for under way that was called off, as Node does when the time of a
   * script run by `vm` is up in that very moment, and refuses any other until the main thread has returned to its event loop. Settles as delivering does.
   */
  async #breakOff(session: inspector.Session, id: number): Promise<void> {
    if (session !== this.#session) return;
    const cells = new Set<string>();
    session.removeAllListeners();
    session.on("Debugger.scriptParsed", ({ params }) => {
      if (CELL.test(params.url)) cells.add(params.scriptId);
    });
    session.once("Debugger.paused", ({ params }) => {
      const isCell = params.callFrames.some(({ location }) => cells.has(location.scriptId));
      session.post("Debugger.resume", { terminateOnResume: isCell });
    });
    session.post("Debugger.enable"); // tells of all scripts there are
    session.post("Debugger.pause");
    await this.#until(() => this.#flags.hasSeen(id));
    session.post("Debugger.disable");
  }

  /** Waits for a termination. */
  async #until(isOver: () => boolean): Promise<void> {
    const lost = performance.now() + LOST_MS;
    while (!isOver() && performance.now() < lost) await sleep(1);
  }

  async #noticed(id: number, patience: number): Promise<boolean> {
    for (let waited = 0; waited < patience && !this.#flags.hasSeen(id); waited += 4) await sleep(4);
    return this.#flags.hasSeen(id);
  }
}
