import { type Decimal, fromUnits, roundDivBig, type ScaledInstrument } from "../core/index.js";

/**
 * What a quantity is worth in its settlement currency, unsigned: price x quantity, exact, for spot and linear contracts; quantity / price for an inverse contract, whose
 * quantity counts quote, rounded once to a cash unit, half up.
 * @param size - quantity units, not negative.
 * @param price - price units, above zero.
 * @returns cash units.
 */
export function valueUnits(instrument: ScaledInstrument, size: number, price: number): bigint {
  if (instrument.instrument.kind !== "inverse") return BigInt(price) * BigInt(size) * BigInt(instrument.valueScale);
  if (size === 0) return 0n;
  return roundDivBig(BigInt(size) * inverseScale(instrument), BigInt(price));
}

/** Cash units of one quantity unit at a price of one price unit, for an inverse contract. */
export function inverseScale({ cashDp, priceDp, quantityDp }: ScaledInstrument): bigint {
  return 10n ** BigInt(cashDp + priceDp - quantityDp);
}

/**
 * The average price of an inverse contract: contracts over their value in coin, as Bybit derives it. The value is kept in whole cash units, so the quotient has digits that nobody paid;
 * what is shown is the one of fewest decimals that its value cannot tell from it, a cash unit more or less: what was filled at a single price shows exactly that price. (Bybit keeps eight
 * decimals of both and shows the digits, too: 27464.50441675 for 300 contracts worth 0.01092319.) Nothing is reckoned with it: cash, profit and margin go by the value.
 * @param size - quantity units, above zero.
 * @param value - cash units, above zero.
 */
export function inverseAverage({ quantityDp, cashDp }: ScaledInstrument, size: number, value: bigint): Decimal {
  const quantity = fromUnits(size, quantityDp);
  const exact = quantity.div(fromUnits(value, cashDp));
  if (value <= 1n) return exact;
  const [low, high] = [quantity.div(fromUnits(value + 1n, cashDp)), quantity.div(fromUnits(value - 1n, cashDp))];
  for (let places = 0; ; places++) {
    const shown = exact.toDecimalPlaces(places);
    if (shown.gte(low) && shown.lte(high)) return shown;
  }
}
