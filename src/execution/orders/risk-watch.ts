import { type EpochMs, ROLE } from "../../core/index.js";
import type { RiskWatch, WatchReport } from "../risk/index.js";
import type { AlertLog } from "./alerts.js";
import type { Desk } from "./desk.js";
import type { EntryGate } from "./entry-gate.js";
import type { Exits } from "./exits.js";

/** What looking at the account works with: parts of its order engine. */
export interface RiskLookParts {
  readonly desks: readonly Desk[];
  readonly slots: number;
  readonly gate: EntryGate;
  readonly exits: Exits;
  readonly alerts: AlertLog;
  readonly barOf: (slot: number) => number;
}

/**
 * Lets a risk checker look at the account, its marks up to date: warnings become alerts, and what it asks to reduce leaves as reduce-only exits, once a slot until
 * they are done. A checker that throws is an alert; entries are refused by its check, exits pass.
 * @param isClose - see {@link RiskWatch}.
 * @returns whether the checker decides otherwise from now on.
 */
export function lookAtRisk(watch: RiskWatch, parts: RiskLookParts, time: EpochMs, isClose: boolean): boolean {
  const { desks, slots, gate, exits, alerts, barOf } = parts;
  const { portfolio } = gate;
  let report: WatchReport;
  try {
    report = watch(portfolio, time, isClose);
  } catch (error) {
    gate.threw("watch", error, -1, time);
    return false;
  }
  const { warnings = [], reductions = [], changed = false } = report;
  for (const warning of warnings) alerts.about(-1, time, "RISK_WARNING", warning);
  for (const { slot, quantity, reason } of reductions) {
    let left = quantity;
    for (let at = slot; at < desks.length && left > 0; at += slots) {
      const desk = desks[at]!;
      if (desk.held === 0 || desk.exits.length > 0 || desk.held * portfolio.quantity[slot]! < 0) continue;
      const part = Math.min(left, Math.abs(desk.held));
      exits.closePart(desk, { time, bar: barOf(slot), price: portfolio.mark[slot]! }, ROLE.exit, reason, part);
      left -= part;
    }
  }
  return changed || warnings.length > 0;
}
