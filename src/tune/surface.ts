import { LabError } from "../errors/index.js";
import type { Findings } from "./findings.js";
import type { Objective } from "./objectives.js";
import { axisValue, type SearchSpace } from "./space.js";

/** What stands for several trials of one cell. */
export type Aggregate = "best" | "mean" | "worst";

/** Scores against one parameter, the others held at fixed values; only what was tried. */
export interface Slice {
  readonly param: string;
  readonly objective: string;
  readonly x: readonly (number | string)[];
  readonly y: readonly (number | null)[];
  /** Index of each point's trial. */
  readonly trials: readonly number[];
  /** The values the other parameters are held at. */
  readonly fixed: Readonly<Record<string, unknown>>;
}

/** Scores over two parameters: `z[row of y][column of x]`, null where nothing was tried or scored. */
export interface ScoreGrid {
  readonly xParam: string;
  readonly yParam: string;
  readonly objective: string;
  readonly x: readonly (number | string)[];
  readonly y: readonly (number | string)[];
  readonly z: readonly (readonly (number | null)[])[];
  /** How the trials that share a cell became one number. */
  readonly aggregate: Aggregate;
  /** Scored trials in each cell. */
  readonly counts: readonly (readonly number[])[];
  /** The cell of the best trial, where it lies on the grid. */
  readonly best: { readonly x: number | string; readonly y: number | string } | undefined;
}

/** Scores by value of one parameter over all trials that have it. */
export interface Marginal {
  readonly param: string;
  readonly objective: string;
  readonly x: readonly (number | string)[];
  readonly best: readonly (number | null)[];
  readonly mean: readonly (number | null)[];
  readonly worst: readonly (number | null)[];
  /** Scored trials of each value. */
  readonly counts: readonly number[];
}

/** Best, mean and worst of the scores added. */
class Cell {
  count = 0;
  #sum = 0;
  #high = Number.NEGATIVE_INFINITY;
  #low = Number.POSITIVE_INFINITY;

  add(score: number): void {
    if (Number.isNaN(score)) return;
    this.count++;
    this.#sum += score;
    this.#high = Math.max(this.#high, score);
    this.#low = Math.min(this.#low, score);
  }

  get(aggregate: Aggregate, { direction }: Objective): number | null {
    if (this.count === 0) return null;
    if (aggregate === "mean") return this.#sum / this.count;
    return (aggregate === "best") === (direction === "maximize") ? this.#high : this.#low;
  }
}

/** Which digit each fixed parameter is held at; -1 for the free ones. */
function held(space: SearchSpace, fixed: Readonly<Record<string, unknown>>, free: readonly string[]): number[] {
  const digits = space.dimensions.map(() => -1);
  for (const [name, value] of Object.entries(fixed)) {
    if (free.includes(name)) throw new LabError("OPTION_INVALID", `${name} is the axis: it cannot be held at a value too.`);
    const dimension = space.indexOf(name);
    digits[dimension] = space.digitOf(dimension, value);
  }
  return digits;
}

function* matching(space: SearchSpace, findings: Findings, digits: readonly number[]): Generator<number, void, undefined> {
  for (let trial = 0; trial < findings.length; trial++)
    if (digits.every((digit, d) => digit < 0 || space.digit(findings.combination[trial]!, d) === digit)) yield trial;
}

const orNull = (score: number): number | null => (Number.isNaN(score) ? null : score);

/** The slice of a study along one parameter, in the order of its values. @throws LabError `PARAM_NOT_SEARCHED`, `OPTION_INVALID`. */
export function sliceOf(
  space: SearchSpace,
  findings: Findings,
  objective: Objective,
  param: string,
  fixed: Readonly<Record<string, unknown>>,
): Slice {
  const axis = space.indexOf(param);
  const digits = held(space, fixed, [param]);
  const digit = (trial: number): number => space.digit(findings.combination[trial]!, axis);
  const trials = [...matching(space, findings, digits)].sort((a, b) => digit(a) - digit(b));
  return Object.freeze({
    param,
    objective: objective.name,
    x: trials.map((trial) => axisValue(space.dimensions[axis]!.values[digit(trial)])),
    y: trials.map((trial) => orNull(findings.score[trial]!)),
    trials,
    fixed,
  });
}

/** The scores by value of one parameter. @throws LabError `PARAM_NOT_SEARCHED`. */
export function marginalOf(space: SearchSpace, findings: Findings, objective: Objective, param: string): Marginal {
  const axis = space.indexOf(param);
  const { values } = space.dimensions[axis]!;
  const cells = values.map(() => new Cell());
  for (let trial = 0; trial < findings.length; trial++) cells[space.digit(findings.combination[trial]!, axis)]!.add(findings.score[trial]!);
  const by = (aggregate: Aggregate): (number | null)[] => cells.map((cell) => cell.get(aggregate, objective));
  const counts = cells.map((cell) => cell.count);
  return Object.freeze({
    param,
    objective: objective.name,
    x: values.map(axisValue),
    best: by("best"),
    mean: by("mean"),
    worst: by("worst"),
    counts,
  });
}

/** The scores over two parameters. @throws LabError `PARAM_NOT_SEARCHED`, `OPTION_INVALID`. */
export function gridOf(
  space: SearchSpace,
  findings: Findings,
  objective: Objective,
  [xParam, yParam]: readonly [string, string],
  aggregate: Aggregate,
  fixed: Readonly<Record<string, unknown>>,
): ScoreGrid {
  const xAxis = space.indexOf(xParam);
  const yAxis = space.indexOf(yParam);
  if (xAxis === yAxis) throw new LabError("OPTION_INVALID", `A grid needs two parameters, got ${xParam} twice.`);
  const digits = held(space, fixed, [xParam, yParam]);
  const xValues = space.dimensions[xAxis]!.values;
  const yValues = space.dimensions[yAxis]!.values;
  const cells = yValues.map(() => xValues.map(() => new Cell()));
  let best: ScoreGrid["best"];
  for (const trial of matching(space, findings, digits)) {
    const combination = findings.combination[trial]!;
    const column = space.digit(combination, xAxis);
    const row = space.digit(combination, yAxis);
    cells[row]![column]!.add(findings.score[trial]!);
    if (trial === findings.best) best = { x: axisValue(xValues[column]), y: axisValue(yValues[row]) };
  }
  return Object.freeze({
    xParam,
    yParam,
    objective: objective.name,
    x: xValues.map(axisValue),
    y: yValues.map(axisValue),
    z: cells.map((row) => row.map((cell) => cell.get(aggregate, objective))),
    aggregate,
    counts: cells.map((row) => row.map((cell) => cell.count)),
    best,
  });
}
