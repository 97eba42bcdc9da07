import { Decimal, type DecimalInput, decimal, floorDiv, MAX_SAFE, type Ratio, ratio, type ScaledInstrument } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import type { BoundSizer, Sizer, SizingInput, SizingState } from "./sizer.js";

/** equity x num / (price x den), as an exact decimal; equity x num x price / den contracts of an inverse perpetual, whose equity is coin. */
function exactShare(share: Ratio, input: SizingInput): Decimal {
  const price = decimal(input.price, "price");
  if (price.lte(0))
    throw new LabError("SIZE_PRICE", `Cannot size an order with a zero or negative price, got ${price.toFixed()}.`, {
      details: { price: price.toFixed() },
    });
  const equity = decimal(input.equity, "equity");
  if (equity.lte(0)) return new Decimal(0);
  if (input.instrument?.kind === "inverse") return equity.times(share.num).times(price).div(share.den);
  return equity.times(share.num).div(price.times(share.den));
}

/** The same in whole units, floored; BigInt where a product passes 2^53. */
function bindShare(share: Ratio, instrument: ScaledInstrument): BoundSizer {
  const { num } = share;
  const perUnit = instrument.valueScale * share.den;
  const { priceDp, quantityDp, cashDp } = instrument;
  const inverse = instrument.instrument.kind === "inverse" ? 10n ** BigInt(cashDp + priceDp - quantityDp) * BigInt(share.den) : 0n;
  return {
    units({ equity, price }: SizingState): number {
      if (!(price > 0))
        throw new LabError("SIZE_PRICE", `Cannot size an order with a zero or negative price, got ${price} price units.`, {
          details: { price },
        });
      if (equity <= 0) return 0;
      if (inverse > 0n) return Number((BigInt(equity) * BigInt(num) * BigInt(price)) / inverse);
      if (typeof equity === "number") {
        const money = equity * num;
        const unit = price * perUnit;
        if (money <= MAX_SAFE && unit <= MAX_SAFE) return floorDiv(money, unit);
      }
      return Number((BigInt(equity) * BigInt(num)) / (BigInt(price) * BigInt(instrument.valueScale) * BigInt(share.den)));
    },
  };
}

/** A sizer of an exact share of equity, under a name and its notation. */
export function shareSizer(name: string, text: string, share: Ratio): Sizer {
  return Object.freeze<Sizer>({
    name,
    text,
    size: (input) => exactShare(share, input),
    bind: (instrument) => bindShare(share, instrument),
  });
}

/** A negative share counts as none, as in Tesser. */
export function nonNegative(input: DecimalInput, name: string): Decimal {
  return Decimal.max(decimal(input, name), 0);
}

/**
 * A share of equity at this price: equity x percent / price, of an inverse perpetual equity x percent x price contracts (Tesser's PortfolioPercentSizer; "0.05" is 5 %). 5 % of 25,000 at 50,000 is exactly
 * 0.025. A negative share counts as none.
 */
export function percent(share: DecimalInput): Sizer {
  const value = nonNegative(share, "percent");
  return shareSizer("percent", `percent:${value.toFixed()}`, ratio(value, "percent"));
}
