import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Decimal } from "../../core/index.js";
import { LabError, suggest } from "../../errors/index.js";
import { TomlDocument, type TomlItem, type TomlTable, tomlValue } from "../../handoff/index.js";
import { CONFIG_KEYS, type ConfigValue, keyOf, OTHER_PREFIXES, OTHER_VARIABLES, readValue } from "./keys.js";

/** Where configuration is looked for. */
export interface ConfigOptions {
  /** Folder that holds `config/`; the working folder unless given. */
  readonly cwd?: string;
  /** Name of the environment file, `config/<name>.toml`; none unless given. */
  readonly environment?: string;
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

interface Entry {
  readonly value: ConfigValue;
  readonly where: string;
  /** Path of the file it stands in; none for what is built in or a variable. */
  readonly file?: string;
}

/** The settings in force, each with where it was set. Secrets are handed out by {@link exchange} and {@link text} only, never shown. */
export class Config {
  readonly #entries: ReadonlyMap<string, Entry>;
  /** What was found and means nothing: misspelt variables, keys of files that no one reads. */
  readonly problems: readonly string[];

  constructor(entries: ReadonlyMap<string, Entry>, problems: readonly string[]) {
    this.#entries = entries;
    this.problems = problems;
  }

  /** A text, `undefined` where nobody set it. */
  text(path: string): string | undefined {
    const value = this.#entries.get(path)?.value;
    return value === undefined ? undefined : String(value);
  }

  /** A whole number of the table of keys. */
  whole(path: string): number {
    return this.#entries.get(path)!.value as number;
  }

  /** An exact number of the table of keys. */
  decimal(path: string): Decimal {
    return this.#entries.get(path)!.value as Decimal;
  }

  /** Where a value was set: a file, a variable or `built in`. */
  where(path: string): string | undefined {
    return this.#entries.get(path)?.where;
  }

  /** Path of the file that a value stands in; undefined where it is built in or comes from the environment. */
  fileOf(path: string): string | undefined {
    return this.#entries.get(path)?.file;
  }

