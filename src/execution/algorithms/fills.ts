import { Decimal, decimal } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import type { AlgorithmEvent, Json } from "./contract.js";

/** Executions remembered, so that one that comes twice counts once. */
const REMEMBERED = 256;

/** What the children of an order have filled together, each execution once. */
export class Fills {
  #quantity = new Decimal(0);
  #value = new Decimal(0);
  #executions: string[] = [];

  get quantity(): Decimal {
    return this.#quantity;
  }

  /** Undefined before the first fill. */
  get averagePrice(): Decimal | undefined {
    return this.#quantity.isZero() ? undefined : this.#value.div(this.#quantity);
  }

  /**
   * Counts a fill; @returns its quantity, or undefined for one that was counted before.
   * @throws LabError `ALGORITHM_FILL` for one of nothing or at no price.
   */
  add(event: Extract<AlgorithmEvent, { type: "fill" }>): Decimal | undefined {
    const quantity = decimal(event.quantity, "quantity");
    const price = decimal(event.price, "price");
    if (quantity.lte(0) || price.lte(0))
      throw new LabError(
        "ALGORITHM_FILL",
        `A fill's quantity and price are greater than zero, got ${quantity.toFixed()} at ${price.toFixed()} for ${event.childId}.`,
      );
    if (event.executionId !== undefined) {
      if (this.#executions.includes(event.executionId)) return undefined;
      this.#executions.push(event.executionId);
      if (this.#executions.length > REMEMBERED) this.#executions.shift();
    }
    this.#quantity = this.#quantity.plus(quantity);
    this.#value = this.#value.plus(quantity.times(price));
    return quantity;
  }

  save(): { readonly executions: readonly string[]; readonly filled: string; readonly value: string } {
    return { executions: this.#executions, filled: this.#quantity.toFixed(), value: this.#value.toFixed() };
  }

  static restore(kept: Readonly<Record<string, Json>>): Fills {
    const fills = new Fills();
    fills.#quantity = new Decimal(String(kept.filled));
    fills.#value = new Decimal(String(kept.value));
    fills.#executions = [...(kept.executions as readonly string[])];
    return fills;
  }
}
