import type { BacktestOptions, StrategyChoice } from "../backtest/index.js";
import type { CandleSeries, MarketTape } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import type { LoadedStrategy } from "../handoff/index.js";
import type { ParamsOf } from "../strategies/index.js";
import type { SessionClock } from "./clock.js";

/** Recorded candles, trades and books as a market: what `replay()` of the paper venue returns. */
export interface SessionFeed {
  readonly kind: "replay";
  readonly data: readonly (CandleSeries | MarketTape)[];
  readonly speed: "max" | number;
}

/** Where a session trades: what `paper()` returns. */
export interface SessionVenue {
  readonly kind: "paper";
  readonly feed: SessionFeed | undefined;
  /** How the exchange treats orders, where it is not as usual. */
  readonly options?: object | undefined;
}

/** How a session's strategy is said: by its name, by what `defineStrategy` returned, or by the module that exports it. */
export type SessionStrategy = StrategyChoice | StrategyModule;

/** What a session takes: a strategy or a strategy file, a venue with a feed (or `data`), and the execution settings of a backtest. */
export interface SessionOptions<S extends SessionStrategy = SessionStrategy>
  extends Omit<BacktestOptions, "data" | "strategy" | "params" | "algorithms"> {
  /** A name, what `defineStrategy` returned, or a module that exports it. */
  strategy?: S;
  /** The strategy's parameters; those left out have their defaults. */
  params?: ParamsOf<S>;
  /** A strategy file's path, or what `loadStrategy` returned. */
  config?: string | LoadedStrategy;
  venue?: SessionVenue;
  /** Short for `venue: paper({ feed: replay(data) })`. */
  data?: CandleSeries | MarketTape | readonly (CandleSeries | MarketTape)[];
  /** SQLite file the session is kept in; `reports/live_state.db` unless given. */
  statePath?: string;
  /** Trade a strategy file although its strategy or parameters were edited after they were tested. */
  allowEdited?: boolean;
  /**
   * Where it runs: a process of its own wherever the strategy can go there, unless given. `worker` is a thread of this program: it starts sooner and ends with the
   * program.
   */
  thread?: "process" | "worker" | "caller";
  /** For a session on the caller's thread: what time it is and how it waits. */
  clock?: SessionClock;
}

/** A strategy in a file of its own, loaded where the session runs. */
export interface StrategyModule {
  /** Path of the `.ts` or `.js` file. */
  readonly module: string;
  /** Name of the strategy, where the module exports several. */
  readonly name?: string;
}

const KEYS: Readonly<Record<keyof SessionOptions, true>> = {
  strategy: true,
  config: true,
  venue: true,
  data: true,
  statePath: true,
  allowEdited: true,
  thread: true,
  clock: true,
  params: true,
  sizer: true,
  risk: true,
  fees: true,
  slippageBps: true,
  latencyBars: true,
  cash: true,
  instrument: true,
  category: true,
  leverage: true,
  brackets: true,
  pyramiding: true,
  reverse: true,
  router: true,
  hooks: true,
  retries: true,
  unprotected: true,
  groupExit: true,
  funding: true,
  latencyMs: true,
  interval: true,
  participation: true,
  queue: true,
  maintenanceMargin: true,
};

/** Checks what does not need the data. @throws LabError `OPTION_UNKNOWN`, `OPTION_INVALID`. */
export function checkOptions(options: SessionOptions): void {
  if (typeof options !== "object" || options === null)
    throw new LabError("OPTION_INVALID", "A session takes an object of options with strategy or config, and a venue with a feed.");
  const known = Object.keys(KEYS);
  for (const key of Object.keys(options)) if (!known.includes(key)) throw unknownName("OPTION_UNKNOWN", "session option", key, known);
  if ((options.strategy === undefined) === (options.config === undefined))
    throw new LabError("OPTION_INVALID", "Give either strategy or config (a strategy file): one of the two says what to trade.");
  if (options.config !== undefined && options.params !== undefined)
    throw new LabError("OPTION_INVALID", "params come from the config file; to try others give strategy and params, or export a new file.");
  const threads = ["process", "worker", "caller"];
  if (options.thread !== undefined && !threads.includes(options.thread))
    throw unknownName("OPTION_INVALID", "thread", String(options.thread), threads);
  if (options.clock !== undefined && options.thread !== "caller")
    throw new LabError("OPTION_INVALID", 'A clock cannot be sent to another process or thread: give thread: "caller" with it.');
}

/** The feed of a session. @throws LabError `VENUE_UNSUPPORTED`, `SESSION_NO_FEED`, `OPTION_INVALID`. */
export function feedOf({ venue, data }: SessionOptions): SessionFeed {
  if (venue !== undefined && venue.kind !== "paper")
    throw new LabError(
      "VENUE_UNSUPPORTED",
      `Sessions trade on paper() so far, got a venue of kind '${String((venue as { kind?: unknown }).kind)}'.`,
    );
  if (data !== undefined) {
    if (venue?.feed !== undefined) throw new LabError("OPTION_INVALID", "The venue has a feed already; leave data out.");
    return { kind: "replay", data: [data].flat(), speed: "max" };
  }
  if (venue?.feed === undefined)
    throw new LabError(
      "SESSION_NO_FEED",
      "A paper session needs candles to trade on: venue: paper({ feed: replay(series) }), or data: series.",
    );
  return venue.feed;
}
