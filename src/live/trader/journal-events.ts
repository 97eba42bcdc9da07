import type { Direction, WorkingOrder } from "../../core/index.js";
import { type Command, type EngineEvent, EVENT, FillEvent, type HeldPosition, OrderEvent, TradeEvent } from "../../engine/index.js";
import type { Json } from "../../state/index.js";
import type { Said } from "./voice.js";

/** An event of the engine as the journal keeps it: whole units, orders by number. Together with what the strategy said, feeding them again gives the same state. */
export type StoredEvent =
  | {
      readonly type: "candle";
      readonly slot: number;
      /** time, open, high, low, close, volume in the series' units. */
      readonly candle: readonly [number, number, number, number, number, number];
    }
  | {
      readonly type: "fill";
      readonly order: number;
      /** Quantity units that reach the position. */
      readonly quantity: number;
      readonly price: number;
      readonly fee: string;
      readonly maker: boolean;
      readonly time: number;
      /** Of a fill whose fee was taken in coin: quantity units kept as the fee, and the coins beyond the position afterwards. */
      readonly withheld?: number;
      readonly carry?: string;
      /** The venue's id of it. */
      readonly execution: string;
    }
  | {
      readonly type: "order";
      readonly order: number;
      readonly report: number;
      readonly time: number;
      readonly quantity: number;
      readonly price: number;
      readonly needed: number;
      readonly available: number;
      readonly why: string;
    }
  | { readonly type: "command"; readonly command: Json; readonly time: number }
  | {
      readonly type: "trade";
      readonly slot: number;
      readonly time: number;
      readonly direction: number;
      readonly price: number;
      readonly quantity: number;
    }
  /** A book: only its best prices are kept, -1 for an empty side. Journals of older releases keep none of it. */
  | { readonly type: "book"; readonly slot: number; readonly time: number; readonly bid?: number; readonly ask?: number }
  | { readonly type: "timer"; readonly time: number }
  | { readonly type: "link"; readonly venue: string; readonly link: "market" | "account"; readonly state: string; readonly time: number }
  | { readonly type: "trading"; readonly enabled: boolean; readonly waits?: true; readonly time: number }
  | {
      readonly type: "account";
      readonly time: number;
      readonly positions?: readonly HeldPosition[];
      readonly openOrders?: readonly number[];
    }
  /** Funding paid (positive) in cash units; booked beside the engine. */
  | { readonly type: "funding"; readonly amount: string; readonly execution: string; readonly time: number }
  | { readonly type: "shutdown"; readonly time: number };

/** A fill in the journal. */
export type StoredFill = Extract<StoredEvent, { readonly type: "fill" }>;

/** A journal line of kind `event`. */
export interface StoredLine {
  readonly event: StoredEvent;
  readonly said?: readonly Said[];
  /** The strategy saw it without a say. */
  readonly muted?: true;
  /** The strategy threw in it, or had thrown before: of what it would say nothing counts. */
  readonly threw?: true;
  /** Of a recorded market: the release it happened in or after. */
  readonly step?: number;
  /** Prices of all instruments before the event, where ticks that are not in the journal may have moved them. */
  readonly prices?: readonly StoredPrice[];
  /** Marks alone, as older releases kept them. */
  readonly marks?: readonly number[];
}

/** Where the ticks had left an instrument: its mark, the time of the tick that made it (-1: a candle did), and the best prices of its book, below 1 for none. */
export type StoredPrice = readonly [mark: number, tickedAt: number, bid: number, ask: number];

/** The event for the engine; `orders` finds an order by its number. Candles and funding are not the engine's to read. */
export function engineEvent(
  stored: Exclude<StoredEvent, { readonly type: "candle" | "funding" | "book" }>,
  orders: (id: number) => WorkingOrder,
): Exclude<EngineEvent, { readonly kind: 0 | 5 }> {
  switch (stored.type) {
    case "fill": {
      const event = new FillEvent();
      event.order = orders(stored.order);
      event.quantity = stored.quantity;
      event.price = stored.price;
      event.fee = cash(stored.fee);
      event.maker = stored.maker;
      event.withheld = stored.withheld ?? 0;
      event.time = stored.time;
      return event;
    }
    case "order": {
      const event = new OrderEvent();
      event.order = orders(stored.order);
      event.report = stored.report;
      event.time = stored.time;
      event.quantity = stored.quantity;
      event.price = stored.price;
      event.needed = stored.needed;
      event.available = stored.available;
      event.why = stored.why;
      return event;
    }
    case "command":
      return { kind: EVENT.command, command: stored.command as unknown as Command, time: stored.time };
    case "trade": {
      const event = new TradeEvent();
      event.slot = stored.slot;
      event.time = stored.time;
      event.direction = stored.direction as Direction;
      event.price = stored.price;
      event.quantity = stored.quantity;
      return event;
    }
    case "timer":
      return { kind: EVENT.timer, time: stored.time };
    case "link":
      return { kind: EVENT.connectivity, venue: stored.venue, link: stored.link, state: stored.state as "healthy", time: stored.time };
    case "trading":
      return { kind: EVENT.tradingState, enabled: stored.enabled, waits: stored.waits === true, time: stored.time };
    case "account": {
      const { time, positions, openOrders } = stored;
      return {
        kind: EVENT.account,
        time,
        ...(positions === undefined ? {} : { positions }),
        ...(openOrders === undefined ? {} : { openOrders }),
      };
    }
    case "shutdown":
      return { kind: EVENT.shutdown, time: stored.time };
  }
}

/** Cash units of their text: a number where it is exact. */
export function cash(text: string): number | bigint {
  const value = BigInt(text);
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
