import type { EntryOptions } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { KIND, PendingSignal } from "../execution/index.js";

const ENTRY_KEYS: readonly string[] = ["stopLoss", "takeProfit", "limit", "confidence"];
const EXIT_KEYS: readonly string[] = ["confidence"];

/** Signals of one event, in the order the strategy made them; the objects are reused. */
export class SignalQueue {
  readonly #signals: PendingSignal[] = [new PendingSignal()];
  length = 0;

  /**
   * @throws LabError `SIGNAL_OPTION` for a misspelt option, or one that exits do not have: a stop that is silently dropped would be a lie.
   *   `SIGNAL_CONFIDENCE` for a confidence outside 0 to 1.
   */
  push(slot: number, kind: number, options: EntryOptions): void {
    const known = kind === KIND.enterLong || kind === KIND.enterShort ? ENTRY_KEYS : EXIT_KEYS;
    for (const key in options)
      if (!known.includes(key))
        throw unknownName("SIGNAL_OPTION", known === ENTRY_KEYS ? "option of an entry" : "option of an exit", key, known);
    const { confidence = 1 } = options;
    if (!(typeof confidence === "number" && confidence >= 0 && confidence <= 1))
      throw new LabError("SIGNAL_CONFIDENCE", `confidence is a number from 0 to 1, got ${String(confidence)}.`);
    if (this.length === this.#signals.length) this.#signals.push(new PendingSignal());
    const signal = this.#signals[this.length++]!;
    signal.slot = slot;
    signal.kind = kind;
    signal.confidence = confidence;
    signal.stopLoss = options.stopLoss;
    signal.takeProfit = options.takeProfit;
    signal.limit = options.limit;
  }

  at(index: number): PendingSignal {
    return this.#signals[index]!;
  }
}
