import { exactChecker } from "./exact-check.js";
import type { RiskChecker } from "./risk.js";

/** Limits nothing; liquidate-only still lets nothing but exits pass. */
export function noopRisk(): RiskChecker {
  return exactChecker({ name: "noop", limits: {}, refuses: () => undefined });
}
