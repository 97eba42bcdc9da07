import { startSession } from "../live/index.js";

/** Sessions. `await live.start({ config: "strategies/x.toml", venue: paper({ feed: replay(btc) }) })` returns a handle; the session runs beside the cell. */
export const live: { readonly start: typeof startSession } = Object.freeze({ start: startSession });
