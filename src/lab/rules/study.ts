import { heatmapChart, sliceChart, trialsChart } from "../../charts/index.js";
import { durationText, type Figure, type MimeBundle, type Table, table } from "../../display/index.js";
import { LabError } from "../../errors/index.js";
import type { Study, Trial } from "../../tune/index.js";
import { paramsText } from "./run.js";
import { type Part, section, warningText } from "./section.js";

const synthetic = (study: Study): boolean => study.series.some((series) => series.source.synthetic);

/**
 * Scores over two parameters, the best cell marked; cells with several trials show the best one's.
 * @throws LabError `STUDY_AXES` for a study of fewer than two parameters, and those of `study.grid`.
 */
export function studyHeatmap(study: Study, x?: string, y?: string): Figure {
  const names = Object.keys(study.space);
  const [first, second] = [x ?? names[0], y ?? names.find((name) => name !== (x ?? names[0]))];
  if (first === undefined || second === undefined)
    throw new LabError(
      "STUDY_AXES",
      `A heatmap needs two searched parameters, this study has ${names.join(", ") || "none"}; use study.curve("${names[0]}").`,
    );
  const grid = study.grid(first, second);
  return heatmapChart({
    x: grid.x,
    y: grid.y,
    z: grid.z,
    xTitle: first,
    yTitle: second,
    zTitle: study.objective,
    title: `${study.objective} of ${study.strategy.name} by ${first} and ${second}`,
    note: `${study.length} trials${Object.keys(study.space).length > 2 ? `, ${grid.aggregate} of each cell` : ""}; the best of many is too good`,
    synthetic: synthetic(study),
    ...(grid.best === undefined ? {} : { best: grid.best }),
  });
}

/** Score against one parameter, the others at the best trial's values. */
export function studyCurve(study: Study, param: string): Figure {
  const slice = study.slice(param);
  return sliceChart({
    x: slice.x,
    y: slice.y,
    xTitle: param,
    yTitle: study.objective,
    title: `${study.objective} by ${param}`,
    synthetic: synthetic(study),
  });
}

function title(study: Study): string {
  const { method, seed } = study.search;
  const how = method === "random" ? `random search, seed ${seed}` : "grid search";
  const state = study.aborted ? ", stopped early" : "";
  return `${study.strategy.name}: ${study.length} trials by ${how} in ${durationText(study.elapsedMs)}${state}, ${study.direction} ${study.objective}`;
}

function verdict(study: Study): string[] {
  if (!study.hasBest) return ["No trial has a score."];
  const { best } = study;
  return [
    `best: ${paramsText(best.searched)}; ${study.objective} ${best.score?.toPrecision(6)}; final equity ${best.finalEquity.toFixed(8)}; ${best.roundTrips} round trips`,
  ];
}

const warnings = (study: Study): string[] => study.warnings.map((warning) => warning.message);

/** How much to believe of the best trial; a study that fails the test says so among its warnings already. */
function judgement(study: Study): string[] {
  if (!study.hasBest) return [];
  const { text } = study.overfitting;
  return warnings(study).includes(text) ? [] : [text];
}

/** The ten best trials. */
function bestTrials(study: Study): Table {
  return table(study.table().slice(0, 10), { title: "Best trials", align: { finalEquity: "right" } });
}

export function studyText(study: Study): string {
  return [title(study), ...verdict(study), ...judgement(study), bestTrials(study).toString(), warningText(warnings(study))]
    .filter((line) => line !== "")
    .join("\n");
}

/** A study in a notebook: what won and how much to believe of it, the best trials, a heatmap or a curve, and the scores in order. */
export function studyBundle(study: Study): Promise<MimeBundle> {
  const axes = Object.keys(study.space);
  const parts: Part[] = [{ lines: [...verdict(study), ...judgement(study)] }, { warnings: warnings(study) }, bestTrials(study)];
  if (study.hasBest && axes.length === 1) parts.push(studyCurve(study, axes[0]!));
  if (study.hasBest && axes.length >= 2) parts.push(studyHeatmap(study));
  if (study.hasBest && study.length > 1)
    parts.push(trialsChart(study.scores, { objective: study.objective, direction: study.direction, synthetic: synthetic(study) }));
  return section(title(study), parts);
}

export function trialText(trial: Trial): string {
  const score = trial.score === null ? `no score: ${trial.reason}` : String(trial.score);
  return `Trial ${trial.index} of ${trial.strategy.name}: ${paramsText(trial.searched)}\nscore ${score}; final equity ${trial.finalEquity.toFixed(8)}; max drawdown ${(trial.maxDrawdown * 100).toFixed(2)} %; ${trial.roundTrips} round trips`;
}
