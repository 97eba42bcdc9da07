/** Blocks that the periods of a search are cut into: every half of them against the other half makes 12,870 splits. */
export const BLOCKS = 16;

/** Period after the last one of a block, of `n` periods; blocks differ by one period at most. */
export function blockEnd(block: number, n: number): number {
  return Math.floor(((block + 1) * n) / BLOCKS);
}

/**
 * Returns of many trials over the same periods, kept as sums by block: what their Sharpe ratios over any half of the blocks are computed from, in 256 bytes a trial
 * however many periods there are.
 */
export class BlockSums {
  /** Periods that every trial has. */
  readonly periods: number;
  #rows: Float64Array;
  #length = 0;

  constructor(periods: number, from?: BlockSums) {
    this.periods = periods;
    this.#rows = from === undefined ? new Float64Array(2 * BLOCKS * 64) : from.#rows.slice();
    this.#length = from?.length ?? 0;
  }

  /** Trials added so far. */
  get length(): number {
    return this.#length;
  }

  /** Periods of a block. */
  count(block: number): number {
    return blockEnd(block, this.periods) - blockEnd(block - 1, this.periods);
  }

  /** Adds a trial: the sums that `sharpeOfEquity` left, those of the returns at the end of each block and then those of their squares. */
  add(running: Float64Array): void {
    const at = this.#length * 2 * BLOCKS;
    if (at === this.#rows.length) {
      const rows = new Float64Array(this.#rows.length * 2);
      rows.set(this.#rows);
      this.#rows = rows;
    }
    for (let half = 0; half < 2 * BLOCKS; half += BLOCKS)
      for (let block = 0; block < BLOCKS; block++)
        this.#rows[at + half + block] = running[half + block]! - (block === 0 ? 0 : running[half + block - 1]!);
    this.#length++;
  }

  /** Adds a trial by its returns, one a period; `null` for one that spent all its equity. */
  addReturns(returns: Float64Array | null): void {
    const running = new Float64Array(2 * BLOCKS).fill(returns === null ? Number.NaN : 0);
    let sum = 0;
    let squares = 0;
    for (let block = 0, i = 0; returns !== null && block < BLOCKS; block++) {
      for (const end = blockEnd(block, this.periods); i < end; i++) {
        sum += returns[i]!;
        squares += returns[i]! * returns[i]!;
      }
      running[block] = sum;
      running[BLOCKS + block] = squares;
    }
    this.add(running);
  }

  /** Sum of a trial's returns in a block; NaN for a trial that spent all its equity. */
  sum(trial: number, block: number): number {
    return this.#rows[trial * 2 * BLOCKS + block]!;
  }

  /** Sum of the squares of a trial's returns in a block. */
  squares(trial: number, block: number): number {
    return this.#rows[trial * 2 * BLOCKS + BLOCKS + block]!;
  }
}
