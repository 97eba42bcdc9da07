import { readFileSync } from "node:fs";

/** Columns of whole units: milliseconds, tenths for prices, thousandths for volumes. */
export interface FloorColumns {
  readonly rows: number;
  /** time, open, high, low, close, volume */
  readonly columns: readonly Float64Array[];
}

const DP = [0, 1, 1, 1, 1, 3];
const POWERS = [1, 10, 100, 1000];
const NEWLINE = 10;
const POINT = 46;
const ZERO = 48;
/** No row of the bench's file is shorter. */
const SHORTEST_ROW = 30;

/**
 * The physical floor of W3: the least code that turns this one file into exact units. It knows the order of the columns and
 * their decimals beforehand and checks nothing - no header, no bad row, no order, no gap, no hash - which no loader may do.
 */
export function readCsvFloor(path: string): FloorColumns {
  const bytes = readFileSync(path);
  const size = bytes.length;
  const columns = DP.map(() => new Float64Array(Math.floor(size / SHORTEST_ROW)));
  let i = bytes.indexOf(NEWLINE) + 1;
  let row = 0;
  while (i < size) {
    for (let c = 0; c < DP.length; c++) {
      let units = 0;
      let decimals = -1;
      for (;;) {
        const byte = bytes[i++]!;
        if (byte >= ZERO && byte <= ZERO + 9) {
          units = units * 10 + (byte - ZERO);
          if (decimals >= 0) decimals++;
        } else if (byte === POINT) decimals = 0;
        else break;
      }
      const missing = DP[c]! - Math.max(0, decimals);
      if (missing > 0) units *= POWERS[missing]!;
      columns[c]![row] = units;
    }
    row++;
  }
  return { rows: row, columns: columns.map((column) => column.subarray(0, row)) };
}
