import type { Decimal } from "../../core/index.js";
import type { AlgorithmDefinition, AlgorithmDesk } from "./contract.js";
import { defineAlgorithm } from "./define.js";
import { algorithmParam as param } from "./params.js";

/** The price an order could trade at now: the other side's best, else the last one. */
function marketPrice(desk: AlgorithmDesk<never>): Decimal | undefined {
  return (desk.parent.side === "buy" ? desk.ask : desk.bid) ?? desk.last;
}

/** Waits for a price and takes it: everything at the market once a buy finds the trigger price or less, a sell that or more. After `timeoutMs` it is over. */
export const sniper: AlgorithmDefinition = defineAlgorithm({
  name: "sniper",
  params: { triggerPrice: param.decimal({ above: 0 }), timeoutMs: param.optionalWhole({ min: 1 }) },
  start: (desk) => {
    const state = { fired: false };
    shoot(desk, state);
    return state;
  },
  onEvent: (desk, state: { fired: boolean }) => shoot(desk, state),
  status: (desk, { fired }) => (fired ? "fired" : `waits for ${desk.params.triggerPrice}`),
});

function shoot(desk: AlgorithmDesk<{ triggerPrice: string; timeoutMs: number | undefined }>, state: { fired: boolean }): void {
  const { triggerPrice, timeoutMs } = desk.params;
  if (!state.fired) {
    if (timeoutMs !== undefined && desk.time - desk.startedAt >= timeoutMs) {
      desk.finish("expired", `${triggerPrice} was not reached in time`);
      return;
    }
    const price = marketPrice(desk as AlgorithmDesk<never>);
    state.fired = price !== undefined && (desk.parent.side === "buy" ? price.lte(triggerPrice) : price.gte(triggerPrice));
  }
  if (state.fired) desk.send({ type: "market", quantity: desk.unsent });
  else if (timeoutMs !== undefined) desk.wakeAt(desk.startedAt + timeoutMs);
}
