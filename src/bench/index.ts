export { type FloorColumns, readCsvFloor } from "./csv-floor.js";
export { BENCH_BARS, BENCH_CSV_SHA256, benchCsv, benchSeries } from "./series.js";
export { runW3, type W3Result } from "./w3.js";
