import { Decimal } from "../core/index.js";
import { LabError, suggest } from "../errors/index.js";
import type { Param, ParamSchema } from "../strategies/index.js";
import { camelCase, snakeCase } from "./names.js";
import {
  booleanLiteral,
  decimalLiteral,
  integerLiteral,
  numberLiteral,
  type TomlDocument,
  type TomlItem,
  type TomlLiteral,
  type TomlTable,
  type TomlValue,
  textLiteral,
  textsLiteral,
  tomlValue,
} from "./toml/index.js";

/** Raises an error again with the place in the file before its message. */
export function atItem(document: TomlDocument, item: TomlItem, error: unknown): unknown {
  if (!(error instanceof LabError)) return error;
  const { line, column } = document.place(item);
  return new LabError(error.code, `${document.where(item)}: ${error.message}`, {
    details: { ...error.details, file: document.file, line, column },
    cause: error,
  });
}

/** The error for a key that a table does not have. */
export function unknownKey(document: TomlDocument, item: TomlItem, key: string, where: string, known: readonly string[]): LabError {
  const near = suggest(key, known);
  const hint = near === undefined ? "" : ` Did you mean ${near}?`;
  const { line, column } = document.place(item);
  const message = `${document.where(item)}: unknown key '${key}' in ${where}.${hint} Known: ${known.join(", ") || "none"}.`;
  return new LabError("STRATEGY_FILE_KEY", message, { details: { file: document.file, line, column, key, suggestion: near, known } });
}

/**
 * Reads the keys of a table by a schema: snake_case in the file, camelCase out. Only keys that are there come back, checked.
 * @param where - the table in words, such as `[params] of SmaCross`.
 * @throws LabError `STRATEGY_FILE_KEY` for a key the schema does not have, `PARAM_INVALID` for a value of the wrong type or out of range,
 * both with file, line and column.
 */
export function readTable(document: TomlDocument, table: TomlTable, schema: ParamSchema, where: string): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, item] of table.items) {
    const name = camelCase(key);
    const spec = Object.hasOwn(schema, name) && snakeCase(name) === key ? schema[name] : undefined;
    if (spec === undefined) throw unknownKey(document, item, key, where, Object.keys(schema).map(snakeCase));
    try {
      values[name] = readValue(item, spec, key);
    } catch (error) {
      throw atItem(document, item, error);
    }
  }
  return values;
}

/** One value. Tesser reads a whole number only from a TOML integer, so `12.0` and `"12"` are as wrong here as there. */
function readValue(item: TomlItem, spec: Param<unknown, unknown>, key: string): unknown {
  if (item.type !== "leaf") throw new LabError("PARAM_INVALID", `${key} must be ${spec.range}, got a table.`, { details: { name: key } });
  const value = tomlValue(item.value);
  if (spec.kind === "integer" && typeof value !== "number" && typeof value !== "bigint") throw wrongType(key, spec, value);
  if ((spec.kind === "decimal" || spec.kind === "number") && typeof value === "boolean") throw wrongType(key, spec, value);
  if (value instanceof Date) throw wrongType(key, spec, value);
  return spec.parse(value, key);
}

function wrongType(key: string, spec: Param<unknown, unknown>, value: TomlValue): LabError {
  const shown = Decimal.isDecimal(value)
    ? `the decimal ${value.toFixed()}`
    : typeof value === "string"
      ? `the text "${value}"`
      : value instanceof Date
        ? "a date"
        : String(value);
  return new LabError("PARAM_INVALID", `${key} must be ${spec.range}, got ${shown}.`, { details: { name: key, value } });
}

/** The lines of a table: values by a schema, in the schema's order, what is `undefined` left out. */
export function tableEntries(schema: ParamSchema, values: Readonly<Record<string, unknown>>): [string, TomlLiteral][] {
  const entries: [string, TomlLiteral][] = [];
  for (const [name, spec] of Object.entries(schema))
    if (values[name] !== undefined) entries.push([snakeCase(name), literalOf(spec, values[name])]);
  return entries;
}

function literalOf(spec: Param<unknown, unknown>, value: unknown): TomlLiteral {
  switch (spec.kind) {
    case "integer":
      return integerLiteral(value as number);
    case "decimal":
      return decimalLiteral(value as Decimal);
    case "number":
      return numberLiteral(value as number);
    case "boolean":
      return booleanLiteral(value as boolean);
    case "texts":
      return textsLiteral(value as readonly string[]);
    case "text":
      return textLiteral(value as string);
  }
}
