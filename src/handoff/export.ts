import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { AnyStrategy } from "../backtest/index.js";
import { CandleSeries, type Clock, systemClock, timeText } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { loadModule } from "../modules/index.js";
import { resolveStrategy } from "../strategies/index.js";
import { CELL_MODULE_MARK, cellModule, currentHost, type NotebookHost } from "./cell-module.js";
import { readStrategy, strategyName } from "./load.js";
import type { LoadedStrategy } from "./loaded-strategy.js";
import { snakeCase } from "./names.js";
import { gitCommit } from "./origin.js";
import { provenanceSections } from "./provenance-table.js";
import { checkSameTrades } from "./same-trades.js";
import { type StrategySettings, settingsSections } from "./settings.js";
import { type Evidence, type ExportSource, exportedSettings, isComplete, provenanceOf } from "./source.js";
import { checkOwnName, isBuiltIn, type ModuleLoader, type ModuleStrategy, strategyFromModule } from "./strategy-module.js";
import { mapSymbols, parseSymbol } from "./symbols.js";
import { tableEntries } from "./table-values.js";
import { editToml, removeTables, TomlDocument, type TomlPath, type TomlSection, textLiteral, tomlValue } from "./toml/index.js";
import { writeFileAtomic } from "./write-file.js";

/** Options of {@link exportStrategy}. */
export interface ExportOptions extends Evidence {
  /** Path of the module that exports a strategy of one's own, relative to the working directory. */
  module?: string;
  /** `plain` is BTCUSDT, `venue` is bybit_linear:BTCUSDT, which Tesser needs from 0.9.1 on. Plain, or as in the file that is edited. */
  symbolStyle?: "plain" | "venue";
  /** Venue for `symbolStyle: "venue"`; `bybit_` and the category unless given. */
  venue?: string;
  /** Settings that win over those of the source. */
  settings?: StrategySettings;
  /** Replace a file that is not a strategy file of this strategy. */
  overwrite?: boolean;
  /** Loads modules; `loadModule` of `tesserlab/modules` unless given. */
  loadModule?: ModuleLoader;
  /** The notebook that may know a strategy's cell; the running one unless given. */
  host?: NotebookHost;
  /** Dates the record; the machine's clock unless given. */
  clock?: Clock;
}

const OPTIONS: readonly (keyof ExportOptions)[] = [
  "module",
  "symbolStyle",
  "venue",
  "settings",
  "overwrite",
  "search",
  "inSample",
  "outOfSample",
  "deflatedSharpe",
  "pbo",
  "loadModule",
  "host",
  "clock",
];

/**
 * Writes a strategy file that Tesser and `loadStrategy` read: strategy, parameters, settings, and where the result comes from. A file of the
 * same strategy that is already there keeps its comments, order and formatting; only values that differ are changed.
 * @param source - a backtest run, `study.best`, a loaded file, or `{ strategy, params }`. Only tested results get a `[provenance]`.
 * @returns the file, loaded back from what was written.
 * @example await exportStrategy(study.best, "strategies/sma_cross_tuned.toml")
 * @throws LabError `STRATEGY_FILE_EXISTS`, `STRATEGY_NEEDS_MODULE`, `STRATEGY_NOT_PORTABLE`, `STRATEGY_NOT_EXPORTED`, `STRATEGY_NAME_TAKEN`,
 * `SETTINGS_NOT_PORTABLE`, `STRATEGY_UNKNOWN`, `PARAM_UNKNOWN`, `PARAM_INVALID`, `OPTION_UNKNOWN`.
 */
