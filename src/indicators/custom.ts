import { type Bar, type CandleSeries, SeriesBar } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import type { Column } from "./column.js";
import { checkPeriod } from "./period.js";
import type { Cursor, Indicator, IndicatorSource } from "./source.js";

/** What parameters of an indicator may be. */
export type IndicatorParams = Readonly<Record<string, number | string | boolean>>;

/** What {@link defineIndicator} is given. */
export interface IndicatorInput<P extends IndicatorParams> {
  name: string;
  /** Its parameters with their defaults: `{ period: 20 }`. */
  params?: P;
  /** Bars it needs before its first value: a number, or one computed from the parameters; 1 unless given. */
  warmUp?: number | ((params: P) => number);
  /**
   * Makes the function that is called once for every bar, in order, and returns that bar's value as a double. What it remembers between bars it keeps in variables of
   * `create`; the bar shows itself and earlier ones, never a later one.
   */
  create(params: P): (bar: Bar) => number;
}

/** An indicator of one's own: what `indicators.use` takes. Immutable. */
export interface IndicatorDefinition<P extends IndicatorParams = IndicatorParams> {
  readonly name: string;
  readonly params: P;
  /** Checked and completed parameters. @throws LabError `PARAM_UNKNOWN`, `PARAM_INVALID`. */
  parse(params?: Partial<P>): P;
  /** Bars it needs before its first value. @throws LabError `PERIOD_INVALID`. */
  warmUpOf(params: P): number;
  readonly create: (params: P) => (bar: Bar) => number;
}

/** Tells definitions apart in the columns that runs share: a cell that is run again makes another one of the same name. */
const numbers = new WeakMap<object, number>();
let made = 0;

/**
 * Defines an indicator. Strategies ask for it by `indicators.use(definition, params)`; it is computed once for a series and its parameters, whatever number of runs
 * of a sweep use it. Its value is a double, good for statistics and scores; compare prices that decide orders in whole units (`bar.closeUnits`) or with the exact
 * indicators.
 * @example
 * const Range = defineIndicator({
 *   name: "range",
 *   params: { period: 14 },
 *   warmUp: ({ period }) => period,
 *   create({ period }) {
 *     const ranges: number[] = [];
 *     return (bar) => {
 *       ranges.push(bar.high - bar.low);
 *       return ranges.slice(-period).reduce((a, b) => a + b, 0) / period;
 *     };
 *   },
 * });
 * @throws LabError `INDICATOR_INVALID`.
 */
export function defineIndicator<P extends IndicatorParams = Record<never, never>>(input: IndicatorInput<P>): IndicatorDefinition<P> {
  const { name, params = {} as P, warmUp = 1, create } = input ?? {};
  if (typeof name !== "string" || name === "") throw new LabError("INDICATOR_INVALID", "An indicator needs a name, such as 'range'.");
  if (typeof create !== "function")
    throw new LabError("INDICATOR_INVALID", `${name} needs a create function that returns the function of a bar.`);
  for (const [key, value] of Object.entries(params)) checkParam(name, key, value);
  const definition: IndicatorDefinition<P> = Object.freeze({
    name,
    params: Object.freeze({ ...params }),
    parse(given: Partial<P> = {}): P {
      const known = Object.keys(params);
      for (const [key, value] of Object.entries(given)) {
        if (!known.includes(key)) throw unknownName("PARAM_UNKNOWN", `parameter of ${name}`, key, known);
        if (value === undefined) continue;
        checkParam(name, key, value);
        if (typeof value !== typeof params[key])
          throw new LabError("PARAM_INVALID", `${name}.${key} is a ${typeof params[key]}, got ${String(value)}.`, {
            details: { key, value },
          });
      }
      const set = Object.entries(given).filter(([, value]) => value !== undefined);
      return Object.freeze({ ...params, ...(Object.fromEntries(set) as Partial<P>) });
    },
    warmUpOf(checked: P): number {
      return checkPeriod(typeof warmUp === "function" ? warmUp(checked) : warmUp, name);
    },
    create: (checked: P) => create(checked),
  });
  numbers.set(definition, ++made);
  return definition;
}

function checkParam(name: string, key: string, value: unknown): void {
  if (typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) return;
  throw new LabError("PARAM_INVALID", `${name}.${key} is a number, a text or true or false, got ${String(value)}.`, { details: { key } });
}

/** An indicator of one's own on a series. Before it has warmed up, and where its function gives no finite number, it is not ready. */
export class CustomIndicator implements Indicator {
  readonly name: string;
  readonly cursor: Cursor;
  readonly #column: Column;

  /** @throws LabError `INDICATOR_INVALID` for something else than a definition; what the definition's functions throw. */
  constructor(source: IndicatorSource, definition: IndicatorDefinition, params: IndicatorParams = {}) {
    const number = numbers.get(definition);
    if (number === undefined) throw new LabError("INDICATOR_INVALID", "indicators.use takes what defineIndicator returned.");
    const checked = definition.parse(params);
    const warmUp = definition.warmUpOf(checked);
    this.name = definition.name;
    this.cursor = source.cursor;
    const { series, columns } = source;
    this.#column = columns.doubles(series, `custom:${number}:${JSON.stringify(checked)}`, filler(series, definition, checked, warmUp));
  }

  get ready(): boolean {
    return !Number.isNaN(this.value);
  }

  /** The value at this bar; NaN where it is not ready. */
  get value(): number {
    return this.cursor.index < 0 ? Number.NaN : this.#column.at(this.cursor.index);
  }

  /** The value of an earlier bar: 0 is this one; NaN where there is none. */
  ago(bars: number): number {
    const index = this.cursor.index - bars;
    return bars >= 0 && index >= 0 ? this.#column.at(index) : Number.NaN;
  }
}

/** Calls a definition's function bar by bar. One that has thrown has lost its place: it throws the same again. */
function filler(
  series: CandleSeries,
  definition: IndicatorDefinition,
  params: IndicatorParams,
  warmUp: number,
): (values: Float64Array, from: number, to: number) => void {
  const bar = new SeriesBar(series, 0);
  let next: ((bar: Bar) => number) | undefined;
  let failed: { readonly error: unknown } | undefined;
  return (values, from, to) => {
    if (failed !== undefined) throw failed.error;
    try {
      next ??= definition.create(params);
      for (let i = from; i < to; i++) {
        bar.index = i;
        const value = next(bar);
        if (typeof value !== "number")
          throw new LabError("INDICATOR_INVALID", `${definition.name} returned ${String(value)} for a bar; it must return a number.`);
        values[i] = i >= warmUp - 1 && Number.isFinite(value) ? value : Number.NaN;
      }
    } catch (error) {
      failed = { error };
      throw error;
    }
  };
}
