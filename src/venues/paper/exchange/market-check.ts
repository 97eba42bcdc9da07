import { fromUnits, type OrderRequest, TYPE, type VenueFailure } from "../../../core/index.js";
import { type FeeRates, RatedAmount } from "../../../portfolio/index.js";
import type { AccountPool } from "./account-pool.js";
import type { Market } from "./market.js";
import { type CheckedOrder, checkTrigger, refuse } from "./order-check.js";

/** Checks a request against the market's price, and the position and the cash of the account. */
export function checkMarket(
  market: Market,
  pool: AccountPool,
  request: OrderRequest,
  checked: CheckedOrder,
  rates: FeeRates,
): VenueFailure | undefined {
  const { direction, quantity, type } = checked;
  const { symbol, scaled } = market;
  const spot = market.category === "spot";
  const held = pool.portfolio.quantity[market.slot]!;
  if (type !== TYPE.market && type !== TYPE.limit) {
    const wrong = checkTrigger(market, checked, (request.triggerBy ?? "last") !== "last");
    if (wrong !== undefined) return wrong;
  }
  if (request.reduceOnly === true)
    return held * direction < 0
      ? undefined
      : refuse("INVALID_ORDER", spot ? 170_131 : 110_017, `${symbol}: there is no position that this order would reduce.`);
  if (!spot || direction > 0) return checkFunds(market, pool, checked, rates);
  if (quantity <= held) return undefined;
  const there = fromUnits(held, scaled.quantityDp).toFixed();
  return refuse("INSUFFICIENT_FUNDS", 170_131, `Insufficient balance: ${there} ${market.instrument.base} there.`);
}

/** Refuses what cannot be paid for at its own price, and what is below the least value; a market order is reckoned at the last price. */
function checkFunds(
  market: Market,
  pool: AccountPool,
  { direction, quantity, price, limit, type }: CheckedOrder,
  rates: FeeRates,
): VenueFailure | undefined {
  const at = limit > 0 ? limit : price > 0 ? price : market.last;
  if (at === 0) return undefined;
  const { scaled, category, slot } = market;
  const { portfolio } = pool;
  const text = (units: bigint): string => fromUnits(units, scaled.cashDp).toFixed();
  if (category !== "inverse") {
    const notional = BigInt(at) * BigInt(quantity) * BigInt(scaled.valueScale);
    if (notional < BigInt(scaled.minNotional))
      return refuse(
        "INVALID_ORDER",
        category === "spot" ? 170_140 : 110_094,
        `${market.symbol}: the order is worth ${text(notional)}, below the least, ${market.instrument.minNotional.toFixed()}.`,
      );
  }
  if (portfolio.quantity[slot]! * direction < 0) return undefined;
  const fee = new RatedAmount(scaled, type === TYPE.market ? rates.taker : rates.maker).of(at, quantity);
  const leverage = pool.leverageOf(category);
  if (portfolio.canAfford(slot, direction * quantity, at, fee, leverage)) return undefined;
  const { needed, available } = portfolio.requirement(slot, direction * quantity, at, fee, leverage);
  return refuse(
    "INSUFFICIENT_FUNDS",
    category === "spot" ? 170_131 : 110_007,
    `Available balance is insufficient: ${text(needed)} ${pool.pool.currency} needed, ${text(available)} there.`,
  );
}