export async function exportStrategy(source: ExportSource, path: string, options: ExportOptions = {}): Promise<LoadedStrategy> {
  for (const key of Object.keys(options))
    if (!(OPTIONS as readonly string[]).includes(key)) throw unknownName("OPTION_UNKNOWN", "option of exportStrategy", key, OPTIONS);
  checkTarget(path);
  const load = options.loadModule ?? loadModule;
  const strategy = resolveStrategy(source.strategy) as AnyStrategy;
  const params = plainSymbols(strategy, strategy.parse(source.params ?? {}));
  const settings = exportedSettings(source, options.settings);
  const existing = await existingFile(path, strategy, options.overwrite ?? false);
  const own = isBuiltIn(strategy) ? undefined : await ownModule(strategy, path, options.module ?? moduleOf(source), options, load);
  if (own !== undefined) proveModule(source, strategy, own, params, settings);
  const provenance = provenanceOf(source, options, {
    strategy,
    params,
    moduleSha256: own?.sha256,
    gitCommit: await gitCommit(dirname(resolve(path))),
    created: timeText((options.clock ?? systemClock).now()),
  });
  const sections = [
    rootSection(strategy, own, existing),
    {
      path: ["params"],
      entries: tableEntries(strategy.params, styled(strategy, params, settings, options, existing)),
      remove: "others" as const,
    },
    ...(settings === undefined ? [] : settingsSections(settings)),
    ...(provenance === undefined ? [] : provenanceSections(provenance)),
  ];
  const owned = [...(settings === undefined ? [] : ["execution", "risk_management"]), ...(provenance === undefined ? [] : ["provenance"])];
  const text = existing === undefined ? `${HEADER}${editToml(new TomlDocument("", path), sections)}` : edited(existing, sections, owned);
  const checked = await readStrategy(path, text, load);
  await writeFileAtomic(path, text);
  return checked;
}

const HEADER =
  "# Written by tesserlab, read by tesserlab and Tesser. [params] is what the strategy trades by;\n# changing it after [provenance] was recorded counts as untested.\n\n";

function checkTarget(path: string): void {
  if (typeof path === "string" && /[^/\\]\.toml$/.test(path)) return;
  throw new LabError("PATH_INVALID", `A strategy file is named like strategies/sma_cross.toml, got '${String(path)}'.`, {
    details: { path },
  });
}

function plainSymbols(strategy: AnyStrategy, params: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return mapSymbols(strategy.params, params, (symbol) => parseSymbol(symbol).code);
}

/** The file to edit; `undefined` to write a new one. @throws LabError `STRATEGY_FILE_EXISTS` for a file of something else. */
async function existingFile(path: string, strategy: AnyStrategy, overwrite: boolean): Promise<TomlDocument | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  let holds = "no strategy file";
  try {
    const document = new TomlDocument(text, path);
    const name = strategyName(document);
    if ([strategy.name, ...strategy.aliases].some((own) => own.toLowerCase() === name.trim().toLowerCase())) return document;
    holds = `a strategy file of ${name}`;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
  }
  if (overwrite) return undefined;
  throw new LabError(
    "STRATEGY_FILE_EXISTS",
    `${path} is ${holds}, not of ${strategy.name}: choose another path, or pass overwrite: true.`,
    { details: { path } },
  );
}

/** Where a loaded file found its strategy. */
function moduleOf({ path, module }: ExportSource): string | undefined {
  return path === undefined || module === undefined ? undefined : join(dirname(resolve(path)), module);
}

/** The module of a strategy of one's own: as given, or made from the cell that declares it. */
async function ownModule(
  strategy: AnyStrategy,
  path: string,
  module: string | undefined,
  { host = currentHost(), overwrite }: ExportOptions,
  load: ModuleLoader,
): Promise<ModuleStrategy> {
  checkOwnName(strategy);
  if (module !== undefined) return strategyFromModule(strategy.name, resolve(module), path, load);
  const folder = dirname(resolve(path));
  const text = host === undefined ? undefined : cellModule(strategy.name, host, folder);
  const fileName = `${snakeCase(strategy.name).replace(/^_/, "")}.ts`;
  if (text === undefined)
    throw new LabError(
      "STRATEGY_NEEDS_MODULE",
      `${strategy.name} is a strategy of your own: a file can name it only by its module. Put it into a file that exports it and pass module: "strategies/${fileName}".`,
      { details: { strategy: strategy.name } },
    );
  const file = join(folder, fileName);
  const there = await readFile(file, "utf8").catch(() => undefined);
  if (there !== undefined && there !== text && !there.startsWith(CELL_MODULE_MARK) && overwrite !== true)
    throw new LabError("STRATEGY_FILE_EXISTS", `${file} is there and was not exported from a notebook: move it, or pass overwrite: true.`, {
      details: { path: file },
    });
  await writeFileAtomic(file, text);
  return strategyFromModule(strategy.name, file, path, load);
}

