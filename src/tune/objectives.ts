import { calmar, expectancy, profitFactor, sortino, summary, winRate } from "../analytics/index.js";
import type { BacktestRun } from "../backtest/index.js";
import { LabError, unknownName } from "../errors/index.js";
import type { TrialMetrics } from "./findings.js";

/** What a trial is scored by. A score of `null` or NaN ranks last. */
export interface Objective {
  readonly name: string;
  readonly direction: "maximize" | "minimize";
  /** The score is money: ties of its double are settled by the exact final equity. */
  readonly money: boolean;
  score(run: BacktestRun, metrics: TrialMetrics): number | null;
  /** Why a score is undefined. */
  reason(run: BacktestRun): string;
}

/**
 * A score of one's own, higher being better unless `direction` says otherwise. The run's equity and lists are those of this trial only
 * while the function runs: the next trial reuses them, so keep numbers, not the run.
 */
export type ScoreFunction = (run: BacktestRun) => number | null;

/** A named objective, a function, or a function with a name and a direction. */
export type ObjectiveInput =
  | ObjectiveName
  | ScoreFunction
  | { readonly name: string; readonly score: ScoreFunction; readonly direction?: "maximize" | "minimize" };

/** Names that {@link ObjectiveInput} accepts; `return` is `totalReturn`. */
export type ObjectiveName =
  | "sharpe"
  | "sortino"
  | "calmar"
  | "totalReturn"
  | "return"
  | "finalEquity"
  | "profitFactor"
  | "winRate"
  | "maxDrawdown"
  | "expectancy";

type Score = Objective["score"];

/** The objectives by name: a new one is a name above and a line here. `sharpe` is annualised, returns and drawdown are fractions. */
const SCORES: Readonly<Record<Exclude<ObjectiveName, "return">, Score>> = {
  sharpe: (_, metrics) => metrics.sharpe,
  sortino: (run) => sortino(run),
  calmar: (run) => calmar(run),
  totalReturn: (_, metrics) => metrics.totalReturn,
  finalEquity: (run) => run.finalEquity.toNumber(),
  profitFactor: (run) => profitFactor(run),
  winRate: (run) => winRate(run),
  maxDrawdown: (_, metrics) => metrics.maxDrawdown,
  expectancy: (run) => expectancy(run),
};

const MINIMIZED: readonly string[] = ["maxDrawdown"];
const MONEY: readonly string[] = ["finalEquity", "totalReturn"];

/** The objectives known by name, the alias included. */
export const OBJECTIVES: readonly ObjectiveName[] = [...(Object.keys(SCORES) as ObjectiveName[]), "return"];

function named(input: string): Objective {
  const name = (input === "return" ? "totalReturn" : input) as keyof typeof SCORES;
  if (!Object.hasOwn(SCORES, name)) throw unknownName("OBJECTIVE_UNKNOWN", "objective", input, OBJECTIVES);
  return Object.freeze<Objective>({
    name,
    direction: MINIMIZED.includes(name) ? "minimize" : "maximize",
    money: MONEY.includes(name),
    score: SCORES[name],
    reason: (run) => summary(run).reasons[name] ?? "it is undefined",
  });
}

function own(name: string, score: ScoreFunction, direction: "maximize" | "minimize"): Objective {
  return Object.freeze<Objective>({
    name,
    direction,
    money: false,
    score(run) {
      const value: unknown = score(run);
      if (value === null || typeof value === "number") return value;
      const got = value instanceof Promise ? "a promise" : value === undefined ? "undefined (is a return missing?)" : typeof value;
      throw new LabError("OBJECTIVE_INVALID", `Objective ${name} must return a number or null, got ${got}.`);
    },
    reason: () => `${name} returned no number`,
  });
}

/**
 * The objective that an input means; `sharpe` unless given.
 * @throws LabError `OBJECTIVE_UNKNOWN` with the nearest name, `OBJECTIVE_INVALID`.
 */
export function resolveObjective(input: ObjectiveInput = "sharpe"): Objective {
  if (typeof input === "string") return named(input);
  if (typeof input === "function") return own(input.name || "custom", input, "maximize");
  if (
    typeof input !== "object" ||
    input === null ||
    typeof input.score !== "function" ||
    typeof input.name !== "string" ||
    input.name === ""
  )
    throw new LabError("OBJECTIVE_INVALID", "An objective is a name such as sharpe, a function of the run, or { name, score, direction }.");
  for (const key of Object.keys(input))
    if (!["name", "score", "direction"].includes(key))
      throw unknownName("OBJECTIVE_INVALID", "key of an objective", key, ["name", "score", "direction"]);
  const direction = input.direction ?? "maximize";
  if (direction !== "maximize" && direction !== "minimize")
    throw unknownName("OBJECTIVE_INVALID", "direction", String(direction), ["maximize", "minimize"]);
  return own(input.name, input.score, direction);
}
