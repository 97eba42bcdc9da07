import { Decimal, type DecimalInput, fromUnits } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import { exactChecker, positiveLimit } from "./exact-check.js";
import { saidBy } from "./portable.js";
import type { RiskChecker } from "./risk.js";

/**
 * Kill switch: once equity has fallen by `maxDrawdown` (`"0.05"` is 5 %) from its highest close, or from where the run began, no entry passes for the rest of the run.
 * Exits, stops and targets always pass. In a run it looks at every close, and on ticks at every trade, book and fill; alone it compares `equity` with `peakEquity`, and
 * refuses where it is not told.
 * @example risk.drawdown("0.05").check({ side: "buy", quantity: 1, equity: 9_400, peakEquity: 10_000 })  // { ok: false, code: "DRAWDOWN_STOP", ... }
 * @throws LabError `RISK_LIMIT` unless it lies above 0 and at most at 1.
 */
export function drawdownRisk(maxDrawdown: DecimalInput): RiskChecker {
  const most = positiveLimit(maxDrawdown, "maxDrawdown");
  if (most.gt(1)) throw new LabError("RISK_LIMIT", `maxDrawdown is a fraction of at most 1 (0.05 is 5 %), got ${most.toFixed()}.`);
  const limit = most.toFixed();
  return saidBy(
    exactChecker({
      name: "drawdown",
      limits: { maxDrawdown: limit },
      start: (portfolio) => switchOf(most, portfolio),
      refuses({ equity, peakEquity }) {
        if (equity === undefined) return { code: "DRAWDOWN_STOP", numbers: { asked: "unknown", limit } };
        const asked = fallOf(equity, peakEquity === undefined ? equity : Decimal.max(equity, peakEquity), most);
        return asked === undefined ? undefined : { code: "DRAWDOWN_STOP", numbers: { asked, limit } };
      },
    }),
  );
}

/** The fall from a peak as a fraction, where it has reached the limit. */
function fallOf(equity: Decimal, peak: Decimal, most: Decimal): string | undefined {
  const fall = peak.minus(equity);
  if (!(fall.gt(0) && fall.gte(peak.times(most)))) return undefined;
  return peak.gt(0) ? fall.div(peak).toDecimalPlaces(8).toFixed() : "1";
}

/** The switch in a run on a portfolio. Its peak begins at the cash of the run, so that what falls before the first close counts. */
function switchOf(most: Decimal, { initial, cashDp }: Portfolio): RiskChecker {
  let peak = fromUnits(initial, cashDp);
  let tripped: string | undefined;
  const limit = most.toFixed();
  return exactChecker({
    name: "drawdown",
    limits: { maxDrawdown: limit },
    start: (portfolio) => switchOf(most, portfolio),
    watch(portfolio, _time, isClose) {
      const equity = portfolio.equity();
      const rises = isClose && equity.gt(peak);
      if (rises) peak = equity;
      if (tripped !== undefined) return {};
      tripped = fallOf(equity, peak, most);
      if (tripped === undefined) return { changed: rises };
      return { changed: true, warnings: [`drawdown ${tripped} has reached ${limit}: no entry passes from now on`] };
    },
    refuses({ equity }) {
      tripped ??= equity === undefined ? undefined : fallOf(equity, peak, most);
      return tripped === undefined ? undefined : { code: "DRAWDOWN_STOP", numbers: { asked: tripped, limit } };
    },
  });
}
