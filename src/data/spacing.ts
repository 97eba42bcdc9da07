import { type CandleSeries, type EpochMs, type Interval, intervalMs, intervalName, timeText } from "../core/index.js";
import { LabError } from "../errors/index.js";

const DAY_MS = 86_400_000;

/** A stretch without candles between two neighbours. */
export interface Gap {
  /** Open time of the candle before the gap. */
  readonly after: EpochMs;
  /** Open time of the candle after it. */
  readonly before: EpochMs;
  /** Candles that are not there. */
  readonly missing: number;
}

/** Whether a market never closes, or leaves out weekends. */
export type MarketCalendar = "continuous" | "weekdays";

/** How candles lie in time. */
export interface Spacing {
  readonly gaps: readonly Gap[];
  /** Candles missing in all gaps. */
  readonly missing: number;
  /** Of the missing candles those that would open on a Saturday or Sunday (UTC). */
  readonly missingOnWeekends: number;
  /** Neighbours whose distance is no multiple of the interval. */
  readonly irregular: number;
}

/**
 * The most common distance between neighbouring candles; the shorter of equally common ones.
 * @returns `undefined` when there are fewer than two.
 */
function commonSpacing(time: Float64Array): number | undefined {
  const counts = new Map<number, number>();
  let run = 0;
  let current = Number.NaN;
  for (let i = 1; i < time.length; i++) {
    const distance = time[i]! - time[i - 1]!;
    if (distance === current) run++;
    else {
      if (run > 0) counts.set(current, (counts.get(current) ?? 0) + run);
      current = distance;
      run = 1;
    }
  }
  if (run > 0) counts.set(current, (counts.get(current) ?? 0) + run);
  let best: number | undefined;
  for (const [distance, count] of counts) {
    const bestCount = best === undefined ? 0 : counts.get(best)!;
    if (count > bestCount || (count === bestCount && distance < best!)) best = distance;
  }
  return best;
}

/**
 * The interval that the candles themselves show.
 * @throws LabError `DATA_INTERVAL` when their most common distance is no whole number of seconds.
 */
export function inferInterval(time: Float64Array, file: string): Interval | undefined {
  const spacing = commonSpacing(time);
  if (spacing === undefined) return undefined;
  if (spacing % 1000 !== 0)
    throw new LabError("DATA_INTERVAL", `Most candles of ${file} are ${spacing} ms apart, which is no interval of whole seconds.`);
  return intervalName(spacing);
}

/**
 * Checks an interval that was given (or stands in the file) against the candles.
 * @throws LabError `DATA_INTERVAL` when most candles lie closer than it, or none lies at its distance.
 */
export function checkInterval(time: Float64Array, interval: Interval, origin: string, file: string): void {
  const spacing = commonSpacing(time);
  const expected = intervalMs(interval);
  if (spacing === undefined || spacing === expected || (spacing > expected && hasSpacing(time, expected))) return;
  const seen = spacing % 1000 === 0 ? intervalName(spacing) : `${spacing} ms`;
  throw new LabError(
    "DATA_INTERVAL",
    `The interval ${interval} ${origin} contradicts ${file}: most candles are ${seen} apart (first ${timeText(time[0]!)}). ` +
      (spacing < expected ? `Load them as ${seen} and resample to ${interval}.` : `Did you mean ${seen}?`),
    { details: { interval, found: seen } },
  );
}

function hasSpacing(time: Float64Array, expected: number): boolean {
  for (let i = 1; i < time.length; i++) if (time[i]! - time[i - 1]! === expected) return true;
  return false;
}

/** Finds the gaps of sorted candles without repeats. Nothing is filled. */
export function findGaps(time: Float64Array, interval: Interval): Spacing {
  const step = intervalMs(interval);
  const gaps: Gap[] = [];
  let missing = 0;
  let missingOnWeekends = 0;
  let irregular = 0;
  for (let i = 1; i < time.length; i++) {
    const after = time[i - 1]!;
    const before = time[i]!;
    const distance = before - after;
    if (distance === step) continue;
    if (distance % step !== 0) irregular++;
    const absent = Math.ceil(distance / step) - 1;
    if (absent <= 0) continue;
    gaps.push({ after, before, missing: absent });
    missing += absent;
    missingOnWeekends += weekendCandles(after + step, before, step);
  }
  return { gaps, missing, missingOnWeekends, irregular };
}

/** How the candles of a series lie in time, and what kind of market that tells of. */
export function spacingOf({ time, interval }: Pick<CandleSeries, "time" | "interval">): Spacing & { readonly calendar: MarketCalendar } {
  const spacing = findGaps(time, interval);
  return { ...spacing, calendar: calendarOf(spacing, interval) };
}

/** Most missing days are weekends, and most weekends are missing: a market calendar, not a hole in the data. */
export function calendarOf(spacing: Spacing, interval: Interval): MarketCalendar {
  const closes = intervalMs(interval) <= DAY_MS && spacing.missing >= 2 && spacing.missingOnWeekends >= spacing.missing * 0.8;
  return closes ? "weekdays" : "continuous";
}

/** Candles opening at from, from + step, ... before `to` on a Saturday or Sunday; whole weeks are counted once, so a gap of years costs no more. */
function weekendCandles(from: EpochMs, to: EpochMs, step: number): number {
  const count = Math.ceil((to - from) / step);
  const perWeek = (7 * DAY_MS) / step;
  if (!Number.isInteger(perWeek) || count < perWeek) return weekendsAmong(from, count, step);
  const weeks = Math.floor(count / perWeek);
  return weeks * weekendsAmong(from, perWeek, step) + weekendsAmong(from, count - weeks * perWeek, step);
}

function weekendsAmong(from: EpochMs, count: number, step: number): number {
  let weekends = 0;
  for (let k = 0; k < count; k++) {
    // Day 0 of the epoch was a Thursday; counted from Saturday, the weekend is days 0 and 1.
    const sinceSaturday = (Math.floor((from + k * step) / DAY_MS) + 5) % 7;
    if ((sinceSaturday + 7) % 7 < 2) weekends++;
  }
  return weekends;
}
