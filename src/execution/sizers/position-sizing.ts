import { Decimal, type DecimalInput, decimal } from "../../core/index.js";
import { assertKeys, LabError } from "../../errors/index.js";

/** Settings of {@link positionSizing}. */
export interface PositionSizingOptions {
  /** Largest position value as a multiple of the balance; 5 unless given. */
  maxLeverage?: DecimalInput;
  /** Smallest step of the quantity; 1e-18 unless given. */
  lot?: DecimalInput;
}

/** Digits enough that no product of two inputs is rounded. */
const Wide = Decimal.clone({ precision: 1_000 });

/**
 * GeoSync's position size: min(balance x risk, balance x maxLeverage) / price in base currency, rounded down to the lot, so that quantity x price never exceeds the
 * budget. `risk` is the share of the balance that is deployed, not what is lost at a stop; it is clipped to 0 to 1.
 * @example positionSizing(25_000, "0.02", 20_000, { maxLeverage: 3 })  // 0.025
 * @throws LabError `SIZE_BALANCE` for a negative balance, `SIZE_PRICE` for a zero or negative price, `SIZER_INVALID` for a lot that is not positive.
 */
export function positionSizing(
  balance: DecimalInput,
  risk: DecimalInput,
  price: DecimalInput,
  options: PositionSizingOptions = {},
): Decimal {
  assertKeys("positionSizing", options, ["maxLeverage", "lot"]);
  const funds = decimal(balance, "balance");
  const share = decimal(risk, "risk");
  const at = decimal(price, "price");
  const leverage = decimal(options.maxLeverage ?? 5, "maxLeverage");
  const lot = decimal(options.lot ?? "1e-18", "lot");
  if (funds.lt(0))
    throw new LabError("SIZE_BALANCE", `balance must not be negative, got ${funds.toFixed()}.`, { details: { balance: funds.toFixed() } });
  if (at.lte(0))
    throw new LabError("SIZE_PRICE", `Cannot size an order with a zero or negative price, got ${at.toFixed()}.`, {
      details: { price: at.toFixed() },
    });
  if (lot.lte(0)) throw new LabError("SIZER_INVALID", `lot must be greater than zero, got ${lot.toFixed()}.`);
  const budget = new Wide(funds).times(Wide.max(0, Wide.min(share, 1, leverage)));
  const step = new Wide(lot);
  let lots = budget.div(step.times(at)).floor();
  while (lots.gt(0) && lots.times(step).times(at).gt(budget)) lots = lots.minus(1);
  return new Decimal(lots.times(step).toFixed());
}
