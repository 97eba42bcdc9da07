import { basicRisk, type RiskLimits } from "./basic.js";
import { noopRisk } from "./noop.js";
import type { RiskChecker } from "./risk.js";

/** A checker under its source's class name: with `new` or without. */
export interface NamedRisk<A extends readonly unknown[]> {
  new (...options: A): RiskChecker;
  (...options: A): RiskChecker;
}

function named<A extends readonly unknown[]>(make: (...options: A) => RiskChecker): NamedRisk<A> {
  // biome-ignore lint/complexity/useArrowFunction: an arrow function cannot be called with new
  return function (...options: A): RiskChecker {
    return make(...options);
  } as unknown as NamedRisk<A>;
}

/** Tesser's name of `risk.noop`. */
export const NoopRiskChecker: NamedRisk<[]> = named(noopRisk);
/** Tesser's name of `risk.basic`. */
export const BasicRiskChecker: NamedRisk<[limits?: RiskLimits]> = named((limits: RiskLimits = {}) => basicRisk(limits));
