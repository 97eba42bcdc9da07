import { wholeOption } from "../backtest/index.js";
import { type Interval, intervalMs } from "../core/index.js";
import { LabError } from "../errors/index.js";

/** Bars of a walk-forward window by their index on the time axis of the data, ends exclusive. */
export interface WindowSpan {
  readonly trainFrom: number;
  readonly trainTo: number;
  /** The first bar whose close the chosen parameters may act on; it follows the last bar they were chosen on. */
  readonly testFrom: number;
  readonly testTo: number;
}

/** Lengths of windows, in bars. */
export interface WindowLengths {
  readonly train: number;
  readonly test: number;
  /** Whether every training begins at the first bar. */
  readonly anchored: boolean;
}

const DAY_MS = 86_400_000;
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };
/** Most windows of a walk: each is a search of its own. */
const MOST = 10_000;

/**
 * A length in bars: a whole number of them, or a duration such as `90d`.
 * @throws LabError `OPTION_INVALID`.
 */
export function barsOf(value: number | string, name: string, interval: Interval): number {
  if (typeof value === "number") return wholeOption(value, name, 2, Number.MAX_SAFE_INTEGER);
  const [, count, unit] = /^(\d{1,9})\s*([mhdw])$/.exec(String(value)) ?? [];
  if (count === undefined || unit === undefined)
    throw new LabError("OPTION_INVALID", `${name} is a number of bars or a duration in m, h, d or w such as "90d", got ${String(value)}.`, {
      details: { name, value },
    });
  const bars = (Number(count) * UNIT_MS[unit]!) / intervalMs(interval);
  if (!Number.isInteger(bars) || bars < 2)
    throw new LabError("OPTION_INVALID", `${name} of ${value} is ${bars} bars of ${interval}: a whole number of at least 2 is needed.`, {
      details: { name, value, bars },
    });
  return bars;
}

/**
 * Windows one after the other: each trains on the bars before its test, and the tests lie end to end. A rest of at least half a test is a window of its own, a shorter one is tested with the last.
 * @throws LabError `WALK_TOO_SHORT`, `OPTION_INVALID` for more than 10,000 windows.
 */
export function windowsOf(bars: number, { train, test, anchored }: WindowLengths): readonly WindowSpan[] {
  // A test of a single bar could not even fill an order.
  const left = bars - train;
  if (left < 2)
    throw new LabError(
      "WALK_TOO_SHORT",
      `The data has ${bars} bars: with ${train} to train on fewer than 2 are left to test on. Use more data or a shorter train.`,
      {
        details: { bars, train },
      },
    );
  const count = Math.max(1, Math.round(left / test));
  if (count > MOST)
    throw new LabError("OPTION_INVALID", `A test of ${test} bars makes ${count} windows, more than ${MOST}: use a longer test.`, {
      details: { test, count },
    });
  return Array.from({ length: count }, (_, k) => {
    const testFrom = train + k * test;
    return { trainFrom: anchored ? 0 : testFrom - train, trainTo: testFrom, testFrom, testTo: k === count - 1 ? bars : testFrom + test };
  });
}
