import {
  attachSession,
  type LiveOptions,
  listSessions,
  type SessionHandle,
  type SessionOptions,
  startLive,
  startSession,
} from "../live/index.js";

/** A session on a venue is one on a real venue, or one that says with `trade` how it is to trade. */
function start(options: SessionOptions | LiveOptions): Promise<SessionHandle> {
  const onVenue = typeof options === "object" && options !== null && ("trade" in options || options.venue?.kind === "bybit");
  return onVenue ? startLive(options as LiveOptions) : startSession(options as SessionOptions);
}

/**
 * Sessions. `await live.start({ config: "strategies/x.toml", venue: paper({ feed: replay(btc) }) })` returns a handle; the session runs in a process of its own
 * and goes on when the kernel ends. With `trade: {}`, or on a real venue, it trades as on any venue: it reconciles, takes commands and serves metrics. `live.list()`
 * shows those that run, `await live.attach(id)` returns a handle of one.
 */
export const live: { readonly start: typeof start; readonly list: typeof listSessions; readonly attach: typeof attachSession } =
  Object.freeze({ start, list: listSessions, attach: attachSession });
