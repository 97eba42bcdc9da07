import { LabError } from "../errors/index.js";
import { BLOCKS, BlockSums } from "./block-sums.js";
import { checkOptions } from "./checks.js";
import { curveOf, type Returns } from "./source.js";

/** Options of {@link pbo}. */
export interface PboOptions {
  /** Blocks the periods are cut into: 16, 8 or 4, which make 12,870, 70 or 6 splits. 16 unless given; 8 for more than 2,000 trials. */
  readonly blocks?: number;
}

/** How often the best of a search disappoints on what it was not chosen on. */
export interface OverfittingProbability {
  /** Share of the splits in which the trial that was best on one half is no better than the median trial on the other; `null` with the `reason` where undefined. */
  readonly probability: number | null;
  /** Share of the splits in which that trial loses on the other half: its Sharpe ratio there is below 0. */
  readonly probabilityOfLoss: number | null;
  /** Median over the splits of that trial's relative rank on the other half: near 1 for the best of all, near 0 for the worst. */
  readonly medianRank: number | null;
  /** What a Sharpe ratio higher by 1 on the half it was chosen on brings on the other half, by least squares over the splits; `null` where they do not vary. */
  readonly degradation: number | null;
  readonly trials: number;
  readonly periods: number;
  readonly blocks: number;
  readonly splits: number;
  readonly reason?: string;
}

/** Trials from which on fewer blocks do unless the caller says otherwise: 16 blocks take about half a second for 1,000. */
const MANY_TRIALS = 2_000;
const CHOICES = [16, 8, 4];

/** Sharpe ratio per period from sums; one without variance is that of a trial that did nothing, and what was ruined ranks last. */
function sharpeOf(sum: number, squares: number, n: number): number {
  if (Number.isNaN(sum)) return Number.NEGATIVE_INFINITY;
  const mean = sum / n;
  const variance = (squares / n - mean * mean) * (n / (n - 1));
  return variance > 1e-28 ? mean / Math.sqrt(variance) : 0;
}

/** Sums of every trial by block, adjacent blocks put together until there are as many as asked for: a column a block. */
function columnsOf(sums: BlockSums, blocks: number): { sum: Float64Array[]; squares: Float64Array[]; count: number[] } {
  const each = BLOCKS / blocks;
  const column = (of: "sum" | "squares", block: number): Float64Array => {
    const values = new Float64Array(sums.length);
    for (let trial = 0; trial < sums.length; trial++)
      for (let part = block * each; part < (block + 1) * each; part++) values[trial]! += sums[of](trial, part);
    return values;
  };
  const all = Array.from({ length: blocks }, (_, block) => block);
  return {
    sum: all.map((block) => column("sum", block)),
    squares: all.map((block) => column("squares", block)),
    count: all.map((block) => {
      let count = 0;
      for (let part = block * each; part < (block + 1) * each; part++) count += sums.count(part);
      return count;
    }),
  };
}

/** Sums over some of the blocks, an entry a trial. */
interface Part {
  readonly sum: Float64Array;
  readonly squares: Float64Array;
  periods: number;
}

/**
 * Goes through the halves of the blocks that hold the first one; each stands with the rest for two splits. What halves have in common is added up once.
 * @param see - gets the sums over a half; they are overwritten by the next.
 */
function eachHalf({ sum, squares, count }: ReturnType<typeof columnsOf>, see: (half: Part) => void): void {
  const blocks = sum.length;
  const trials = sum[0]!.length;
  const parts = Array.from(
    { length: blocks / 2 + 1 },
    (): Part => ({ sum: new Float64Array(trials), squares: new Float64Array(trials), periods: 0 }),
  );
  const choose = (depth: number, from: number): void => {
    if (depth === blocks / 2) {
      see(parts[depth]!);
      return;
    }
    const [before, after] = [parts[depth]!, parts[depth + 1]!];
    for (let block = from; depth === 0 ? block === 0 : block <= blocks / 2 + depth; block++) {
      add(before.sum, sum[block]!, after.sum);
      add(before.squares, squares[block]!, after.squares);
      after.periods = before.periods + count[block]!;
      choose(depth + 1, block + 1);
    }
  };
  choose(0, 0);
}

function add(a: Float64Array, b: Float64Array, to: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] = a[i]! + b[i]!;
}

/** What the trial that is best by one half does on the other, with its relative rank there, (0, 1). */
interface Verdict {
  readonly inSample: number;
  readonly outOfSample: number;
  readonly rank: number;
}

function verdictOf(chosenBy: Float64Array, judgedBy: Float64Array): Verdict {
  let best = 0;
  for (let i = 1; i < chosenBy.length; i++) if (chosenBy[i]! > chosenBy[best]!) best = i;
  const own = judgedBy[best]!;
  let worse = 0;
  let equal = 0;
  for (let i = 0; i < judgedBy.length; i++) {
    if (judgedBy[i]! < own) worse++;
    else if (judgedBy[i] === own) equal++;
  }
  // Trials that did the same share the middle of their ranks.
  return { inSample: chosenBy[best]!, outOfSample: own, rank: (worse + (equal + 1) / 2) / (judgedBy.length + 1) };
}

