import type { EpochMs } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { curveOf, type ReturnSeries, type Returns } from "./source.js";

const DAY_MS = 86_400_000;

const startOfDay = (time: EpochMs): EpochMs => Math.floor(time / DAY_MS) * DAY_MS;
const nextDay = (start: EpochMs): EpochMs => start + DAY_MS;

function startOfMonth(time: EpochMs): EpochMs {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

function nextMonth(start: EpochMs): EpochMs {
  const date = new Date(start);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

function calendarReturns(
  source: Returns,
  startOf: (time: EpochMs) => EpochMs,
  next: (start: EpochMs) => EpochMs,
  periodsPerYear: number,
): ReturnSeries {
  const curve = curveOf(source);
  const time = curve.time;
  if (time === undefined)
    throw new LabError("RETURNS_NO_TIME", "A plain array of returns has no times to group by: give equity points or a run.");
  if (curve.length === 0) return { time: new Float64Array(0), returns: new Float64Array(0), periodsPerYear };
  const equity = curve.equity;
  if (equity.value === null) throw new LabError("RETURNS_UNDEFINED", `No returns: ${equity.reason}.`);
  const starts: number[] = [];
  const ends: number[] = [];
  let start = startOf(time[0]!);
  let end = next(start);
  for (let i = 1; i < curve.length; i++) {
    for (; time[i]! >= end; start = end, end = next(start)) {
      starts.push(start);
      ends.push(equity.value[i - 1]!);
    }
  }
  starts.push(start);
  ends.push(equity.value[curve.length - 1]!);
  const result = new Float64Array(starts.length);
  let previous = curve.initial;
  for (let i = 0; i < result.length; i++) {
    if (previous <= 0)
      throw new LabError("RETURNS_UNDEFINED", `No returns: equity was ${previous} before ${new Date(starts[i]!).toISOString()}.`);
    result[i] = ends[i]! / previous - 1;
    previous = ends[i]!;
  }
  return { time: Float64Array.from(starts), returns: result, periodsPerYear };
}

/**
 * Returns by UTC day, from the last equity of each day; the first day starts at the initial equity, a day without points returns 0,
 * so that 365 of them are a year. `time` is each day's midnight. A source itself: `sharpe(dailyReturns(run))` is annualised by 365.
 * @throws LabError `RETURNS_NO_TIME` for plain returns, `RETURNS_UNDEFINED` when equity was spent before the last day.
 */
export function dailyReturns(source: Returns): ReturnSeries {
  return calendarReturns(source, startOfDay, nextDay, 365);
}

/**
 * Returns by UTC calendar month, from the last equity of each month; otherwise as {@link dailyReturns}, 12 a year.
 * @throws LabError `RETURNS_NO_TIME`, `RETURNS_UNDEFINED`.
 */
export function monthlyReturns(source: Returns): ReturnSeries {
  return calendarReturns(source, startOfMonth, nextMonth, 12);
}
