import type { MarketTopic } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import { intervalOf, wireInterval } from "./interval.js";

/** Depths of the order-book topics. */
export const BOOK_DEPTHS: readonly number[] = [1, 50, 200, 1000];
const DEFAULT_DEPTH = 50;

/** Topics of the private stream that an account is followed by. */
export const PRIVATE_TOPICS = ["order", "execution", "position", "wallet"] as const;

/** Characters that all topics of one connection may have together. */
export const MAX_TOPIC_CHARACTERS = 21_000;

/** Topics that one subscribe request may name. */
export const MAX_TOPICS_PER_REQUEST = 10;

/** The depth of the book topic that holds at least that many levels. @throws LabError `BOOK_DEPTH` beyond the deepest. */
export function bookDepth(depth: number = DEFAULT_DEPTH): number {
  const found = Number.isInteger(depth) && depth > 0 ? BOOK_DEPTHS.find((one) => one >= depth) : undefined;
  if (found === undefined)
    throw new LabError("BOOK_DEPTH", `An order book has 1 to ${BOOK_DEPTHS.at(-1)} levels, got depth ${depth}.`, { details: { depth } });
  return found;
}

/** The name of a public topic: `kline.5.BTCUSDT`. @throws LabError `INTERVAL_UNKNOWN`, `BOOK_DEPTH`. */
export function topicName(topic: MarketTopic): string {
  if (topic.type === "trades") return `publicTrade.${topic.symbol}`;
  if (topic.type === "ticker") return `tickers.${topic.symbol}`;
  if (topic.type === "candles") return `kline.${wireInterval(topic.interval)}.${topic.symbol}`;
  return `orderbook.${bookDepth(topic.depth)}.${topic.symbol}`;
}

/** What a public topic's name means; undefined for one that we do not know. */
export function topicOf(name: string): MarketTopic | undefined {
  const [kind = "", first = "", second] = name.split(".");
  if (kind === "publicTrade" && first !== "" && second === undefined) return { type: "trades", symbol: first };
  if (kind === "tickers" && first !== "" && second === undefined) return { type: "ticker", symbol: first };
  if (second === undefined || second === "") return undefined;
  if (kind === "kline") {
    const interval = intervalOf(first);
    return interval === undefined ? undefined : { type: "candles", symbol: second, interval };
  }
  const depth = Number(first);
  return kind === "orderbook" && Number.isInteger(depth) && depth > 0 ? { type: "book", symbol: second, depth } : undefined;
}
