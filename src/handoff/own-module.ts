import { readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { AnyStrategy } from "../backtest/index.js";
import { CandleSeries } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { CELL_MODULE_MARK, cellModule, type NotebookHost } from "./cell-module.js";
import { snakeCase } from "./names.js";
import { checkSameTrades } from "./same-trades.js";
import type { StrategySettings } from "./settings.js";
import { type ExportSource, isComplete } from "./source.js";
import { checkOwnName, type ModuleLoader, type ModuleStrategy, strategyFromModule } from "./strategy-module.js";
import { writeFileAtomic } from "./write-file.js";

/** The module a file will name; `undo` takes back what was written for it. */
export interface OwnModule extends ModuleStrategy {
  undo(): Promise<void>;
}

/** What {@link ownModule} works with. */
export interface OwnModuleRequest {
  readonly strategy: AnyStrategy;
  /** Of the TOML file. */
  readonly path: string;
  /** As the caller or a loaded file names it. */
  readonly module: string | undefined;
  readonly host: NotebookHost | undefined;
  readonly overwrite: boolean;
  readonly load: ModuleLoader;
}

/**
 * The module of a strategy of one's own: as given, or made from the cell that defines it and written beside the TOML file.
 * @throws LabError `STRATEGY_NAME_TAKEN`, `STRATEGY_NEEDS_MODULE`, `STRATEGY_NOT_PORTABLE`, `STRATEGY_FILE_EXISTS`, `STRATEGY_NOT_EXPORTED`.
 */
export async function ownModule({ strategy, path, module, host, overwrite, load }: OwnModuleRequest): Promise<OwnModule> {
  const { name } = strategy;
  checkOwnName(strategy);
  if (module !== undefined) return { ...(await strategyFromModule(name, resolve(module), path, load)), undo: async () => {} };
  const folder = dirname(resolve(path));
  const fileName = `${snakeCase(name).replace(/^_/, "")}.ts`;
  const text = host === undefined ? undefined : cellModule(name, host, folder);
  if (text === undefined)
    throw new LabError(
      "STRATEGY_NEEDS_MODULE",
      `${name} is a strategy of your own: a file can name it only by its module. Put it into a file that exports it and pass module: "strategies/${fileName}".`,
      { details: { strategy: name } },
    );
  const file = join(folder, fileName);
  const before = await readFile(file, "utf8").catch(() => undefined);
  if (before !== undefined && !before.startsWith(CELL_MODULE_MARK) && !overwrite)
    throw new LabError("STRATEGY_FILE_EXISTS", `${file} is there and was not exported from a notebook: move it, or pass overwrite: true.`, {
      details: { path: file },
    });
  const undo = (): Promise<void> => (before === undefined ? rm(file, { force: true }) : writeFileAtomic(file, before));
  await writeFileAtomic(file, text);
  try {
    return { ...(await strategyFromModule(name, file, path, load)), undo };
  } catch (error) {
    await undo();
    throw error;
  }
}

/** Where a loaded file found its strategy. */
export function moduleOf({ path, module }: ExportSource): string | undefined {
  return path === undefined || module === undefined ? undefined : join(dirname(resolve(path)), module);
}

/**
 * A tested result and a module go together only if the module holds what was tested.
 * @throws LabError `STRATEGY_DIFFERS`.
 */
export function proveModule(
  source: ExportSource,
  tested: AnyStrategy,
  named: AnyStrategy,
  params: Readonly<Record<string, unknown>>,
  over: StrategySettings = {},
): void {
  const { settings } = source;
  const series = [source.series ?? source.data ?? []].flat().filter((one) => one instanceof CandleSeries);
  if (series.length > 0 && isComplete(settings)) checkSameTrades({ tested, named, params, series, settings, over });
}
