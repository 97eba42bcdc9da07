import { type DecimalInput, decimal, type ScaledInstrument, toUnits } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import type { BoundSizer, Sizer } from "./sizer.js";

/** Always the same quantity, in base currency. @throws LabError `SIZER_INVALID` for a negative quantity. */
export function fixed(quantity: DecimalInput): Sizer {
  const value = decimal(quantity, "fixed quantity");
  if (value.lt(0)) throw new LabError("SIZER_INVALID", `A fixed size must not be negative, got ${value.toFixed()}.`);
  const bound = new WeakMap<ScaledInstrument, BoundSizer>();
  return Object.freeze<Sizer>({
    name: "fixed",
    text: `fixed:${value.toFixed()}`,
    size: () => value,
    bind(instrument) {
      let one = bound.get(instrument);
      if (one === undefined) {
        const units = toUnits(value, instrument.quantityDp, "floor", "fixed quantity");
        one = { units: () => units };
        bound.set(instrument, one);
      }
      return one;
    },
  });
}
