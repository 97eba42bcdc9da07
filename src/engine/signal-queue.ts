import type { EntryOptions, ExitOptions } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { KIND, PendingSignal } from "../execution/index.js";

const ENTRY_KEYS: readonly string[] = ["stopLoss", "takeProfit", "limit", "confidence", "quantity", "hint", "group"];
const EXIT_KEYS: readonly string[] = ["confidence", "reason", "hint", "group"];

/** Whether a name is among {@link ENTRY_KEYS}: asked for every option of every signal, and quicker so than by a search. */
function isEntryKey(key: string): boolean {
  switch (key) {
    case "stopLoss":
    case "takeProfit":
    case "confidence":
    case "limit":
    case "quantity":
    case "hint":
    case "group":
      return true;
    default:
      return false;
  }
}

/** The same of {@link EXIT_KEYS}. */
function isExitKey(key: string): boolean {
  switch (key) {
    case "confidence":
    case "reason":
    case "hint":
    case "group":
      return true;
    default:
      return false;
  }
}

/** Signals of one event, in the order the strategies made them; the objects are reused. */
export class SignalQueue {
  readonly #signals: PendingSignal[] = [new PendingSignal()];
  length = 0;

  /**
   * @throws LabError `SIGNAL_OPTION` for a misspelt option, or one that exits do not have: a stop that is silently dropped would be a lie; and for a hint, a
   *   group or a reason that is none. `SIGNAL_CONFIDENCE` for a confidence outside 0 to 1.
   */
  push(slot: number, strategy: number, kind: number, options: EntryOptions & ExitOptions): void {
    const entry = kind === KIND.enterLong || kind === KIND.enterShort;
    for (const key in options)
      if (!(entry ? isEntryKey(key) : isExitKey(key)))
        throw unknownName("SIGNAL_OPTION", entry ? "option of an entry" : "option of an exit", key, entry ? ENTRY_KEYS : EXIT_KEYS);
    const { confidence = 1 } = options;
    if (!(typeof confidence === "number" && confidence >= 0 && confidence <= 1))
      throw new LabError("SIGNAL_CONFIDENCE", `confidence is a number from 0 to 1, got ${String(confidence)}.`);
    if (this.length === this.#signals.length) this.#signals.push(new PendingSignal());
    const signal = this.#signals[this.length++]!;
    signal.slot = slot;
    signal.strategy = strategy;
    signal.kind = kind;
    signal.confidence = confidence;
    signal.stopLoss = options.stopLoss;
    signal.takeProfit = options.takeProfit;
    signal.limit = options.limit;
    signal.quantity = options.quantity;
    signal.hint = options.hint === undefined ? undefined : checkedHint(options.hint);
    signal.group = options.group === undefined ? "" : text(options.group, "group");
    signal.reason = options.reason === undefined ? "" : text(options.reason, "reason");
  }

  at(index: number): PendingSignal {
    return this.#signals[index]!;
  }
}

function text(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new LabError("SIGNAL_OPTION", `${name} is text that is not empty, got ${String(value)}.`, { details: { name, value } });
}

function checkedHint(hint: NonNullable<EntryOptions["hint"]>): NonNullable<EntryOptions["hint"]> {
  if (typeof hint === "object" && hint !== null && typeof hint.algorithm === "string" && hint.algorithm !== "") return hint;
  throw new LabError("SIGNAL_OPTION", `hint is { algorithm, … } such as { algorithm: "twap", durationMs: 60000 }, got ${String(hint)}.`);
}
