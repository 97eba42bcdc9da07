import { notebookHost } from "../core/index.js";
import { durationText, inNotebook, progress } from "../display/index.js";
import type { SearchControls, Study } from "../tune/index.js";
import { paramsText } from "./rules/run.js";

/** The cell's interrupt, where a kernel runs it. */
function cellSignal(): AbortSignal | undefined {
  return notebookHost<{ readonly signal?: AbortSignal }>()?.signal;
}

let last: Study | undefined;

/** The newest study of this process. An interrupted cell has no value, but its search has a study: this is where it is found. */
export function lastStudy(): Study | undefined {
  return last;
}

/** Runs a search that the cell's interrupt ends, with a progress bar in notebooks, unless the caller brings a signal or a listener of his own. */
export async function watched(controls: SearchControls, search: (controls: SearchControls) => Promise<Study>): Promise<Study> {
  const signal = controls.signal ?? cellSignal();
  const stop = signal === undefined ? {} : { signal };
  if (controls.onProgress !== undefined || !inNotebook()) {
    last = await search({ ...controls, ...stop });
    return last;
  }
  let bar: ReturnType<typeof progress> | undefined;
  last = await search({
    ...controls,
    ...stop,
    onProgress({ done, total, best }) {
      bar ??= progress(total, { label: "tune" });
      bar.update(done, best === undefined ? undefined : `best ${best.score.toPrecision(5)} at ${paramsText(best.params)}`);
    },
  });
  bar?.done(
    `${last.length} trials, ${durationText(last.elapsedMs)}${last.aborted ? "; stopped: tune.last holds them, tune.last.resume() goes on" : ""}`,
  );
  return last;
}
