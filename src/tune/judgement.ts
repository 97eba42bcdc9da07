import { type OverfittingProbability, overfitting } from "../analytics/index.js";
import type { BacktestRun } from "../backtest/index.js";
import type { Overfitting } from "./trial.js";

/** From here on a find is distinguishable from luck at the usual level (Bailey and Lopez de Prado 2014). */
const SURVIVES = 0.95;
/** Below this, luck alone does as well in more than one search out of five. */
const NOISE = 0.8;

const digits = (value: number): string => value.toPrecision(3);

const percent = (share: number): string => `${(share * 100).toPrecision(3)} %`;

/** What the splits say, in a sentence. */
function pboText({ probability, probabilityOfLoss, splits, reason }: OverfittingProbability): string {
  if (probability === null || probabilityOfLoss === null)
    return `The probability of backtest overfitting cannot be computed: ${reason ?? "it is undefined"}.`;
  return (
    `Probability of backtest overfitting ${percent(probability)}: in so many of ${splits} splits of the bars the trial with the best Sharpe ratio on one half was no better ` +
    `than the median trial on the other, and it lost there in ${percent(probabilityOfLoss)}.`
  );
}

/**
 * Judges a trial by the deflated Sharpe ratio: how likely its true ratio exceeds what the best of so many trials without skill would show.
 * Neighbouring parameter sets are alike, yet count as independent trials, which errs toward doubt; searches made before this one are
 * not counted, which errs toward trust.
 * @param run - the trial's run in full.
 * @param pbo - what the search's splits say.
 * @param trialSharpes - the ratio per period of every trial of the search; NaN where it is undefined.
 */
export function judge(run: BacktestRun, trialSharpes: readonly number[], pbo: OverfittingProbability): Overfitting {
  const facts = overfitting({
    best: run,
    trialSharpes: trialSharpes.map((ratio) => (Number.isNaN(ratio) ? null : ratio)),
    confidence: SURVIVES,
  });
  const { deflatedSharpe, sharpe, expectedMaxSharpe, trials, observations } = facts;
  if (deflatedSharpe === null || sharpe === null || expectedMaxSharpe === null)
    return Object.freeze({
      ...facts,
      verdict: "uncertain",
      pbo,
      text: `The deflated Sharpe ratio cannot be computed: ${facts.reason ?? "it is undefined"}. ${pboText(pbo)}`,
    });
  const verdict = deflatedSharpe >= SURVIVES ? "survives" : deflatedSharpe < NOISE ? "likely noise" : "uncertain";
  const annual = Math.sqrt(run.periodsPerYear);
  const text =
    `Deflated Sharpe ratio ${digits(deflatedSharpe)} after ${trials} trials (${verdict}): the Sharpe ratio is ${digits(sharpe * annual)} a year over ` +
    `${observations} bars, and the best of ${trials} trials without skill would be expected to show ${digits(expectedMaxSharpe * annual)}. ${pboText(pbo)}`;
  return Object.freeze({ ...facts, verdict, pbo, text });
}
