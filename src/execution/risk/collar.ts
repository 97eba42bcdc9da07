import type { DecimalInput } from "../../core/index.js";
import { exactChecker, positiveLimit } from "./exact-check.js";
import { saidBy } from "./portable.js";
import type { RiskChecker } from "./risk.js";

/**
 * Refuses an entry whose limit is further from the last price than a fraction of it (`"0.05"` is 5 %): a price mistyped or gone stale. A market order has no limit.
 * @example risk.collar("0.05").check({ side: "buy", quantity: 1, price: 110, lastPrice: 100 })  // { ok: false, code: "PRICE_COLLAR", ... }
 * @throws LabError `RISK_LIMIT`.
 */
export function collarRisk(maxDistance: DecimalInput): RiskChecker {
  const most = positiveLimit(maxDistance, "maxDistance");
  return saidBy(
    exactChecker({
      name: "collar",
      limits: { maxPriceDistance: most.toFixed() },
      refuses({ price, lastPrice }) {
        if (!lastPrice.gt(0) || !price.gt(0)) return { code: "NO_REFERENCE_PRICE", numbers: {} };
        if (price.minus(lastPrice).abs().lte(lastPrice.times(most))) return undefined;
        const distance = price.minus(lastPrice).abs().div(lastPrice).toDecimalPlaces(8).toFixed();
        return {
          code: "PRICE_COLLAR",
          numbers: { asked: price.toFixed(), reference: lastPrice.toFixed(), distance, limit: most.toFixed() },
        };
      },
    }),
  );
}
