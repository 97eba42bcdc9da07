import { exactChecker } from "./exact-check.js";
import { saidBy } from "./portable.js";
import type { RiskChecker } from "./risk.js";

/** Limits nothing; liquidate-only still lets nothing but exits pass. */
export function noopRisk(): RiskChecker {
  return saidBy(exactChecker({ name: "noop", limits: {}, refuses: () => undefined }));
}
