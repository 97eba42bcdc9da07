import { type DecimalInput, decimal, toUnits } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import type { Sizer } from "./sizer.js";

/** Always the same quantity, in base currency. @throws LabError `SIZER_INVALID` for a negative quantity. */
export function fixed(quantity: DecimalInput): Sizer {
  const value = decimal(quantity, "fixed quantity");
  if (value.lt(0)) throw new LabError("SIZER_INVALID", `A fixed size must not be negative, got ${value.toFixed()}.`);
  return Object.freeze<Sizer>({
    name: "fixed",
    text: `fixed:${value.toFixed()}`,
    size: () => value,
    bind(instrument) {
      const units = toUnits(value, instrument.quantityDp, "floor", "fixed quantity");
      return { units: () => units };
    },
  });
}
