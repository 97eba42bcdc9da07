import { type DecimalInput, type Direction, type ExecutionHint, type PriceInput, SIGNALS } from "../../core/index.js";

/** Signal kinds as small integers, in the order of `SIGNALS`. */
export const KIND: {
  readonly enterLong: 0;
  readonly exitLong: 1;
  readonly enterShort: 2;
  readonly exitShort: 3;
  readonly flatten: 4;
} = { enterLong: 0, exitLong: 1, enterShort: 2, exitShort: 3, flatten: 4 };
export const KIND_NAMES: typeof SIGNALS = SIGNALS;

/** What a strategy or an operator asked for at one event, before it is checked. Objects are reused. */
export class PendingSignal {
  slot = 0;
  /** Which strategy of the engine asks. */
  strategy = 0;
  kind = 0;
  confidence = 1;
  stopLoss: PriceInput | undefined = undefined;
  takeProfit: PriceInput | undefined = undefined;
  limit: PriceInput | undefined = undefined;
  /** In base currency, instead of what the sizer says. */
  quantity: DecimalInput | undefined = undefined;
  hint: ExecutionHint | undefined = undefined;
  /** Legs that belong together; empty for none. */
  group = "";
  /** Why a position is left; empty for what the kind says. */
  reason = "";
  /** An operator's order that passes the risk check unasked; it is audited. */
  override = false;

  /** The side an entry asks for. */
  get direction(): Direction {
    return this.kind === KIND.enterLong ? 1 : -1;
  }

  /** Whether it asks for a position rather than to leave one. */
  get isEntry(): boolean {
    return this.kind === KIND.enterLong || this.kind === KIND.enterShort;
  }

  copy(): PendingSignal {
    const copy = new PendingSignal();
    Object.assign(copy, this);
    return copy;
  }
}
