import { Decimal, type DecimalInput, decimal } from "../core/index.js";
import { LabError, unknownName, wrongInput } from "../errors/index.js";

/** One parameter of a strategy: its type, default, limits and how raw input becomes a value. `I` is what callers may write. */
export interface Param<T, I = T> {
  readonly kind: "integer" | "decimal" | "number" | "boolean" | "text" | "texts";
  /** `undefined` only for an optional parameter. */
  readonly default: T;
  readonly optional: boolean;
  /** One sentence for help and errors, with the unit. */
  readonly doc: string;
  /** Whether a text names a file: a strategy file may name it relative to itself, and its contents count as part of the parameters. */
  readonly file?: boolean;
  /** The accepted range in words, as errors print it. */
  readonly range: string;
  /** Reads raw input. @throws LabError `PARAM_INVALID`. */
  parse(input: unknown, name: string): T;
  /** Type-level only: what a caller may write. */
  readonly input?: I;
}

/** A strategy's parameters by name, camelCase. */
export type ParamSchema = Readonly<Record<string, Param<unknown, unknown>>>;
/** The checked values of a schema. */
export type ParamValues<S extends ParamSchema> = { readonly [K in keyof S]: S[K] extends Param<infer T, infer _> ? T : never };
/** What a caller may give for a schema: any subset, the rest takes its defaults. */
export type ParamInputs<S extends ParamSchema> = { readonly [K in keyof S]?: S[K] extends Param<infer _, infer I> ? I : never };

interface Limits<T> {
  default: T;
  min?: T;
  max?: T;
  doc?: string;
}

function invalid(name: string, range: string, input: unknown): LabError {
  const shown = typeof input === "string" ? `'${input}'` : Decimal.isDecimal(input) ? input.toFixed() : String(input);
  return new LabError("PARAM_INVALID", `${name} must be ${range}, got ${shown}.`, { details: { name, value: input } });
}

function rangeText(what: string, min: unknown, max: unknown): string {
  if (min !== undefined && max !== undefined) return `${what} from ${min} to ${max}`;
  if (min !== undefined) return `${what} of at least ${min}`;
  return max === undefined ? what : `${what} of at most ${max}`;
}

function make<T, I>(spec: Omit<Param<T, I>, "optional"> & { optional?: boolean }): Param<T, I> {
  return Object.freeze({ optional: false, ...spec });
}

/** The same for a parameter with limits: its default must lie within them. @throws LabError `PARAM_INVALID`. */
function limited<T, I>(spec: Omit<Param<T, I>, "optional">): Param<T, I> {
  spec.parse(spec.default, "default");
  return make(spec);
}

/** A whole number, such as a period in bars. */
function integer(limits: Limits<number>): Param<number> {
  const range = rangeText("a whole number", limits.min, limits.max);
  return limited<number, number>({
    kind: "integer",
    default: limits.default,
    doc: limits.doc ?? "",
    range,
    parse(input, name) {
      const value =
        typeof input === "string" && /^[+-]?\d+$/.test(input.trim()) ? Number(input) : Decimal.isDecimal(input) ? input.toNumber() : input;
      if (typeof value !== "number" || !Number.isSafeInteger(value) || value < (limits.min ?? value) || value > (limits.max ?? value))
        throw invalid(name, range, input);
      return value;
    },
  });
}

/** An exact decimal, such as a price level or a threshold on an exact indicator. */
function exactDecimal(limits: Limits<DecimalInput>): Param<Decimal, DecimalInput> {
  const range = rangeText("a decimal", limits.min, limits.max);
  return limited<Decimal, DecimalInput>({
    kind: "decimal",
    default: decimal(limits.default),
    doc: limits.doc ?? "",
    range,
    parse(input, name) {
      let value: Decimal;
      try {
        value = decimal(input as DecimalInput, name);
      } catch {
        throw invalid(name, range, input);
      }
      if ((limits.min !== undefined && value.lt(limits.min)) || (limits.max !== undefined && value.gt(limits.max)))
        throw invalid(name, range, input);
      return value;
    },
  });
}

