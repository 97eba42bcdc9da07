import { type MimeBundle, type Table, table } from "../../display/index.js";
import type { ClassifierScores } from "../../strategies/index.js";
import type { TrainedClassifier } from "../train-classifier.js";
import { section, warningText } from "./section.js";

function scores(of: TrainedClassifier): Table {
  const row = (part: string, { samples, baseRate, accuracy, auc, aucError, logLoss }: ClassifierScores) => ({
    part,
    samples,
    accuracy: accuracy.toFixed(4),
    alwaysTheSame: Math.max(baseRate, 1 - baseRate).toFixed(4),
    auc: auc.toFixed(4),
    aucByChance: `0.5 ± ${aucError.toFixed(4)}`,
    logLoss: logLoss.toFixed(5),
  });
  return table([row("in sample", of.inSample), row("out of sample", of.outOfSample)]);
}

function title(of: TrainedClassifier): string {
  return `linear model of ${of.model.weights.length} returns of ${of.symbol}: ${of.modelPath}, strategy file ${of.strategy.path}`;
}

const warningsOf = (of: TrainedClassifier): readonly string[] => of.warnings.map(({ message }) => message);

/** What a trained model says of itself in a console. */
export function classifierText(of: TrainedClassifier): string {
  return [title(of), String(scores(of)), ...(of.warnings.length > 0 ? [warningText(warningsOf(of))] : [])].join("\n");
}

/** A trained model in a notebook: how it did on what it saw and on what it did not, and the doubts. */
export function classifierBundle(of: TrainedClassifier): Promise<MimeBundle> {
  return section(title(of), [scores(of), { warnings: warningsOf(of) }]);
}
