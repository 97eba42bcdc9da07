import type { Feed, Strategy } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { StrategyDefinition } from "./define.js";

/** Every handler a strategy may have. */
export const HANDLERS: readonly (keyof Strategy)[] = [
  "onCandle",
  "onTrade",
  "onBook",
  "onFill",
  "onTimer",
  "onDisconnect",
  "onTradingDisabled",
  "closePositions",
];

/** What feeds a handler. */
const FEED_OF: Readonly<Partial<Record<keyof Strategy, Feed>>> = { onCandle: "candles", onTrade: "trades", onBook: "book" };

/**
 * Checks what a definition's `create` returned.
 * @throws LabError `STRATEGY_INVALID` for no handlers, one that is no function, or one whose feed or timer the definition does not ask for.
 */
export function checkHandlers(definition: Pick<StrategyDefinition, "name" | "feeds" | "timerMs">, strategy: Strategy): void {
  const { name, feeds = ["candles"], timerMs } = definition;
  const has = (handler: keyof Strategy): boolean => typeof strategy === "object" && strategy !== null && strategy[handler] !== undefined;
  const found = HANDLERS.filter(has);
  if (found.length === 0)
    throw new LabError("STRATEGY_INVALID", `${name}: create returned no handlers; return { onCandle(bar, desk) { ... } }.`);
  for (const handler of found) {
    if (typeof strategy[handler] !== "function") throw new LabError("STRATEGY_INVALID", `${name}: ${handler} is no function.`);
    const feed = FEED_OF[handler];
    if (feed !== undefined && !feeds.includes(feed))
      throw new LabError(
        "STRATEGY_INVALID",
        `${name} has ${handler} but is not fed with ${feed}: add feeds: ["${[...feeds, feed].join('", "')}"].`,
      );
  }
  if (has("onTimer") && timerMs === undefined)
    throw new LabError("STRATEGY_INVALID", `${name} has onTimer but no interval: add timerMs, such as timerMs: 1000.`);
}

/**
 * The same strategy, deaf to the market of symbols it does not need: what runs it on data of more symbols than it asked for uses this.
 * @param isOwn - whether a symbol of the data is one of the strategy's.
 */
export function onlyOwnSymbols(strategy: Strategy, isOwn: (symbol: string) => boolean): Strategy {
  const own: Strategy = {};
  for (const handler of HANDLERS) {
    const handle = strategy[handler] as ((...args: unknown[]) => unknown) | undefined;
    if (handle === undefined) continue;
    const heard = handle.bind(strategy);
    const filtered = (of: { readonly symbol: string }, ...rest: unknown[]): unknown => (isOwn(of.symbol) ? heard(of, ...rest) : undefined);
    (own as Record<string, unknown>)[handler] = FEED_OF[handler] === undefined ? heard : filtered;
  }
  return own;
}

/**
 * Checks that data has what a strategy must be fed with.
 * @param has - whether the data has a feed of a symbol.
 * @throws LabError `FEED_MISSING` naming the feed and the symbol.
 */
export function assertFeeds(
  definition: Pick<StrategyDefinition, "name" | "feeds">,
  symbols: readonly string[],
  has: (feed: Feed, symbol: string) => boolean,
): void {
  for (const feed of definition.feeds ?? ["candles"])
    for (const symbol of symbols) {
      if (has(feed, symbol)) continue;
      const hint = feed === "candles" ? "data.load reads candles" : "data.loadBook reads recorded books and trades";
      throw new LabError("FEED_MISSING", `${definition.name} needs ${feed} of ${symbol}, and the data has none: ${hint}.`, {
        details: { strategy: definition.name, feed, symbol },
      });
    }
}
