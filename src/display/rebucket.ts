import { LabError } from "../errors/index.js";

/** Candles in columns; times in epoch milliseconds of each candle's open. Prices and volumes may be whole units or doubles. */
export interface OhlcvColumns {
  readonly time: ArrayLike<number>;
  readonly open: ArrayLike<number>;
  readonly high: ArrayLike<number>;
  readonly low: ArrayLike<number>;
  readonly close: ArrayLike<number>;
  readonly volume: ArrayLike<number>;
}

/** Rebucketed candles, and the index of each bucket's last source candle. */
export interface Rebucketed {
  readonly time: number[];
  readonly open: number[];
  readonly high: number[];
  readonly low: number[];
  readonly close: number[];
  readonly volume: number[];
  readonly lastIndex: number[];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Lengths of candles that people read: each divides a day or is whole days. */
const STEPS: readonly number[] = [
  ...[1, 2, 3, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 4, 6, 8, 12].map((n) => n * HOUR),
  ...[1, 2, 3, 7, 14, 28].map((n) => n * DAY),
];

/**
 * The shortest readable candle length, a multiple of the given one, that shows a span in at most `limit` candles.
 * @returns milliseconds; the given interval itself when it already fits.
 */
export function bucketLength(intervalMs: number, spanMs: number, limit: number): number {
  if (spanMs / intervalMs <= limit) return intervalMs;
  const shortest = intervalMs * Math.ceil(spanMs / intervalMs / limit);
  const nice = STEPS.find((step) => step >= shortest && step % intervalMs === 0);
  // An odd interval divides no readable length but the longest: then its own multiple shows more.
  return nice !== undefined && nice <= 4 * shortest ? nice : shortest;
}

/**
 * Merges candles into longer ones: first open, highest high, lowest low, last close, summed volume. Exact on whole units. Buckets start at
 * multiples of their length since 1970 UTC; gaps stay gaps.
 * @throws LabError `DOWNSAMPLE_INVALID` for a length that is no positive number.
 */
export function rebucket(candles: OhlcvColumns, bucketMs: number): Rebucketed {
  if (!(Number.isFinite(bucketMs) && bucketMs > 0))
    throw new LabError("DOWNSAMPLE_INVALID", `A bucket must be longer than 0 ms, got ${bucketMs}.`);
  const out: Rebucketed = { time: [], open: [], high: [], low: [], close: [], volume: [], lastIndex: [] };
  let k = -1;
  for (let i = 0; i < candles.time.length; i++) {
    const start = Math.floor(candles.time[i]! / bucketMs) * bucketMs;
    if (k < 0 || out.time[k] !== start) {
      k++;
      out.time.push(start);
      out.open.push(candles.open[i]!);
      out.high.push(candles.high[i]!);
      out.low.push(candles.low[i]!);
      out.close.push(candles.close[i]!);
      out.volume.push(candles.volume[i]!);
      out.lastIndex.push(i);
      continue;
    }
    if (candles.high[i]! > out.high[k]!) out.high[k] = candles.high[i]!;
    if (candles.low[i]! < out.low[k]!) out.low[k] = candles.low[i]!;
    out.close[k] = candles.close[i]!;
    out.volume[k]! += candles.volume[i]!;
    out.lastIndex[k] = i;
  }
  return out;
}
