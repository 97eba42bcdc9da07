import { Decimal as DecimalJs } from "decimal.js";

/**
 * The decimal type of every edge: 40 significant digits, half-even, never in exponent notation when printed.
 * It is a clone of its own, so settings a cell makes on its `decimal.js` do not reach money.
 */
export const Decimal: typeof DecimalJs = DecimalJs.clone({
  precision: 40,
  rounding: DecimalJs.ROUND_HALF_EVEN,
  toExpNeg: -9e15,
  toExpPos: 9e15,
  defaults: true,
});
/** An exact decimal number. */
export type Decimal = DecimalJs;

/** A decimal's sign, the power of ten of its first digit, and its digits: seven to a word, the words counted from the point, none that is zero at the ends. */
interface Digits {
  s: number;
  e: number;
  d: number[];
}

const WORD = 7;
/** As many digits are exact in a double, whatever they are. */
const SAFE_DIGITS = 15;

/** A safe whole number times 10^-dp, without a text between: what a venue makes of every number it tells. Every step is of whole numbers and exact. */
export function scaledDecimal(units: number, dp: number): Decimal {
  if (units === 0) return new Decimal(0);
  const result = new Decimal(1);
  const words: number[] = [];
  // The last word has only the digits down to 10^-dp.
  const inLast = dp % WORD;
  let rest = Math.abs(units);
  let below = Math.ceil(dp / WORD);
  for (let digits = inLast === 0 ? WORD : inLast; rest > 0; digits = WORD) {
    const base = 10 ** digits;
    const low = rest % base;
    if (low !== 0 || words.length > 0) words.push(low * 10 ** (WORD - digits));
    else below--;
    rest = (rest - low) / base;
  }
  words.reverse();
  let first = words[0]!;
  let exponent = (words.length - 1 - below) * WORD;
  for (; first >= 10; first /= 10) exponent++;
  const parts = result as unknown as Digits;
  parts.s = units < 0 ? -1 : 1;
  parts.e = exponent;
  parts.d = words;
  return result;
}

/** Digits and places of the last text that was scanned. */
let scanned = 0;
let places = 0;

/** Reads text of digits alone, with a point between two of them at most; anything else (a sign, an exponent, too many digits) is left to others. */
function scan(text: string): boolean {
  const { length } = text;
  if (length === 0 || length > SAFE_DIGITS + 1) return false;
  let point = -1;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) value = value * 10 + code - 48;
    else if (code === 46 && point < 0 && i > 0 && i < length - 1) point = i;
    else return false;
  }
  if (point < 0 && length > SAFE_DIGITS) return false;
  scanned = value;
  places = point < 0 ? 0 : length - 1 - point;
  return true;
}

/** The number of a short plain text such as "60000.5"; undefined for any other text, which may still be a number. */
export function plainDecimal(text: string): Decimal | undefined {
  return scan(text) ? scaledDecimal(scanned, places) : undefined;
}

/** The same in whole units of 10^-dp; undefined as well where it lies between two units. */
export function plainUnits(text: string, dp: number): number | undefined {
  if (!scan(text)) return undefined;
  if (places > dp) {
    const factor = 10 ** (places - dp);
    return scanned % factor === 0 ? scanned / factor : undefined;
  }
  const units = scanned * 10 ** (dp - places);
  // A product below 2^53 is exact; one above may have been rounded to it.
  return units < Number.MAX_SAFE_INTEGER ? units : undefined;
}
