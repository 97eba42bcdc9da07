import type { EpochMs, LinkState, OrderBook, WorkingOrder } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { Command } from "./commands.js";
import {
  type EngineEvent,
  EVENT,
  FillEvent,
  type HeldPosition,
  type LiquidationEvent,
  OrderEvent,
  REPORT_NAMES,
  TradeEvent,
} from "./events.js";

/** Cash units in JSON: a number while it is exact, else text. */
type Money = number | string;
type Level = readonly [price: number, size: number];

/** An event as plain JSON, whole units: what audits and journals hold. Orders stand by their number. */
export type EventRecord =
  | { type: "candle"; slot: number; time: EpochMs; open: number; high: number; low: number; close: number; volume: number }
  | { type: "trade"; slot: number; time: EpochMs; direction: 1 | -1; price: number; quantity: number }
  | { type: "book"; slot: number; time: EpochMs; bids: readonly Level[]; asks: readonly Level[] }
  | { type: "fill"; order: number; time: EpochMs; quantity: number; price: number; fee: Money; maker: boolean; withheld?: number }
  | {
      type: "order";
      order: number;
      time: EpochMs;
      report: (typeof REPORT_NAMES)[number];
      needed: number;
      available: number;
      quantity: number;
      price: number;
      why: string;
    }
  | { type: "command"; command: Command; time?: EpochMs }
  | { type: "timer"; time: EpochMs }
  | { type: "connectivity"; venue: string; link: "market" | "account"; state: LinkState; time: EpochMs; reason?: string }
  | { type: "tradingState"; enabled: boolean; waits?: true; time?: EpochMs }
  | {
      type: "account";
      venue?: string;
      time: EpochMs;
      positions?: readonly HeldPosition[];
      openOrders?: readonly number[];
    }
  | {
      type: "liquidation";
      slot: number;
      cause?: NonNullable<LiquidationEvent["cause"]>;
      quantity: number;
      price: number;
      fee: Money;
      time: EpochMs;
    }
  | { type: "funding"; slot: number; amount: Money; time: EpochMs }
  | { type: "shutdown"; time?: EpochMs };

const money = (units: number | bigint): Money => (typeof units === "bigint" ? units.toString() : units);
const units = (value: Money): number | bigint => (typeof value === "string" ? BigInt(value) : value);

/** An event as plain JSON. A command with Decimals in it keeps their text. */
export function eventRecord(event: EngineEvent): EventRecord {
  switch (event.kind) {
    case EVENT.candle: {
      const { slot, time, openUnits, highUnits, lowUnits, closeUnits, volumeUnits } = event.bar;
      return { type: "candle", slot, time, open: openUnits, high: highUnits, low: lowUnits, close: closeUnits, volume: volumeUnits };
    }
    case EVENT.trade: {
      const { slot, time, direction, price, quantity } = event;
      return { type: "trade", slot, time, direction, price, quantity };
    }
    case EVENT.book:
      return { type: "book", slot: event.slot, time: event.time, bids: levels(event.book, 1), asks: levels(event.book, -1) };
    case EVENT.fill: {
      const { order, time, quantity, price, fee, maker, withheld } = event;
      const less = withheld === 0 ? {} : { withheld };
      return { type: "fill", order: order.id, time, quantity, price, fee: money(fee), maker, ...less };
    }
    case EVENT.order: {
      const { order, time, report, needed, available, quantity, price, why } = event;
      return { type: "order", order: order.id, time, report: REPORT_NAMES[report]!, needed, available, quantity, price, why };
    }
    case EVENT.command:
      return plain({ type: "command", command: event.command, ...timeOf(event.time) });
    case EVENT.timer:
      return { type: "timer", time: event.time };
    case EVENT.connectivity: {
      const { kind, ...rest } = event;
      return { type: "connectivity", ...rest };
    }
    case EVENT.tradingState:
      return { type: "tradingState", enabled: event.enabled, ...(event.waits === true ? { waits: true } : {}), ...timeOf(event.time) };
    case EVENT.account: {
      const { kind, ...rest } = event;
      return plain({ type: "account", ...rest });
    }
    case EVENT.liquidation: {
      const { kind, fee, ...rest } = event;
      return { type: "liquidation", ...rest, fee: money(fee) };
    }
    case EVENT.funding:
      return { type: "funding", slot: event.slot, amount: money(event.amount), time: event.time };
    case EVENT.shutdown:
      return { type: "shutdown", ...timeOf(event.time) };
  }
}

function levels(book: OrderBook, side: 1 | -1): Level[] {
  return Array.from({ length: book.depth(side) }, (_, i) => [book.priceAt(side, i), book.sizeAt(side, i)]);
}

const timeOf = (time: EpochMs | undefined): { time?: EpochMs } => (time === undefined ? {} : { time });

/** Decimals become text, absent stays absent. */
function plain<T extends EventRecord>(record: T): T {
  return JSON.parse(JSON.stringify(record)) as T;
}

/** What an event read back from its record is about. */
export interface EventWorld {
  /** An order by its number. */
  order(id: number): WorkingOrder | undefined;
  /** The book of an instrument, which takes the levels of the record. */
  book(slot: number): OrderBook;
  /** Appends a candle to an instrument's series and moves its bar view there. */
  candle(record: Extract<EventRecord, { type: "candle" }>): EngineEvent;
}

/** The event of a record. @throws LabError `ORDER_UNKNOWN` for an order the world does not have. */
export function eventOf(record: EventRecord, world: EventWorld): EngineEvent {
  const known = (id: number): WorkingOrder => {
    const order = world.order(id);
    if (order === undefined)
      throw new LabError("ORDER_UNKNOWN", `The journal speaks of order ${id}, which was never made.`, { details: { id } });
    return order;
  };
  switch (record.type) {
    case "candle":
      return world.candle(record);
    case "trade": {
      const { type, ...rest } = record;
      return Object.assign(new TradeEvent(), rest);
    }
    case "book": {
      const book = world.book(record.slot);
      book.clear();
      for (const [price, size] of record.bids) book.set(1, price, size);
      for (const [price, size] of record.asks) book.set(-1, price, size);
      book.time = record.time;
      return { kind: EVENT.book, slot: record.slot, time: record.time, book };
    }
    case "fill": {
      const { type, order, fee, ...rest } = record;
      return Object.assign(new FillEvent(), rest, { order: known(order), fee: units(fee) });
    }
    case "order": {
      const { type, order, report, ...rest } = record;
      return Object.assign(new OrderEvent(), rest, { order: known(order), report: REPORT_NAMES.indexOf(report) });
    }
    case "liquidation": {
      const { type, fee, ...rest } = record;
      return { kind: EVENT.liquidation, ...rest, fee: units(fee) };
    }
    case "funding":
      return { kind: EVENT.funding, slot: record.slot, amount: units(record.amount), time: record.time };
    default: {
      const { type, ...rest } = record;
      return { kind: EVENT[type], ...rest } as EngineEvent;
    }
  }
}
