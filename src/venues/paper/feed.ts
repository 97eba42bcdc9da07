import { CandleSeries, MarketTape } from "../../core/index.js";
import { LabError, unknownName } from "../../errors/index.js";

/** How fast a recording is played: as fast as possible, or that many times as fast as it happened (1 is real time). */
export type ReplaySpeed = "max" | number;

/** Recorded candles, trades or order books as a market. */
export interface ReplayFeed<Data = CandleSeries> {
  readonly kind: "replay";
  readonly data: readonly Data[];
  readonly speed: ReplaySpeed;
}

/** @throws LabError `FEED_SPEED` for a speed that is neither "max" nor a number above 0. */
export function checkSpeed(speed: ReplaySpeed): ReplaySpeed {
  if (speed !== "max" && !(typeof speed === "number" && speed > 0 && Number.isFinite(speed)))
    throw new LabError("FEED_SPEED", `speed is "max" or how many times as fast as real time, a number above 0, got ${String(speed)}.`, {
      details: { speed },
    });
  return speed;
}

/**
 * Plays a recording as if it happened now.
 * @example paper({ feed: replay(btc, { speed: 60 }) })  // an hour a minute
 * @throws LabError `FEED_INVALID` for something that is neither series nor tape, `FEED_SPEED` for a speed that is neither "max" nor a number above 0, `OPTION_UNKNOWN`.
 */
export function replay<Data extends CandleSeries | MarketTape>(
  data: Data | readonly Data[],
  options: { speed?: ReplaySpeed } = {},
): ReplayFeed<Data> {
  for (const key of Object.keys(options)) if (key !== "speed") throw unknownName("OPTION_UNKNOWN", "replay option", key, ["speed"]);
  const all = Array.isArray(data) ? (data as readonly Data[]) : [data as Data];
  if (all.length === 0 || !all.every((one) => one instanceof CandleSeries || one instanceof MarketTape))
    throw new LabError(
      "FEED_INVALID",
      "replay takes a candle series (what data.load returns), a market tape, or a list of them; did you forget to await data.load?",
    );
  return Object.freeze({ kind: "replay", data: Object.freeze([...all]), speed: checkSpeed(options.speed ?? "max") });
}
