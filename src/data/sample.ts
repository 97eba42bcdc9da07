import { basename } from "node:path";
import {
  CandleSeries,
  type Interval,
  intervalMs,
  intervalName,
  parseTime,
  type Random,
  seededRandom,
  type TimeInput,
} from "../core/index.js";
import { LabError } from "../errors/index.js";
import { isSyntheticName } from "./file-labels.js";
import { knownKeys } from "./load-options.js";
import { checkCount, checkSeed } from "./synthetic.js";
import { writeCandlesCsv } from "./write-csv.js";

/** Options of {@link sampleWalk} and {@link generateSample}; the defaults make the shipped sample. */
export interface SampleOptions {
  bars?: number;
  seed?: number;
  start?: TimeInput;
  interval?: Interval;
  symbol?: string;
}

/** Prices are in ticks of 0.1 and volumes in lots of 0.001, as on a BTCUSDT perpetual. */
const PRICE_DP = 1;
const VOLUME_DP = 3;
const START_PRICE = 600_000;
const STEPS_PER_BAR = 8;
/** Variance of a candle's return relative to its long-run mean: h' = 0.04 + 0.10 h z^2 + 0.86 h, a GARCH(1,1) with mean 1. */
const GARCH = { constant: 0.04, shock: 0.1, memory: 0.86 };
/** Long-run standard deviation of a 5-minute return; other intervals scale with the square root of time. */
const SIGMA_5M = 0.0013;
/** A trend lasts 150 candles on average and drifts by up to this many standard deviations a candle. */
const TREND = { change: 1 / 150, strength: 0.12 };
/** Share of traded volume by hour of the day (UTC): quiet at night, busy when America opens. */
const HOURS = [0.8, 0.8, 0.7, 0.7, 0.6, 0.6, 0.7, 0.9, 1, 1, 0.9, 0.9, 1, 1.5, 1.9, 1.8, 1.5, 1.3, 1.2, 1.1, 1, 0.9, 0.8, 0.8];

/**
 * Seeded candles with the habits of a market that a lesson needs: clustered volatility (GARCH), trends that come and go, fat
 * tails, a daily rhythm, volume that rises with volatility, and opens a tick or so away from the last close. It is synthetic:
 * trends are built in, so a strategy that follows trends may win here and lose on a market.
 *
 * Only + - x / and square roots are used, which IEEE 754 rounds alike everywhere: same seed, same file, on every machine.
 * @throws LabError `OPTION_INVALID`, `OPTION_UNKNOWN`.
 */
export function sampleWalk(options: SampleOptions = {}): CandleSeries {
  knownKeys(options, ["bars", "seed", "start", "interval", "symbol"], "option of the sample generator");
  const { bars = 20_000, seed = 7, start = "2024-01-01", interval = "5m", symbol = "BTCUSDT" } = options;
  checkCount(bars, "bars");
  checkSeed(seed);
  const first = parseTime(start, "start");
  const step = intervalMs(interval);
  const random = seededRandom(seed);
  const sigma = SIGMA_5M * Math.sqrt(step / 300_000);
  const column = (): Float64Array => new Float64Array(bars);
  const [time, open, high, low, close, volume] = [column(), column(), column(), column(), column(), column()];
  let price = START_PRICE;
  let variance = 1;
  let drift = 0;
  for (let i = 0; i < bars; i++) {
    time[i] = first + i * step;
    const hour = HOURS[Math.floor(time[i]! / 3_600_000) % 24]!;
    if (random() < TREND.change) drift = (random() * 2 - 1) * TREND.strength;
    const deviation = sigma * Math.sqrt(variance * hour);
    open[i] = Math.max(1, price + Math.round(bell(random) * 1.5));
    price = open[i]!;
    let highest = price;
    let lowest = price;
    for (let k = 0; k < STEPS_PER_BAR; k++) {
      const move = (drift / STEPS_PER_BAR + bell(random) / Math.sqrt(STEPS_PER_BAR)) * deviation;
      price = Math.max(1, Math.round(price * (1 + move)));
      if (price > highest) highest = price;
      if (price < lowest) lowest = price;
    }
    high[i] = highest;
    low[i] = lowest;
    close[i] = price;
    const shock = (price / open[i]! - 1) / deviation;
    volume[i] = 1 + Math.floor(150_000 * hour * (0.3 + random()) * (0.4 + Math.abs(shock)) * Math.sqrt(variance));
    variance = GARCH.constant + GARCH.shock * variance * Math.min(shock * shock, 16) + GARCH.memory * variance;
  }
  const source = { name: `synthetic sample, seed ${seed}`, synthetic: true };
  return new CandleSeries({
    symbol,
    interval: intervalName(step),
    priceDp: PRICE_DP,
    volumeDp: VOLUME_DP,
    time,
    open,
    high,
    low,
    close,
    volume,
    source,
  });
}

/** A number with mean 0 and variance 1: the sum of twelve uniform ones less six (Irwin-Hall). */
function bell(random: Random): number {
  let sum = -6;
  for (let k = 0; k < 12; k++) sum += random();
  return sum;
}

/**
 * Writes a synthetic sample as CSV; `data/synthetic_BTCUSDT_5m_seed7.csv` is what the defaults make.
 * @param path - its name must contain "synthetic", so that nobody takes the candles for a market's.
 * @throws LabError `SAMPLE_NAME`, `DATA_WRITE`, `OPTION_INVALID`, `OPTION_UNKNOWN`.
 */
export async function generateSample(path: string, options: SampleOptions = {}): Promise<CandleSeries> {
  if (!isSyntheticName(path))
    throw new LabError(
      "SAMPLE_NAME",
      `The name of a generated file must say so: '${basename(path)}' lacks "synthetic", as in synthetic_${basename(path)}.`,
    );
  const series = sampleWalk(options);
  await writeCandlesCsv(series, path);
  return series;
}
