import type { CandleSeries } from "../core/index.js";

/** Columns as 32-bit integers: what a hand-written loop would hold prices in. */
export interface FloorData {
  readonly length: number;
  readonly open: Int32Array;
  readonly high: Int32Array;
  readonly low: Int32Array;
  readonly close: Int32Array;
}

export function floorData(series: CandleSeries): FloorData {
  const { length, open, high, low, close } = series;
  return { length, open: Int32Array.from(open), high: Int32Array.from(high), low: Int32Array.from(low), close: Int32Array.from(close) };
}

/** What a floor answers: cash in 1e-8 of the currency. */
export interface FloorResult {
  readonly roundTrips: number;
  readonly finalUnits: number;
  readonly maxDrawdown: number;
  readonly stops: number;
  readonly targets: number;
}

/** Quantity of the workloads: 0.010 in lots of 0.001. */
const QUANTITY = 10;
/** Cash of the workloads: 10,000 in 1e-8. */
const CASH = 1e12;
/** price x quantity units to 1e-8: ticks of 0.1 times lots of 0.001. */
const SCALE = 10_000;
/** Taker fee 0.055 % of ticks x lots, half up to 1e-8. */
const fee = (notional: number): number => Math.floor((notional * 55 + 5) / 10);

/**
 * The physical floor of W1: one loop in whole numbers that does nothing but the answer (moving sums, fills at the next open, fee, equity and drawdown of
 * every bar). No order, no check, no record.
 */
export function crossFloor(data: FloorData, fast: number, slow: number, equity: Float64Array): FloorResult {
  const { length, open, close } = data;
  const warm = Math.max(fast, slow);
  let cash = CASH;
  let quantity = 0;
  let sumFast = 0;
  let sumSlow = 0;
  let before = 0;
  let roundTrips = 0;
  let peak = Number.NEGATIVE_INFINITY;
  let maxDrawdown = 0;
  let pending = 0;
  for (let i = 0; i < length; i++) {
    if (pending === 1) {
      const notional = open[i]! * QUANTITY;
      cash -= notional * SCALE + fee(notional);
      quantity = QUANTITY;
      pending = 0;
    } else if (pending === -1) {
      const notional = open[i]! * quantity;
      cash += notional * SCALE - fee(notional);
      quantity = 0;
      roundTrips++;
      pending = 0;
    }
    const price = close[i]!;
    sumFast += price;
    sumSlow += price;
    if (i >= fast) sumFast -= close[i - fast]!;
    if (i >= slow) sumSlow -= close[i - slow]!;
    if (i >= warm - 1) {
      const difference = sumFast * slow - sumSlow * fast;
      if (i >= warm) {
        if (difference > 0 && before <= 0 && quantity === 0) pending = 1;
        else if (difference < 0 && before >= 0 && quantity > 0) pending = -1;
      }
      before = difference;
    }
    const value = cash + quantity * price * SCALE;
    equity[i] = value;
    if (value > peak) peak = value;
    const drawdown = (peak - value) / peak;
    if (drawdown > maxDrawdown) maxDrawdown = drawdown;
  }
  return { roundTrips, finalUnits: equity[length - 1]!, maxDrawdown, stops: 0, targets: 0 };
}

/**
 * The floor of W1b: the same with a stop at 0.9975 of the signal bar's low and a target at 1.005 of its close, both rounded to the tick toward the entry; exits
 * at the open come first, then the stop, then the target, and gaps fill at the open.
 */