  /** Starting cash by currency; 10,000 USDT where nobody set any. */
  balances(): ReadonlyMap<string, Decimal> {
    const start = "backtest.initial_balances.";
    const found = [...this.#entries].filter(([path]) => path.startsWith(start));
    if (found.length === 0) return new Map([["USDT", new Decimal(10_000)]]);
    return new Map(found.map(([path, { value }]) => [path.slice(start.length).toUpperCase(), value as Decimal]));
  }

  /** Names of `[exchange.<name>]`. */
  exchanges(): readonly string[] {
    const names = [...this.#entries.keys()].filter((path) => path.startsWith("exchange.")).map((path) => path.split(".")[1]!);
    return [...new Set(names)];
  }

  /** The settings of one `[exchange.<name>]`, secrets included. @throws LabError `PROFILE_UNKNOWN` with the nearest name. */
  exchange(name: string): Readonly<Record<string, string>> {
    const known = this.exchanges();
    const lower = name.toLowerCase();
    if (!known.includes(lower)) {
      const near = suggest(name, known);
      const hint = near === undefined ? "" : ` Did you mean ${near}?`;
      throw new LabError(
        "PROFILE_UNKNOWN",
        `There is no [exchange.${name}] in config/*.toml and no variable TESSERLAB__exchange__${name}__….${hint} Known: ${known.join(", ") || "none"}.`,
        { details: { name, known, suggestion: near } },
      );
    }
    const start = `exchange.${lower}.`;
    const found = [...this.#entries].filter(([path]) => path.startsWith(start));
    return Object.freeze({
      driver: "bybit",
      ...Object.fromEntries(found.map(([path, { value }]) => [path.slice(start.length), String(value)])),
    });
  }

  /** Every key with its value and where it was set; secrets as dots. */
  describe(): readonly { readonly key: string; readonly value: string; readonly where: string }[] {
    return [...this.#entries].sort().map(([path, { value, where }]) => ({
      key: path,
      value: keyOf(path.split("."))?.secret === true && value !== "" ? "…" : value instanceof Decimal ? value.toFixed() : String(value),
      where,
    }));
  }

  /** Never shows a secret, wherever it is printed. */
  toJSON(): unknown {
    return Object.fromEntries(this.describe().map(({ key, value }) => [key, value]));
  }
}

/**
 * Reads the configuration in layers, each over the one before: built in, `config/default.toml`, `config/<environment>.toml`, `config/local.toml`, variables
 * `TESSER__…` and `TESSERLAB__…` (`__` between the parts of a key, case does not count, empty ones do not count). No file has to be there, but a named environment.
 * @throws LabError `CONFIG_VALUE`, `CONFIG_ENVIRONMENT` for an environment without a file, `TOML_SYNTAX`.
 */
export function loadConfig({ cwd = process.cwd(), environment, variables = process.env }: ConfigOptions = {}): Config {
  const entries = new Map<string, Entry>();
  const problems: string[] = [];
  for (const { path, fallback } of CONFIG_KEYS)
    if (fallback !== undefined && !path.includes("*"))
      entries.set(path, { value: readValue(keyOf(path.split("."))!, fallback, "built in"), where: "built in" });
  const named = environment === undefined || environment === "default" ? [] : [environment];
  for (const name of ["default", ...named, "local"]) {
    const file = join("config", `${name}.toml`);
    const path = join(cwd, file);
    if (existsSync(path)) readFile(readFileSync(path, "utf8"), file, path, entries, problems);
    else if (named.includes(name))
      throw new LabError("CONFIG_ENVIRONMENT", `The environment ${name} has no file: ${path} is not there.`, {
        details: { environment: name, path },
      });
  }
  readVariables(variables, entries, problems);
  return new Config(entries, problems);
}

function readFile(text: string, file: string, path: string, entries: Map<string, Entry>, problems: string[]): void {
  const document = new TomlDocument(text, file);
  const visit = (item: TomlItem, keys: readonly string[]): void => {
    if (item.type === "table") {
      for (const [name, inner] of (item as TomlTable).items) visit(inner, [...keys, name.toLowerCase()]);
      return;
    }
    const where = document.where(item);
    if (item.type === "list") {
      // Tesser's other spelling: [[exchanges]] name = "…".
      if (keys.join(".") === "exchanges") readExchanges(item.tables, where);
      else problems.push(`${where}: ${keys.join(".")} is no key of the configuration.`);
      return;
    }
    set(keys, tomlValue(item.value), where);
  };
  const set = (keys: readonly string[], raw: unknown, where: string): void => {
    const spec = keyOf(keys);
    if (spec === undefined) problems.push(`${where}: ${keys.join(".")} is no key of the configuration.${hintFor(keys.join("."))}`);
    else entries.set(keys.join("."), { value: readValue(spec, raw, where), where, file: path });
  };
  const readExchanges = (tables: readonly TomlTable[], where: string): void => {
    for (const table of tables) {
      const leaves = [...table.items].flatMap(([name, item]) =>
        item.type === "leaf" ? [[name.toLowerCase(), tomlValue(item.value)] as const] : [],
      );
      const name = leaves.find(([leaf]) => leaf === "name")?.[1];
      if (typeof name !== "string") problems.push(`${where}: an [[exchanges]] table needs a name.`);
      else for (const [leaf, raw] of leaves) if (leaf !== "name") set(["exchange", name.toLowerCase(), leaf], raw, where);
    }
  };
  visit(document.root, []);
}

function hintFor(path: string): string {
  const near = suggest(
    path,
    CONFIG_KEYS.map((one) => one.path).filter((one) => !one.includes("*")),
  );
  return near === undefined ? "" : ` Did you mean ${near}?`;
}

const PREFIX = /^TESSER(?:LAB)?_/i;

function readVariables(variables: Readonly<Record<string, string | undefined>>, entries: Map<string, Entry>, problems: string[]): void {
  // TESSERLAB__ comes after TESSER__: ours wins over Tesser's.
  const order = (name: string): number => (/^TESSERLAB_/i.test(name) ? 1 : 0);
  const names = Object.keys(variables)
    .filter((name) => PREFIX.test(name))
    .sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
  for (const name of names) {
    if (Object.hasOwn(OTHER_VARIABLES, name) || OTHER_PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    const path = /^TESSER(?:LAB)?__(.+)$/i.exec(name)?.[1]?.toLowerCase().split("__");
    const spec = path === undefined ? undefined : keyOf(path);
    if (spec === undefined) problems.push(unknownVariable(name));
    else if (variables[name] !== undefined && variables[name] !== "")
      entries.set(path!.join("."), { value: readValue(spec, variables[name], `variable ${name}`), where: `variable ${name}` });
  }
}

function unknownVariable(name: string): string {
  const [, product, rest] = /^(TESSER(?:LAB)?)_+(.*)$/i.exec(name)!;
  const path = rest!.toLowerCase().split("__");
  if (keyOf(path) !== undefined)
    return `The variable ${name} has no effect: two underscores follow ${product!.toUpperCase()}, ${product!.toUpperCase()}__${rest}.`;
  const known = [...CONFIG_KEYS.map((one) => `TESSERLAB__${one.path.replaceAll(".", "__")}`), ...Object.keys(OTHER_VARIABLES)];
  const near = suggest(name, known);
  return `The variable ${name} matches no key of the configuration.${near === undefined ? "" : ` Did you mean ${near}?`}`;
}
