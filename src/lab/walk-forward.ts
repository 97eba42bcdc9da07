import type { StrategyChoice } from "../backtest/index.js";
import { durationText } from "../display/index.js";
import { type WalkForward, type WalkForwardOptions, walkForward as walk } from "../tune/index.js";
import { watched } from "./watched.js";

/**
 * Searches parameters on a stretch of bars and trades them on the bars after it, again and again: every bar of the result was traded by parameters chosen without it. With a
 * progress bar; interrupting the cell ends it after the windows that were searched. Otherwise as `walkForward` of `tesserlab/tune`.
 * @example const walk = await walkForward({ data: btc, strategy: "SmaCross", space: { fastPeriod: range(5, 60, 5), slowPeriod: range(20, 240, 10) }, train: "60d", test: "20d" })
 */
export async function walkForward<S extends StrategyChoice>(options: WalkForwardOptions<S>): Promise<WalkForward> {
  // What is no object is for the walk to refuse.
  if (typeof options !== "object" || options === null) return walk(options);
  return watched(options, {
    label: "walk forward",
    search: (controls) => walk({ ...options, ...controls }),
    told: ({ windows, elapsedMs, aborted }) =>
      `${windows.length} windows, ${durationText(elapsedMs)}${aborted ? "; stopped: the windows searched until then were tested" : ""}`,
  });
}
