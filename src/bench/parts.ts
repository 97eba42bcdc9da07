import { backtest } from "../backtest/index.js";
import { benchSeries } from "./series.js";
import { answerOf, type Periods, runW1, runW1b, w1Options } from "./w1.js";
import { runW2 } from "./w2.js";
import { runW3 } from "./w3.js";
import { runW4 } from "./w4.js";
import { runW5 } from "./w5.js";

/** What one process of the bench measures. Each runs alone, so that one workload's code does not slow another's. */
export const PARTS = ["w1", "w1g", "w1b", "w2", "w3", "w4", "w5", "rss"] as const;
export type BenchPart = (typeof PARTS)[number];

/** A workload's seed, periods and length. */
export interface BenchRequest extends Periods {
  readonly seed: number;
  readonly bars: number;
  readonly gaps: boolean;
}

/** Runs one part in this process and returns its figures. */
export async function runPart(part: BenchPart, request: BenchRequest): Promise<Record<string, unknown>> {
  const { seed, bars } = request;
  const series = (gaps: boolean): ReturnType<typeof benchSeries> => benchSeries({ bars, seed, gaps });
  switch (part) {
    case "w1":
      return { ...runW1(series(false), request) };
    case "w1g":
      return { ...runW1(series(true), request) };
    case "w1b":
      return { ...runW1b(series(true), request) };
    case "w2":
      return { ...runW2(series(false).slice(0, 10_000)) };
    case "w3":
      return { ...(await runW3({ bars })) };
    case "w4":
      return { ...(await runW4()) };
    case "w5":
      return { ...(await runW5()) };
    case "rss":
      return { ...answerOf(backtest(w1Options(series(request.gaps), request))), rssMb: Math.round(process.resourceUsage().maxRSS / 1024) };
  }
}
