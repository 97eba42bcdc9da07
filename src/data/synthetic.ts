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
import { knownKeys } from "./load-options.js";

/** Options of {@link syntheticCandles}. */
export interface SyntheticOptions {
  bars: number;
  /** Same seed, same candles, on every machine. */
  seed?: number;
  /** Let a candle open away from the last close. Without gaps a fill at the close and one at the next open cost the same, which hides look-ahead. */
  gaps?: boolean;
  start?: TimeInput;
  interval?: Interval;
  symbol?: string;
}

const START_PRICE = 300_000;
const LOWEST_PRICE = 1_000;
const STEPS_PER_BAR = 4;

/**
 * A seeded random walk in ticks of 0.1 from 30,000.0, four steps a candle, volumes in lots of 0.001 up to 50: fast to make and
 * without any pattern to learn, so for benchmarks and exactness tests. {@link sampleWalk} looks more like a market.
 * @throws LabError `OPTION_INVALID`, `OPTION_UNKNOWN`.
 */
export function syntheticCandles(options: SyntheticOptions): CandleSeries {
  knownKeys(options, ["bars", "seed", "gaps", "start", "interval", "symbol"], "option of syntheticCandles");
  const { bars, seed = 42, gaps = false, start = 1_672_531_200_000, interval = "1m", symbol = "BTCUSDT" } = options;
  checkCount(bars, "bars");
  checkSeed(seed);
  const first = parseTime(start, "start");
  const step = intervalMs(interval);
  const random = seededRandom(seed);
  const randomGap = seededRandom(seed ^ 0x9e3779b9);
  const column = (): Float64Array => new Float64Array(bars);
  const [time, open, high, low, close, volume] = [column(), column(), column(), column(), column(), column()];
  let price = START_PRICE;
  for (let i = 0; i < bars; i++) {
    if (gaps && i > 0) price = stepFrom(price, randomGap, 0.0006);
    time[i] = first + i * step;
    open[i] = price;
    let highest = price;
    let lowest = price;
    for (let k = 0; k < STEPS_PER_BAR; k++) {
      price = stepFrom(price, random, 0.0004);
      if (price > highest) highest = price;
      if (price < lowest) lowest = price;
    }
    high[i] = highest;
    low[i] = lowest;
    close[i] = price;
    volume[i] = 1 + Math.floor(random() * 50_000);
  }
  const source = { name: `synthetic, seed ${seed}${gaps ? ", with gaps" : ""}`, synthetic: true };
  return new CandleSeries({ symbol, interval: intervalName(step), priceDp: 1, volumeDp: 3, time, open, high, low, close, volume, source });
}

/** One step of the walk: the sum of three uniform numbers is near enough to a bell, and exact on every machine. */
function stepFrom(price: number, random: Random, scale: number): number {
  const z = (random() + random() + random() - 1.5) * 2;
  return Math.max(LOWEST_PRICE, Math.round(price * (1 + z * scale)));
}

/** @throws LabError `OPTION_INVALID` unless the value is a whole number from 1 to ten million. */
export function checkCount(value: number, name: string): void {
  if (!Number.isInteger(value) || value < 1 || value > 10_000_000)
    throw new LabError("OPTION_INVALID", `${name} must be a whole number from 1 to 10,000,000, got '${String(value)}'.`);
}

/** @throws LabError `OPTION_INVALID` unless the value is a whole number of 32 bits. */
export function checkSeed(seed: number): void {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
    throw new LabError("OPTION_INVALID", `seed must be a whole number from 0 to 4294967295, got '${String(seed)}'.`);
}
