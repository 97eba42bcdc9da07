import type { DecimalInput } from "../../core/index.js";
import { decimal } from "../../core/index.js";
import { assertKeys, LabError } from "../../errors/index.js";
import { exactChecker, positiveLimit } from "./exact-check.js";
import { saidBy } from "./portable.js";
import type { RiskChecker } from "./risk.js";

/** Settings of {@link balanceRisk}. */
export interface BalanceOptions {
  /** Initial margin is position value / leverage, whole; 1 unless given. */
  leverage?: DecimalInput;
  /** Fee of the fill as a fraction of its value; 0 unless given. */
  feeRate?: DecimalInput;
}

/**
 * Refuses an entry that the account cannot pay for: on spot its cost, else the initial margin of all positions with it, and the fee. Checked before the order leaves, at
 * its limit or the last price.
 * @example risk.balance({ leverage: 3 }).check({ side: "buy", quantity: 1, price: 50_000, available: 10_000 })
 * @throws LabError `RISK_LIMIT`.
 */
export function balanceRisk(options: BalanceOptions = {}): RiskChecker {
  assertKeys("risk.balance", options, ["leverage", "feeRate"]);
  const leverage = positiveLimit(options.leverage ?? 1, "leverage");
  const feeRate = decimal(options.feeRate ?? 0, "feeRate");
  if (feeRate.lt(0)) throw new LabError("RISK_LIMIT", `feeRate must not be negative, got ${feeRate.toFixed()}.`);
  if (!leverage.isInteger()) throw new LabError("RISK_LIMIT", `leverage must be a whole number, got ${leverage.toFixed()}.`);
  return saidBy(
    exactChecker({
      name: "balance",
      limits: { balanceLeverage: leverage.toFixed(), balanceFeeRate: feeRate.toFixed() },
      refuses(context) {
        if (!context.price.gt(0)) return { code: "NO_REFERENCE_PRICE", numbers: {} };
        const funds = context.funds(leverage, feeRate);
        if (funds === undefined) return { code: "INSUFFICIENT_BALANCE", numbers: { needed: "?", available: "unknown" } };
        const { needed, available } = funds;
        return needed.gt(available)
          ? { code: "INSUFFICIENT_BALANCE", numbers: { needed: needed.toFixed(), available: available.toFixed() } }
          : undefined;
      },
    }),
  );
}
