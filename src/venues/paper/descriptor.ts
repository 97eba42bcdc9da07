import { CandleSeries } from "../../core/index.js";
import { LabError, unknownName } from "../../errors/index.js";

/** How fast recorded candles are played: as fast as possible, or that many times as fast as they happened (1 is real time). */
export type ReplaySpeed = "max" | number;

/** Recorded candles as a market. */
export interface ReplayFeed {
  readonly kind: "replay";
  readonly data: readonly CandleSeries[];
  readonly speed: ReplaySpeed;
}

/** The paper exchange, described: what a session is told to trade on. It can be sent to where the session runs. */
export interface PaperVenue {
  readonly kind: "paper";
  readonly feed: ReplayFeed | undefined;
}

/**
 * Plays recorded candles as if they happened now.
 * @example paper({ feed: replay(btc, { speed: 60 }) })  // an hour a minute
 * @throws LabError `FEED_INVALID` for something that is no series, `FEED_SPEED` for a speed that is neither "max" nor a number above 0, `OPTION_UNKNOWN`.
 */
export function replay(data: CandleSeries | readonly CandleSeries[], options: { speed?: ReplaySpeed } = {}): ReplayFeed {
  for (const key of Object.keys(options)) if (key !== "speed") throw unknownName("OPTION_UNKNOWN", "replay option", key, ["speed"]);
  const series = Array.isArray(data) ? (data as readonly CandleSeries[]) : [data as CandleSeries];
  if (series.length === 0 || !series.every((one) => one instanceof CandleSeries))
    throw new LabError(
      "FEED_INVALID",
      "replay takes a candle series (what data.load returns) or a list of them; did you forget to await data.load?",
    );
  const speed = options.speed ?? "max";
  if (speed !== "max" && !(typeof speed === "number" && speed > 0 && Number.isFinite(speed)))
    throw new LabError("FEED_SPEED", `speed is "max" or how many times as fast as real time, a number above 0, got ${String(speed)}.`, {
      details: { speed },
    });
  return Object.freeze({ kind: "replay", data: Object.freeze([...series]), speed });
}

/**
 * The paper exchange: it matches as a backtest does.
 * @throws LabError `FEED_INVALID`, `OPTION_UNKNOWN`.
 */
export function paper(options: { feed?: ReplayFeed } = {}): PaperVenue {
  for (const key of Object.keys(options)) if (key !== "feed") throw unknownName("OPTION_UNKNOWN", "paper option", key, ["feed"]);
  if (options.feed !== undefined && options.feed.kind !== "replay")
    throw new LabError("FEED_INVALID", "feed is what replay(series) returns: paper({ feed: replay(btc) }).");
  return Object.freeze({ kind: "paper", feed: options.feed });
}
