import type { InstrumentKind } from "../../core/index.js";
import type { Observation } from "./observation.js";
import type { StoresOwner } from "./venue-stores.js";

/** What nothing may go on after. */
const CRITICAL: readonly string[] = ["INTENT_MISMATCH", "POSITION_MODE"];

/** A session as its connector reaches it: what that says goes to the session's alerts and its log. */
export function storesOwner(kind: InstrumentKind, { alerts, log }: Observation, settled: StoresOwner["settled"]): StoresOwner {
  return {
    kind,
    settled,
    alert: (code, message) =>
      alerts.raise("venue", CRITICAL.includes(code) ? "critical" : "warning", `The venue's connector: ${code}`, message),
    problem: (problem) => log.write("warning", "VENUE_PROBLEM", problem instanceof Error ? problem.message : String(problem)),
  };
}
