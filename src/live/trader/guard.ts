import type { Decimal } from "../../core/index.js";

/**
 * The drawdown switch: trips once equity has fallen from its peak by the limit or more, and stays tripped until an operator clears it. Exact: no double decides.
 */
export class DrawdownGuard {
  readonly #limit: Decimal;
  #peak: Decimal;
  #tripped = false;

  /** @param limit - a fraction; 0 never trips. */
  constructor(limit: Decimal, peak: Decimal) {
    this.#limit = limit;
    this.#peak = peak;
  }

  get peak(): Decimal {
    return this.#peak;
  }

  /** Takes an equity in. @returns whether it trips now. */
  equity(value: Decimal): boolean {
    if (value.gt(this.#peak)) this.#peak = value;
    if (this.#tripped || this.#limit.isZero() || this.#peak.lte(0)) return false;
    this.#tripped = this.#peak.minus(value).gte(this.#peak.times(this.#limit));
    return this.#tripped;
  }

  /** Tripped before, as its state file says. */
  trip(): void {
    this.#tripped = true;
  }

  /** Starts anew from an equity. */
  clear(equity: Decimal): void {
    this.#tripped = false;
    this.#peak = equity;
  }
}
