import { LabError, unknownName } from "../errors/index.js";

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

/** Length of a candle: a count and a unit, as in `"1m"`, `"5m"`, `"4h"`, `"1d"`. */
export type Interval = `${number}${"s" | "m" | "h" | "d" | "w"}`;

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const COMMON = ["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d", "1w"];

/** Milliseconds of a 365-day year: crypto trades every day. */
export const YEAR_MS: number = 365 * 86_400_000;

/**
 * Length of an interval in milliseconds.
 * @throws LabError `INTERVAL_UNKNOWN`. A bare number is refused: venues disagree on its unit. So is `1M`: a month has no fixed length, and is no minute.
 */
export function intervalMs(interval: string): number {
  const match = /^([1-9]\d{0,4})(s|m|h|d|w|[SHDW])$/.exec(interval.trim());
  if (match === null) throw unknownName("INTERVAL_UNKNOWN", "interval", interval, COMMON);
  return Number(match[1]) * UNIT_MS[match[2]!.toLowerCase()]!;
}

/** The shortest name of a length of time in whole seconds: 300000 is `"5m"`, 604800000 is `"1w"`. */
export function intervalName(ms: number): Interval {
  for (const unit of ["w", "d", "h", "m", "s"] as const)
    if (ms >= UNIT_MS[unit]! && ms % UNIT_MS[unit]! === 0) return `${ms / UNIT_MS[unit]!}${unit}`;
  throw new LabError("INTERVAL_UNKNOWN", `An interval of ${ms} ms is not a whole number of seconds.`, { details: { ms } });
}

/** RFC 3339 text in UTC; whole seconds are printed without a fraction. */
export function timeText(ms: EpochMs): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

/** The last moment a `Date` can hold. */
const LAST_MS = 8.64e15;

/** `Date.parse` takes 30 February for 1 March. */
function isCalendarDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

/** What a caller may write for a moment: epoch milliseconds, RFC 3339 text, or a `Date`. */
export type TimeInput = number | string | Date;

/**
 * Reads a moment. A date alone is midnight UTC; a date and time without an offset is UTC as well.
 * @throws LabError `TIME_INVALID`.
 */
export function parseTime(input: TimeInput, name = "time"): EpochMs {
  if (input instanceof Date && Number.isFinite(input.getTime())) return input.getTime();
  if (typeof input === "number" && Number.isInteger(input) && Math.abs(input) <= LAST_MS) return input;
  if (typeof input === "string" && /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i.test(input.trim())) {
    let text = input.trim().replace(" ", "T");
    if (text.length > 10 && !/(Z|[+-]\d\d:?\d\d)$/i.test(text)) text += "Z";
    const ms = Date.parse(text);
    if (Number.isFinite(ms) && isCalendarDay(text.slice(0, 10))) return ms;
  }
  throw new LabError(
    "TIME_INVALID",
    `${name} must be epoch milliseconds or RFC 3339 text such as 2024-05-01T00:00:00Z, got '${String(input)}'.`,
    {
      details: { name, value: input },
    },
  );
}
