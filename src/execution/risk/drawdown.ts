import { Decimal, type DecimalInput, fromUnits } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import { exactChecker, positiveLimit } from "./exact-check.js";
import type { RiskChecker } from "./risk.js";

/**
 * Kill switch: once equity has fallen by `maxDrawdown` (`"0.05"` is 5 %) from its highest close, no entry passes for the rest of the run. Exits, stops and targets
 * always pass. In a run it watches every close; alone it compares `equity` with `peakEquity`, and refuses where it is not told.
 * @example risk.drawdown("0.05").check({ side: "buy", quantity: 1, equity: 9_400, peakEquity: 10_000 })  // { ok: false, code: "DRAWDOWN_STOP", ... }
 * @throws LabError `RISK_LIMIT` unless it lies above 0 and at most at 1.
 */
export function drawdownRisk(maxDrawdown: DecimalInput): RiskChecker {
  const most = positiveLimit(maxDrawdown, "maxDrawdown");
  if (most.gt(1)) throw new LabError("RISK_LIMIT", `maxDrawdown is a fraction of at most 1 (0.05 is 5 %), got ${most.toFixed()}.`);
  let peak: Decimal | undefined;
  let tripped: string | undefined;
  const see = (equity: Decimal): void => {
    if (peak === undefined || equity.gt(peak)) peak = equity;
    const fall = peak.minus(equity);
    if (tripped === undefined && fall.gt(0) && fall.gte(peak.times(most)))
      tripped = peak.gt(0) ? fall.div(peak).toDecimalPlaces(8).toFixed() : "1";
  };
  let inRun = false;
  return exactChecker({
    name: "drawdown",
    limits: { maxDrawdown: most.toFixed() },
    start: () => drawdownRisk(maxDrawdown),
    watch(portfolio) {
      if (!inRun) see(fromUnits(portfolio.initial, portfolio.cashDp));
      inRun = true;
      const before = tripped;
      see(portfolio.equity());
      return before !== tripped ? { warnings: [`drawdown ${tripped} has reached ${most.toFixed()}: no entry passes from now on`] } : {};
    },
    refuses({ equity, peakEquity }) {
      if (inRun) {
        if (equity !== undefined) see(equity);
        return tripped === undefined ? undefined : { code: "DRAWDOWN_STOP", numbers: { asked: tripped, limit: most.toFixed() } };
      }
      if (equity === undefined) return { code: "DRAWDOWN_STOP", numbers: { asked: "unknown", limit: most.toFixed() } };
      const top = peakEquity === undefined ? equity : Decimal.max(equity, peakEquity);
      const fall = top.minus(equity);
      if (!(fall.gt(0) && fall.gte(top.times(most)))) return undefined;
      return { code: "DRAWDOWN_STOP", numbers: { asked: fall.div(top).toDecimalPlaces(8).toFixed(), limit: most.toFixed() } };
    },
  });
}
