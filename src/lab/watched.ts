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

/** What a search is told by while it runs, and how its bar reads. */
interface Watch<T> {
  readonly label: string;
  readonly search: (controls: SearchControls) => Promise<T>;
  /** What the bar says in the end. */
  readonly told: (result: T) => string;
}

/** Runs a search that the cell's interrupt ends, with a progress bar in notebooks, unless the caller brings a signal or a listener of his own. */
export async function watched<T>(controls: SearchControls, { label, search, told }: Watch<T>): Promise<T> {
  const signal = controls.signal ?? cellSignal();
  const stop = signal === undefined ? {} : { signal };
  if (controls.onProgress !== undefined || !inNotebook()) return search({ ...controls, ...stop });
  let bar: ReturnType<typeof progress> | undefined;
  let end = "failed";
  try {
    const result = await search({
      ...controls,
      ...stop,
      onProgress({ done, total, best }) {
        bar ??= progress(total, { label });
        bar.update(done, best === undefined ? undefined : `best ${best.score.toPrecision(5)} at ${paramsText(best.params)}`);
      },
    });
    end = told(result);
    return result;
  } finally {
    bar?.done(end);
  }
}

/** The same for the search of a study, which is the newest from then on. */
export async function watchedStudy(controls: SearchControls, search: (controls: SearchControls) => Promise<Study>): Promise<Study> {
  last = await watched(controls, {
    label: "tune",
    search,
    told: ({ length, elapsedMs, aborted }) =>
      `${length} trials, ${durationText(elapsedMs)}${aborted ? "; stopped: tune.last holds them, tune.last.resume() goes on" : ""}`,
  });
  return last;
}
