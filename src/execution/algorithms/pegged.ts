import type { Decimal } from "../../core/index.js";
import { limitOnTick } from "./children.js";
import type { AlgorithmDefinition, AlgorithmDesk } from "./contract.js";
import { defineAlgorithm } from "./define.js";
import { towardMarket } from "./iceberg.js";
import { algorithmParam as param } from "./params.js";

/** What `pegged` takes. */
interface PeggedParams {
  readonly offsetBps: string;
  readonly clipQuantity: string | undefined;
  readonly refreshMs: number;
  readonly minChaseBps: string;
}

/**
 * Rests an offset behind the best price of its own side (the last price while no book is known) and follows it: once `refreshMs` have passed it is amended if it has
 * moved by at least `minChaseBps` of its price. Goes clip by clip; runs until it is filled or called off.
 */
export const pegged: AlgorithmDefinition = defineAlgorithm({
  name: "pegged",
  params: {
    offsetBps: param.decimal({ min: 0, max: 1000 }),
    clipQuantity: param.optionalDecimal({ above: 0 }),
    refreshMs: param.whole({ min: 0 }),
    minChaseBps: param.decimal({ min: 0, max: 10_000, default: 0 }),
  },
  start: (desk) => {
    const state = { placedAt: desk.time };
    follow(desk, state);
    return state;
  },
  onEvent: (desk, state: { placedAt: number }) => follow(desk, state),
});

function follow(desk: AlgorithmDesk<PeggedParams>, state: { placedAt: number }): void {
  const { parent, params, time } = desk;
  const best: Decimal | undefined = (parent.side === "buy" ? desk.bid : desk.ask) ?? desk.last;
  if (best === undefined) return;
  const price = limitOnTick(towardMarket(best, parent.side === "buy" ? "sell" : "buy", params.offsetBps), parent);
  const child = desk.children[0];
  if (child === undefined) {
    if (desk.send({ type: "limit", quantity: params.clipQuantity ?? desk.unsent, price }) !== undefined) state.placedAt = time;
  } else if (time - state.placedAt >= params.refreshMs) {
    const moved = price.minus(child.price!).abs();
    if (moved.times(10_000).gte(child.price!.times(params.minChaseBps)) && desk.amend(child, price)) state.placedAt = time;
  }
  desk.wakeAt(state.placedAt + params.refreshMs > time ? state.placedAt + params.refreshMs : time + Math.max(1, params.refreshMs));
}
