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
 * what is shown is the one of fewest decimals that the value cannot tell from it: what was filled at a single price shows exactly that price, also when part of it was closed. (Bybit keeps
 * eight decimals of both and shows the digits, too: 27464.50441675 for 300 contracts worth 0.01092319.) Nothing is reckoned with it: cash, profit and margin go by the value.
 * @param size - quantity units, above zero.
 * @param value - cash units, above zero.
 * @param blur - cash units by which roundings may have moved the value; one at least is not told apart.
 */
export function inverseAverage({ quantityDp, cashDp }: ScaledInstrument, size: number, value: bigint, blur = 1): Decimal {
  const quantity = fromUnits(size, quantityDp);
  const exact = quantity.div(fromUnits(value, cashDp));
  const off = BigInt(Math.max(1, Math.ceil(blur)));
  if (value <= off) return exact;
  const [low, high] = [quantity.div(fromUnits(value + off, cashDp)), quantity.div(fromUnits(value - off, cashDp))];
  for (let places = 0; ; places++) {
    const shown = exact.toDecimalPlaces(places);
    if (shown.gte(low) && shown.lte(high)) return shown;
  }
}

/**
 * By how many cash units roundings may have moved the value of an inverse position, after a fill: each fill's value is rounded half up, and a partial close leaves its share rounded up.
 * @param blur - the same before the fill.
 * @param before - signed quantity units before the fill.
 * @param signed - signed quantity units filled.
 */
export function blurAfter(blur: number, before: number, signed: number): number {
  const after = before + signed;
  if (before === 0 || before > 0 === signed > 0) return blur + 0.5;
  if (after === 0) return 0;
  // Beyond flat a new position begins: its value is the fill's less that of the part that closed.
  return after > 0 === before > 0 ? (blur * after) / before + 1 : 1;
}
