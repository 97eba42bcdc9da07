import { type BacktestOptions, PreparedBacktest } from "../backtest/index.js";
import type { CandleColumns, TapeColumns } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { loadModule } from "../modules/index.js";
import type { SessionWarning } from "../state/index.js";
import { resolveStrategy, type StrategyDefinition } from "../strategies/index.js";
import { dataOf } from "./portable.js";
import type { TradeSpec } from "./trader/contracts.js";

/** Where a session's thread finds its strategy: a built-in's name, or a file with the content it had when the session was started. */
export type StrategySource = { readonly name: string } | { readonly module: string; readonly sha256: string; readonly name: string };

/** A session as it is sent to where it runs: plain data. */
export interface SessionSpec {
  readonly id: string;
  readonly statePath: string;
  readonly venue: string;
  readonly strategy: StrategySource;
  /** Checked parameters; decimals as text. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Execution settings; sizers and limits as text. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly data: readonly (CandleColumns | TapeColumns)[];
  readonly speed: "max" | number;
  readonly warnings: readonly SessionWarning[];
  /** For a session on a venue: the venue's description, what it is told, and what it holds for itself alone. */
  readonly venueSpec?: Readonly<Record<string, unknown>>;
  readonly trade?: TradeSpec;
  readonly holds?: readonly string[];
}

/** The one strategy a module exports, or the one of a name. @throws LabError `STRATEGY_MODULE`, `STRATEGY_UNKNOWN`. */
export async function strategyOfModule(
  path: string,
  name?: string,
): Promise<{ strategy: StrategyDefinition; path: string; sha256: string }> {
  const { module, sha256, path: file } = await loadModule(path);
  const found = [...new Set(Object.values(module).filter(isStrategy))];
  const names = found.map((one) => one.name);
  if (found.length === 0)
    throw new LabError("STRATEGY_MODULE", `${path} exports no strategy: export what defineStrategy returns.`, { details: { path } });
  if (name === undefined && found.length > 1)
    throw new LabError("STRATEGY_MODULE", `${path} exports several strategies, ${names.join(", ")}: give the name of one.`, {
      details: { path, names },
    });
  const strategy = name === undefined ? found[0] : found.find((one) => one.name === name);
  if (strategy === undefined) throw unknownName("STRATEGY_UNKNOWN", `strategy of ${path}`, String(name), names);
  return { strategy, path: file, sha256 };
}

function isStrategy(value: unknown): value is StrategyDefinition {
  const one = value as Partial<StrategyDefinition> | null;
  return (
    typeof one === "object" &&
    one !== null &&
    typeof one.create === "function" &&
    typeof one.parse === "function" &&
    typeof one.name === "string"
  );
}

/** Makes a sent session ready to run. @throws LabError `STRATEGY_CHANGED` for a module edited since the session was started. */
export async function prepareSpec(spec: SessionSpec): Promise<PreparedBacktest> {
  return new PreparedBacktest({
    ...(spec.settings as Partial<BacktestOptions>),
    data: spec.data.map(dataOf),
    strategy: await findStrategy(spec.strategy),
  });
}

/** @throws LabError `STRATEGY_CHANGED`. */
export async function findStrategy(source: StrategySource): Promise<StrategyDefinition> {
  if (!("module" in source)) return resolveStrategy(source.name);
  const { strategy, sha256 } = await strategyOfModule(source.module, source.name);
  if (sha256 !== source.sha256)
    throw new LabError("STRATEGY_CHANGED", `${source.module} was edited while the session was being started; start it again.`, {
      details: { path: source.module },
    });
  return strategy;
}
