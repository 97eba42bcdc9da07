import { Decimal } from "../../core/index.js";
import type { AlgorithmDefinition } from "./contract.js";
import { defineAlgorithm } from "./define.js";
import { algorithmParam as param } from "./params.js";

/** Share of the order that a child is at least, until the time is up. */
const LEAST = "0.05";

/**
 * Keeps up with a schedule: what should be done by now is the order's share of the time gone, and with a participation rate at most that share of what the market traded
 * since the start. What is filled and what is working count as done, so that nothing is sent twice. A child goes out once more than 5 % of the order is due; at the end
 * whatever is. What the market's volume did not allow for expires.
 */
export const vwap: AlgorithmDefinition = defineAlgorithm({
  name: "vwap",
  params: { durationMs: param.whole({ min: 1 }), participationRate: param.optionalDecimal({ above: 0, max: 1 }) },
  start: (desk) => {
    desk.wakeAt(desk.startedAt + desk.params.durationMs);
    return { atEnd: null };
  },
  onEvent(desk, state: { atEnd: string | null }, event) {
    const { durationMs, participationRate } = desk.params;
    const { quantity } = desk.parent;
    const elapsed = Math.min(durationMs, desk.time - desk.startedAt);
    let target = quantity.times(elapsed).div(durationMs);
    if (participationRate !== undefined) target = Decimal.min(target, desk.volume.times(participationRate));
    // A fill at the very end comes before what the market did until then.
    if (elapsed === durationMs && event.type !== "fill") state.atEnd ??= target.toFixed();
    const done = desk.filled.plus(desk.working);
    const due = (state.atEnd === null ? target : new Decimal(state.atEnd)).minus(done);
    const sent = due.gt(state.atEnd === null ? quantity.times(LEAST) : 0) && desk.send({ type: "market", quantity: due }) !== undefined;
    if (state.atEnd === null) desk.wakeAt(desk.startedAt + durationMs);
    else if (!sent && desk.children.length === 0 && desk.filled.lt(quantity))
      desk.finish("expired", participationRate === undefined ? "time is up and not everything was filled" : "the market traded too little");
  },
});
