import { LabError } from "../../errors/index.js";
import { basicRisk, type RiskLimits } from "./basic.js";
import { defineRisk } from "./custom.js";
import type { RiskChecker } from "./risk.js";

export { basicRisk, type RiskLimits } from "./basic.js";
export { defineRisk, type RiskFunction } from "./custom.js";
export { refusal, refusalMessage, refusalNumbers } from "./explain.js";
export { refuse } from "./refuse.js";
export type { BoundRisk, RiskChecker, RiskInput, RiskState, RiskVerdict, Verdict } from "./risk.js";

/** The risk checkers in scope of cells: a new one is a file and a line here. */
export const risk: { basic: typeof basicRisk; define: typeof defineRisk } = Object.freeze({ basic: basicRisk, define: defineRisk });

/** A checker from limits, or the checker itself. @throws LabError `RISK_LIMIT`, `RISK_UNKNOWN`, `RISK_INVALID`. */
export function parseRisk(input: RiskLimits | RiskChecker = {}): RiskChecker {
  if (typeof input !== "object" || input === null)
    throw new LabError("RISK_INVALID", 'Risk is limits such as { maxOrderQuantity: "1" } or a risk checker.');
  return "bind" in input ? input : basicRisk(input);
}
