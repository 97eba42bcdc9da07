import { type Named, named } from "../named.js";
import { basicRisk, type RiskLimits } from "./basic.js";
import { noopRisk } from "./noop.js";
import type { RiskChecker } from "./risk.js";

/** A checker under its source's class name: with `new` or without. */
export type NamedRisk<A extends readonly unknown[]> = Named<RiskChecker, A>;

/** Tesser's name of `risk.noop`. */
export const NoopRiskChecker: NamedRisk<[]> = named(noopRisk);
/** Tesser's name of `risk.basic`. */
export const BasicRiskChecker: NamedRisk<[limits?: RiskLimits]> = named((limits: RiskLimits = {}) => basicRisk(limits));
