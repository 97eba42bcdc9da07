import { dirname, resolve } from "node:path";
import type { AnyStrategy } from "../backtest/index.js";
import { type Clock, systemClock, timeText } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { loadModule } from "../modules/index.js";
import { resolveStrategy } from "../strategies/index.js";
import { currentHost, type NotebookHost } from "./cell-module.js";
import { edited, existingFile } from "./existing-file.js";
import { readStrategy, strategyName } from "./load.js";
import type { LoadedStrategy } from "./loaded-strategy.js";
import { gitCommit } from "./origin.js";
import { moduleOf, ownModule, proveModule } from "./own-module.js";
import { writtenFiles } from "./param-files.js";
import { provenanceSections } from "./provenance-table.js";
import { type StrategySettings, settingsSections } from "./settings.js";
import { type Evidence, type ExportSource, exportedSettings, provenanceOf } from "./source.js";
import { isBuiltIn, type ModuleLoader, type ModuleStrategy } from "./strategy-module.js";
import { mapSymbols, parseSymbol } from "./symbols.js";
import { tableEntries } from "./table-values.js";
import { editToml, TomlDocument, type TomlSection, textLiteral, tomlValue } from "./toml/index.js";
import { writeFileAtomic } from "./write-file.js";

/** A study has a strategy but no parameters of its own: exporting it would silently write the defaults. */
function refuseStudy(source: ExportSource): void {
  if (typeof source !== "object" || source === null)
    throw new LabError(
      "EXPORT_SOURCE",
      `exportStrategy takes a run, study.best, a loaded file or { strategy, params }, got ${String(source)}.`,
    );
  if ((source as { kind?: unknown }).kind === "study")
    throw new LabError(
      "EXPORT_SOURCE",
      "A study holds many parameter sets: export one of its trials, such as study.best or study.top(3)[2].",
    );
}

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
 * `SETTINGS_NOT_PORTABLE`, `STRATEGY_UNKNOWN`, `PARAM_UNKNOWN`, `PARAM_INVALID`, `OPTION_UNKNOWN`, `EXPORT_SOURCE` for a whole study.
 */
export async function exportStrategy(source: ExportSource, path: string, options: ExportOptions = {}): Promise<LoadedStrategy> {
  for (const key of Object.keys(options))
    if (!(OPTIONS as readonly string[]).includes(key)) throw unknownName("OPTION_UNKNOWN", "option of exportStrategy", key, OPTIONS);
  refuseStudy(source);
  checkTarget(path);
  const load = options.loadModule ?? loadModule;
  const strategy = resolveStrategy(source.strategy) as AnyStrategy;
  const params = plainSymbols(strategy, strategy.parse(source.params ?? {}));
  const settings = exportedSettings(source, options.settings);
  const existing = await existingFile(path, strategy, options.overwrite ?? false);
  const own = isBuiltIn(strategy)
    ? undefined
    : await ownModule({
        strategy,
        path,
        module: options.module ?? moduleOf(source),
        host: options.host ?? currentHost(),
        overwrite: options.overwrite ?? false,
        load,
      });
  try {
    if (own !== undefined) proveModule(source, strategy, own.strategy, params, settings);
    const provenance = provenanceOf(source, options, {
      strategy,
      params,
      moduleSha256: own?.sha256,
      gitCommit: await gitCommit(dirname(resolve(path))),
      created: timeText((options.clock ?? systemClock).now()),
    });
    const written = writtenFiles(
      strategy.params,
      styled(strategy, params, settings, options, existing),
      (key) => leafAt(existing, ["params", key]),
      path,
    );
    const sections: TomlSection[] = [
      rootSection(strategy, own, existing),
      { path: ["params"], entries: tableEntries(strategy.params, written), remove: "others" },
      ...(settings === undefined ? [] : settingsSections(settings)),
      ...(provenance === undefined ? [] : provenanceSections(provenance)),
    ];
    const owned = [
      ...(settings === undefined ? [] : ["execution", "risk_management", "router"]),
      ...(provenance === undefined ? [] : ["provenance"]),
    ];
    const text = existing === undefined ? HEADER + editToml(new TomlDocument("", path), sections) : edited(existing, sections, owned);
    const checked = await readStrategy(path, text, load);
    await writeFileAtomic(path, text);
    return checked;
  } catch (error) {
    await own?.undo();
    throw error;
  }
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

/** A value that a file says, if it does. */
function leafAt(document: TomlDocument | undefined, path: readonly string[]): unknown {
  const item = document?.at(path);
  return item?.type === "leaf" ? tomlValue(item.value) : undefined;
}

/** The venue the symbols of a file are qualified with. */
function venueIn(document: TomlDocument | undefined): string | undefined {
  const value = [leafAt(document, ["params", "symbol"]) ?? leafAt(document, ["params", "symbols"])].flat()[0];
  return typeof value === "string" && value.trim() !== "" ? parseSymbol(value).venue : undefined;
}
