import { setImmediate as nextTurn } from "node:timers/promises";
import { LabError } from "../errors/index.js";
import { attempt } from "./attempt.js";
import type { Findings } from "./findings.js";
import type { SearchControls } from "./options.js";
import { drawsOf, type Plan } from "./plan.js";

/** Milliseconds of work between two turns of the event loop: displays, timers and an abort wait no longer. */
const SLICE_MS = 15;
/** Milliseconds between two calls of `onProgress`. */
const REPORT_MS = 50;
/** When every one of the first trials throws, the rest would too. */
const HOPELESS = 10;
/** A random search gives up when `where` turns down so many draws in a row. */
const MOST_SKIPPED = 100_000;

/** How a search ended. */
export interface SearchEnd {
  readonly aborted: boolean;
  /** True when `where` left too little of the space to draw the trials asked for. */
  readonly exhausted: boolean;
  /** What `onProgress` threw: it is not called again, the search goes on. */
  readonly progressError: unknown;
}

/** Tells `onProgress` how far the search is, not more often than anyone can look. */
class Reporter {
  error: unknown;
  readonly #plan: Plan;
  readonly #findings: Findings;
  #report: SearchControls["onProgress"];
  #last = Number.NEGATIVE_INFINITY;

  constructor(plan: Plan, findings: Findings, report: SearchControls["onProgress"]) {
    this.#plan = plan;
    this.#findings = findings;
    this.#report = report;
  }

  tell(now: number, ended = false): void {
    if (this.#report === undefined || (!ended && now - this.#last < REPORT_MS)) return;
    this.#last = now;
    const { method, space } = this.#plan;
    const { combination, score, best, drawn, elapsedMs, length, failures } = this.#findings;
    const done = method.seed === null ? drawn : length + failures.length;
    const total = method.trials;
    const params = best < 0 ? undefined : space.params(combination[best]!);
    try {
      this.#report({
        done,
        total,
        best: params && { params, score: score[best]! },
        elapsedMs,
        etaMs: done === 0 ? null : (elapsedMs / done) * (total - done),
      });
    } catch (error) {
      this.#report = undefined;
      this.error = error;
    }
  }
}

/** Ends a search that cannot succeed, with the first error as the cause. */
function stopIfHopeless({ length, failures }: Findings, ended: boolean): void {
  if (length > 0 || failures.length === 0 || (!ended && failures.length < HOPELESS)) return;
  const first = failures[0]!.error;
  const message = first instanceof Error ? first.message : String(first);
  throw new LabError("TUNE_FAILED", `Every trial failed (${failures.length} tried). The first: ${message}`, { cause: first });
}

/**
 * Carries a plan out from where the findings stand, adding to them. Trials are synchronous; between slices the event loop turns.
 * @throws LabError `TUNE_FAILED` when every trial throws, `SPACE_INVALID` when nothing is left to try.
 */
export async function search(plan: Plan, findings: Findings, { signal, onProgress }: SearchControls): Promise<SearchEnd> {
  const started = performance.now() - findings.elapsedMs;
  const reporter = new Reporter(plan, findings, onProgress);
  const firstSkipped = findings.drawn;
  let skippedInARow = 0;
  let sliceEnd = performance.now() + SLICE_MS;
  let position = 0;
  let exhausted = false;
  let aborted = false;
  reporter.tell(performance.now());

  for (const combination of drawsOf(plan)) {
    if (position++ < firstSkipped) continue;
    const tried = findings.length + findings.failures.length;
    if (tried >= plan.method.trials || exhausted) break;
    if (signal?.aborted) {
      aborted = true;
      break;
    }
    attempt(plan, findings, combination);
    findings.drawn++;
    const isSkip = findings.length + findings.failures.length === tried;
    skippedInARow = isSkip ? skippedInARow + 1 : 0;
    exhausted = plan.method.seed !== null && skippedInARow >= MOST_SKIPPED;
    if (!isSkip) stopIfHopeless(findings, false);
    const now = performance.now();
    if (now < sliceEnd) continue;
    findings.elapsedMs = now - started;
    reporter.tell(now);
    await nextTurn();
    sliceEnd = performance.now() + SLICE_MS;
  }

  findings.elapsedMs = performance.now() - started;
  reporter.tell(performance.now(), true);
  stopIfHopeless(findings, !aborted);
  if (findings.length === 0 && !aborted)
    throw new LabError(
      "SPACE_INVALID",
      `None of the ${findings.drawn} combinations may be tried: ${findings.strategyRule ?? "where turns them all down"}.`,
    );
  return { aborted, exhausted, progressError: reporter.error };
}
