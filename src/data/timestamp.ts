import { LabError } from "../errors/index.js";
import { exactNumber, parseExact } from "./exact-number.js";

/** Unit of a file's epoch timestamps. */
export type TimeUnit = "s" | "ms" | "us" | "ns";

/** How a file writes its timestamps, decided once a file. `any` of an epoch: the unit was given, so its magnitude is not questioned. */
export type TimeFormat = { readonly kind: "epoch"; readonly unit: TimeUnit; readonly any: boolean } | { readonly kind: "text" };

/** Powers of ten from a unit to milliseconds: a timestamp in seconds counts thousands of milliseconds. */
export const UNIT_POWER: Readonly<Record<TimeUnit, number>> = { s: 3, ms: 0, us: -3, ns: -6 };

/** Epoch seconds below this lie before March 1973: what looks like them is a day number of a spreadsheet or a date such as 20240327. */
const LEAST_SECONDS = 1e8;
/** The last millisecond a `Date` can hold. */
const LAST_MS = 8.64e15;
const EPOCH = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const TEXT = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?)?$/i;

/** The unit that a timestamp's size points to: seconds up to the year 5138, and a thousand times that for each finer unit. */
function unitByMagnitude(value: number): TimeUnit {
  const size = Math.abs(value);
  return size < 1e11 ? "s" : size < 1e14 ? "ms" : size < 1e17 ? "us" : "ns";
}

/**
 * How a file writes its timestamps, from its first and last readable one.
 * A file whose ends differ in magnitude spans a boundary (milliseconds before 1973): the larger decides and the check is off.
 * @throws LabError `DATA_TIME` for numbers too small to be taken for epoch seconds without being told.
 */
export function detectTimeFormat(first: string, last: string, given?: TimeUnit): TimeFormat | undefined {
  if (given !== undefined) return EPOCH.test(first) ? { kind: "epoch", unit: given, any: true } : undefined;
  if (parseTimeText(first) !== undefined) return { kind: "text" };
  if (!EPOCH.test(first)) return undefined;
  const ends = [first, last].filter((text) => EPOCH.test(text)).map((text) => Math.abs(Number(text)));
  const largest = Math.max(...ends);
  if (largest < LEAST_SECONDS)
    throw new LabError(
      "DATA_TIME",
      `The timestamp '${first}' is too small for epoch seconds of these days. Write dates as 2024-03-27 or 2024-03-27T00:00:00Z; where it is an epoch number after all, say its unit: timeUnit: "s".`,
      { details: { first, last } },
    );
  const unit = unitByMagnitude(largest);
  return { kind: "epoch", unit, any: ends.some((end) => unitByMagnitude(end) !== unit) };
}

/** One timestamp as epoch milliseconds, or the reason why it is none. */
export function readTime(text: string, format: TimeFormat): number | string {
  if (text === "") return "the timestamp is empty";
  return format.kind === "text" ? readText(text) : readEpoch(text, format.unit, format.any);
}

function readText(text: string): number | string {
  const ms = parseTimeText(text);
  if (ms === undefined) return EPOCH.test(text) ? "an epoch number in a file of dates" : "not an RFC 3339 timestamp or a date YYYY-MM-DD";
  return Number.isInteger(ms) ? ms : "the timestamp is not a whole millisecond";
}

function readEpoch(text: string, unit: TimeUnit, any: boolean): number | string {
  const value = EPOCH.test(text) ? parseExact(text) : undefined;
  if (value === undefined) return `not an epoch timestamp in ${unit}`;
  return epochMs(value.digits, unit, any, value.dp);
}

/** `digits` x 10^-dp of a unit as epoch milliseconds, or the reason why it is none. */
export function epochMs(digits: number | bigint, unit: TimeUnit, any: boolean, dp = 0): number | string {
  const { digits: ms, dp: beyond } = exactNumber(digits, dp - UNIT_POWER[unit]);
  if (beyond > 0) return "the timestamp is not a whole millisecond";
  if (Math.abs(Number(ms)) > LAST_MS) return "the timestamp lies beyond the year 275760";
  const seems = unitByMagnitude(Number(digits) / 10 ** dp);
  if (!any && seems !== unit) return `the size of the timestamp is that of ${seems}, the file's unit is ${unit}`;
  return Number(ms);
}

/** The epoch milliseconds an unsigned timestamp may have to be regular: the size must be that of the file's unit. */
export function regularRange(format: TimeFormat): readonly [earliest: number, latest: number] {
  if (format.kind === "text") return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (format.any) return [0, LAST_MS];
  return [format.unit === "s" ? 0 : 1e11, 1e14 - 1];
}

/** RFC 3339 with any offset, a date and time (UTC), or a date (midnight UTC) as epoch milliseconds, with a fraction when finer; else `undefined`. */
export function parseTimeText(text: string): number | undefined {
  const match = TEXT.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", offset = "Z"] = match;
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const date = new Date(midnight);
  // Date.UTC rolls 30 February over to March and reads the years 0 to 99 as 1900 to 1999.
  if (date.getUTCDate() !== Number(day) || date.getUTCMonth() !== Number(month) - 1 || date.getUTCFullYear() !== Number(year))
    return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const offsetMs = readOffset(offset);
  if (offsetMs === undefined) return undefined;
  const clock = Number(hour) * 3_600_000 + Number(minute) * 60_000 + Number(second) * 1000;
  const beyond = fraction.replace(/0+$/, "");
  const ms = Number(beyond.padEnd(3, "0").slice(0, 3)) + (beyond.length > 3 ? 0.5 : 0);
  return midnight + clock + ms - offsetMs;
}

function readOffset(text: string): number | undefined {
  if (/^(z|utc)$/i.test(text)) return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  return (text[0] === "-" ? -1 : 1) * (hours * 3_600_000 + minutes * 60_000);
}
