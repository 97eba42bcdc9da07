import { type Balance, type Decimal, type DecimalInput, fromUnits, toUnits } from "../../../core/index.js";
import { LabError } from "../../../errors/index.js";
import type { AccountPool } from "./account-pool.js";

/** Puts the coins that an account starts with on spot into its pools. @throws LabError `OPTION_INVALID` for a currency that no instrument knows. */
export function depositBases(pools: readonly AccountPool[], balances: Readonly<Record<string, DecimalInput>> | undefined): void {
  for (const [currency, amount] of Object.entries(balances ?? {})) {
    if (pools.some(({ pool }) => pool.currency === currency)) continue;
    const pool = pools.find((one) => one.pool.markets.some((market) => market.category === "spot" && market.instrument.base === currency));
    const market = pool?.pool.markets.find((one) => one.category === "spot" && one.instrument.base === currency);
    if (pool === undefined || market === undefined)
      throw new LabError(
        "OPTION_INVALID",
        `balances names ${currency}, which no instrument of the paper exchange is settled in or made of.`,
      );
    pool.portfolio.quantity[market.slot] = toUnits(amount, market.scaled.quantityDp, "floor", `balance of ${currency}`);
  }
}

/** Cash by settlement currency, and the coins held on spot. */
export function balancesOf(pools: readonly AccountPool[]): Balance[] {
  const sums = new Map<string, { total: Decimal; available: Decimal }>();
  const add = (currency: string, total: Decimal, available: Decimal): void => {
    const known = sums.get(currency);
    sums.set(
      currency,
      known === undefined ? { total, available } : { total: known.total.plus(total), available: known.available.plus(available) },
    );
  };
  for (const one of pools) {
    const { pool, portfolio } = one;
    const spotOnly = pool.markets.every((market) => market.category === "spot");
    const free = spotOnly ? portfolio.balanceUnits() : one.freeCash(false);
    add(pool.currency, portfolio.balance(), fromUnits(free < 0n ? 0n : free, pool.cashDp));
    for (const market of pool.markets) {
      if (market.category !== "spot") continue;
      const held = fromUnits(portfolio.quantity[market.slot]!, market.scaled.quantityDp);
      if (!held.isZero()) add(market.instrument.base, held, held);
    }
  }
  return [...sums].map(([currency, { total, available }]) => ({ currency, total, available }));
}
