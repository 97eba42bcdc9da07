import type { CandleBuffer, SeriesBar } from "../../core/index.js";
import type { Engine } from "../../engine/index.js";
import type { StrategyVoice } from "./voice.js";

/** Lets a strategy see the history before its session, the oldest candle of all symbols first, without a say; the bars stand at its end afterwards. */
export function warmUp({
  engine,
  bars,
  buffers,
  voice,
}: {
  readonly engine: Engine;
  readonly bars: readonly SeriesBar[];
  readonly buffers: readonly CandleBuffer[];
  readonly voice: StrategyVoice;
}): void {
  const cursors = bars.map(() => 0);
  for (;;) {
    let next = -1;
    for (const [slot, buffer] of buffers.entries())
      if (cursors[slot]! < buffer.length && (next < 0 || buffer.time[cursors[slot]!]! < buffers[next]!.time[cursors[next]!]!)) next = slot;
    if (next < 0) return;
    const bar = bars[next]!;
    bar.index = cursors[next]!++;
    voice.replay([], false);
    voice.strategy.onCandle?.(bar, engine.seats.desks[next]!);
    engine.portfolio.mark[next] = bar.closeUnits;
    voice.differences = 0;
  }
}
