import { LabError } from "../../errors/index.js";
import { limitsOf, saidBy, strictest } from "./portable.js";
import type { Reduction, RiskChecker, RiskWatch } from "./risk.js";

/**
 * Several checkers as one: an order passes when all let it pass, and the first that does not says why. One that throws refuses the entry.
 * @example risk.all(risk.basic({ maxOrderQuantity: "1" }), risk.drawdown("0.1"), risk.collar("0.05"))
 * @throws LabError `RISK_INVALID` for what is no checker.
 */
export function allRisks(...checkers: readonly RiskChecker[]): RiskChecker {
  return combine("all", checkers);
}

/** The same under another name. */
export function combine(name: string, checkers: readonly RiskChecker[]): RiskChecker {
  for (const checker of checkers)
    if (typeof checker !== "object" || checker === null || typeof checker.bind !== "function")
      throw new LabError("RISK_INVALID", 'risk.all takes risk checkers, such as risk.basic({ maxOrderQuantity: "1" }).');
  const watches = checkers.flatMap(({ watch }) => (watch === undefined ? [] : [watch]));
  const watch: RiskWatch = (portfolio, time, isClose) => {
    const reports = watches.map((one) => one(portfolio, time, isClose));
    return {
      changed: reports.some(({ changed }) => changed),
      warnings: reports.flatMap(({ warnings = [] }) => warnings),
      reductions: largest(reports.flatMap(({ reductions = [] }) => reductions)),
    };
  };
  const { limits, isWhole } = strictest(checkers.map((one) => one.limits));
  const said = isWhole && checkers.every((one) => limitsOf(one) !== undefined);
  const checker = Object.freeze<RiskChecker>({
    name,
    limits: Object.freeze(limits),
    ...(watches.length === 0 ? {} : { watch }),
    ...(checkers.some(({ start }) => start !== undefined)
      ? {
          start: (portfolio) =>
            combine(
              name,
              checkers.map((one) => one.start?.(portfolio) ?? one),
            ),
        }
      : {}),
    check(input) {
      let verdict = checkers[0]?.check(input);
      for (const checker of checkers.slice(1)) {
        if (verdict?.ok === false) return verdict;
        verdict = checker.check(input);
      }
      if (verdict === undefined) throw new LabError("RISK_INVALID", "risk.all without checkers cannot check an order; use risk.noop().");
      return verdict;
    },
    bind(scaled) {
      const bound = checkers.map((checker) => checker.bind(scaled));
      return {
        orderCap: Math.min(...bound.map(({ orderCap }) => orderCap)),
        check(order, state, out) {
          for (const one of bound) if (!one.check(order, state, out)) return false;
          return true;
        },
        ...(bound.some(({ passed }) => passed !== undefined)
          ? {
              passed: (order) => {
                for (const one of bound) one.passed?.(order);
              },
            }
          : {}),
      };
    },
  });
  return said ? saidBy(checker) : checker;
}

/** Where several ask to reduce a position, the largest is enough. */
function largest(reductions: readonly Reduction[]): Reduction[] {
  const bySlot = new Map<number, Reduction>();
  for (const one of reductions) if (one.quantity > (bySlot.get(one.slot)?.quantity ?? 0)) bySlot.set(one.slot, one);
  return [...bySlot.values()];
}
