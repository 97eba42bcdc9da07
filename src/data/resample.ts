import { type CandleColumns, CandleSeries, type Interval, intervalMs, intervalName, MAX_SAFE, timeText } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { knownKeys } from "./load-options.js";

const WEEK_MS = 604_800_000;
/** Monday 1970-01-05: weeks begin on a Monday, as on every exchange; the epoch itself was a Thursday. */
const FIRST_MONDAY = 345_600_000;

/** Options of {@link resampleCandles}. */
export interface ResampleOptions {
  /** What becomes of a first or last bucket that the data does not cover; dropped by default, since no venue ever showed that candle. */
  partial?: "drop" | "keep";
}

/** What resampling did, beside the series. */
export interface ResampleReport {
  readonly from: Interval;
  readonly to: Interval;
  /** Buckets at the ends that the data covers in part: how many of their candles there are, of how many, and what became of them. */
  readonly partial: readonly { readonly time: number; readonly candles: number; readonly of: number; readonly kept: boolean }[];
  /** Buckets in between of which candles are missing; they are in the series. */
  readonly incomplete: number;
  /** Buckets in between without any candle; they are gaps of the series. */
  readonly empty: number;
}

/** A series made of a finer one. */
export class ResampledCandles extends CandleSeries {
  readonly resampling: ResampleReport;

  constructor(columns: CandleColumns, resampling: ResampleReport) {
    super(columns);
    this.resampling = resampling;
  }
}

/**
 * Candles of a longer interval: first open, highest high, lowest low, last close, sum of volumes, all exact. Buckets start at
 * whole multiples of the interval since the epoch (UTC), weeks on Mondays.
 * @throws LabError `RESAMPLE_INTERVAL` when the interval is no multiple of the series' own, `RESAMPLE_EMPTY` when no bucket is
 *   covered, `UNITS_OVERFLOW` when a volume exceeds 2^53 - 1 units, `OPTION_UNKNOWN`, `OPTION_INVALID`, `INTERVAL_UNKNOWN`.
 */
export function resampleCandles(series: CandleSeries, interval: Interval | (string & {}), options: ResampleOptions = {}): ResampledCandles {
  knownKeys(options, ["partial"], "option of resample");
  const { partial = "drop" } = options;
  if (partial !== "drop" && partial !== "keep") throw unknownName("OPTION_INVALID", "value of partial", String(partial), ["drop", "keep"]);
  const step = intervalMs(interval);
  if (step < series.intervalMs || step % series.intervalMs !== 0)
    throw new LabError(
      "RESAMPLE_INTERVAL",
      `${series.interval} candles cannot become ${interval}: the new interval must be a whole multiple of ${series.interval}.`,
    );

  const starts = bucketStarts(series.time, step);
  const perBucket = step / series.intervalMs;
  const report = describeBuckets(series, starts, step, perBucket, partial === "keep", intervalName(step));
  const dropped = (time: number): boolean => report.partial.some((bucket) => bucket.time === time && !bucket.kept);
  const kept = starts.filter((start) => !dropped(bucketOf(series.time[start]!, step)));
  if (kept.length === 0)
    throw new LabError(
      "RESAMPLE_EMPTY",
      `The ${series.length} candles of ${series.symbol} cover no whole ${interval}; partial: "keep" keeps it.`,
    );
  return new ResampledCandles(fillBuckets(series, starts, kept, step), report);
}

function bucketOf(time: number, step: number): number {
  const origin = step % WEEK_MS === 0 ? FIRST_MONDAY : 0;
  return Math.floor((time - origin) / step) * step + origin;
}

/** Index of the first candle of each bucket that has one. */
function bucketStarts(time: Float64Array, step: number): number[] {
  const starts: number[] = [];
  let bucket = Number.NaN;
  for (let i = 0; i < time.length; i++) {
    const current = bucketOf(time[i]!, step);
    if (current !== bucket) starts.push(i);
    bucket = current;
  }
  return starts;
}

function describeBuckets(
  series: CandleSeries,
  starts: readonly number[],
  step: number,
  perBucket: number,
  keep: boolean,
  to: Interval,
): ResampleReport {
  const partial: { time: number; candles: number; of: number; kept: boolean }[] = [];
  let incomplete = 0;
  let empty = 0;
  starts.forEach((start, b) => {
    const end = starts[b + 1] ?? series.length;
    const time = bucketOf(series.time[start]!, step);
    if (b > 0) empty += (time - bucketOf(series.time[start - 1]!, step)) / step - 1;
    const covered = series.time[start] === time || b > 0;
    const finished = series.time[end - 1]! + series.intervalMs >= time + step || b < starts.length - 1;
    if (!covered || !finished) partial.push({ time, candles: end - start, of: perBucket, kept: keep });
    else if (end - start < perBucket) incomplete++;
  });
  return { from: series.interval, to, partial, incomplete, empty };
}

function fillBuckets(series: CandleSeries, starts: readonly number[], kept: readonly number[], step: number): CandleColumns {
  const column = (): Float64Array => new Float64Array(kept.length);
  const [time, open, high, low, close, volume] = [column(), column(), column(), column(), column(), column()];
  let next = starts.indexOf(kept[0]!);
  kept.forEach((start, row) => {
    next++;
    const end = starts[next] ?? series.length;
    time[row] = bucketOf(series.time[start]!, step);
    open[row] = series.open[start]!;
    high[row] = series.high[start]!;
    low[row] = series.low[start]!;
    close[row] = series.close[end - 1]!;
    for (let i = start; i < end; i++) {
      if (series.high[i]! > high[row]!) high[row] = series.high[i]!;
      if (series.low[i]! < low[row]!) low[row] = series.low[i]!;
      volume[row] = volume[row]! + series.volume[i]!;
    }
    if (volume[row]! > MAX_SAFE)
      throw new LabError(
        "UNITS_OVERFLOW",
        `The volume of the candle at ${timeText(time[row]!)} exceeds 2^53 - 1 units of 1e-${series.volumeDp}.`,
      );
  });
  const { symbol, priceDp, volumeDp, source } = series;
  return { symbol, interval: intervalName(step), priceDp, volumeDp, time, open, high, low, close, volume, source };
}
