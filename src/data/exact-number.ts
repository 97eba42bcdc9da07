import { fromUnits, MAX_SAFE, narrow, pow10 } from "../core/index.js";

/** A decimal number as written: `digits` x 10^-dp with dp >= 0 and no trailing zeros after the point. Digits are a BigInt only beyond 2^53 - 1. */
export interface ExactNumber {
  readonly digits: number | bigint;
  readonly dp: number;
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i;
/** Any whole number of so many digits is exact in a double. */
const SAFE_DIGITS = 15;
const TEN_8 = 100_000_000n;

/** `digits` x 10^-dp in lowest form; a negative dp is multiplied out. */
export function exactNumber(digits: number | bigint, dp: number): ExactNumber {
  if (dp < 0) return { digits: narrow(BigInt(digits) * 10n ** BigInt(-dp)), dp: 0 };
  let places = dp;
  let big = typeof digits === "bigint" ? narrow(digits) : digits;
  while (typeof big === "bigint") {
    const step = places >= 8 && big % TEN_8 === 0n ? 8 : places >= 1 && big % 10n === 0n ? 1 : 0;
    if (step === 0) return { digits: big, dp: places };
    big = narrow(big / (step === 8 ? TEN_8 : 10n));
    places -= step;
  }
  let small = big;
  while (places > 0 && small % 10 === 0) {
    small /= 10;
    places--;
  }
  return { digits: small, dp: places };
}

/** Reads plain or exponent notation digit by digit; `undefined` for text that is no decimal number. */
export function parseExact(text: string): ExactNumber | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent] = match;
  const written = whole + fraction;
  if (written === "") return undefined;
  const digits = written.length <= SAFE_DIGITS ? Number(written) : BigInt(written);
  const dp = exponent === undefined ? fraction.length : fraction.length - Number(exponent);
  // Not -0: it would print as a zero and compare as one, yet not be equal to one everywhere.
  return exactNumber(sign === "-" && Number(digits) !== 0 ? -digits : digits, dp);
}

/** A number rounded half away from zero to at most `dp` decimals; the same object when it has no more. */
export function roundExact(value: ExactNumber, dp: number): ExactNumber {
  if (value.dp <= dp) return value;
  const unit = 10n ** BigInt(value.dp - dp);
  const half = value.digits < 0 ? -unit / 2n : unit / 2n;
  return exactNumber((BigInt(value.digits) + half) / unit, dp);
}

/** Negative, zero or positive as a is less than, equal to or greater than b. */
export function compareExact(a: ExactNumber, b: ExactNumber): number {
  if (a.dp === b.dp && typeof a.digits === "number" && typeof b.digits === "number") return a.digits - b.digits;
  const dp = Math.max(a.dp, b.dp);
  const x = unitsAt(a, dp);
  const y = unitsAt(b, dp);
  if (Math.abs(x) <= MAX_SAFE && Math.abs(y) <= MAX_SAFE) return x - y;
  const difference = BigInt(a.digits) * 10n ** BigInt(dp - a.dp) - BigInt(b.digits) * 10n ** BigInt(dp - b.dp);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The value in units of 10^-dp, dp at least its own. Exact up to 2^53 - 1; beyond, the result is off but still beyond. */
export function unitsAt(value: ExactNumber, dp: number): number {
  return Number(value.digits) * pow10(dp - value.dp);
}

/** Plain text without exponent. */
export function exactText(value: ExactNumber): string {
  return fromUnits(value.digits, value.dp).toFixed();
}
