import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The reference generator and hand loops, written apart from ours; outside the repository. */
export const REFERENCE: string = resolve(root, process.env.TESSERLAB__BENCH_DIR ?? "../shared/bench");
export const HAS_REFERENCE: boolean = existsSync(join(REFERENCE, "gen.mjs"));
export const SKIPPED = "(skipped without the reference bench, TESSERLAB__BENCH_DIR)";

type Column = "ts" | "o" | "h" | "l" | "c" | "v";

/** What `gen.mjs` exports. */
export interface Generator {
  gen(bars: number, seed?: number, gaps?: boolean): Record<Column, ArrayLike<number>> & { n: number };
}

/** What `sweepcore.mjs` exports: round trips, final cash in 1e-8, drawdown as a fraction, Sharpe ratio a year. */
export interface Sweep {
  run1(open: ArrayLike<number>, close: ArrayLike<number>, bars: number, fast: number, slow: number): [number, number, number, number];
  grid(): [number, number][];
}
