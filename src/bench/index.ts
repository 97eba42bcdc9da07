export { type FloorColumns, readCsvFloor } from "./csv-floor.js";
export { bracketFloor, crossFloor, type FloorData, type FloorResult, floorData, sweepFloor } from "./floors.js";
export { type BenchPart, type BenchRequest, PARTS, runPart } from "./parts.js";
export { BENCH_BARS, BENCH_CSV_SHA256, benchCsv, benchSeries } from "./series.js";
export { type Comparison, compareBooks } from "./soak/books.js";
export { soakTape } from "./soak/market.js";
export { growthOf, type MemoryTrend, trendOf } from "./soak/memory.js";
export { runSoak, type SoakOptions, type SoakResult, soakText } from "./soak/soak.js";
export type { Spread } from "./stats.js";
export {
  answerOf,
  BracketCross,
  type Periods,
  runW1,
  runW1b,
  type WorkloadAnswer,
  type WorkloadTiming,
  w1bOptions,
  w1Options,
} from "./w1.js";
export { pairs, runW2, type W2Result } from "./w2.js";
export { runW3, type W3Result } from "./w3.js";
export { freePorts } from "./w4/ports.js";
export type { W4Options, W4Result } from "./w4/run.js";
export { w4Text } from "./w4/text.js";
export { runW4 } from "./w4.js";
export { type Latency, type LoadResult, runW5, type W5Result, w5Text } from "./w5.js";
