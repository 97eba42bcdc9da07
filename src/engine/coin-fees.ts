import { Decimal, type Instrument, narrow, type ScaledInstrument, toWideUnits, type VenueExecution } from "../core/index.js";
import { valueUnits } from "../portfolio/index.js";

/** Whether a fee was taken in the coin that was traded, as spot venues do of what is bought. */
export function isCoinFee({ fee, feeCurrency }: VenueExecution, { kind, base, settlement }: Instrument): boolean {
  return kind === "spot" && feeCurrency === base && base !== settlement && !fee.isZero();
}

/**
 * A fee in cash units, half up. One in coin counts at the price of its fill; one in a currency that is neither the settlement's nor the base (a venue's own coin) is not
 * paid from this cash, and is 0.
 */
export function cashFee({ fee, feeCurrency, price }: VenueExecution, { instrument, cashDp }: ScaledInstrument): number | bigint {
  const { base, settlement } = instrument;
  if (feeCurrency !== settlement && feeCurrency !== base && feeCurrency !== "") return 0;
  const value = feeCurrency === base && settlement !== base ? fee.times(price) : fee;
  return toWideUnits(value.toDecimalPlaces(cashDp, Decimal.ROUND_HALF_UP), cashDp, "exact", "fee");
}

/** What a fill brings or takes once its fee in coin is off, in whole units. */
export interface NetFill {
  /** Quantity units that reach the position. */
  readonly quantity: number;
  /** Quantity units that were filled and kept as the fee. */
  readonly withheld: number;
  /** Their value at the fill's price, in cash units. */
  readonly fee: number | bigint;
}

/**
 * Fees that a spot venue takes in the coin that is bought: less arrives than was filled, and no cash is paid. A position counts whole lots, since nothing else can be sold; what a fee
 * leaves of a lot is carried to the next fill, so that position and carry together are the coins, exactly. At least one lot of a fill arrives.
 */
export class CoinFees {
  /** Coins beyond the whole lots of a slot's position; below zero where more is owed than could be withheld. */
  readonly #carry = new Map<number, Decimal>();

  /** Coins of a slot beyond its position. */
  carry(slot: number): Decimal {
    return this.#carry.get(slot) ?? new Decimal(0);
  }

  /** After a restart: what was carried. */
  restore(slot: number, carry: Decimal): void {
    this.#carry.set(slot, carry);
  }

  /**
   * Takes a fee off a fill.
   * @param quantity - quantity units that were filled.
   * @param price - price units.
   * @param fee - coins, exact; negative for a rebate.
   */
  take(slot: number, scaled: ScaledInstrument, quantity: number, price: number, fee: Decimal): NetFill {
    const { lotSize } = scaled.instrument;
    const carry = this.carry(slot);
    const lots = Math.min(fee.minus(carry).div(lotSize).ceil().toNumber(), Math.max(0, Math.floor(quantity / scaled.lot) - 1));
    const withheld = lots * scaled.lot;
    this.#carry.set(slot, carry.plus(lotSize.times(lots)).minus(fee));
    const value = valueUnits(scaled, Math.abs(withheld), price);
    return { quantity: quantity - withheld, withheld, fee: narrow(withheld < 0 ? -value : value) };
  }
}
