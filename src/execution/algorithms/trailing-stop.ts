import { Decimal } from "../../core/index.js";
import type { AlgorithmDefinition, AlgorithmDesk } from "./contract.js";
import { defineAlgorithm } from "./define.js";
import { algorithmParam as param } from "./params.js";

/** Its memory: whether it is armed, the best price since, and whether it has fired. */
type Trail = { armed: boolean; best: string | null; fired: boolean };

/**
 * Follows the price and takes when it turns: a sell arms at the activation price or above (at once without one), remembers the highest price since, and sells at the
 * market when the price falls to that times (1 - callbackRate). A buy is its mirror image: it arms at or below, remembers the lowest, and buys on the rise.
 */
export const trailingStop: AlgorithmDefinition = defineAlgorithm({
  name: "trailingStop",
  params: { activationPrice: param.optionalDecimal({ above: 0 }), callbackRate: param.decimal({ above: 0, max: 0.99 }) },
  start: (desk) => {
    const trail: Trail = { armed: desk.params.activationPrice === undefined, best: null, fired: false };
    follow(desk, trail);
    return trail;
  },
  onEvent: (desk, trail: Trail) => follow(desk, trail),
  status: (_, { armed, best, fired }) => (fired ? "fired" : armed ? `follows ${best ?? "the price"}` : "waits to be armed"),
});

function follow(desk: AlgorithmDesk<{ activationPrice: string | undefined; callbackRate: string }>, trail: Trail): void {
  const { last, parent } = desk;
  const sells = parent.side === "sell";
  if (!trail.fired && last !== undefined) {
    const { activationPrice, callbackRate } = desk.params;
    trail.armed ||= activationPrice === undefined || (sells ? last.gte(activationPrice) : last.lte(activationPrice));
    if (trail.armed) {
      const best = trail.best === null ? last : sells ? Decimal.max(trail.best, last) : Decimal.min(trail.best, last);
      trail.best = best.toFixed();
      const rate = new Decimal(callbackRate);
      trail.fired = sells ? last.lte(best.times(new Decimal(1).minus(rate))) : last.gte(best.times(rate.plus(1)));
    }
  }
  if (trail.fired) desk.send({ type: "market", quantity: desk.unsent });
}