/** A double, for scores and statistics that decide no money by themselves. */
function number(limits: Limits<number>): Param<number, number | string> {
  const range = rangeText("a finite number", limits.min, limits.max);
  return limited<number, number | string>({
    kind: "number",
    default: limits.default,
    doc: limits.doc ?? "",
    range,
    parse(input, name) {
      const value = typeof input === "string" && input.trim() !== "" ? Number(input) : Decimal.isDecimal(input) ? input.toNumber() : input;
      if (typeof value !== "number" || !Number.isFinite(value) || value < (limits.min ?? value) || value > (limits.max ?? value))
        throw invalid(name, range, input);
      return value;
    },
  });
}

/** True or false. */
function boolean(limits: { default: boolean; doc?: string }): Param<boolean> {
  return make<boolean, boolean>({
    kind: "boolean",
    default: limits.default,
    doc: limits.doc ?? "",
    range: "true or false",
    parse(input, name) {
      if (typeof input !== "boolean") throw invalid(name, "true or false", input);
      return input;
    },
  });
}

/** A text, such as a symbol or a path. */
function text(limits: { default: string; doc?: string; choices?: readonly string[] }): Param<string> {
  const range = limits.choices === undefined ? "a text" : `one of ${limits.choices.join(", ")}`;
  return make<string, string>({
    kind: "text",
    default: limits.default,
    doc: limits.doc ?? "",
    range,
    parse(input, name) {
      if (typeof input !== "string" || input.trim() === "") throw invalid(name, range, input);
      if (limits.choices !== undefined && !limits.choices.includes(input)) throw unknownName("PARAM_INVALID", name, input, limits.choices);
      return input.trim();
    },
  });
}

/** The path of a file, such as a model: relative to the working folder, in a strategy file also to that file's folder. */
function file(limits: { default: string; doc?: string }): Param<string> {
  return make<string, string>({ ...text(limits), file: true, range: "a path" });
}

/** A list of texts, such as symbols. */
function texts(limits: { default: readonly string[]; doc?: string }): Param<readonly string[]> {
  return make<readonly string[], readonly string[]>({
    kind: "texts",
    default: limits.default,
    doc: limits.doc ?? "",
    range: "a list of texts",
    parse(input, name) {
      if (!Array.isArray(input) || !input.every((item) => typeof item === "string" && item.trim() !== ""))
        throw invalid(name, "a list of texts", input);
      return Object.freeze(input.map((item: string) => item.trim()));
    },
  });
}

/** The same parameter, but one that may be left out: its value is then `undefined`. */
function optional<T, I>(param: Param<T, I>): Param<T | undefined, I | undefined> {
  return make<T | undefined, I | undefined>({
    ...(param as Param<T | undefined, I | undefined>),
    default: undefined,
    optional: true,
    parse: (input, name) => (input === undefined || input === null ? undefined : param.parse(input, name)),
  });
}

/** Makers of strategy parameters: `param.integer({ default: 12, min: 1 })`. */
export const param: {
  integer: typeof integer;
  decimal: typeof exactDecimal;
  number: typeof number;
  boolean: typeof boolean;
  text: typeof text;
  file: typeof file;
  texts: typeof texts;
  optional: typeof optional;
} = Object.freeze({ integer, decimal: exactDecimal, number, boolean, text, file, texts, optional });

/**
 * Checks raw parameters against a schema and fills in defaults.
 * @throws LabError `PARAM_UNKNOWN` for a key the strategy does not have (with the nearest one), `PARAM_INVALID` for a bad value.
 */
export function parseParams<S extends ParamSchema>(strategy: string, schema: S, input: Readonly<Record<string, unknown>>): ParamValues<S> {
  if (typeof input !== "object" || input === null || Array.isArray(input))
    throw wrongInput("PARAM_INVALID", `parameters of ${strategy}`, "an object of parameters by name", input);
  for (const key of Object.keys(input))
    if (!Object.hasOwn(schema, key)) throw unknownName("PARAM_UNKNOWN", `parameter of ${strategy}`, key, Object.keys(schema));
  const values: Record<string, unknown> = {};
  for (const key in schema) {
    const spec = schema[key]!;
    const raw = input[key];
    values[key] = raw === undefined ? spec.default : spec.parse(raw, `${strategy}.${key}`);
  }
  return Object.freeze(values) as ParamValues<S>;
}
