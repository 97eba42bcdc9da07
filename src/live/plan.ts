import { dirname, resolve } from "node:path";
import type { AnyStrategy, BacktestOptions } from "../backtest/index.js";
import type { Interval } from "../core/index.js";
import { assertTradable, type LoadedStrategy, loadStrategy } from "../handoff/index.js";
import type { SessionWarning } from "../state/index.js";
import { BUILT_IN, resolveStrategy } from "../strategies/index.js";
import type { SessionFeed, SessionOptions } from "./options.js";
import { type StrategySource, strategyOfModule } from "./spec.js";

/** What a session is to do: a backtest's options, where another thread finds the strategy (if it can), and what to warn about. */
export interface SessionPlan {
  readonly run: BacktestOptions;
  readonly source: StrategySource | undefined;
  readonly warnings: readonly SessionWarning[];
  /** Length of the candles that a strategy file is made for. */
  readonly interval?: Interval;
}

/** The settings of a backtest among a session's options. */
function settingsOf(options: SessionOptions): Partial<BacktestOptions> {
  const { strategy, config, venue, data, statePath, allowEdited, thread, clock, params, ...settings } = options;
  return settings;
}

/** @throws LabError what loading a strategy file, a module or a name throws, `STRATEGY_EDITED` for a file that is not what was tested. */
export async function planSession(
  options: SessionOptions,
  data: SessionFeed["data"],
  venue: "paper" | "live" = "paper",
  allowUnproven = false,
): Promise<SessionPlan> {
  const settings = settingsOf(options);
  if (options.config === undefined) {
    const { strategy, source } = await findStrategy(options.strategy!);
    return { run: { ...settings, data, strategy, params: options.params ?? {} }, source, warnings: [] };
  }
  const loaded = typeof options.config === "string" ? await loadStrategy(options.config) : options.config;
  const doubts = assertTradable(loaded, { venue, allowEdited: options.allowEdited ?? false, allowUnproven });
  const overridden = Object.keys(settings).filter((key) => key in loaded.settings);
  const changed = { code: "SETTINGS_OVERRIDDEN", message: `Not as ${loaded.path} says, but as given: ${overridden.join(", ")}.` };
  return {
    run: loaded.backtestOptions(data, settings),
    source: sourceOf(loaded),
    ...(loaded.settings.interval === undefined ? {} : { interval: loaded.settings.interval }),
    warnings: unique([...loaded.warnings, ...doubts, ...(overridden.length > 0 ? [changed] : [])]),
  };
}

/** Says where a setting of a plan comes from: its options stand before its strategy file. */
export function settingSource(options: Pick<SessionOptions, "config">): (name: string) => string {
  const { config } = options;
  const path = typeof config === "string" ? config : config?.path;
  return (name) => (path === undefined || name in options ? "the session's options" : path);
}

async function findStrategy(
  given: NonNullable<SessionOptions["strategy"]>,
): Promise<{ strategy: AnyStrategy; source: StrategySource | undefined }> {
  if (typeof given !== "object" || !("module" in given)) {
    const strategy = resolveStrategy(given);
    return { strategy, source: builtInSource(strategy) };
  }
  const { strategy, path, sha256 } = await strategyOfModule(given.module, given.name);
  return { strategy, source: { module: path, sha256, name: strategy.name } };
}

function sourceOf({ path, strategy, module, moduleSha256 }: LoadedStrategy): StrategySource | undefined {
  if (module === undefined || moduleSha256 === undefined) return builtInSource(strategy);
  return { module: resolve(dirname(resolve(path)), module), sha256: moduleSha256, name: strategy.name };
}

function builtInSource(strategy: AnyStrategy): StrategySource | undefined {
  return BUILT_IN.includes(strategy) ? { name: strategy.name } : undefined;
}

function unique(warnings: readonly SessionWarning[]): SessionWarning[] {
  return warnings.filter(({ code, message }, index) => warnings.findIndex((one) => one.code === code && one.message === message) === index);
}
