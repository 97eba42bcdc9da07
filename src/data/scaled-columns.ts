import { MAX_SAFE, pow10 } from "../core/index.js";
import { type ExactNumber, unitsAt } from "./exact-number.js";

/** The most decimals a column can have: beyond this not even 1 fits in a safe integer. */
const MAX_DP = 15;

/**
 * Columns that share one unit of 10^-dp. The unit starts at whole numbers and is refined when a finer value arrives, so it
 * ends as the fewest decimals that hold every value exactly; trailing zeros in the text do not count.
 */
export class ScaledColumns {
  /** Decimals of the unit, so far. */
  dp = 0;
  columns: Float64Array[];
  #scanned = 0;
  #largest = 0;

  constructor(count: number, capacity: number) {
    this.columns = Array.from({ length: count }, () => new Float64Array(capacity));
  }

  /**
   * The decimals needed to hold these values beside the first `rows` rows.
   * @returns `undefined` when a value, old or new, would then exceed 2^53 - 1 units.
   */
  neededDp(values: readonly ExactNumber[], rows: number): number | undefined {
    let dp = this.dp;
    for (const value of values) if (value.dp > dp) dp = value.dp;
    if (dp > MAX_DP) return undefined;
    for (const value of values) if (unitsAt(value, dp) > MAX_SAFE) return undefined;
    if (dp > this.dp && this.#largestOf(rows) * pow10(dp - this.dp) > MAX_SAFE) return undefined;
    return dp;
  }

  /** The most decimals, at most 8, to which these values and the first `rows` rows could be rounded to fit; `undefined` when none would do. */
  roomyDp(values: readonly ExactNumber[], rows: number): number | undefined {
    const largest = Math.max(this.#largestOf(rows) / pow10(this.dp), ...values.map((value) => unitsAt(value, value.dp) / pow10(value.dp)));
    let dp = 8;
    while (dp >= 0 && largest * pow10(dp) > MAX_SAFE) dp--;
    return dp < 0 ? undefined : dp;
  }

  /** Writes one row at a dp that {@link neededDp} gave, refining the rows before it first. */
  write(row: number, values: readonly ExactNumber[], dp: number): void {
    if (dp > this.dp) this.#refine(dp, row);
    for (let c = 0; c < values.length; c++) this.columns[c]![row] = unitsAt(values[c]!, dp);
  }

  grow(capacity: number, rows: number): void {
    this.columns = this.columns.map((column) => enlarged(column, capacity, rows));
  }

  #refine(dp: number, rows: number): void {
    const factor = pow10(dp - this.dp);
    for (const column of this.columns) for (let i = 0; i < rows; i++) column[i] = column[i]! * factor;
    this.#largest *= factor;
    this.dp = dp;
  }

  /** Scans only the rows that came since it was last asked, so a file of refused rows stays linear. */
  #largestOf(rows: number): number {
    for (const column of this.columns) for (let i = this.#scanned; i < rows; i++) this.#largest = Math.max(this.#largest, column[i]!);
    this.#scanned = rows;
    return this.#largest;
  }
}

/** A longer copy of a column whose first `rows` values count. */
export function enlarged(column: Float64Array, capacity: number, rows: number): Float64Array {
  const longer = new Float64Array(capacity);
  longer.set(column.subarray(0, rows));
  return longer;
}
