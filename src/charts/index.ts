export { type CandleChartOptions, candleChart, type IndicatorLine } from "./candle-chart.js";
export { type Benchmark, type EquityChartOptions, equityChart } from "./equity-chart.js";
export { type ExecutionQualityOptions, executionQuality } from "./execution-quality.js";
export { type ChartOptions, SYNTHETIC_NOTE } from "./frame.js";
export { type HeatmapInput, heatmapChart } from "./heatmap-chart.js";
export { type ReturnsHistogramOptions, returnsHistogram } from "./returns-histogram.js";
export { type SliceInput, sliceChart } from "./slice-chart.js";
export { tradeScatter } from "./trade-scatter.js";
export { type TrialsChartOptions, trialsChart } from "./trials-chart.js";
