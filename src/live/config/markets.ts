import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { Decimal, type Instrument, type InstrumentInput, type InstrumentKind, instrument } from "../../core/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import { parseSymbol, TomlDocument, type TomlTable, type TomlValue, tomlValue } from "../../handoff/index.js";

/** Tesser's names of the kinds of instruments, and ours. */
const KINDS: Readonly<Record<string, InstrumentKind>> = {
  spot: "spot",
  linear_perpetual: "linear",
  inverse_perpetual: "inverse",
  linear: "linear",
  inverse: "inverse",
};

const NEEDED = ["symbol", "base", "quote", "settlement_currency", "kind", "tick_size", "lot_size"];
/** Tesser's later `exchange`, and the filters that Tesser does not know. */
const OPTIONAL = ["exchange", "min_quantity", "max_quantity", "min_notional"];
const NUMBERS: Readonly<Record<string, keyof InstrumentInput>> = {
  tick_size: "tickSize",
  lot_size: "lotSize",
  min_quantity: "minQuantity",
  max_quantity: "maxQuantity",
  min_notional: "minNotional",
};

/** An instrument as a file specifies it: plain data, decimals as text; filters that the file leaves out are not there. */
export type MarketInput = { readonly [K in keyof InstrumentInput]: K extends "kind" ? InstrumentKind : string };

interface Listed {
  readonly input: MarketInput;
  readonly exchange: string | undefined;
  readonly where: string;
}

/** The instruments of a file of Tesser's shape: a `[[markets]]` table for each. */
export class Markets {
  /** Name of the file, for messages. */
  readonly file: string;
  readonly #listed: readonly Listed[];

  constructor(file: string, listed: readonly Listed[]) {
    this.file = file;
    this.#listed = listed;
  }

