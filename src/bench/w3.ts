import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CandleSeries } from "../core/index.js";
import { type LoadedCandles, loadCandles } from "../data/index.js";
import { LabError } from "../errors/index.js";
import { type FloorColumns, readCsvFloor } from "./csv-floor.js";
import { BENCH_BARS, benchCsv, benchSeries } from "./series.js";
import { median } from "./stats.js";

/** What W3 measured. Times are medians in milliseconds. */
export interface W3Result {
  readonly rows: number;
  /** Loading the file: reading, hashing, parsing, checking rows, order, repeats and gaps. */
  readonly ms: number;
  /** The hand byte loop, which only reads and parses. */
  readonly floorMs: number;
  readonly ratio: number;
  /** Time of the very first load in this process, before the code was compiled. */
  readonly firstMs: number;
  readonly rounds: number;
}

/**
 * W3: load the one-minute year from CSV into exact columns, next to the hand loop in the same run, turn about. Before any
 * figure counts, loader, hand loop and the generator's own columns must agree in every value.
 * @throws LabError `BENCH_MISMATCH` when they do not.
 */
export async function runW3(options: { bars?: number; rounds?: number } = {}): Promise<W3Result> {
  const { bars = BENCH_BARS, rounds = 9 } = options;
  const folder = await mkdtemp(join(tmpdir(), "tesserlab-w3-"));
  try {
    const path = join(folder, "bars.csv");
    const series = benchSeries({ bars });
    await writeFile(path, benchCsv(series));
    const load = (): Promise<LoadedCandles> => loadCandles(path, { symbol: series.symbol });

    const [first, firstMs] = await timed(load);
    checkEqual(first, readCsvFloor(path), series);
    for (let k = 0; k < 2; k++) {
      readCsvFloor(path);
      await load();
    }
    const loads: number[] = [];
    const floors: number[] = [];
    for (let k = 0; k < rounds; k++) {
      floors.push((await timed(() => readCsvFloor(path)))[1]);
      loads.push((await timed(load))[1]);
    }
    const ms = median(loads);
    const floorMs = median(floors);
    return { rows: first.length, ms, floorMs, ratio: ms / floorMs, firstMs, rounds };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function timed<T>(work: () => T | Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, performance.now() - start];
}

function checkEqual(loaded: LoadedCandles, floor: FloorColumns, made: CandleSeries): void {
  if (loaded.length !== made.length || floor.rows !== made.length || loaded.priceDp !== made.priceDp || loaded.volumeDp !== made.volumeDp)
    throw new LabError("BENCH_MISMATCH", `W3 made ${made.length} rows, the loader read ${loaded.length}, the floor ${floor.rows}.`);
  for (const [c, name] of (["time", "open", "high", "low", "close", "volume"] as const).entries())
    for (let i = 0; i < made.length; i++)
      if (loaded[name][i] !== made[name][i] || floor.columns[c]![i] !== made[name][i])
        throw new LabError(
          "BENCH_MISMATCH",
          `W3, ${name} of row ${i}: made ${made[name][i]}, loader ${loaded[name][i]}, floor ${floor.columns[c]![i]}.`,
        );
}
