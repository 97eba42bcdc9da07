import { type Decimal, type DecimalInput, decimal, fromUnits, toUnits } from "../../core/index.js";
import { assertKeys, LabError } from "../../errors/index.js";
import { type BarHistory, historyOf } from "./history.js";
import type { Sizer, SizingInput } from "./sizer.js";

/** What a sizer written in a cell is given and returns: exact numbers in, a quantity in base currency out. */
export type SizeFunction = (input: {
  readonly equity: Decimal;
  readonly price: Decimal;
  readonly signal: SizingInput["signal"];
  readonly confidence: number;
  readonly instrument: SizingInput["instrument"];
  /** The candles up to this moment, where there are any. */
  readonly history: BarHistory | undefined;
}) => DecimalInput;

/**
 * Defines a sizer from a function. The quantity it returns is floored to the lot; a negative one is an error, zero skips the entry.
 * @example const half = defineSizer({ name: "half", size: ({ equity, price }) => equity.div(price).div(2) })
 * @throws LabError `SIZER_INVALID`.
 */
export function defineSizer(input: { name: string; size: SizeFunction }): Sizer {
  assertKeys("defineSizer", input, ["name", "size"]);
  if (typeof input.name !== "string" || input.name === "" || typeof input.size !== "function")
    throw new LabError("SIZER_INVALID", "defineSizer needs a name and a size function.");
  const size = (given: Parameters<SizeFunction>[0]): Decimal => {
    const quantity = decimal(input.size(given), `${input.name} quantity`);
    if (quantity.lt(0)) throw new LabError("SIZER_INVALID", `${input.name} returned a negative quantity ${quantity.toFixed()}.`);
    return quantity;
  };
  return Object.freeze<Sizer>({
    name: input.name,
    text: input.name,
    size: (at) =>
      size({
        equity: decimal(at.equity, "equity"),
        price: decimal(at.price, "price"),
        signal: at.signal,
        confidence: at.confidence ?? 1,
        instrument: at.instrument,
        history: at.history === undefined ? undefined : historyOf(at.history),
      }),
    bind: (scaled) => ({
      units: ({ equity, price, kind, confidence, history }) =>
        toUnits(
          size({
            equity: fromUnits(equity, scaled.cashDp),
            price: fromUnits(price, scaled.priceDp),
            signal: kind,
            confidence,
            instrument: scaled.instrument,
            history,
          }),
          scaled.quantityDp,
          "floor",
          `${input.name} quantity`,
        ),
    }),
  });
}
