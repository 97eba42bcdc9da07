import { Decimal, timeText } from "../core/index.js";
import { type Param, type ParamSchema, param } from "../strategies/index.js";
import { camelCase, snakeCase } from "./names.js";
import type { Provenance } from "./provenance.js";
import { tableOf } from "./settings.js";
import { atItem, tableEntries } from "./table-values.js";
import { momentLiteral, type TomlDocument, type TomlItem, type TomlSection, type TomlTable, tomlValue } from "./toml/index.js";

const { optional } = param;
const text = (): Param<string | undefined, string | undefined> => optional(param.text({ default: "-" }));
const count = (): Param<number | undefined, number | undefined> => optional(param.integer({ default: 0, min: 0 }));
const flag = (): Param<boolean | undefined, boolean | undefined> => optional(param.boolean({ default: false }));
const figure = (): ParamSchema[string] => optional(param.number({ default: 0 }));

const METRICS: ParamSchema = { totalReturn: figure(), sharpe: figure(), maxDrawdown: figure(), roundTrips: count(), finalEquity: text() };

/** The tables of a provenance, by the path below `[provenance]`. */
const TABLES: Readonly<Record<string, ParamSchema>> = {
  "": {
    engine: text(),
    engineVersion: text(),
    gitCommit: text(),
    created: text(),
    paramsSha256: text(),
    settingsSha256: text(),
    deflatedSharpe: figure(),
    pbo: figure(),
  },
  data: {
    symbol: text(),
    interval: text(),
    file: text(),
    sha256: text(),
    candlesSha256: text(),
    synthetic: flag(),
    from: text(),
    to: text(),
    bars: count(),
  },
  assumed: {
    makerFee: text(),
    takerFee: text(),
    slippageBps: text(),
    latencyBars: count(),
    cash: text(),
    currency: text(),
    funding: count(),
  },
  instruments: {
    symbol: text(),
    kind: text(),
    tickSize: text(),
    lotSize: text(),
    minQuantity: text(),
    minNotional: text(),
    source: text(),
  },
  files: {
    param: text(),
    file: text(),
    sha256: text(),
  },
  search: {
    method: text(),
    seed: count(),
    trials: count(),
    combinations: count(),
    failed: count(),
    aborted: flag(),
    objective: text(),
    score: figure(),
  },
  inSample: METRICS,
  outOfSample: METRICS,
};
const MOMENTS: readonly string[] = ["created", "from", "to"];

/** The tables that say a provenance, `[provenance]` first. */
export function provenanceSections(provenance: Provenance): TomlSection[] {
  return Object.entries(TABLES).flatMap(([name, schema]) => {
    const own = name === "" ? provenance : provenance[name as keyof Provenance];
    const path = name === "" ? ["provenance"] : ["provenance", snakeCase(name)];
    if (Array.isArray(own)) return own.map((each, i) => section([...path, i], schema, each));
    return own === undefined ? [] : [section(path, schema, own as object)];
  });
}

function section(path: (string | number)[], schema: ParamSchema, values: object): TomlSection {
  const plain = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Decimal.isDecimal(value) ? value.toFixed() : (value ?? undefined)]),
  );
  const entries = tableEntries(schema, plain).map(
    ([key, literal]) => [key, MOMENTS.includes(key) ? momentLiteral(Date.parse(String(literal.value))) : literal] as const,
  );
  return { path, entries, remove: "others" };
}

/**
 * Reads `[provenance]`. Keys it does not know are left alone: a newer release may have written more.
 * @throws LabError `PARAM_INVALID` with the place of a value of the wrong type.
 */
export function readProvenance(document: TomlDocument): Provenance | undefined {
  const table = tableOf(document, "provenance");
  if (table === undefined) return undefined;
  const root = readKnown(document, table, TABLES[""]!);
  const list = (name: string): unknown[] => {
    const item = table.items.get(snakeCase(name));
    return item?.type === "list" ? item.tables.map((each) => readKnown(document, each, TABLES[name]!)) : [];
  };
  const sub = (name: string): object => {
    const item = table.items.get(snakeCase(name));
    return item?.type === "table" ? { [name]: readKnown(document, item, TABLES[name]!) } : {};
  };
  const below = { ...sub("assumed"), ...sub("search"), ...sub("inSample"), ...sub("outOfSample") };
  const files = list("files");
  const unsaid = { engine: "", engineVersion: "", created: "", paramsSha256: "" };
  return {
    ...unsaid,
    ...root,
    ...below,
    data: list("data"),
    instruments: list("instruments"),
    ...(files.length === 0 ? {} : { files }),
  } as unknown as Provenance;
}

function readKnown(document: TomlDocument, table: TomlTable, schema: ParamSchema): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, item] of table.items) {
    const spec = schema[camelCase(key)];
    if (spec !== undefined && item.type === "leaf") values[camelCase(key)] = readOne(document, item, spec, key);
  }
  return values;
}

function readOne(document: TomlDocument, item: TomlItem & { type: "leaf" }, spec: Param<unknown, unknown>, key: string): unknown {
  const value = tomlValue(item.value);
  try {
    return value instanceof Date ? timeText(value.getTime()) : spec.parse(value, `provenance ${key}`);
  } catch (error) {
    throw atItem(document, item, error);
  }
}
