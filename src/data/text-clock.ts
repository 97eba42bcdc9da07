import { parseTimeText } from "./timestamp.js";

const ZERO = 48;
const COLON = 58;

/**
 * Reads RFC 3339 timestamps in UTC from bytes, as long as they stay on the day last learnt: consecutive candles share their
 * date, so only the clock is read digit by digit. Every other form is left to the slow path, which then teaches the next day.
 */
export class TextClock {
  /** Epoch milliseconds of the timestamp last read. */
  ms = 0;
  readonly #date = new Uint8Array(10);
  #midnight = Number.NaN;

  /** Takes over the date of a timestamp that the slow path has read. */
  learn(text: string): void {
    const date = text.slice(0, 10);
    this.#midnight = parseTimeText(date) ?? Number.NaN;
    for (let k = 0; k < 10; k++) this.#date[k] = date.charCodeAt(k);
  }

  /** Reads `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SS` or the same with a T and a Z or +00:00; returns the offset after it, or -1 when it is anything else. */
  read(bytes: Uint8Array, at: number): number {
    if (Number.isNaN(this.#midnight) || at + 26 > bytes.length) return -1;
    const date = this.#date;
    for (let k = 0; k < 10; k++) if (bytes[at + k] !== date[k]) return -1;
    const separator = bytes[at + 10];
    if (separator !== 84 && separator !== 32) return -1;
    const hour = twoDigits(bytes, at + 11);
    const minute = twoDigits(bytes, at + 14);
    const second = twoDigits(bytes, at + 17);
    if (bytes[at + 13] !== COLON || bytes[at + 16] !== COLON || hour > 23 || minute > 59 || second > 59) return -1;
    this.ms = this.#midnight + hour * 3_600_000 + minute * 60_000 + second * 1000;
    const zone = bytes[at + 19]!;
    if (zone === 90) return at + 20;
    if (zone !== 43) return at + 19;
    for (let k = 20; k < 25; k++) if (bytes[at + k] !== (k === 22 ? COLON : ZERO)) return -1;
    return at + 25;
  }
}

/** The number of two digits, or 99 when they are none. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 99;
}
