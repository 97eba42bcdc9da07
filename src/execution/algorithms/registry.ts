import type { EpochMs, ExecutionHint } from "../../core/index.js";
import { LabError, unknownName, wrongInput } from "../../errors/index.js";
import type { AlgorithmDefinition, ParentInput, SavedAlgorithm } from "./contract.js";
import { iceberg } from "./iceberg.js";
import { pegged } from "./pegged.js";
import { AlgorithmRun } from "./run.js";
import { sniper } from "./sniper.js";
import { trailingStop } from "./trailing-stop.js";
import { twap } from "./twap.js";
import { vwap } from "./vwap.js";

/** The algorithms that come with the lab: a new one is a file and a line here. */
export const BUILT_IN_ALGORITHMS: readonly AlgorithmDefinition[] = Object.freeze([twap, vwap, iceberg, pegged, sniper, trailingStop]);

/** An algorithm by its name, one's own before the built-in ones. @throws LabError `ALGORITHM_UNKNOWN` with the nearest name. */
export function findAlgorithm(name: string, own: readonly AlgorithmDefinition[] = []): AlgorithmDefinition {
  const all = [...own, ...BUILT_IN_ALGORITHMS];
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw unknownName(
    "ALGORITHM_UNKNOWN",
    "algorithm",
    String(name),
    all.map((one) => one.name),
  );
}

/** The parameters in a hint: its own keys, or those under `params`. @throws LabError `ALGORITHM_HINT`. */
export function hintParams(hint: ExecutionHint): Readonly<Record<string, unknown>> {
  if (typeof hint !== "object" || hint === null || typeof hint.algorithm !== "string")
    throw new LabError("ALGORITHM_HINT", 'A hint names its algorithm: { algorithm: "twap", durationMs: 60_000 }.');
  const { algorithm: _, params, ...own } = hint as { algorithm: string; params?: Readonly<Record<string, unknown>> };
  return params === undefined ? own : { ...own, ...params };
}

/**
 * Starts the algorithm that a hint names, by hand: feed what it returns with events and send what it asks for.
 * @example algos.start({ algorithm: "twap", durationMs: 300_000 }, { id: "t1", side: "buy", quantity: "1", instrument: btc.instrument }, Date.now()).take()
 * @throws LabError `ALGORITHM_HINT`, `ALGORITHM_UNKNOWN`, `ALGORITHM_PARAM`, `ALGORITHM_PARENT`.
 */
export function startAlgorithm(
  hint: ExecutionHint,
  parent: ParentInput,
  time: EpochMs,
  own: readonly AlgorithmDefinition[] = [],
): AlgorithmRun {
  const params = hintParams(hint);
  if (!Number.isFinite(time)) throw wrongInput("ALGORITHM_PARENT", "time of an order", "epoch milliseconds", time);
  return AlgorithmRun.start(findAlgorithm(hint.algorithm, own), params, parent, time);
}

/** Goes on with a saved run. @throws LabError `ALGORITHM_SAVED`, `ALGORITHM_UNKNOWN`. */
export function restoreAlgorithm(saved: SavedAlgorithm, own: readonly AlgorithmDefinition[] = []): AlgorithmRun {
  if (typeof saved !== "object" || saved === null) throw wrongInput("ALGORITHM_SAVED", "algos.restore", "a run as save() gave it", saved);
  const definition = findAlgorithm(saved.algorithm, own);
  try {
    return AlgorithmRun.restore(definition, saved);
  } catch (cause) {
    if (cause instanceof LabError) throw cause;
    throw new LabError("ALGORITHM_SAVED", `This is no saved run of ${saved.algorithm}: ${String(cause)}`, { cause });
  }
}
