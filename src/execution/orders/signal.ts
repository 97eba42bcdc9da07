import { type Direction, type PriceInput, SIGNALS } from "../../core/index.js";

/** Signal kinds as small integers, in the order of `SIGNALS`. */
export const KIND: {
  readonly enterLong: 0;
  readonly exitLong: 1;
  readonly enterShort: 2;
  readonly exitShort: 3;
  readonly flatten: 4;
} = { enterLong: 0, exitLong: 1, enterShort: 2, exitShort: 3, flatten: 4 };
export const KIND_NAMES: typeof SIGNALS = SIGNALS;

/** What a strategy asked for on one bar, before it is checked. Objects are reused. */
export class PendingSignal {
  slot = 0;
  kind = 0;
  confidence = 1;
  stopLoss: PriceInput | undefined = undefined;
  takeProfit: PriceInput | undefined = undefined;
  limit: PriceInput | undefined = undefined;

  /** The side an entry asks for. */
  get direction(): Direction {
    return this.kind === KIND.enterLong ? 1 : -1;
  }

  copy(): PendingSignal {
    const copy = new PendingSignal();
    Object.assign(copy, this);
    return copy;
  }
}