/** A tested result and a module go together only if the module is what was tested. */
function proveModule(
  source: ExportSource,
  tested: AnyStrategy,
  own: ModuleStrategy,
  params: Readonly<Record<string, unknown>>,
  over: StrategySettings = {},
): void {
  const { settings } = source;
  const series = [source.series ?? source.data ?? []].flat().filter((one) => one instanceof CandleSeries);
  if (series.length > 0 && isComplete(settings)) checkSameTrades({ tested, named: own.strategy, params, series, settings, over });
}

function rootSection(strategy: AnyStrategy, own: ModuleStrategy | undefined, existing: TomlDocument | undefined): TomlSection {
  const name = existing === undefined ? strategy.name : strategyName(existing);
  const module =
    own === undefined
      ? []
      : ([
          ["strategy_module", textLiteral(own.module)],
          ["module_sha256", textLiteral(own.sha256)],
        ] as const);
  return { path: [], entries: [["strategy_name", textLiteral(name)], ...module], remove: ["strategy_module", "module_sha256"] };
}

/** Parameters with symbols in the wanted style: the asked one, else that of the file that is edited, else plain. */
function styled(
  strategy: AnyStrategy,
  params: Readonly<Record<string, unknown>>,
  settings: StrategySettings | undefined,
  options: ExportOptions,
  existing: TomlDocument | undefined,
): Readonly<Record<string, unknown>> {
  const { symbolStyle } = options;
  if (symbolStyle !== undefined && symbolStyle !== "plain" && symbolStyle !== "venue")
    throw unknownName("OPTION_INVALID", "symbolStyle", String(symbolStyle), ["plain", "venue"]);
  const written = venueIn(existing);
  const venue = options.venue ?? written ?? `bybit_${settings?.category ?? "linear"}`;
  const qualify = symbolStyle === "venue" || (symbolStyle === undefined && (options.venue !== undefined || written !== undefined));
  return qualify ? mapSymbols(strategy.params, params, (symbol) => `${venue}:${symbol}`) : params;
}

/** The venue the symbols of a file are qualified with. */
function venueIn(document: TomlDocument | undefined): string | undefined {
  const item = document?.at(["params", "symbol"]) ?? document?.at(["params", "symbols"]);
  const value = item?.type === "leaf" ? [tomlValue(item.value)].flat()[0] : undefined;
  return typeof value === "string" && value.trim() !== "" ? parseSymbol(value).venue : undefined;
}

/** An existing file with the sections brought in; our tables that are no longer said are taken out, others' stay. */
function edited(existing: TomlDocument, sections: readonly TomlSection[], owned: readonly string[]): string {
  const said = new Set(sections.map(({ path }) => path.join(".")));
  const obsolete = owned.flatMap((name) => tablesBelow(existing, [name])).filter((path) => !said.has(path.join(".")));
  return editToml(new TomlDocument(removeTables(existing, obsolete), existing.file), sections);
}

/** Paths of a table and of the tables below it. */
function tablesBelow(document: TomlDocument, path: TomlPath): TomlPath[] {
  const item = document.at(path);
  if (item === undefined || item.type === "leaf") return [];
  const keys = item.type === "list" ? item.tables.map((_, i) => i) : [...item.items.keys()];
  const below = keys.flatMap((key) => tablesBelow(document, [...path, key]));
  return item.type === "list" ? below : [path, ...below];
}
