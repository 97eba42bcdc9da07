import { floorDivBig, MAX_SAFE, type Ratio } from "../core/index.js";
import type { Portfolio } from "./portfolio.js";

/**
 * Maintenance margin of the open contracts of a portfolio, in cross margin: all of them stand on one equity. An account is liquidated once that equity is no more than
 * the sum of value x rate over its positions, each rounded up (Bybit's rule for a unified account in cross margin, with one tier).
 */
export class MaintenanceMargin {
  readonly #portfolio: Portfolio;
  readonly #rates: readonly Ratio[];

  /** @param rates - by slot, as a fraction of the position's value at its mark; ignored for spot. */
  constructor(portfolio: Portfolio, rates: readonly Ratio[]) {
    this.#portfolio = portfolio;
    this.#rates = rates;
  }

  #isContract(slot: number): boolean {
    return this.#portfolio.instruments[slot]!.instrument.kind !== "spot";
  }

  /** What a slot's position needs at its mark, in cash units. */
  of(slot: number): bigint {
    if (!this.#isContract(slot)) return 0n;
    const { num, den } = this.#rates[slot]!;
    return -floorDivBig(-this.#portfolio.positionValue(slot) * BigInt(num), BigInt(den));
  }

  /** What all positions need at their marks, in cash units. */
  total(): bigint {
    let sum = 0n;
    for (let slot = 0; slot < this.#portfolio.quantity.length; slot++) sum += this.of(slot);
    return sum;
  }

  /** Whether the account is to be liquidated at its marks. */
  isBreached(): boolean {
    const need = this.total();
    return need > 0n && this.#portfolio.marginEquity() <= need;
  }

  #isBreachedAt(slot: number, price: number): boolean {
    const { mark } = this.#portfolio;
    const before = mark[slot]!;
    mark[slot] = price;
    const breached = this.isBreached();
    mark[slot] = before;
    return breached;
  }

  /**
   * The price of one instrument at which the account is liquidated, all others at their marks: the highest such price for a long position, the lowest for a short one, in price
   * units. Undefined where no price does it: flat, spot, or a long that its cash covers.
   */
  liquidationPrice(slot: number): number | undefined {
    const portfolio = this.#portfolio;
    const quantity = portfolio.quantity[slot]!;
    if (quantity === 0 || !this.#isContract(slot)) return undefined;
    const long = quantity > 0;
    // Breached at and below the price for a long, at and above it for a short: search from the mark outwards, then halve.
    const breached = (price: number): boolean => this.#isBreachedAt(slot, price);
    const start = Math.max(1, portfolio.mark[slot]!);
    let safe = start;
    let step = Math.max(1, Math.floor(start / 64));
    const outward = breached(start) ? !long : long;
    let hit = start;
    if (breached(start)) {
      // Already beyond: the price lies on the other side of the mark.
      for (;;) {
        safe = outward ? Math.max(1, hit - step) : Math.min(MAX_SAFE, hit + step);
        if (!breached(safe)) break;
        if (safe === 1 || safe === MAX_SAFE) return safe;
        hit = safe;
        step *= 2;
      }
    } else {
      for (;;) {
        hit = outward ? Math.max(1, safe - step) : Math.min(MAX_SAFE, safe + step);
        if (breached(hit)) break;
        if (hit === 1 || hit === MAX_SAFE) return undefined;
        safe = hit;
        step *= 2;
      }
    }
    while (Math.abs(hit - safe) > 1) {
      const middle = safe + Math.floor((hit - safe) / 2);
      if (breached(middle)) hit = middle;
      else safe = middle;
    }
    return hit;
  }
}
