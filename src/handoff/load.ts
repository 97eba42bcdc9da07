import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { AnyStrategy, RunWarning } from "../backtest/index.js";
import { LabError, suggest, unknownName } from "../errors/index.js";
import { loadModule } from "../modules/index.js";
import { resolveStrategy } from "../strategies/index.js";
import { LoadedStrategy } from "./loaded-strategy.js";
import { resolveFiles } from "./param-files.js";
import { readProvenance } from "./provenance-table.js";
import { readSettings, type StrategySettings, tableOf } from "./settings.js";
import { type ModuleLoader, strategyFromModule } from "./strategy-module.js";
import { mapSymbols, parseSymbol, symbolsOf, venueCategory } from "./symbols.js";
import { atItem, readTable, unknownKey } from "./table-values.js";
import { TomlDocument, tomlValue } from "./toml/index.js";

/** Options of {@link loadStrategy}. */
export interface LoadStrategyOptions {
  /** Loads a strategy's own module; `loadModule` of `tesserlab/modules` unless given. */
  loadModule?: ModuleLoader;
}

const KEYS = [
  "strategy_name",
  "strategy_module",
  "module_sha256",
  "params",
  "execution",
  "risk_management",
  "router",
  "provenance",
] as const;
const TABLES: readonly string[] = ["params", "execution", "risk_management", "router", "provenance"];

/**
 * Loads a strategy file, Tesser's or our own, and checks all of it: strategy, parameters, settings, provenance.
 * @throws LabError `STRATEGY_FILE_NOT_FOUND`, `TOML_SYNTAX`, `STRATEGY_FILE_KEY`, `STRATEGY_FILE_NAME`, `STRATEGY_FILE_TABLE`,
 * `STRATEGY_UNKNOWN`, `STRATEGY_NOT_EXPORTED`, `PARAM_INVALID`, `SYMBOL_INVALID`, `SYMBOL_VENUES`, `CATEGORY_CONFLICT` and what
 * `loadModule` throws; wrong contents say file, line and column.
 */
export async function loadStrategy(path: string, options: LoadStrategyOptions = {}): Promise<LoadedStrategy> {
  for (const key of Object.keys(options))
    if (key !== "loadModule") throw unknownName("OPTION_UNKNOWN", "option of loadStrategy", key, ["loadModule"]);
  return readStrategy(path, await readText(path), options.loadModule ?? loadModule);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const names = await readdir(dirname(resolve(path))).catch(() => []);
    const near = suggest(
      basename(path),
      names.filter((name) => name.endsWith(".toml")),
    );
    const hint = near === undefined ? "" : ` Did you mean ${near}?`;
    throw new LabError("STRATEGY_FILE_NOT_FOUND", `Cannot read the strategy file '${path}'.${hint}`, {
      details: { path, suggestion: near },
      cause,
    });
  }
}

/** The same from a text: `path` is for messages and for finding the module. */
export async function readStrategy(path: string, text: string, load: ModuleLoader): Promise<LoadedStrategy> {
  const document = new TomlDocument(text, path);
  const warnings = checkKeys(document);
  const name = strategyName(document);
  const module = textAt(document, "strategy_module");
  const own = module === undefined ? undefined : await strategyFromModule(name, module, path, load);
  const strategy = own?.strategy ?? builtIn(document, name);
  const settings = readSettings(document);
  const { params, venue } = readParams(document, strategy, warnings);
  checkCategory(document, venue, settings);
  return new LoadedStrategy({
    path,
    text,
    strategy,
    params,
    venue,
    settings,
    provenance: readProvenance(document),
    module,
    moduleSha256: own?.sha256,
    namedModuleSha256: textAt(document, "module_sha256"),
    warnings,
  });
}

