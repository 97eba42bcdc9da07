import { roundDivBig, type ScaledInstrument } from "../core/index.js";

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
