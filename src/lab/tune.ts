import { durationText, inNotebook, progress } from "../display/index.js";
import { type Study, tune as search, type TuneOptions } from "../tune/index.js";
import { paramsText } from "./rules/run.js";

/** The cell's interrupt, where a kernel runs it. */
function cellSignal(): AbortSignal | undefined {
  const host = (globalThis as Record<symbol, unknown>)[Symbol.for("tesserlab.host")] as { signal?: AbortSignal } | undefined;
  return host?.signal;
}

/**
 * Searches parameters, with a progress bar; interrupting the cell ends the search and keeps what it found. Otherwise as `tune` of `tesserlab/tune`.
 * @example const study = await tune({ data: btc, strategy: "SmaCross", space: { fastPeriod: range(5, 60, 5), slowPeriod: range(20, 240, 10) }, objective: "sharpe" })
 */
export async function tune(options: TuneOptions): Promise<Study> {
  const signal = options?.signal ?? cellSignal();
  const watched = options?.onProgress === undefined && inNotebook();
  if (!watched) return search(signal === undefined ? options : { ...options, signal });
  let bar: ReturnType<typeof progress> | undefined;
  const study = await search({
    ...options,
    ...(signal === undefined ? {} : { signal }),
    onProgress({ done, total, best }) {
      bar ??= progress(total, { label: "tune" });
      bar.update(done, best === undefined ? undefined : `best ${best.score.toPrecision(5)} at ${paramsText(best.params)}`);
    },
  });
  bar?.done(`${study.length} trials, ${durationText(study.elapsedMs)}`);
  return study;
}
