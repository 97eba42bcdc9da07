import { attachSession, listSessions, startSession } from "../live/index.js";

/**
 * Sessions. `await live.start({ config: "strategies/x.toml", venue: paper({ feed: replay(btc) }) })` returns a handle; the session runs in a process of its own
 * and goes on when the kernel ends. `live.list()` shows those that run, `await live.attach(id)` returns a handle of one.
 */
export const live: { readonly start: typeof startSession; readonly list: typeof listSessions; readonly attach: typeof attachSession } =
  Object.freeze({
    start: startSession,
    list: listSessions,
    attach: attachSession,
  });
