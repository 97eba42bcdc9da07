import type { MaintenanceMargin } from "../../portfolio/index.js";
import type { Fills } from "./fills.js";
import type { MatchTime } from "./settings.js";

/**
 * Closes positions whose margin is gone. The price of each is found when a position or the cash changes; a portfolio of several contracts stands on all their marks, so there it is found
 * anew for every look.
 */
export class Liquidation {
  readonly #margin: MaintenanceMargin | undefined;
  readonly #fills: Fills;
  readonly #prices: (number | undefined)[];
  readonly #flows: number[];
  readonly #several: boolean;

  constructor(margin: MaintenanceMargin | undefined, fills: Fills) {
    this.#margin = margin;
    this.#fills = fills;
    this.#prices = fills.instruments.map(() => undefined);
    this.#flows = fills.instruments.map(() => Number.NaN);
    this.#several = fills.instruments.filter((i) => i.instrument.kind !== "spot").length > 1;
  }

  /** The price at which the position of a slot is closed, in price units; undefined for none. */
  price(slot: number): number | undefined {
    if (this.#margin === undefined) return undefined;
    const { account } = this.#fills;
    if (account.quantity[slot] === 0) return undefined;
    if (this.#several || account.flow !== this.#flows[slot]) {
      this.#prices[slot] = this.#margin.liquidationPrice(slot);
      this.#flows[slot] = account.flow;
    }
    return this.#prices[slot];
  }

  /** Closes a position if the market went through its price, at the worse of that price and `open`. @returns whether it did. */
  check(slot: number, low: number, high: number, open: number, at: MatchTime): boolean {
    const price = this.price(slot);
    if (price === undefined) return false;
    const { account, sink } = this.#fills;
    const quantity = account.quantity[slot]!;
    if (quantity > 0 ? low > price : high < price) return false;
    const paid = quantity > 0 ? Math.min(open, price) : Math.max(open, price);
    this.#fills.count++;
    sink.liquidated?.(slot, -quantity, paid, this.#fills.takerFee(slot, paid, Math.abs(quantity)), at);
    return true;
  }
}
