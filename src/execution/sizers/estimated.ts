import { Decimal, decimal, fromUnits, type ScaledInstrument, toUnits } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import { type BarHistory, historyOf } from "./history.js";
import type { BoundSizer, Sizer, SizingInput } from "./sizer.js";

/** A quantity from equity and price, both exact and above zero, and the candles up to this moment. */
type Formula = (equity: Decimal, price: Decimal, history: BarHistory | undefined) => Decimal;

/** A sizer whose formula looks at the candles: estimates are doubles that enter once, all else is exact, and a run floors it to whole units. */
export function estimatedSizer(name: string, text: string, formula: Formula): Sizer {
  const size = ({ equity: funds, price: at, history, instrument }: SizingInput): Decimal => {
    const price = decimal(at, "price");
    if (price.lte(0))
      throw new LabError("SIZE_PRICE", `Cannot size an order with a zero or negative price, got ${price.toFixed()}.`, {
        details: { price: price.toFixed() },
      });
    const equity = decimal(funds, "equity");
    if (equity.lte(0)) return new Decimal(0);
    const bars = history === undefined ? undefined : historyOf(history);
    // Contracts are worth quote: what the position is worth in coin, times the price.
    return instrument?.kind === "inverse" ? formula(equity, new Decimal(1), bars).times(price) : formula(equity, price, bars);
  };
  return Object.freeze<Sizer>({
    name,
    text,
    size,
    bind: (scaled: ScaledInstrument): BoundSizer => ({
      units: ({ equity, price, history }) =>
        toUnits(
          size({
            equity: fromUnits(equity, scaled.cashDp),
            price: fromUnits(price, scaled.priceDp),
            instrument: scaled.instrument,
            ...(history === undefined ? {} : { history }),
          }),
          scaled.quantityDp,
          "floor",
          `${name} quantity`,
        ),
    }),
  });
}
