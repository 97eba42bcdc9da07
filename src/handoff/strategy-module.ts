import { dirname, relative, resolve, sep } from "node:path";
import type { AnyStrategy } from "../backtest/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { BUILT_IN, STRATEGY_NAMES } from "../strategies/index.js";

/** A loaded local module, as `src/modules` gives it. */
export interface StrategyModule {
  readonly module: Readonly<Record<string, unknown>>;
  /** Of the file and every local file behind it. */
  readonly sha256: string;
}

/** Loads a module by path. */
export type ModuleLoader = (path: string) => Promise<StrategyModule>;

/** A strategy of a module, and where a file finds it. */
export interface ModuleStrategy {
  readonly strategy: AnyStrategy;
  /** Relative to the TOML file, `./x.ts`. */
  readonly module: string;
  readonly sha256: string;
}

/** Whether Tesserlab ships this very strategy, so that its name is enough. */
export function isBuiltIn(strategy: AnyStrategy): boolean {
  return (BUILT_IN as readonly AnyStrategy[]).includes(strategy);
}

/**
 * A strategy of one's own must not borrow a built-in name: Tesser would find its own strategy behind it and trade that.
 * @throws LabError `STRATEGY_NAME_TAKEN`.
 */
export function checkOwnName(strategy: AnyStrategy): void {
  const taken = STRATEGY_NAMES.find((name) => [strategy.name, ...strategy.aliases].some((own) => own.toLowerCase() === name.toLowerCase()));
  if (taken === undefined) return;
  throw new LabError(
    "STRATEGY_NAME_TAKEN",
    `A strategy of your own cannot be exported as ${taken}, the name of a built-in one: Tesser would run its own. Rename it, such as My${strategy.name}.`,
    {
      details: { name: strategy.name },
    },
  );
}

/**
 * Loads a module and takes the strategy of a name out of its exports.
 * @param file - of the TOML file; `module` is relative to its folder.
 * @throws LabError `STRATEGY_NOT_EXPORTED` with the strategies the module does export, `MODULE_NOT_FOUND`, `MODULE_SYNTAX`, `MODULE_FAILED`.
 */
export async function strategyFromModule(name: string, module: string, file: string, load: ModuleLoader): Promise<ModuleStrategy> {
  const path = resolve(dirname(resolve(file)), module);
  const loaded = await load(path);
  const found = Object.values(loaded.module).filter(isDefinition);
  const strategy = found.find((one) => one.name.toLowerCase() === name.trim().toLowerCase());
  if (strategy !== undefined) return { strategy, module: modulePath(path, file), sha256: loaded.sha256 };
  const names = found.map((one) => one.name);
  throw unknownName("STRATEGY_NOT_EXPORTED", `strategy among the exports of ${module}:`, name, names);
}

/** How a TOML file names a module: relative to itself, with `/`. */
function modulePath(module: string, file: string): string {
  const path = relative(dirname(resolve(file)), resolve(module))
    .split(sep)
    .join("/");
  return path.startsWith(".") ? path : `./${path}`;
}

function isDefinition(value: unknown): value is AnyStrategy {
  const one = value as Partial<AnyStrategy> | null;
  return (
    typeof one === "object" &&
    one !== null &&
    typeof one.name === "string" &&
    typeof one.parse === "function" &&
    typeof one.create === "function"
  );
}
