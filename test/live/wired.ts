import { setImmediate as nextTurn } from "node:timers/promises";
import { onTestFinished, vi } from "vitest";
import type { CandleSeries, LinkState, MarketData, MarketEvent } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { LabError } from "../../src/errors/index.js";
import type { TradeSpec } from "../../src/live/index.js";
import type { StrategyDefinition } from "../../src/strategies/index.js";
import { Market, openOn } from "./trader-support.js";

export const MINUTE = 60_000;

/** A venue's market whose messages and outages are the test's; what has closed is known to it. */
class Wire implements MarketData {
  readonly name = "wire";
  readonly instruments: MarketData["instruments"];
  tell: (event: MarketEvent) => void = () => {};
  link: (state: LinkState) => void = () => {};
  /** How many questions are still to fail. */
  fails = 0;
  readonly #truth: CandleSeries;
  readonly #now: () => number;

  constructor(truth: CandleSeries, instruments: MarketData["instruments"], now: () => number) {
    this.#truth = truth;
    this.instruments = instruments;
    this.#now = now;
  }

  async candles({ from, to }: Parameters<MarketData["candles"]>[0]): Promise<CandleSeries> {
    if (this.fails > 0) {
      this.fails--;
      throw new LabError("VENUE_UNAVAILABLE", "no answer");
    }
    const closed = this.#truth.time.filter((time) => time >= from && time + MINUTE <= Math.min(to, this.#now()));
    const first = closed.length === 0 ? 0 : this.#truth.time.indexOf(closed[0]!);
    return this.#truth.slice(first, first + closed.length);
  }

  async subscribe(
    topics: Parameters<MarketData["subscribe"]>[0],
    listener: (event: MarketEvent) => void,
    link: (state: LinkState, reason?: string) => void = () => {},
  ): ReturnType<MarketData["subscribe"]> {
    this.tell = listener;
    this.link = link;
    link("healthy");
    return { topics, close: () => this.close() };
  }

  async close(): Promise<void> {}
}

/** A session's market in the test's hand: what is true, its wire, and the clock, five seconds into the eleventh candle. */
export async function wired(bars: number) {
  const truth = syntheticCandles({ bars, seed: 5 });
  const at = (bar: number, seconds: number): number => truth.time[0]! + bar * MINUTE + seconds * 1_000;
  const market = new Market(truth);
  const { venue, market: recorded, close } = await market.connect();
  const clock = { now: at(10, 5) };
  const wire = new Wire(
    truth,
    () => recorded.instruments(),
    () => clock.now,
  );
  const open = (path: string, strategy: StrategyDefinition, trade: Partial<TradeSpec> = {}): ReturnType<typeof openOn> =>
    openOn({ venue, market: wire, close }, path, {
      strategy,
      trade: { ...trade, real: true, history: 5 },
      clock: { now: () => clock.now, sleep: () => nextTurn() },
      play: undefined,
    });
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  return { truth, at, clock, wire, open, exchange: market.exchange };
}
