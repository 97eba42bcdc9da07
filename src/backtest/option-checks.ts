import { type DecimalInput, decimal, type Ratio, ratio } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import type { AlgorithmDefinition } from "../execution/index.js";
import type { QueueModel } from "../venues/paper/index.js";
import type { BacktestOptions, RunSettings } from "./settings.js";

/** A whole number option within limits. @throws LabError `OPTION_INVALID`. */
export function wholeOption(value: number, name: string, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new LabError("OPTION_INVALID", `${name} must be a whole number from ${min} to ${max}, got ${String(value)}.`, {
      details: { name, value },
    });
  return value;
}

/** A decimal option within limits. @throws LabError `OPTION_INVALID`. */
export function decimalOption(value: DecimalInput, name: string, min: number, max: number): ReturnType<typeof decimal> {
  const exact = decimal(value, name);
  if (exact.lt(min) || exact.gt(max))
    throw new LabError("OPTION_INVALID", `${name} must lie between ${min} and ${max}, got ${exact.toFixed()}.`, { details: { name } });
  return exact;
}

/** A share of something as a ratio; undefined where none is given. @throws LabError `OPTION_INVALID` outside 0 to 1. */
export function shareOption(value: DecimalInput | undefined, name: string): Ratio | undefined {
  if (value === undefined) return undefined;
  const exact = decimalOption(value, name, 0, 1);
  if (exact.isZero()) throw new LabError("OPTION_INVALID", `${name} must be above 0; leave it out for none.`, { details: { name } });
  return ratio(exact, name);
}

/** @throws LabError `OPTION_INVALID`. */
export function queueOption(queue: QueueModel = "conservative"): QueueModel {
  if (queue !== "conservative" && queue !== "optimistic")
    throw unknownName("OPTION_INVALID", "queue", String(queue), ["conservative", "optimistic"]);
  return queue;
}

/** @throws LabError `OPTION_INVALID`. */
export function unprotectedOption(value: "close" | "keep" = "close"): "close" | "keep" {
  if (value !== "close" && value !== "keep") throw unknownName("OPTION_INVALID", "value of unprotected", String(value), ["close", "keep"]);
  return value;
}

/** @throws LabError `OPTION_INVALID`. */
export function groupExitOption(value: BacktestOptions["groupExit"] = "market"): RunSettings["groupExit"] {
  if (value === "market") return value;
  if (typeof value !== "object" || value === null)
    throw new LabError("OPTION_INVALID", `groupExit is "market" or { offsetBps: 25 }, got ${String(value)}.`, { details: { value } });
  return Object.freeze({ offsetBps: wholeOption(value.offsetBps, "groupExit.offsetBps", 0, 9999) });
}

/** An option that only trades and books can honour. @throws LabError `OPTION_INVALID` where it is given with candles alone. */
export function ticksOnly<T>(value: T | undefined, name: string, otherwise: T): T {
  if (value === undefined) return otherwise;
  throw new LabError("OPTION_INVALID", `${name} needs trades or books in data; candles cannot tell.`, { details: { name } });
}

/** @throws LabError `OPTION_INVALID`. */
export function algorithmsOption(algorithms: readonly AlgorithmDefinition[]): readonly AlgorithmDefinition[] {
  if (!Array.isArray(algorithms) || !algorithms.every((one) => typeof one?.onEvent === "function"))
    throw new LabError("OPTION_INVALID", "algorithms is a list of what defineAlgorithm returns.");
  return algorithms;
}
