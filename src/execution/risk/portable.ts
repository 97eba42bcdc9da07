import type { RiskChecker } from "./risk.js";

/** Limits as text, under the names that `RiskLimits` has. */
export type LimitTexts = Readonly<Record<string, string>>;

/** Checkers that are nothing but their limits. A name does not say so: anybody may define a checker of the same name. */
const SAID = new WeakMap<RiskChecker, LimitTexts>();

/** Marks a checker as one that its limits say all of. */
export function saidBy(checker: RiskChecker): RiskChecker {
  SAID.set(checker, checker.limits);
  return checker;
}

/** The limits that make the same checker again, so that it can be written in a file and sent to another process; undefined for one that code of a cell decides. */
export function limitsOf(checker: RiskChecker): LimitTexts | undefined {
  return SAID.get(checker);
}

const HEAT = ["heatWarn", "maxHeat", "heatReduce", "heatStep", "heatMeasure", "heatWeights"] as const;
const RATE = ["maxOrders", "perMs"] as const;
const BALANCE = ["balanceLeverage", "balanceFeeRate"] as const;

/**
 * The limits of several checkers that all have to pass: of a limit that several set the strictest, of what none is stricter in all of them.
 * @returns whether the limits say all of it: what two checkers say of one account in different terms they cannot.
 */
export function strictest(all: readonly LimitTexts[]): { readonly limits: LimitTexts; readonly isWhole: boolean } {
  const limits: Record<string, string> = {};
  for (const one of all) for (const [key, text] of Object.entries(one)) limits[key] = stricter(key, limits[key], text);
  const having = (keys: readonly string[]): LimitTexts[] =>
    all
      .map((one) => Object.fromEntries(keys.flatMap((key) => (one[key] === undefined ? [] : [[key, one[key]]]))))
      .filter((one) => Object.keys(one).length > 0);
  const alike = (keys: readonly string[]): boolean => new Set(having(keys).map((one) => JSON.stringify(one))).size <= 1;
  const heats = having(HEAT);
  const plainHeat = heats.every((one) => Object.keys(one).every((key) => key === "maxHeat" || key === "heatWarn"));
  return { limits, isWhole: alike(RATE) && alike(BALANCE) && (plainHeat || alike(HEAT)) };
}

function stricter(key: string, one: string | undefined, other: string): string {
  if (one === undefined || one === other) return other;
  if (key === "perMs" || key === "heatMeasure" || key === "heatWeights" || key === "heatStep") return `${one} and ${other}`;
  const isBelow = Number(one) < Number(other);
  return isBelow === (key !== "balanceFeeRate") ? one : other;
}
