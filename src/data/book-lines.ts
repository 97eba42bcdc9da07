import type { BookLevel, Side } from "../core/index.js";
import { parseTime } from "../core/index.js";
import { LabError } from "../errors/index.js";

/** A book or a trade as a line of a recording says it; `symbol` is absent where the line names none. */
export type LineEvent =
  | {
      readonly type: "book";
      readonly symbol: string | undefined;
      readonly time: number;
      readonly kind: "snapshot" | "delta";
      readonly bids: readonly BookLevel[];
      readonly asks: readonly BookLevel[];
      /** Bybit's update id: one more with every change. */
      readonly update: number | undefined;
    }
  | {
      readonly type: "trade";
      readonly symbol: string | undefined;
      readonly time: number;
      readonly side: Side;
      readonly price: string;
      readonly quantity: string;
    };

type Fields = Readonly<Record<string, unknown>>;

/** Tesser's words for a side. */
const SIDES: Readonly<Record<string, Side>> = { buy: "buy", bid: "buy", b: "buy", sell: "sell", ask: "sell", s: "sell" };

/**
 * Reads a line of JSON: Tesser's LOB events (`event`: snapshot, depth or trade) and Bybit's stream messages (`topic`: orderbook or publicTrade).
 * @returns the events, or why there are none.
 */
export function readLine(text: string): readonly LineEvent[] | string {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return "not JSON";
  }
  if (typeof line !== "object" || line === null || Array.isArray(line)) return "not a JSON object";
  const fields = line as Fields;
  try {
    if (typeof fields.event === "string") return [readEvent(fields.event, fields)];
    if (typeof fields.topic === "string") return readMessage(fields.topic, fields);
  } catch (error) {
    if (error instanceof Reason || error instanceof LabError) return error.message;
    throw error;
  }
  return "neither an LOB event nor a Bybit message: it has no event and no topic";
}

/** Why a line is no event. */
class Reason extends Error {}

function readEvent(event: string, fields: Fields): LineEvent {
  const symbol = symbolOf(fields.symbol);
  const time = timeOf(fields.timestamp);
  if (event === "snapshot" || event === "depth") {
    const kind = event === "snapshot" ? "snapshot" : "delta";
    return {
      type: "book",
      symbol,
      time,
      kind,
      bids: levelsOf(fields.bids, "bids"),
      asks: levelsOf(fields.asks, "asks"),
      update: undefined,
    };
  }
  if (event !== "trade") throw new Reason(`event is snapshot, depth or trade, got '${event}'`);
  return {
    type: "trade",
    symbol,
    time,
    side: sideOf(fields.side),
    price: numberOf(fields.price, "price"),
    quantity: numberOf(fields.size, "size"),
  };
}

function readMessage(topic: string, fields: Fields): readonly LineEvent[] {
  const { data } = fields;
  const time = timeOf(fields.ts);
  if (topic.startsWith("publicTrade.")) {
    if (!Array.isArray(data)) throw new Reason("data of trades is no list");
    return data.map((trade: Fields) => ({
      type: "trade",
      symbol: symbolOf(trade.s),
      time,
      side: sideOf(trade.S),
      price: numberOf(trade.p, "price"),
      quantity: numberOf(trade.v, "size"),
    }));
  }
  if (!topic.startsWith("orderbook.")) throw new Reason(`topic ${topic} holds no book and no trades`);
  const book = (typeof data === "object" && data !== null ? data : {}) as Fields;
  if (fields.type !== "snapshot" && fields.type !== "delta") throw new Reason(`type is snapshot or delta, got '${String(fields.type)}'`);
  const update = typeof book.u === "number" ? book.u : undefined;
  return [
    {
      type: "book",
      symbol: symbolOf(book.s),
      time,
      kind: fields.type,
      bids: levelsOf(book.b, "bids"),
      asks: levelsOf(book.a, "asks"),
      update,
    },
  ];
}

function symbolOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

/** Epoch numbers are told by their size, from seconds to nanoseconds; what is finer than a millisecond is left out. */
function timeOf(value: unknown): number {
  if (typeof value === "string" && !/^\d+$/.test(value)) return Math.floor(parseTime(value, "timestamp"));
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number) || number < 0)
    throw new Reason(`the timestamp is missing or wrong: ${String(value)}`);
  return Math.floor(number < 1e11 ? number * 1000 : number < 1e14 ? number : number < 1e17 ? number / 1e3 : number / 1e6);
}

function sideOf(value: unknown): Side {
  const side = typeof value === "string" ? SIDES[value.trim().toLowerCase()] : undefined;
  if (side === undefined) throw new Reason(`side is buy or sell (bid, ask, b, s), got '${String(value)}'`);
  return side;
}

function numberOf(value: unknown, name: string): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw new Reason(`${name} is missing`);
}

function levelsOf(value: unknown, name: string): readonly BookLevel[] {
  if (!Array.isArray(value)) throw new Reason(`${name} is no list of [price, size]`);
  return value.map((level: unknown): BookLevel => {
    if (!Array.isArray(level) || level.length < 2) throw new Reason(`a level of ${name} is no [price, size]`);
    return [numberOf(level[0], "price"), numberOf(level[1], "size")];
  });
}
