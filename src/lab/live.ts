import {
  attachSession,
  type LiveOptions,
  listSessions,
  type SessionHandle,
  type SessionOptions,
  type SessionStrategy,
  startLive,
  startSession,
} from "../live/index.js";
import { paper, replay } from "../venues/paper/index.js";

/** A session on a venue is one on a real venue, one that says with `trade` how it is to trade, or one that is recorded. */
function start<S extends SessionStrategy>(
  options: (SessionOptions<S> & Pick<LiveOptions, "record" | "marketsFile">) | LiveOptions<S>,
): Promise<SessionHandle> {
  const given = typeof options === "object" && options !== null ? options : {};
  if (!("trade" in given || "record" in given || "marketsFile" in given || given.venue?.kind === "bybit"))
    return startSession(options as SessionOptions);
  const { data, ...rest } = given as SessionOptions;
  // `data` is short for the paper exchange that replays it.
  return startLive(
    (data === undefined || rest.venue !== undefined ? given : { ...rest, venue: paper({ feed: replay(data) }) }) as LiveOptions,
  );
}

/**
 * Sessions. `await live.start({ config: "strategies/x.toml", venue: paper({ feed: replay(btc) }) })` returns a handle; the session runs in a process of its own
 * and goes on when the kernel ends. With `trade: {}`, or on a real venue, it trades as on any venue: it reconciles, takes commands and serves metrics. `record: true` (or a
 * folder) keeps what it sees and does as Parquet, which `data.recording` reads and `backtest` replays. `live.list()`
 * shows those that run, `await live.attach(id)` returns a handle of one.
 */
export const live: { readonly start: typeof start; readonly list: typeof listSessions; readonly attach: typeof attachSession } =
  Object.freeze({ start, list: listSessions, attach: attachSession });
