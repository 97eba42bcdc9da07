import { compareExact, type ExactNumber, roundExact } from "./exact-number.js";
import { enlarged, ScaledColumns } from "./scaled-columns.js";

/** One row before it is placed in columns. */
export interface ExactRow {
  readonly time: number;
  readonly open: ExactNumber;
  readonly high: ExactNumber;
  readonly low: ExactNumber;
  readonly close: ExactNumber;
  readonly volume: ExactNumber;
}

/** Decimals to round to, where the data carries noise such as 0.30000000000000004. */
export interface RoundTo {
  readonly price?: number;
  readonly volume?: number;
}

/** Why a row was refused: a class to count by and the sentence to show. */
export interface Refused {
  readonly kind: BadRowKind;
  readonly reason: string;
}

/** Classes of bad rows. `range`: exact, but more than 2^53 - 1 units. */
export type BadRowKind = "fields" | "timestamp" | "number" | "price" | "ohlc" | "range";

/** Rows being read, in file order, in typed columns that grow. The readers of every format end here, so all share one set of checks. */
export class CandleRows {
  length = 0;
  capacity: number;
  time: Float64Array;
  /** Line (CSV) or row number (Parquet) each candle came from. */
  line: Float64Array;
  readonly prices: ScaledColumns;
  readonly volumes: ScaledColumns;
  readonly roundTo: RoundTo;
  /** Rows of which a value was rounded because {@link RoundTo} asked for it. */
  rounded = 0;

  constructor(capacity: number, roundTo: RoundTo = {}) {
    this.capacity = Math.max(16, Math.ceil(capacity));
    this.time = new Float64Array(this.capacity);
    this.line = new Float64Array(this.capacity);
    this.prices = new ScaledColumns(4, this.capacity);
    this.volumes = new ScaledColumns(1, this.capacity);
    this.roundTo = roundTo;
  }

  /** Makes room for at least one more row. */
  reserve(): void {
    if (this.length < this.capacity) return;
    this.capacity *= 2;
    this.time = enlarged(this.time, this.capacity, this.length);
    this.line = enlarged(this.line, this.capacity, this.length);
    this.prices.grow(this.capacity, this.length);
    this.volumes.grow(this.capacity, this.length);
  }

  /** Checks a row and appends it; a refused row changes nothing. */
  push(row: ExactRow, line: number): Refused | undefined {
    const exact = [row.open, row.high, row.low, row.close];
    const problem = priceProblem(row);
    if (problem !== undefined) return problem;
    if (row.volume.digits < 0) return { kind: "number", reason: "the volume is negative" };

    const prices = roundAll(exact, this.roundTo.price);
    const volumes = roundAll([row.volume], this.roundTo.volume);
    if (prices.some((price) => price.digits <= 0))
      return { kind: "price", reason: `a price is zero once rounded to ${this.roundTo.price} decimals` };
    const priceDp = this.prices.neededDp(prices, this.length);
    if (priceDp === undefined) return tooFine("price", this.prices.roomyDp(prices, this.length));
    const volumeDp = this.volumes.neededDp(volumes, this.length);
    if (volumeDp === undefined) return tooFine("volume", this.volumes.roomyDp(volumes, this.length));

    this.reserve();
    this.prices.write(this.length, prices, priceDp);
    this.volumes.write(this.length, volumes, volumeDp);
    this.time[this.length] = row.time;
    this.line[this.length] = line;
    this.length++;
    if (prices.some((price, i) => price !== exact[i]) || volumes[0] !== row.volume) this.rounded++;
    return undefined;
  }
}

function roundAll(values: readonly ExactNumber[], dp: number | undefined): readonly ExactNumber[] {
  return dp === undefined ? values : values.map((value) => roundExact(value, dp));
}

function priceProblem(row: ExactRow): Refused | undefined {
  const { open, high, low, close } = row;
  const wrong = open.digits <= 0 ? "open" : high.digits <= 0 ? "high" : low.digits <= 0 ? "low" : close.digits <= 0 ? "close" : undefined;
  if (wrong !== undefined)
    return { kind: "price", reason: `${wrong} is ${row[wrong].digits < 0 ? "negative" : "zero"}; a price is above zero` };
  if (compareExact(high, low) < 0) return { kind: "ohlc", reason: "high is below low" };
  if (compareExact(high, open) < 0) return { kind: "ohlc", reason: "high is below open" };
  if (compareExact(high, close) < 0) return { kind: "ohlc", reason: "high is below close" };
  if (compareExact(low, open) > 0) return { kind: "ohlc", reason: "low is above open" };
  if (compareExact(low, close) > 0) return { kind: "ohlc", reason: "low is above close" };
  return undefined;
}

function tooFine(option: "price" | "volume", dp: number | undefined): Refused {
  const reason = `the file's ${option}s and this row's decimals together exceed 2^53 - 1 units`;
  return { kind: "range", reason: dp === undefined ? reason : `${reason}; decimals: { ${option}: ${dp} } would round them` };
}
