import { type Decimal, type DecimalInput, decimal, decimalText, ExactPrice } from "../../core/index.js";
import { LabError } from "../../errors/index.js";

/** Reads one parameter: checks what a hint gives and returns it as plain JSON. Throws `LabError` `ALGORITHM_PARAM`. */
export type ParamReader<T> = (value: unknown, name: string) => T;

/** What an algorithm's parameters are once read. */
export type ParamsOf<R extends Readonly<Record<string, ParamReader<unknown>>>> = { readonly [K in keyof R]: ReturnType<R[K]> };

/** Limits of a number, both included unless said otherwise. */
export interface ParamLimits<D> {
  readonly min?: number;
  readonly max?: number;
  /** Greater than this, not equal to it. */
  readonly above?: number;
  /** What stands in for an absent value; without it the parameter must be given. */
  readonly default?: D;
}

const bad = (name: string, must: string, value: unknown): LabError =>
  new LabError("ALGORITHM_PARAM", `${name} ${must}, got ${typeof value === "string" ? `'${value}'` : String(value)}.`, {
    details: { name, value },
  });

function rangeText(limits: ParamLimits<unknown>): string {
  const { min, max, above } = limits;
  const low = above === undefined ? (min === undefined ? "" : ` of at least ${min}`) : ` above ${above}`;
  return `${low}${max === undefined ? "" : `${low === "" ? " of" : " and"} at most ${max}`}`;
}

/** A whole number, such as milliseconds. */
function whole(limits: ParamLimits<number> = {}): ParamReader<number> {
  return (value, name) => {
    const given = value ?? limits.default;
    const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER, above = Number.NEGATIVE_INFINITY } = limits;
    if (typeof given !== "number" || !Number.isInteger(given) || given < min || given > max || given <= above)
      throw bad(name, `must be a whole number${rangeText(limits)}`, given);
    return given;
  };
}

/** A whole number that may be absent. */
function optionalWhole(limits: ParamLimits<number> = {}): ParamReader<number | undefined> {
  return (value, name) => (value === undefined || value === null ? undefined : whole(limits)(value, name));
}

/** An exact number, read as text without an exponent. */
function exact(limits: ParamLimits<DecimalInput> = {}): ParamReader<string> {
  return (value, name) => {
    const given = (value ?? limits.default) as DecimalInput | ExactPrice;
    let read: Decimal;
    try {
      read = given instanceof ExactPrice ? given.toDecimal() : decimal(given, name);
    } catch {
      throw bad(name, `must be a number${rangeText(limits)}`, given);
    }
    const { min, max, above } = limits;
    if ((min !== undefined && read.lt(min)) || (max !== undefined && read.gt(max)) || (above !== undefined && read.lte(above)))
      throw bad(name, `must be a number${rangeText(limits)}`, read.toFixed());
    return decimalText(read);
  };
}

/** An exact number that may be absent. */
function optionalExact(limits: ParamLimits<DecimalInput> = {}): ParamReader<string | undefined> {
  return (value, name) => (value === undefined || value === null ? undefined : exact(limits)(value, name));
}

/** Readers for the parameters of an algorithm of one's own: `defineAlgorithm({ params: { waitMs: algorithmParam.whole({ min: 1 }) }, … })`. */
export const algorithmParam: {
  readonly whole: typeof whole;
  readonly optionalWhole: typeof optionalWhole;
  readonly decimal: typeof exact;
  readonly optionalDecimal: typeof optionalExact;
} = Object.freeze({ whole, optionalWhole, decimal: exact, optionalDecimal: optionalExact });
