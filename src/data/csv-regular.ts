import { MAX_SAFE, pow10 } from "../core/index.js";
import type { CandleRows } from "./candle-rows.js";
import { type CsvLayout, IGNORED } from "./csv-layout.js";
import type { TextClock } from "./text-clock.js";
import { regularRange, type TimeFormat, UNIT_POWER } from "./timestamp.js";

const QUOTE = 34;
const POINT = 46;
const NEWLINE = 10;
const RETURN = 13;
const ZERO = 48;
const POWERS = Float64Array.from({ length: 23 }, (_, k) => pow10(k));
// Indices into FIELDS, spelt out so that the loop sees constants.
const TIME = 0;
const OPEN = 1;
const HIGH = 2;
const LOW = 3;
const CLOSE = 4;
const VOLUME = 5;

/** Where {@link readRegularRows} stands in a file. */
export interface Cursor {
  /** Offset of the next row. */
  at: number;
  /** Line number of the next row. */
  line: number;
}

/** What stays the same over a file. Label columns (symbol, interval) must read as these bytes for a row to be regular. */
export interface RegularFormat {
  readonly layout: CsvLayout;
  readonly time: TimeFormat;
  readonly clock: TextClock;
  /** Bytes each label column must hold, by field index; `undefined` when not yet known. */
  readonly labels: readonly (Uint8Array | undefined)[];
}

/**
 * The fast path: reads rows of plain digits straight from the bytes into whole units, and stops before the first row that is
 * not regular (a quote, a sign, an exponent, a finer decimal, a wrong number of fields, a failed check, ...). The slow path
 * takes that row: it alone knows every form and every reason, so both agree by construction. `bytes` must end in a line feed.
 *
 * Exactness: digits are summed in a double, which is exact up to 2^53 and never falls below it again, so one comparison at
 * the end of a number finds every overflow. A value with more decimals than the column is regular when the rest are zeros.
 */
export function readRegularRows(bytes: Buffer, cursor: Cursor, format: RegularFormat, rows: CandleRows): void {
  const { layout, clock, labels } = format;
  const columns = Uint8Array.from(layout.columns);
  const width = columns.length;
  const delimiter = layout.delimiter.charCodeAt(0);
  const isText = format.time.kind === "text";
  const timeShift = format.time.kind === "epoch" ? UNIT_POWER[format.time.unit] : 0;
  const [earliest, latest] = regularRange(format.time);
  const { time, line, capacity } = rows;
  const [openColumn, highColumn, lowColumn, closeColumn] = rows.prices.columns as [Float64Array, Float64Array, Float64Array, Float64Array];
  const volumeColumn = rows.volumes.columns[0]!;
  const priceDp = rows.prices.dp;
  const shifts = Int32Array.of(timeShift, priceDp, priceDp, priceDp, priceDp, rows.volumes.dp);
  const units = new Float64Array(6);
  const size = bytes.length;
  let lineNumber = cursor.line;
  let row = rows.length;
  let i = cursor.at;
  let start = i;

  scan: while (i < size && row < capacity) {
    start = i;
    for (let c = 0; c < width; c++) {
      const field = columns[c]!;
      const from = i;
      let ch = 0;
      if (field <= VOLUME && !(field === TIME && isText)) {
        ch = bytes[i++]!;
        if ((ch - ZERO) >>> 0 > 9) break scan;
        let digits = ch - ZERO;
        ch = bytes[i++]!;
        while ((ch - ZERO) >>> 0 <= 9) {
          digits = digits * 10 + (ch - ZERO);
          ch = bytes[i++]!;
        }
        let shift = shifts[field]!;
        if (ch === POINT) {
          const point = i;
          ch = bytes[i++]!;
          while ((ch - ZERO) >>> 0 <= 9) {
            digits = digits * 10 + (ch - ZERO);
            ch = bytes[i++]!;
          }
          shift -= i - 1 - point;
        }
        if (digits > MAX_SAFE) break scan;
        if (shift > 0) digits *= POWERS[shift]!;
        else if (shift < 0) {
          if (shift < -22) break scan;
          const whole = Math.round(digits / POWERS[-shift]!);
          if (whole * POWERS[-shift]! !== digits) break scan;
          digits = whole;
        }
        if (digits > MAX_SAFE) break scan;
        units[field] = digits;
      } else if (field === TIME) {
        i = clock.read(bytes, from);
        if (i < 0) break scan;
        units[TIME] = clock.ms;
        ch = bytes[i++]!;
      } else if (field === IGNORED) {
        do ch = bytes[i++]!;
        while (ch !== delimiter && ch !== NEWLINE && ch !== RETURN && ch !== QUOTE);
      } else {
        const label = labels[field];
        if (label === undefined) break scan;
        for (let k = 0; k < label.length; k++) if (bytes[i++] !== label[k]) break scan;
        ch = bytes[i++]!;
      }
      if (c < width - 1) {
        if (ch !== delimiter) break scan;
      } else {
        if (ch === RETURN) ch = bytes[i++]!;
        if (ch !== NEWLINE) break scan;
      }
    }
    const open = units[OPEN]!;
    const high = units[HIGH]!;
    const low = units[LOW]!;
    const close = units[CLOSE]!;
    const at = units[TIME]!;
    if (low <= 0 || high < open || high < close || low > open || low > close || at < earliest || at > latest) break;
    time[row] = at;
    openColumn[row] = open;
    highColumn[row] = high;
    lowColumn[row] = low;
    closeColumn[row] = close;
    volumeColumn[row] = units[VOLUME]!;
    line[row] = lineNumber++;
    row++;
    start = i;
  }
  cursor.at = start;
  cursor.line = lineNumber;
  rows.length = row;
}
