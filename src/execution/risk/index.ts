import { LabError } from "../../errors/index.js";
import { allRisks } from "./all.js";
import { balanceRisk } from "./balance.js";
import { basicRisk, type RiskLimits } from "./basic.js";
import { collarRisk } from "./collar.js";
import { defineRisk } from "./custom.js";
import { drawdownRisk } from "./drawdown.js";
import { heatRisk } from "./heat.js";
import { noopRisk } from "./noop.js";
import { portfolioHeat } from "./portfolio-heat.js";
import { rateRisk } from "./rate.js";
import type { RiskChecker } from "./risk.js";

export { allRisks } from "./all.js";
export { type BalanceOptions, balanceRisk } from "./balance.js";
export { basicRisk, type RiskLimits } from "./basic.js";
export { collarRisk } from "./collar.js";
export { type ComparedRule, comparedLimits } from "./compared.js";
export type { RiskContext } from "./context.js";
export { defineRisk, type RiskFunction } from "./custom.js";
export { drawdownRisk } from "./drawdown.js";
export { refusal, refusalMessage, refusalNumbers } from "./explain.js";
export { type HeatOptions, heatRisk } from "./heat.js";
export { BasicRiskChecker, type NamedRisk, NoopRiskChecker } from "./named.js";
export { noopRisk } from "./noop.js";
export { limitsOf } from "./portable.js";
export { type HeatPosition, type PortfolioHeat, portfolioHeat, type SymbolHeat } from "./portfolio-heat.js";
export { type RateOptions, rateRisk } from "./rate.js";
export { refuse } from "./refuse.js";
export type {
  BoundRisk,
  Reduction,
  RiskChecker,
  RiskInput,
  RiskState,
  RiskVerdict,
  RiskWatch,
  Verdict,
  WatchReport,
} from "./risk.js";

/** The risk checkers in scope of cells: a new one is a file and a line here. */
export const risk: {
  basic: typeof basicRisk;
  noop: typeof noopRisk;
  all: typeof allRisks;
  balance: typeof balanceRisk;
  collar: typeof collarRisk;
  drawdown: typeof drawdownRisk;
  heat: typeof heatRisk;
  portfolioHeat: typeof portfolioHeat;
  rate: typeof rateRisk;
  define: typeof defineRisk;
} = Object.freeze({
  basic: basicRisk,
  noop: noopRisk,
  all: allRisks,
  balance: balanceRisk,
  collar: collarRisk,
  drawdown: drawdownRisk,
  heat: heatRisk,
  portfolioHeat,
  rate: rateRisk,
  define: defineRisk,
});

/** A checker from limits, or the checker itself. @throws LabError `RISK_LIMIT`, `RISK_UNKNOWN`, `RISK_INVALID`. */
export function parseRisk(input: RiskLimits | RiskChecker = {}): RiskChecker {
  if (typeof input !== "object" || input === null || Array.isArray(input))
    throw new LabError("RISK_INVALID", 'Risk is limits such as { maxOrderQuantity: "1" } or a risk checker.');
  return "bind" in input ? input : basicRisk(input);
}
