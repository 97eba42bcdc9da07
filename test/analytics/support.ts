import {
  Decimal,
  type EquityPoints,
  type ExitReason,
  type PerformanceSource,
  seededRandom,
  type Trade,
  YEAR_MS,
} from "../../src/core/index.js";

const DAY = 86_400_000;
export const START: number = Date.UTC(2024, 0, 1);

/** An equity curve of daily points. */
export function daily(values: readonly number[], initial = 100, step: number = DAY): EquityPoints {
  return {
    time: Float64Array.from(values, (_, i) => START + i * step),
    value: Float64Array.from(values),
    initial,
    periodsPerYear: YEAR_MS / step,
  };
}

/** Trades of given net P&L, one a day, each with a fee of 0.1 on an entry worth 100, held for half a day. */
export function trades(pnls: readonly (string | number)[], exitReason: ExitReason = "signal"): Trade[] {
  return pnls.map((pnl, index) => {
    const netPnl = new Decimal(pnl);
    return {
      index,
      symbol: "BTCUSDT",
      side: "long",
      quantity: new Decimal("0.010"),
      entryTime: START + index * DAY,
      entryPrice: new Decimal("10000.10"),
      exitTime: START + index * DAY + DAY / 2,
      exitPrice: new Decimal("10001"),
      grossPnl: netPnl.plus("0.1"),
      fees: new Decimal("0.1"),
      netPnl,
      return: netPnl.div(100).toNumber(),
      bars: 12,
      exitReason,
    };
  });
}

export function run(equity: EquityPoints, list: readonly Trade[] = []): PerformanceSource {
  return { equity, trades: list };
}

/** Standard normal numbers (Box and Muller), seeded. */
export function normals(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A double's binary value in full; `new Decimal(x)` takes its shortest text. */
function exactly(x: number): Decimal {
  return new Decimal(BigInt(x * 2 ** 300).toString()).div(new Decimal(2).pow(300));
}

/** Textbook moments of simple returns in 40 digits: the independent check. */
export function decimalMoments(values: readonly number[]): { mean: Decimal; sd: Decimal; skewness: Decimal; kurtosis: Decimal } {
  const xs = values.map(exactly);
  const n = xs.length;
  const mean = xs.reduce((a, b) => a.plus(b), new Decimal(0)).div(n);
  const moment = (k: number): Decimal => xs.reduce((a, x) => a.plus(x.minus(mean).pow(k)), new Decimal(0)).div(n);
  const m2 = moment(2);
  return {
    mean,
    sd: m2
      .times(n)
      .div(n - 1)
      .sqrt(),
    skewness: moment(3).div(m2.sqrt().pow(3)),
    kurtosis: moment(4).div(m2.pow(2)),
  };
}
