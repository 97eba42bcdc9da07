import { Decimal, MAX_SAFE } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import type { Param, ParamSchema } from "../strategies/index.js";

/** The values to try, by parameter: `range(5, 60, 5)`, `choice(...)`, a list, a Set. */
export type Space = Readonly<Record<string, Iterable<unknown>>>;

/** One searched parameter: its checked values in the order given. */
export interface Dimension {
  readonly name: string;
  readonly values: readonly unknown[];
  /** The values as text, unique: what identifies them. */
  readonly texts: readonly string[];
  /** Reads one value as the strategy does. @throws LabError `PARAM_INVALID`. */
  readonly parse: (input: unknown) => unknown;
}

/** Most values a parameter may have; an endless generator stops here. */
const MOST = 1_000_000;

/** The text that identifies a parameter's value: exact for decimals, JSON for lists. */
export function valueText(value: unknown): string {
  if (Decimal.isDecimal(value)) return value.toFixed();
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}

/** A value for an axis: numbers as numbers (a Decimal as its nearest double), anything else as text. */
export function axisValue(value: unknown): number | string {
  if (typeof value === "number") return value;
  return Decimal.isDecimal(value) ? value.toNumber() : valueText(value);
}

function take(label: string, input: unknown): unknown[] {
  if (typeof input !== "object" || input === null || !(Symbol.iterator in input)) {
    const shown = typeof input === "string" ? `'${input}'` : String(input);
    throw new LabError(
      "SPACE_INVALID",
      `${label} needs values to try, got ${shown}: write range(5, 60, 5) or a list; a fixed value belongs in params.`,
    );
  }
  const values: unknown[] = [];
  for (const value of input as Iterable<unknown>) {
    if (values.push(value) > MOST) throw new LabError("SPACE_INVALID", `${label} has more than ${MOST} values.`);
  }
  if (values.length === 0) throw new LabError("SPACE_INVALID", `${label} has no values to try.`);
  return values;
}

function dimension(strategy: string, name: string, spec: Param<unknown, unknown>, input: unknown): Dimension {
  const label = `${strategy}.${name}`;
  const parse = (value: unknown): unknown => spec.parse(value, label);
  const values = take(label, input).map(parse);
  const texts = values.map(valueText);
  const seen = new Set<string>();
  for (const text of texts) {
    if (seen.has(text))
      throw new LabError("SPACE_INVALID", `${label} has the value ${text} twice: it would be tried twice and counted twice.`);
    seen.add(text);
  }
  return Object.freeze({ name, values: Object.freeze(values), texts: Object.freeze(texts), parse });
}

/**
 * The product of the searched parameters' values. A combination is one whole number from 0 to `size` - 1, of which each parameter is a
 * digit; the parameter named last varies fastest.
 */
export class SearchSpace {
  readonly dimensions: readonly Dimension[];
  readonly size: number;
  /** How far apart two neighbours along each dimension are. */
  readonly #strides: readonly number[];

  constructor(dimensions: readonly Dimension[]) {
    this.dimensions = dimensions;
    const strides: number[] = [];
    let size = 1;
    for (const { values } of dimensions.toReversed()) {
      strides.unshift(size);
      size *= values.length;
    }
    if (size > MAX_SAFE)
      throw new LabError("SPACE_TOO_LARGE", `The space has ${size.toPrecision(3)} combinations, more than can be numbered exactly.`);
    this.size = size;
    this.#strides = strides;
  }

  /** The index of a dimension's value in a combination. */
  digit(combination: number, dimension: number): number {
    return Math.floor(combination / this.#strides[dimension]!) % this.dimensions[dimension]!.values.length;
  }

  /** The searched parameters of a combination. */
  params(combination: number): Record<string, unknown> {
    const params: Record<string, unknown> = {};
    for (let d = 0; d < this.dimensions.length; d++) {
      const { name, values } = this.dimensions[d]!;
      params[name] = values[this.digit(combination, d)];
    }
    return params;
  }

  /** Which dimension a parameter is. @throws LabError `PARAM_NOT_SEARCHED` with the nearest searched name. */
  indexOf(name: string): number {
    const index = this.dimensions.findIndex((each) => each.name === name);
    if (index < 0)
      throw unknownName(
        "PARAM_NOT_SEARCHED",
        "searched parameter",
        name,
        this.dimensions.map((each) => each.name),
      );
    return index;
  }

  /** Which of a dimension's values one is, in any spelling the parameter accepts. @throws LabError `PARAM_NOT_SEARCHED`, `PARAM_INVALID`. */
  digitOf(dimension: number, value: unknown): number {
    const { name, texts, parse } = this.dimensions[dimension]!;
    const text = valueText(parse(value));
    const index = texts.indexOf(text);
    if (index < 0) throw unknownName("PARAM_NOT_SEARCHED", `searched value of ${name}`, text, texts.slice(0, 50));
    return index;
  }
}

/**
 * Checks a space against a strategy's schema.
 * @param fixed - names of the parameters that are given a fixed value: they cannot be searched too.
 * @throws LabError `SPACE_INVALID`, `SPACE_TOO_LARGE`, `PARAM_UNKNOWN`, `PARAM_INVALID`.
 */
export function searchSpace(strategy: string, schema: ParamSchema, space: Space, fixed: readonly string[]): SearchSpace {
  if (typeof space !== "object" || space === null || Object.keys(space).length === 0)
    throw new LabError("SPACE_INVALID", "space names at least one parameter and its values, as in { fastPeriod: range(5, 60, 5) }.");
  const dimensions = Object.entries(space).map(([name, input]) => {
    const spec = Object.hasOwn(schema, name) ? schema[name] : undefined;
    if (spec === undefined) throw unknownName("PARAM_UNKNOWN", `parameter of ${strategy}`, name, Object.keys(schema));
    if (fixed.includes(name))
      throw new LabError("SPACE_INVALID", `${strategy}.${name} is in params and in space: it is either fixed or searched.`);
    return dimension(strategy, name, spec, input);
  });
  return new SearchSpace(dimensions);
}