export function bracketFloor(data: FloorData, fast: number, slow: number, equity: Float64Array): FloorResult {
  const { length, open, high, low, close } = data;
  const warm = Math.max(fast, slow);
  let cash = CASH;
  let quantity = 0;
  let sumFast = 0;
  let sumSlow = 0;
  let before = 0;
  let roundTrips = 0;
  let stops = 0;
  let targets = 0;
  let peak = Number.NEGATIVE_INFINITY;
  let maxDrawdown = 0;
  let pending = 0;
  let stop = 0;
  let target = 0;
  for (let i = 0; i < length; i++) {
    let exit = 0;
    if (pending === 1) {
      const notional = open[i]! * QUANTITY;
      cash -= notional * SCALE + fee(notional);
      quantity = QUANTITY;
    } else if (pending === -1) exit = open[i]!;
    pending = 0;
    if (exit === 0 && quantity > 0) {
      if (low[i]! <= stop) {
        exit = Math.min(open[i]!, stop);
        stops++;
      } else if (high[i]! >= target) {
        exit = Math.max(open[i]!, target);
        targets++;
      }
    }
    if (exit > 0) {
      const notional = exit * quantity;
      cash += notional * SCALE - fee(notional);
      quantity = 0;
      roundTrips++;
    }
    const price = close[i]!;
    sumFast += price;
    sumSlow += price;
    if (i >= fast) sumFast -= close[i - fast]!;
    if (i >= slow) sumSlow -= close[i - slow]!;
    if (i >= warm - 1) {
      const difference = sumFast * slow - sumSlow * fast;
      if (i >= warm) {
        if (difference > 0 && before <= 0 && quantity === 0) {
          pending = 1;
          stop = Math.ceil((low[i]! * 9975) / 10_000);
          target = Math.floor((price * 1005) / 1000);
        } else if (difference < 0 && before >= 0 && quantity > 0) pending = -1;
      }
      before = difference;
    }
    const value = cash + quantity * price * SCALE;
    equity[i] = value;
    if (value > peak) peak = value;
    const drawdown = (peak - value) / peak;
    if (drawdown > maxDrawdown) maxDrawdown = drawdown;
  }
  return { roundTrips, finalUnits: equity[length - 1]!, maxDrawdown, stops, targets };
}

/** The floor of one pair of W2: W1's loop with the Sharpe ratio of the bars' returns kept on the way. */
export function sweepFloor(
  data: FloorData,
  fast: number,
  slow: number,
): { roundTrips: number; finalUnits: number; maxDrawdown: number; sharpe: number } {
  const { length, open, close } = data;
  const warm = Math.max(fast, slow);
  let cash = CASH;
  let quantity = 0;
  let sumFast = 0;
  let sumSlow = 0;
  let before = 0;
  let roundTrips = 0;
  let peak = Number.NEGATIVE_INFINITY;
  let maxDrawdown = 0;
  let pending = 0;
  let last = CASH;
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < length; i++) {
    if (pending === 1) {
      const notional = open[i]! * QUANTITY;
      cash -= notional * SCALE + fee(notional);
      quantity = QUANTITY;
      pending = 0;
    } else if (pending === -1) {
      const notional = open[i]! * quantity;
      cash += notional * SCALE - fee(notional);
      quantity = 0;
      roundTrips++;
      pending = 0;
    }
    const price = close[i]!;
    sumFast += price;
    sumSlow += price;
    if (i >= fast) sumFast -= close[i - fast]!;
    if (i >= slow) sumSlow -= close[i - slow]!;
    if (i >= warm - 1) {
      const difference = sumFast * slow - sumSlow * fast;
      if (i >= warm) {
        if (difference > 0 && before <= 0 && quantity === 0) pending = 1;
        else if (difference < 0 && before >= 0 && quantity > 0) pending = -1;
      }
      before = difference;
    }
    const value = cash + quantity * price * SCALE;
    const gain = value / last - 1;
    last = value;
    const delta = gain - mean;
    mean += delta / (i + 1);
    squares += delta * (gain - mean);
    if (value > peak) peak = value;
    const drawdown = (peak - value) / peak;
    if (drawdown > maxDrawdown) maxDrawdown = drawdown;
  }
  const variance = squares / (length - 1);
  return { roundTrips, finalUnits: last, maxDrawdown, sharpe: variance > 0 ? (mean / Math.sqrt(variance)) * Math.sqrt(525_600) : 0 };
}
