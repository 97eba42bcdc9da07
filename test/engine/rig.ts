import { CandleSeries, instrument, SeriesBar, type StrategyContext, scaleInstrument } from "../../src/core/index.js";
import { type EdgeRequest, Engine, type EngineEvent, EVENT, TradeEvent, VenueEdge } from "../../src/engine/index.js";
import { basicRisk, fixed } from "../../src/execution/index.js";
import { Portfolio } from "../../src/portfolio/index.js";

const scaled = scaleInstrument(instrument({ symbol: "TESTUSDT", tickSize: "0.1", lotSize: "1", venue: "paper" }), 1);

/** An engine without candles, whose strategy does what it is told at the next timer. */
/** What stands between whoever feeds a rig and its engine. */
export type Through = (engine: Engine) => (event: EngineEvent) => unknown;

export function rig(options: { unprotected?: "keep"; through?: Through } = {}): {
  engine: Engine;
  edge: VenueEdge;
  say(act: (desk: StrategyContext) => void): void;
  feed(events: readonly EngineEvent[]): void;
  take(): EdgeRequest[];
  held(): number;
} {
  const empty = new Float64Array(0);
  const none = new CandleSeries({
    symbol: "TESTUSDT",
    interval: "1m",
    priceDp: 1,
    volumeDp: 0,
    time: empty,
    open: empty,
    high: empty,
    low: empty,
    close: empty,
    volume: empty,
  });
  let todo: ((desk: StrategyContext) => void) | undefined;
  const portfolio = new Portfolio([scaled], 1_000_000 * 1e8);
  const engine = new Engine({
    portfolio,
    strategy: { onTimer: (_, desk) => todo?.(desk) },
    sizer: fixed(10),
    risk: basicRisk(),
    bars: [new SeriesBar(none, 0)],
    decides: "events",
    orders: {
      brackets: true,
      pyramiding: 0,
      reverse: true,
      latencyBars: 1,
      ...(options.unprotected === undefined ? {} : { unprotected: options.unprotected }),
    },
  });
  const trade = new TradeEvent();
  trade.price = 1000;
  trade.time = 1;
  trade.quantity = 1;
  engine.process(trade);
  const through = options.through?.(engine) ?? ((event: EngineEvent): unknown => engine.process(event));
  const edge = new VenueEdge({ instruments: [scaled], run: "abcdefghij" });
  return {
    engine,
    edge,
    say(act) {
      todo = act;
      through({ kind: EVENT.timer, time: engine.time + 1 });
      todo = undefined;
    },
    feed: (events) => events.forEach((event) => void through(event)),
    take() {
      const all: EdgeRequest[] = [];
      for (let request = edge.take(engine.outbox); request !== undefined; request = edge.take(engine.outbox)) all.push(request);
      return all;
    },
    held: () => engine.orders.desks[0]!.held,
  };
}
