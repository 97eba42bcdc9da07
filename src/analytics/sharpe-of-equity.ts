import { BLOCKS, blockEnd } from "./block-sums.js";
import { checkNumber } from "./checks.js";
import { sharpe } from "./sharpe.js";

/** For who does not ask for the sums. */
const UNREAD = new Float64Array(2 * BLOCKS);

/**
 * Sharpe ratio per period (not annualised, no risk-free return) of the first `n` values of an equity column: the kernel of sweeps.
 * One pass, no allocation: sums about zero of the returns and of their squares. Absolute error: at most 3 n eps (1 + sharpe^2) from the
 * sums (Chan, Golub, LeVeque 1983), besides the rounding of each return, about eps / deviation; 1e-12 for minute bars in practice.
 * Where the ratio per period exceeds 1, and the sums would cancel, the two-pass way of `sharpe` takes over.
 * @param sums - takes the sums as they stood at the end of each of {@link BLOCKS} blocks of the same length, those of the returns first: a row of `BlockSums`.
 * @returns `null` with fewer than two points, without variance, or once equity is spent before the last point.
 * @throws LabError `RETURNS_NOT_FINITE` naming index and value, `OPTION_INVALID` for `initial` or `n` out of range.
 */
export function sharpeOfEquity(
  values: Float64Array,
  initial: number,
  n: number = values.length,
  sums: Float64Array = UNREAD,
): number | null {
  checkNumber("initial equity", initial, { above: 0 });
  checkNumber("n", n, { min: 0, max: values.length });
  let sum = 0;
  let squares = 0;
  let lowest = initial;
  let previous = initial;
  let i = 0;
  for (let block = 0; block < BLOCKS; block++) {
    for (const end = blockEnd(block, n); i < end; i++) {
      if (previous < lowest) lowest = previous;
      const value = values[i]!;
      // A bar without a position returns nothing, and needs no division.
      if (value === previous) continue;
      const r = value / previous - 1;
      sum += r;
      squares += r * r;
      previous = value;
    }
    sums[block] = sum;
    sums[BLOCKS + block] = squares;
  }
  // Once equity is spent there are no returns.
  if (lowest <= 0) sums.fill(Number.NaN);
  const mean = sum / n;
  const variance = squares / n - mean * mean;
  if (lowest > 0 && variance > mean * mean && variance > 1e-28) return mean / Math.sqrt((variance * n) / (n - 1));
  return carefully(values.subarray(0, n), initial);
}

function carefully(value: Float64Array, initial: number): number | null {
  return sharpe({ time: new Float64Array(value.length), value, initial, periodsPerYear: 1 });
}
