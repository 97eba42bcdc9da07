import type { AnyStrategy } from "../backtest/index.js";
import { Decimal } from "../core/index.js";
import { resolveStrategy } from "../strategies/index.js";
import { type StrategySettings, settingsSections } from "./settings.js";

/** What can be compared: a loaded file, a run, a trial, or `{ strategy, params }`. */
export interface Comparable {
  readonly strategy: string | AnyStrategy;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly settings?: unknown;
}

/** A difference; `undefined` where one side does not have it. */
export interface StrategyDifference {
  readonly table: "strategy" | "params" | "execution" | "risk_management" | "router";
  readonly name: string;
  readonly a: string | undefined;
  readonly b: string | undefined;
}

/**
 * What differs between two strategies: the strategy itself, parameters (defaults filled in), and settings where both
 * sides have any: `undefined` is then a key that one side leaves to its default.
 * @throws LabError `STRATEGY_UNKNOWN`, `PARAM_UNKNOWN`, `PARAM_INVALID`.
 */
export function diffStrategy(a: Comparable, b: Comparable): readonly StrategyDifference[] {
  const [left, right] = [valuesOf(a), valuesOf(b)];
  const keys = new Set([...left.keys(), ...right.keys()]);
  const bothSettings = a.settings !== undefined && b.settings !== undefined;
  const differences: StrategyDifference[] = [];
  for (const key of keys) {
    const [table, name] = key.split(" ") as [StrategyDifference["table"], string];
    if (table !== "strategy" && table !== "params" && !bothSettings) continue;
    if (left.get(key) !== right.get(key)) differences.push({ table, name, a: left.get(key), b: right.get(key) });
  }
  return differences;
}

function valuesOf({ strategy, params, settings }: Comparable): Map<string, string> {
  const definition = resolveStrategy(strategy) as AnyStrategy;
  const values = new Map([["strategy name", definition.name]]);
  for (const [name, value] of Object.entries(definition.parse(params ?? {})))
    if (value !== undefined) values.set(`params ${name}`, textOf(value));
  if (settings === undefined) return values;
  for (const { path, entries } of settingsSections(settings as StrategySettings))
    for (const [name, literal] of entries) values.set(`${path.join(".")} ${name}`, textOf(literal.value));
  return values;
}

function textOf(value: unknown): string {
  return Decimal.isDecimal(value) ? value.toFixed() : Array.isArray(value) ? value.join(", ") : String(value);
}
