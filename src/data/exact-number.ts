import { fromUnits } from "../core/index.js";

/** A decimal number as written: `digits` x 10^-dp with dp >= 0 and no trailing zeros after the point. */
export interface ExactNumber {
  readonly digits: bigint;
  readonly dp: number;
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i;
const TEN_8 = 100_000_000n;

/** `digits` x 10^-dp in lowest form; a negative dp is multiplied out. */
export function exactNumber(digits: bigint, dp: number): ExactNumber {
  if (dp <= 0) return { digits: digits * 10n ** BigInt(-dp), dp: 0 };
  let d = digits;
  let places = dp;
  while (places >= 8 && d % TEN_8 === 0n) {
    d /= TEN_8;
    places -= 8;
  }
  while (places > 0 && d % 10n === 0n) {
    d /= 10n;
    places--;
  }
  return { digits: d, dp: places };
}

/** Reads plain or exponent notation digit by digit; `undefined` for text that is no decimal number. */
export function parseExact(text: string): ExactNumber | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(whole + fraction);
  return exactNumber(sign === "-" ? -digits : digits, fraction.length - Number(exponent));
}

/** A number rounded half away from zero to at most `dp` decimals; the same object when it has no more. */
export function roundExact(value: ExactNumber, dp: number): ExactNumber {
  if (value.dp <= dp) return value;
  const unit = 10n ** BigInt(value.dp - dp);
  const half = value.digits < 0n ? -unit / 2n : unit / 2n;
  return exactNumber((value.digits + half) / unit, dp);
}

/** -1, 0 or 1 as a is less than, equal to or greater than b. */
export function compareExact(a: ExactNumber, b: ExactNumber): number {
  const dp = Math.max(a.dp, b.dp);
  const x = a.digits * 10n ** BigInt(dp - a.dp);
  const y = b.digits * 10n ** BigInt(dp - b.dp);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Plain text without exponent. */
export function exactText(value: ExactNumber): string {
  return fromUnits(value.digits, value.dp).toFixed();
}