/** Keys at the top must be known. Tables may be another tool's, unless their name is nearly one of ours. */
function checkKeys(document: TomlDocument): RunWarning[] {
  const warnings: RunWarning[] = [];
  for (const [key, item] of document.root.items) {
    if ((KEYS as readonly string[]).includes(key)) continue;
    const near = suggest(key, TABLES);
    const misspelt = near !== undefined && Math.abs(near.length - key.length) <= 2;
    if (item.type === "leaf" || misspelt) throw unknownKey(document, item, key, "a strategy file", KEYS);
    warnings.push({
      code: "STRATEGY_FILE_TABLE",
      message: `${document.where(item)}: table [${key}] is not Tesserlab's and is left alone.`,
    });
  }
  return warnings;
}

function textAt(document: TomlDocument, key: string): string | undefined {
  const item = document.at([key]);
  const value = item?.type === "leaf" ? tomlValue(item.value) : undefined;
  if (item === undefined || (typeof value === "string" && value.trim() !== "")) return value as string | undefined;
  throw new LabError("STRATEGY_FILE_NAME", `${document.where(item)}: ${key} must be a text in quotes.`, {
    details: { file: document.file, key },
  });
}

/** What a file calls its strategy. @throws LabError `STRATEGY_FILE_NAME` where it does not say. */
export function strategyName(document: TomlDocument): string {
  const name = textAt(document, "strategy_name");
  if (name !== undefined) return name;
  throw new LabError(
    "STRATEGY_FILE_NAME",
    `${document.file} has no strategy_name: a strategy file begins with strategy_name = "SmaCross".`,
    { details: { file: document.file } },
  );
}

function builtIn(document: TomlDocument, name: string): AnyStrategy {
  try {
    return resolveStrategy(name) as AnyStrategy;
  } catch (error) {
    const named = document.at(["strategy_name"])!;
    const own = 'A strategy of your own is named by strategy_module = "./file.ts" as well.';
    throw error instanceof LabError
      ? atItem(document, named, new LabError(error.code, `${error.message} ${own}`, { details: error.details, cause: error }))
      : error;
  }
}

/** `[params]`, checked key by key with their places, then as a whole by the strategy's own rule. */
function readParams(
  document: TomlDocument,
  strategy: AnyStrategy,
  warnings: RunWarning[],
): { params: Readonly<Record<string, unknown>>; venue: string | undefined } {
  const table = tableOf(document, "params");
  const raw = table === undefined ? {} : readTable(document, table, strategy.params, `[params] of ${strategy.name}`);
  try {
    const venues = new Set(symbolsOf(strategy.params, raw).map((symbol) => parseSymbol(symbol).venue));
    if (venues.size > 1)
      throw new LabError(
        "SYMBOL_VENUES",
        `The symbols of one file belong to one venue, got ${[...venues].map((venue) => venue ?? "none").join(" and ")}.`,
        { details: { venues: [...venues] } },
      );
    const plain = mapSymbols(strategy.params, raw, (symbol) => parseSymbol(symbol).code);
    const parsed = strategy.parse(plain) as Readonly<Record<string, unknown>>;
    const { params, missing } = resolveFiles(strategy.params, parsed, document.file);
    for (const path of missing)
      warnings.push({
        code: "PARAM_FILE_MISSING",
        message: `${document.file} names ${path}, which is neither beside it nor in the working folder.`,
      });
    const unsaid = symbolsOf(strategy.params, raw).length === 0 ? symbolsOf(strategy.params, parsed) : [];
    if (unsaid.length > 0)
      warnings.push({
        code: "SYMBOL_ASSUMED",
        message: `${document.file} names no symbol; ${strategy.name}'s default ${unsaid.join(", ")} is assumed.`,
      });
    return { params, venue: [...venues][0] };
  } catch (error) {
    throw table === undefined ? error : atItem(document, table, error);
  }
}

function checkCategory(document: TomlDocument, venue: string | undefined, { category }: StrategySettings): void {
  const said = venueCategory(venue);
  if (said === undefined || category === undefined || said === category) return;
  const message = `the symbols are of ${venue}, but [execution] category is "${category}": make them agree.`;
  throw atItem(
    document,
    document.at(["execution", "category"])!,
    new LabError("CATEGORY_CONFLICT", message, { details: { venue, category } }),
  );
}
