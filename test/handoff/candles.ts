import { CandleSeries, seededRandom } from "../../src/core/index.js";

/** A seeded random walk in ticks of 0.1 around 60,000: five-minute candles that say they are made up. */
export function randomWalk(length: number, seed = 7, symbol = "BTCUSDT"): CandleSeries {
  const random = seededRandom(seed);
  const column = (): Float64Array => new Float64Array(length);
  const columns = { time: column(), open: column(), high: column(), low: column(), close: column(), volume: column() };
  let price = 600_000;
  for (let i = 0; i < length; i++) {
    const open = price;
    price += Math.floor((random() - 0.5) * 4_000);
    columns.time[i] = Date.UTC(2024, 4, 1) + i * 300_000;
    columns.open[i] = open;
    columns.close[i] = price;
    columns.high[i] = Math.max(open, price) + 500;
    columns.low[i] = Math.min(open, price) - 500;
    columns.volume[i] = 1_000 + i;
  }
  return new CandleSeries({
    symbol,
    interval: "5m",
    priceDp: 1,
    volumeDp: 3,
    ...columns,
    source: { name: "walk.csv", sha256: "ab".repeat(32), synthetic: true },
  });
}
