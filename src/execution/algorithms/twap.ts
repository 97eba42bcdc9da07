import { Decimal } from "../../core/index.js";
import { floorToLot } from "./children.js";
import type { AlgorithmDefinition, AlgorithmDesk } from "./contract.js";
import { defineAlgorithm } from "./define.js";
import { algorithmParam as param } from "./params.js";

/** Slices of a duration unless said otherwise: one a minute, at most 30; below a minute one a second. */
function defaultSlices(durationMs: number): number {
  const unit = durationMs < 60_000 ? 1000 : 60_000;
  return Math.min(30, Math.max(1, Math.floor(durationMs / unit)));
}

/**
 * Time-weighted: equal market slices over a duration, the first at once. A slice is the unsent quantity divided by the slices left, floored to the lot; the last one takes
 * the rest. Slices that were missed between two events go out as one. What a slice could not fill is spread over the later ones.
 */
export const twap: AlgorithmDefinition = defineAlgorithm({
  name: "twap",
  params: { durationMs: param.whole({ min: 1 }), slices: param.optionalWhole({ min: 1, max: 10_000 }) },
  start: (desk) => {
    const state = { slices: 0 };
    slice(desk, state, false);
    return state;
  },
  onEvent: (desk, state: { slices: number }, event) => slice(desk, state, event.type === "fill"),
  status: (desk, { slices }) => `slice ${slices} of ${desk.params.slices ?? defaultSlices(desk.params.durationMs)}`,
});

/** Sends the slices that are due. @param filled - whether the event was a fill: then what the venue's largest order kept back goes out as well. */
function slice(desk: AlgorithmDesk<{ durationMs: number; slices: number | undefined }>, state: { slices: number }, filled: boolean): void {
  const { durationMs, slices = defaultSlices(durationMs) } = desk.params;
  const elapsed = desk.time - desk.startedAt;
  const due = elapsed >= durationMs ? slices : Math.min(slices, Math.floor((elapsed * slices) / durationMs) + 1);
  if (due > state.slices) {
    let quantity = new Decimal(0);
    for (let number = state.slices; number < due; number++) {
      const left = desk.unsent.minus(quantity);
      quantity = quantity.plus(number === slices - 1 ? left : floorToLot(left.div(slices - number), desk.parent.instrument));
    }
    state.slices = due;
    desk.send({ type: "market", quantity });
  }
  if (due < slices) desk.wakeAt(desk.startedAt + Math.ceil((due * durationMs) / slices));
  else if (desk.children.length === 0 && desk.unsent.gt(0)) {
    if (filled) desk.send({ type: "market", quantity: desk.unsent });
    else if (elapsed < durationMs) desk.wakeAt(desk.startedAt + durationMs);
    else desk.finish("expired", "time is up and not everything was filled");
  }
}
