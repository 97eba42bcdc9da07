import { defineAlgorithm } from "./define.js";
import { iceberg } from "./iceberg.js";
import { algorithmParam } from "./params.js";
import { pegged } from "./pegged.js";
import { restoreAlgorithm, startAlgorithm } from "./registry.js";
import { sniper } from "./sniper.js";
import { trailingStop } from "./trailing-stop.js";
import { twap } from "./twap.js";
import { vwap } from "./vwap.js";

export type {
  AlgorithmDefinition,
  AlgorithmDesk,
  AlgorithmEvent,
  AlgorithmInput,
  AlgorithmRequest,
  AlgorithmState,
  AlgorithmStatus,
  ChildInput,
  ChildOrder,
  Json,
  ParentInput,
  ParentOrder,
  SavedAlgorithm,
} from "./contract.js";
export { defineAlgorithm } from "./define.js";
export { algorithmParam, type ParamLimits, type ParamReader, type ParamsOf } from "./params.js";
export { BUILT_IN_ALGORITHMS, findAlgorithm, hintParams, restoreAlgorithm, startAlgorithm } from "./registry.js";
export { AlgorithmRun } from "./run.js";
export { type AlgorithmStore, MemoryAlgorithmStore } from "./store.js";

/** The execution algorithms in scope of cells, and what it takes to start one by hand. */
export const algos: {
  readonly twap: typeof twap;
  readonly vwap: typeof vwap;
  readonly iceberg: typeof iceberg;
  readonly pegged: typeof pegged;
  readonly sniper: typeof sniper;
  readonly trailingStop: typeof trailingStop;
  readonly start: typeof startAlgorithm;
  readonly restore: typeof restoreAlgorithm;
  readonly define: typeof defineAlgorithm;
  /** Readers of parameters for `defineAlgorithm`. */
  readonly param: typeof algorithmParam;
} = Object.freeze({
  twap,
  vwap,
  iceberg,
  pegged,
  sniper,
  trailingStop,
  start: startAlgorithm,
  restore: restoreAlgorithm,
  define: defineAlgorithm,
  param: algorithmParam,
});
