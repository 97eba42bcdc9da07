import { CandleSeries, type Random, seededRandom } from "../../src/core/index.js";

/** One-minute candles of the given closes (price units of 0.1); each opens where the last one closed. */
export function seriesOf(closes: readonly number[]): CandleSeries {
  const n = closes.length;
  const column = (value: (i: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => value(i));
  const open = column((i) => closes[i - 1] ?? closes[0]!);
  const close = Float64Array.from(closes);
  return new CandleSeries({
    symbol: "TESTUSDT",
    interval: "1m",
    priceDp: 1,
    volumeDp: 3,
    time: column((i) => 1_672_531_200_000 + i * 60_000),
    open,
    high: column((i) => Math.max(open[i]!, close[i]!)),
    low: column((i) => Math.min(open[i]!, close[i]!)),
    close,
    volume: column(() => 1000),
    source: { name: "test", synthetic: true },
  });
}

/** A standard normal number (Box-Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A geometric random walk without drift: no parameter of any strategy earns anything on it. */
export function randomWalk(length: number, seed: number, volatility = 0.001): CandleSeries {
  const random = seededRandom(seed);
  let price = 300_000;
  return seriesOf(
    Array.from({ length }, () => {
      price *= Math.exp(volatility * normal(random) - (volatility * volatility) / 2);
      return Math.round(price);
    }),
  );
}

/** The bench's generator (seed 42): the data that W1 and W2 are defined on. */
export function benchSeries(length: number): CandleSeries {
  const random = seededRandom(42);
  const columns = {
    time: [] as number[],
    open: [] as number[],
    high: [] as number[],
    low: [] as number[],
    close: [] as number[],
    volume: [] as number[],
  };
  let price = 300_000;
  for (let i = 0; i < length; i++) {
    let [high, low, last] = [price, price, price];
    for (let k = 0; k < 4; k++) {
      const z = (random() + random() + random() - 1.5) * 2;
      last = Math.max(1000, Math.round(last * (1 + z * 0.0004)));
      high = Math.max(high, last);
      low = Math.min(low, last);
    }
    columns.time.push(1_672_531_200_000 + i * 60_000);
    columns.open.push(price);
    columns.high.push(high);
    columns.low.push(low);
    columns.close.push(last);
    columns.volume.push(1 + Math.floor(random() * 50_000));
    price = last;
  }
  const column = (name: keyof typeof columns): Float64Array => Float64Array.from(columns[name]);
  return new CandleSeries({
    symbol: "BENCHUSDT",
    interval: "1m",
    priceDp: 1,
    volumeDp: 3,
    time: column("time"),
    open: column("open"),
    high: column("high"),
    low: column("low"),
    close: column("close"),
    volume: column("volume"),
    source: { name: "bench generator, seed 42", synthetic: true },
  });
}
