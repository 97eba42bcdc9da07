import type { EpochMs } from "../../../core/index.js";
import type { Market } from "./market.js";

/** One event of a recording: candles that close together, or a message of a tape. */
export type Step =
  | {
      readonly kind: "candles";
      readonly time: EpochMs;
      readonly from: EpochMs;
      readonly markets: readonly Market[];
      readonly bars: readonly number[];
    }
  | { readonly kind: "tape"; readonly time: EpochMs; readonly from: EpochMs; readonly market: Market; readonly index: number };

/**
 * All recorded events in time order: a candle at its close, before what a tape has of that moment, which belongs to the next one. Candles of one close come together, as in a backtest; those of
 * several lengths by the time they open.
 */
export function makeTimeline(markets: readonly Market[]): Step[] {
  const closes = new Map<EpochMs, { market: Market; bar: number }[]>();
  for (const market of markets) {
    const { series } = market;
    if (series === undefined) continue;
    for (let bar = 0; bar < series.length; bar++) {
      const time = series.time[bar]! + series.intervalMs;
      const group = closes.get(time);
      if (group === undefined) closes.set(time, [{ market, bar }]);
      else group.push({ market, bar });
    }
  }
  const steps: Step[] = [];
  for (const [time, group] of closes) {
    const opens = group.map(({ market, bar }) => market.series!.time[bar]!);
    steps.push({
      kind: "candles",
      time,
      from: Math.min(...opens),
      markets: group.map((one) => one.market),
      bars: group.map((one) => one.bar),
    });
  }
  for (const market of markets) {
    const { tape } = market;
    if (tape === undefined) continue;
    for (let index = 0; index < tape.length; index++) {
      const time = tape.time[index]!;
      steps.push({ kind: "tape", time, from: time, market, index });
    }
  }
  // Stable, so that candles of one time come first and a tape keeps its own order.
  return steps.sort((a, b) => a.time - b.time);
}