  get symbols(): readonly string[] {
    return [...new Set(this.#listed.map(({ input }) => input.symbol!))];
  }

  /**
   * The instrument of each symbol. A file may have a symbol of several kinds: then the kind traded decides.
   * @throws LabError `MARKET_MISSING` for a symbol, or a kind of it, without a specification, `MARKET_AMBIGUOUS` where two exchanges specify it differently.
   */
  of(symbols: readonly string[], kind?: InstrumentKind): readonly MarketInput[] {
    return symbols.map((symbol) => this.#one(symbol, kind));
  }

  #one(symbol: string, kind: InstrumentKind | undefined): MarketInput {
    const all = this.#listed.filter(({ input }) => input.symbol === symbol);
    if (all.length === 0) throw unknownName("MARKET_MISSING", `market of ${this.file}`, symbol, this.symbols);
    const found = kind === undefined ? all : all.filter(({ input }) => input.kind === kind);
    const [first, ...others] = found;
    if (first === undefined)
      throw new LabError(
        "MARKET_MISSING",
        `${symbol} is ${all.map(({ input, where }) => `${input.kind!} (${where})`).join(" and ")}, but ${kind} is to be traded: add it to ${this.file}, or give the category.`,
        { details: { symbol, kind, file: this.file } },
      );
    const other = others.find(({ input }) => difference(first.input, input) !== undefined);
    if (other !== undefined)
      throw new LabError(
        "MARKET_AMBIGUOUS",
        `${this.file} specifies ${symbol} twice, with ${difference(first.input, other.input)!}: ${said(first)} and ${said(other)}. Leave the one that is traded.`,
        { details: { symbol, file: this.file } },
      );
    return first.input;
  }
}

const said = ({ exchange, where }: Listed): string => (exchange === undefined ? where : `${exchange} (${where})`);

/** The first value in which two specifications differ, as text: `tickSize 0.1 and 0.5`. Only what the first says counts. */
function difference(one: MarketInput, other: { readonly [K in keyof InstrumentInput]?: unknown }): string | undefined {
  for (const [key, value] of Object.entries(one)) {
    const theirs = other[key as keyof InstrumentInput];
    if (!same(value, theirs)) return `${key} ${String(value)} and ${theirs === undefined ? "none" : text(theirs)}`;
  }
  return undefined;
}

const text = (value: unknown): string => (Decimal.isDecimal(value) ? value.toFixed() : String(value));

function same(one: string, other: unknown): boolean {
  if (other === undefined) return false;
  return /^\d/.test(one) && (Decimal.isDecimal(other) || typeof other === "string") ? new Decimal(one).eq(other as string) : one === other;
}

/**
 * Holds a venue's instruments against those of a file: on a venue its filters hold, so that a file which says something else is an error and not a choice.
 * @throws LabError `MARKET_DIFFERS` with both values.
 */
export function assertMarkets(file: readonly MarketInput[], venue: readonly Instrument[], name: string): void {
  for (const given of file) {
    const found = venue.find((one) => one.symbol === given.symbol);
    const differs = found === undefined ? undefined : difference(given, found);
    if (differs !== undefined)
      throw new LabError(
        "MARKET_DIFFERS",
        `${given.symbol!}: the markets file and ${name} say ${differs}. The venue's word holds: correct the file, or leave it out.`,
        { details: { symbol: given.symbol, venue: name } },
      );
  }
}

/**
 * Reads instruments from a TOML file of Tesser's shape: `[[markets]]` with symbol (plain, or with its exchange in front), base, quote, settlement_currency, kind (`spot`,
 * `linear_perpetual`, `inverse_perpetual`), tick_size and lot_size; min_quantity, max_quantity and min_notional where they are known. A market that stands there twice alike counts
 * once.
 * @throws LabError `MARKETS_FILE` for a file that cannot be read or holds no markets, `MARKET_INVALID` for a key that is missing, unknown or wrong, with its line,
 *   `MARKET_TWICE` for one that stands there twice with different values, `TOML_SYNTAX`.
 */
export function readMarkets(path: string): Markets {
  const file = basename(path);
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (cause) {
    throw new LabError("MARKETS_FILE", `The file of instruments ${path} cannot be read: ${(cause as Error).message}.`, {
      details: { path },
      cause,
    });
  }
  const document = new TomlDocument(content, file);
  const list = document.at(["markets"]);
  for (const name of document.root.items.keys())
    if (name !== "markets") throw unknownName("MARKETS_FILE", `table of ${file}`, name, ["markets"]);
  if (list?.type !== "list" || list.tables.length === 0)
    throw new LabError("MARKETS_FILE", `${file} holds no [[markets]]: one such table for each instrument, with ${NEEDED.join(", ")}.`, {
      details: { path },
    });
  const listed: Listed[] = [];
  for (const table of list.tables) {
    const next = readMarket(document, table);
    const { symbol, kind } = next.input;
    const before = listed.find((one) => one.input.symbol === symbol && one.input.kind === kind && one.exchange === next.exchange);
    const differs = before === undefined ? undefined : (difference(before.input, next.input) ?? difference(next.input, before.input));
    if (differs !== undefined)
      throw new LabError("MARKET_TWICE", `${next.where}: ${symbol!} stands at ${before!.where} already, with ${differs}.`, {
        details: { symbol, file },
      });
    if (before === undefined) listed.push(next);
  }
  return new Markets(file, listed);
}

function readMarket(document: TomlDocument, table: TomlTable): Listed {
  const where = document.where(table);
  const values = new Map<string, TomlValue>();
  for (const [key, item] of table.items) {
    const at = document.where(item);
    if (item.type !== "leaf" || ![...NEEDED, ...OPTIONAL].includes(key))
      throw unknownName("MARKET_INVALID", `key of [[markets]] (${at})`, key, [...NEEDED, ...OPTIONAL]);
    values.set(key, tomlValue(item.value));
  }
  const invalid = (key: string, message: string): LabError => {
    const item = table.items.get(key);
    return new LabError("MARKET_INVALID", `${item === undefined ? where : document.where(item)}: ${message}`, { details: { key } });
  };
  const missing = NEEDED.filter((key) => !values.has(key));
  if (missing.length > 0) throw invalid(missing[0]!, `a market needs ${missing.join(", ")} as well.`);
  const word = (key: string): string => {
    const value = values.get(key);
    if (typeof value !== "string" || value.trim() === "") throw invalid(key, `${key} must be a text, got ${String(value)}.`);
    return value.trim();
  };
  const named = parseSymbol(word("symbol"));
  const kind = word("kind").toLowerCase();
  if (!Object.hasOwn(KINDS, kind))
    throw unknownName("MARKET_INVALID", `kind (${document.where(table.items.get("kind")!)})`, kind, Object.keys(KINDS).slice(0, 3));
  const exchange = values.has("exchange") ? word("exchange").toLowerCase() : named.venue;
  const numbers: Record<string, string> = {};
  for (const [key, name] of Object.entries(NUMBERS)) {
    const value = values.get(key);
    if (value === undefined) continue;
    const shown = text(value);
    if (typeof value === "boolean" || !/^\d+(\.\d+)?$/.test(shown)) throw invalid(key, `${key} must be a number, got ${shown}.`);
    numbers[name] = shown;
  }
  const currency = (key: string): string => parseSymbol(word(key)).code.toUpperCase();
  const input = {
    symbol: named.code,
    kind: KINDS[kind]!,
    base: currency("base"),
    quote: currency("quote"),
    settlement: currency("settlement_currency"),
    ...numbers,
  } as MarketInput;
  try {
    instrument(input as InstrumentInput);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    throw new LabError("MARKET_INVALID", `${where}: ${error.message}`, { details: { symbol: named.code }, cause: error });
  }
  return { input, exchange, where };
}
