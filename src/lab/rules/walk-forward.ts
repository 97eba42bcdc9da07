import { equityChart } from "../../charts/index.js";
import { durationText, type Figure, type MimeBundle, type Table, table } from "../../display/index.js";
import type { WalkForward } from "../../tune/index.js";
import { paramsText } from "./run.js";
import { type Part, section, warningText } from "./section.js";

const warnings = (walk: WalkForward): string[] => walk.warnings.map((warning) => warning.message);

function title(walk: WalkForward): string {
  const { train, test, anchored } = walk.lengths;
  const how = anchored ? `trained on all bars before, at least ${train}` : `trained on ${train} bars`;
  return `${walk.strategy.name} walked forward: ${walk.windows.length} windows of ${test} bars, each ${how}, in ${durationText(walk.elapsedMs)}`;
}

/** What came out, and what would trade next. */
function verdict(walk: WalkForward): string[] {
  if (walk.latest === undefined || !walk.latest.hasBest) return [walk.text];
  return [
    walk.text,
    `next: ${paramsText(walk.best.searched)}, the best of the newest ${walk.best.series[0]!.length} bars; how it does is not known.`,
  ];
}

function windowTable(walk: WalkForward): Table {
  return table(walk.table(), { title: "Windows" });
}

function equity(walk: WalkForward): Figure {
  return equityChart(walk.equity, {
    title: `${walk.strategy.name}, out of sample`,
    note: "every bar traded by parameters chosen before it",
    trades: walk.trades,
    synthetic: walk.run.series.some(({ source }) => source.synthetic),
  });
}

export function walkForwardText(walk: WalkForward): string {
  return [title(walk), ...verdict(walk), windowTable(walk).toString(), warningText(warnings(walk))]
    .filter((line) => line !== "")
    .join("\n");
}

/** A walk in a notebook: what came out, its doubts, the equity of all tests, and the windows. */
export function walkForwardBundle(walk: WalkForward): Promise<MimeBundle> {
  const parts: Part[] = [{ lines: verdict(walk) }, { warnings: warnings(walk) }, equity(walk), windowTable(walk)];
  return section(title(walk), parts);
}
