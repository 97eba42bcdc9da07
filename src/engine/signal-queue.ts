import type { EntryOptions } from "../core/index.js";
import { unknownName } from "../errors/index.js";
import { PendingSignal } from "../execution/index.js";

const KEYS = ["stopLoss", "takeProfit", "limit", "confidence"] as const;

/** Signals of one event, in the order the strategy made them; the objects are reused. */
export class SignalQueue {
  readonly #signals: PendingSignal[] = [new PendingSignal()];
  length = 0;

  /** @throws LabError `SIGNAL_OPTION` for a misspelt option: a stop that is silently dropped would be a lie. */
  push(slot: number, kind: number, options: EntryOptions): void {
    for (const key in options)
      if (!KEYS.includes(key as (typeof KEYS)[number])) throw unknownName("SIGNAL_OPTION", "signal option", key, KEYS);
    if (this.length === this.#signals.length) this.#signals.push(new PendingSignal());
    const signal = this.#signals[this.length++]!;
    signal.slot = slot;
    signal.kind = kind;
    signal.confidence = options.confidence ?? 1;
    signal.stopLoss = options.stopLoss;
    signal.takeProfit = options.takeProfit;
    signal.limit = options.limit;
  }

  at(index: number): PendingSignal {
    return this.#signals[index]!;
  }
}
