import type { LabError } from "../../errors/index.js";
import type { SessionStatus } from "../../state/index.js";
import { asLabError } from "../failure.js";
import type { Agreement } from "./agreement.js";
import { incomplete, takeBackEntries, withdraw } from "./withdraw.js";

/** What ending a session works with. */
export interface EndingParts {
  readonly agreement: Agreement;
  readonly strategy: string;
  /** Resolves once everything asked for has been answered and written down. */
  settled(): Promise<void>;
  /** Writes down how the session has ended, and closes everything of it. */
  finish(status: Exclude<SessionStatus, "running" | "interrupted">, failure?: LabError): Promise<void>;
}

/** What becomes of the orders of a session that has failed. */
const ENTRIES_ONLY = "Protective orders stay at the venue, what enters is taken back.";

/** The ways out of a session before its market ends: an operator stops it, its strategy throws, or its engine does. */
export class Ending {
  readonly #parts: EndingParts;
  #stopping: Promise<void> | undefined;
  /** Its strategy has thrown. */
  #leaving: Promise<void> | undefined;
  /** Its engine has thrown, which ends what was under way. */
  #breaking: Promise<void> | undefined;
  /** What the strategy threw. */
  #failure: LabError | undefined;

  constructor(parts: EndingParts) {
    this.#parts = parts;
  }

  /** Resolves once a session that has failed has ended; undefined for one that has not. */
  get failing(): Promise<void> | undefined {
    return this.#breaking ?? this.#leaving;
  }

  /** Ends the session: no new entries, working ones are taken back, protective orders stay; with `closePositions` everything is closed first. */
  stop(closePositions: boolean): Promise<void> {
    this.#stopping ??= this.failing ?? this.#stop(closePositions);
    return this.#stopping;
  }

  async #stop(closePositions: boolean): Promise<void> {
    const { agreement, settled, finish } = this.#parts;
    const { run, trader, observation, connected, isRunning } = agreement.parts;
    if (!isRunning()) return;
    agreement.disabled = true;
    try {
      const left = await withdraw(agreement, closePositions, settled);
      if (trader.isOver) return await this.#breaking;
      if (left.length === 0) return await (this.#failure === undefined ? finish("stopped") : finish("failed", this.#failure));
      const failure = incomplete(run, connected.venue.name, left);
      observation.alerts.raise("sessionFailed", "critical", "The session has left something behind", failure.message);
      await finish("failed", failure);
    } catch (error) {
      await this.broke(error, "The session could not be stopped in order");
    }
  }

  /** The strategy has thrown, and is not asked any more. The engine goes on until what enters is taken back, so that the state file says what became of it. */
  threw(error: unknown, handler: string): void {
    this.#failure ??= asLabError(error, "STRATEGY_FAILED", `${this.#parts.strategy} threw in ${handler}`);
    if (this.#stopping === undefined) this.#leaving ??= this.#leave(this.#failure);
    else this.#alert(this.#failure, "The session is being stopped.");
  }

  async #leave(failure: LabError): Promise<void> {
    const { agreement, settled, finish } = this.#parts;
    agreement.disabled = true;
    this.#alert(failure, ENTRIES_ONLY);
    try {
      // What the event made leave comes first.
      await settled();
      const left = await withdraw(agreement, false, settled);
      if (agreement.parts.trader.isOver) return await this.#breaking;
      this.#left(left);
      await finish("failed", failure);
    } catch (error) {
      await this.broke(error, "The session could not leave in order");
    }
  }

  /** The engine has thrown in the middle of an event, on a way out as well: it stands where nobody can say, so that nothing of it counts any more. */
  broke(error: unknown, what: string = `Session ${this.#parts.agreement.parts.run} failed`): Promise<void> | undefined {
    if (!this.#parts.agreement.parts.trader.isOver) this.#breaking = this.#break(asLabError(error, "SESSION_FAILED", what));
    return this.#breaking;
  }

  async #break(failure: LabError): Promise<void> {
    const { agreement, finish } = this.#parts;
    agreement.parts.trader.end();
    this.#alert(failure, ENTRIES_ONLY);
    this.#left(await takeBackEntries(agreement.parts));
    await finish("failed", failure);
  }

  #alert({ message }: LabError, follows: string): void {
    const text = `${message}${/[.!?]$/.test(message) ? "" : "."} ${follows}`;
    this.#parts.agreement.parts.observation.alerts.raise("sessionFailed", "critical", "The session has failed", text);
  }

  #left(left: readonly string[]): void {
    const { alerts } = this.#parts.agreement.parts.observation;
    if (left.length > 0) alerts.raise("sessionFailed", "critical", "A failed session has left entries", left.join("; "));
  }
}