function slopeOf(verdicts: readonly Verdict[]): number | null {
  const n = verdicts.length;
  const x = verdicts.reduce((sum, one) => sum + one.inSample, 0) / n;
  const y = verdicts.reduce((sum, one) => sum + one.outOfSample, 0) / n;
  const spread = verdicts.reduce((sum, one) => sum + (one.inSample - x) ** 2, 0);
  const slope = verdicts.reduce((sum, one) => sum + (one.inSample - x) * (one.outOfSample - y), 0) / spread;
  return spread > 0 && Number.isFinite(slope) ? slope : null;
}

function blocksOf(options: PboOptions, trials: number): number {
  checkOptions("pbo", options, ["blocks"]);
  const { blocks = trials > MANY_TRIALS ? 8 : 16 } = options;
  if (!CHOICES.includes(blocks))
    throw new LabError("OPTION_INVALID", `blocks is one of ${CHOICES.join(", ")}, got ${String(blocks)}.`, {
      details: { name: "blocks", value: blocks },
    });
  return blocks;
}

function sumsOf(trials: readonly Returns[]): BlockSums {
  const curves = trials.map((trial) => curveOf(trial));
  const periods = curves[0]?.length ?? 0;
  const sums = new BlockSums(periods);
  for (const [i, { length, returns }] of curves.entries()) {
    if (length !== periods)
      throw new LabError(
        "RETURNS_RAGGED",
        `Trials are compared over the same periods: the first has ${periods} returns, trial ${i} has ${length}.`,
        {
          details: { index: i, length, periods },
        },
      );
    sums.addReturns(returns.value);
  }
  return sums;
}

/**
 * Probability of backtest overfitting (PBO), by combinatorially symmetric cross-validation: the periods are cut into blocks; for every choice of half of the blocks the
 * trial with the best Sharpe ratio on it is looked up among all trials on the other half. Where choosing means something it stays among the better ones; where the search
 * fitted noise it is as likely below the median as above it. The blocks keep their order, so that what the returns hold of each other stays in them.
 * Source: Bailey, Borwein, Lopez de Prado and Zhu, "The Probability of Backtest Overfitting", J. of Computational Finance 20(4), 2017, section 3.
 *
 *     pbo(runs)            // { probability: 0.62, probabilityOfLoss: 0.4, medianRank: 0.41, splits: 12870, ... }
 * @param trials - the returns of every trial of the search, also those that were discarded, over the same periods; of a search it is `study.overfitting.pbo`.
 * @throws LabError `OPTION_INVALID`, `OPTION_UNKNOWN`, `RETURNS_RAGGED` for trials of different lengths, and those of a bad source.
 */
export function pbo(trials: readonly Returns[] | BlockSums, options: PboOptions = {}): OverfittingProbability {
  if (!(trials instanceof BlockSums) && !Array.isArray(trials))
    throw new LabError("RETURNS_SOURCE", `pbo takes a list with the returns of every trial, got ${typeof trials}.`);
  const sums = trials instanceof BlockSums ? trials : sumsOf(trials as readonly Returns[]);
  const blocks = blocksOf(options, sums.length);
  const facts = { trials: sums.length, periods: sums.periods, blocks };
  const undefinedBecause = (reason: string): OverfittingProbability =>
    Object.freeze({ probability: null, probabilityOfLoss: null, medianRank: null, degradation: null, ...facts, splits: 0, reason });
  if (sums.length < 2) return undefinedBecause("there are fewer than 2 trials to choose from");
  if (sums.periods < 2 * blocks) return undefinedBecause(`${sums.periods} periods are too few for ${blocks} blocks of at least 2`);

  // Blocks are added in their order on either way, so that of a trial that did nothing on the other half nothing is left of the difference.
  const columns = columnsOf(sums, blocks);
  const total = { sum: addUp(columns.sum), squares: addUp(columns.squares) };
  if (total.squares.every((value) => !(value > 0))) return undefinedBecause("no trial has returns");
  const [one, other] = [new Float64Array(sums.length), new Float64Array(sums.length)];
  const verdicts: Verdict[] = [];
  eachHalf(columns, ({ sum, squares, periods }) => {
    for (let trial = 0; trial < sums.length; trial++) {
      one[trial] = sharpeOf(sum[trial]!, squares[trial]!, periods);
      other[trial] = sharpeOf(total.sum[trial]! - sum[trial]!, total.squares[trial]! - squares[trial]!, sums.periods - periods);
    }
    verdicts.push(verdictOf(one, other), verdictOf(other, one));
  });
  const ranks = verdicts.map(({ rank }) => rank).sort((a, b) => a - b);
  const share = (is: (verdict: Verdict) => boolean): number => verdicts.filter(is).length / verdicts.length;
  return Object.freeze({
    probability: share(({ rank }) => rank <= 0.5),
    probabilityOfLoss: share(({ outOfSample }) => outOfSample < 0),
    medianRank: (ranks[ranks.length / 2 - 1]! + ranks[ranks.length / 2]!) / 2,
    degradation: slopeOf(verdicts),
    ...facts,
    splits: verdicts.length,
  });
}

function addUp(columns: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(columns[0]!.length);
  for (const column of columns) add(total, column, total);
  return total;
}
