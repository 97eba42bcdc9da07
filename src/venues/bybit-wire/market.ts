import type { BookLevel, CandleUpdate, PublicTrade, TickerUpdate } from "../../core/index.js";
import { sideOf } from "./category.js";
import { isRow, optionalText, type Row, requiredText, rowsOf, wholeNumber, wireInvalid } from "./fields.js";
import { intervalOf } from "./interval.js";

/** A message of a public topic. */
export interface TopicFrame {
  readonly topic: string;
  /** Snapshots replace, deltas change; topics without the difference are snapshots. */
  readonly delta: boolean;
  readonly time: number;
  readonly data: unknown;
}

/** Reads the outside of a topic's message; undefined for a message that belongs to no topic (an acknowledgement, a pong). */
export function topicFrame(message: unknown): TopicFrame | undefined {
  if (!isRow(message) || typeof message.topic !== "string") return undefined;
  const time = wholeNumber(message, "ts") ?? wholeNumber(message, "creationTime") ?? 0;
  return { topic: message.topic, delta: message.type === "delta", time, data: message.data };
}

/** The trades of a `publicTrade` message, in its order. @throws LabError `WIRE_INVALID`. */
export function parseTrades(data: unknown): PublicTrade[] {
  return rowsOf(data).map((row) => {
    const side = sideOf(row.S);
    const time = wholeNumber(row, "T");
    if (side === undefined || time === undefined) throw wireInvalid("a trade has no side or time", row);
    return {
      symbol: requiredText(row, "s", "a trade"),
      time,
      id: requiredText(row, "i", "a trade"),
      side,
      price: requiredText(row, "p", "a trade"),
      quantity: requiredText(row, "v", "a trade"),
    };
  });
}

/** An order-book message. `u` rises by exactly one from message to message of a topic; `seq` does not and proves nothing. */
export interface WireBook {
  readonly symbol: string;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
  /** 1 says that the service restarted: it comes with a snapshot. Absent in the public archive's files. */
  readonly updateId: number | undefined;
}

function levels(value: unknown, row: Row): BookLevel[] {
  if (!Array.isArray(value)) return [];
  return value.map((level: unknown) => {
    if (!Array.isArray(level) || typeof level[0] !== "string" || typeof level[1] !== "string")
      throw wireInvalid("a level of a book is no pair of texts", row);
    return [level[0], level[1]];
  });
}

/** Reads an `orderbook` message. @throws LabError `WIRE_INVALID`. */
export function parseBook(data: unknown): WireBook {
  if (!isRow(data)) throw wireInvalid("a book has no data", {});
  return {
    symbol: requiredText(data, "s", "a book"),
    bids: levels(data.b, data),
    asks: levels(data.a, data),
    updateId: wholeNumber(data, "u"),
  };
}

/** Reads the candles of a `kline` message; its symbol stands in the topic only. @throws LabError `WIRE_INVALID`. */
export function parseCandles(data: unknown, symbol: string): CandleUpdate[] {
  return rowsOf(data).map((row) => {
    const time = wholeNumber(row, "start");
    const interval = intervalOf(optionalText(row, "interval") ?? "");
    if (time === undefined || interval === undefined) throw wireInvalid("a candle has no start or an unknown interval", row);
    return {
      symbol,
      interval,
      time,
      open: requiredText(row, "open", "a candle"),
      high: requiredText(row, "high", "a candle"),
      low: requiredText(row, "low", "a candle"),
      close: requiredText(row, "close", "a candle"),
      volume: requiredText(row, "volume", "a candle"),
      closed: row.confirm === true,
    };
  });
}

/** Fields of a ticker that we read, and what we call them. */
const TICKER: readonly [wire: string, ours: "last" | "mark" | "index" | "bid" | "ask" | "fundingRate"][] = [
  ["lastPrice", "last"],
  ["markPrice", "mark"],
  ["indexPrice", "index"],
  ["usdIndexPrice", "index"],
  ["bid1Price", "bid"],
  ["ask1Price", "ask"],
  ["fundingRate", "fundingRate"],
];

/** Reads a ticker, of the stream or of REST; a delta holds only what changed. @throws LabError `WIRE_INVALID`. */
export function parseTicker(data: unknown, time: number): TickerUpdate {
  if (!isRow(data)) throw wireInvalid("a ticker has no data", {});
  const known: Record<string, string> = {};
  for (const [wire, ours] of TICKER) {
    const text = optionalText(data, wire);
    if (text !== undefined) known[ours] ??= text;
  }
  const next = wholeNumber(data, "nextFundingTime");
  return {
    symbol: requiredText(data, "symbol", "a ticker"),
    time,
    ...known,
    ...(next !== undefined && next > 0 && { nextFundingTime: next }),
  };
}
