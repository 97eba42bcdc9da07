import type { EquityPoints, PerformanceSource, Trade } from "../core/index.js";
import { LabError, wrongInput } from "../errors/index.js";
import { checkNumber } from "./checks.js";
import { Curve } from "./curve.js";

/** Simple returns per period with the time of each: what `dailyReturns` makes. */
export interface ReturnSeries {
  /** Epoch milliseconds of each period. */
  readonly time: Float64Array;
  /** Simple returns as fractions. */
  readonly returns: Float64Array;
  readonly periodsPerYear: number;
}

/**
 * Whatever has returns: a run or a session, an equity curve, a return series, or plain simple returns per period as fractions.
 * Plain returns carry no spacing: give `periodsPerYear`, or annual values are values per period.
 */
export type Returns = PerformanceSource | EquityPoints | ReturnSeries | ArrayLike<number>;

/** Whatever has trades: a run, a session, or the trades themselves. */
export type TradeSource = Pick<PerformanceSource, "trades"> | readonly Trade[];

/** Option of every annualised statistic. */
export interface AnnualOptions {
  /** Periods in a year; overrides the source's own. */
  readonly periodsPerYear?: number;
}

const EXPECTED = "a run or session ({ equity, trades }), equity points, a return series, or an array of returns as fractions";

function doubles(name: string, input: ArrayLike<number>): Float64Array {
  const values = input instanceof Float64Array ? input : Float64Array.from(input);
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]!) || (values !== input && typeof input[i] !== "number"))
      throw new LabError("RETURNS_NOT_FINITE", `${name}[${i}] must be a finite number, got ${String(input[i])}.`, {
        details: { name, index: i, value: input[i] },
      });
  return values;
}

function times(input: Float64Array, length: number): Float64Array {
  if (input.length !== length)
    throw new LabError("RETURNS_RAGGED", `time has ${input.length} entries, the values are ${length}.`, {
      details: { time: input.length, values: length },
    });
  const time = doubles("time", input);
  for (let i = 1; i < length; i++)
    if (time[i]! < time[i - 1]!)
      throw new LabError("RETURNS_TIME_ORDER", `time[${i}] is ${time[i]}, before time[${i - 1}], which is ${time[i - 1]}.`, {
        details: { index: i, value: time[i], previous: time[i - 1] },
      });
  return time;
}

/**
 * A source in the one form the statistics work on.
 * @throws LabError `RETURNS_SOURCE` for anything else, `RETURNS_NOT_FINITE` with index and value, `RETURNS_RAGGED` and
 *   `RETURNS_TIME_ORDER` for bad times, `OPTION_INVALID` for `periodsPerYear` or `initial` that is not greater than zero.
 */
export function curveOf(source: Returns, { periodsPerYear }: AnnualOptions = {}): Curve {
  if (periodsPerYear !== undefined) checkNumber("periodsPerYear", periodsPerYear, { above: 0 });
  if (typeof source === "object" && source !== null) {
    if ("equity" in source) return curveOf(source.equity, periodsPerYear === undefined ? {} : { periodsPerYear });
    if ("initial" in source && "value" in source) {
      const values = doubles("equity", source.value);
      const initial = checkNumber("initial equity", source.initial, { above: 0 });
      const own = checkNumber("periodsPerYear", source.periodsPerYear, { above: 0 });
      return new Curve({ kind: "equity", values, initial, time: times(source.time, values.length), periodsPerYear: periodsPerYear ?? own });
    }
    if ("returns" in source) {
      const values = doubles("returns", source.returns);
      const own = checkNumber("periodsPerYear", source.periodsPerYear, { above: 0 });
      const time = times(source.time, values.length);
      return new Curve({ kind: "returns", values, initial: 1, time, periodsPerYear: periodsPerYear ?? own });
    }
    if ("length" in source && typeof source.length === "number" && !("close" in source))
      return new Curve({ kind: "returns", values: doubles("returns", source), initial: 1, time: undefined, periodsPerYear });
  }
  throw wrongInput("RETURNS_SOURCE", "A statistic of returns", EXPECTED, source);
}

/**
 * The trades of a source.
 * @throws LabError `TRADES_SOURCE` when there is no list of trades.
 */
export function tradesOf(source: TradeSource): readonly Trade[] {
  const trades: unknown = typeof source === "object" && source !== null && "trades" in source ? source.trades : source;
  if (!Array.isArray(trades))
    throw wrongInput("TRADES_SOURCE", "A statistic of trades", "a run or session ({ equity, trades }) or a list of trades", source);
  const odd = trades.findIndex((trade) => typeof trade !== "object" || trade === null || !("netPnl" in trade));
  if (odd >= 0)
    throw new LabError(
      "TRADES_SOURCE",
      `trades[${odd}] is not a trade: ${String(trades[odd])}. Statistics of returns are other functions.`,
      {
        details: { index: odd },
      },
    );
  return trades as readonly Trade[];
}
