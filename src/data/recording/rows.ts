import {
  type BookUpdate,
  type CandleUpdate,
  Decimal,
  type EpochMs,
  type Fill,
  type Order,
  type PublicTrade,
  type Refusal,
} from "../../core/index.js";
import type { Cell, KindRow, RecordRow } from "./kinds.js";

/** A signal of a strategy as it was recorded. */
export interface RecordedSignal {
  readonly id: string;
  readonly symbol: string;
  readonly kind: "enterLong" | "exitLong" | "enterShort" | "exitShort" | "flatten";
  readonly confidence: number;
  readonly quantity: Decimal | undefined;
  readonly stopLoss: Decimal | undefined;
  readonly takeProfit: Decimal | undefined;
  readonly time: EpochMs;
  /** Whatever else it said, as JSON text: hint, reason. */
  readonly metadata: string | undefined;
  readonly group: string | undefined;
}

/** Tesser's words for what a signal asks, and for types and states of orders. */
const SIGNAL_KIND: Readonly<Record<RecordedSignal["kind"], string>> = {
  enterLong: "enter_long",
  exitLong: "exit_long",
  enterShort: "enter_short",
  exitShort: "exit_short",
  flatten: "flatten",
};
const ORDER_TYPE: Readonly<Record<Order["type"], string>> = {
  market: "market",
  limit: "limit",
  stop: "stop_market",
  stopLimit: "stop_limit",
  takeProfit: "take_profit",
  takeProfitLimit: "take_profit_limit",
};
const STATUS: Readonly<Record<Order["status"], number>> = {
  working: 1,
  partiallyFilled: 2,
  filled: 3,
  cancelled: 4,
  rejected: 5,
  refused: 5,
};
const STATES: readonly Order["status"][] = ["working", "working", "partiallyFilled", "filled", "cancelled", "rejected"];

/** What every row ends with. */
export interface RowPlace {
  readonly session: string;
  readonly sequence: number;
}

const text = (value: Decimal | undefined): string | null => value?.toFixed() ?? null;
const sign = (side: Order["side"]): number => (side === "buy" ? 1 : -1);

/** A closed candle: of the session, or one that its strategy saw before it. */
export function candleRow(
  { symbol, interval, time, open, high, low, close, volume }: CandleUpdate,
  place: RowPlace,
  kind: "candles" | "warm_up" = "candles",
): KindRow {
  return { kind, row: { symbol, interval, open, high, low, close, volume, timestamp: time, ...place } };
}

/** A trade in the market; `received` is the wall clock's. */
export function tickRow({ symbol, price, quantity, side, time, id }: PublicTrade, received: EpochMs, place: RowPlace): KindRow {
  const row = { symbol, price, size: quantity, side: sign(side), exchange_timestamp: time, received_at: received, trade_id: id, ...place };
  return { kind: "ticks", row };
}

/** A whole book, or changed levels. */
export function bookRow({ symbol, time, kind, bids, asks }: BookUpdate, place: RowPlace): KindRow {
  return { kind: kind === "snapshot" ? "order_books" : "depth_updates", row: { timestamp: time, symbol, bids, asks, ...place } };
}

/** A signal. */
export function signalRow(signal: RecordedSignal, place: RowPlace): KindRow {
  const { id, symbol, kind, confidence, quantity, stopLoss, takeProfit, time, metadata, group } = signal;
  const row = {
    id,
    symbol,
    kind: SIGNAL_KIND[kind],
    confidence,
    quantity: text(quantity),
    stop_loss: text(stopLoss),
    take_profit: text(takeProfit),
    generated_at: time,
    metadata: metadata ?? null,
    group_id: group ?? null,
    ...place,
  };
  return { kind: "signals", row };
}

/** An order as it stands now: one row for every change. */
export function orderRow(order: Order, place: RowPlace): KindRow {
  const row = {
    id: order.id,
    symbol: order.symbol,
    side: sign(order.side),
    order_type: ORDER_TYPE[order.type],
    status: STATUS[order.status],
    time_in_force: order.timeInForce,
    quantity: order.quantity.toFixed(),
    price: text(order.price),
    trigger_price: text(order.triggerPrice),
    client_order_id: order.id,
    take_profit: null,
    stop_loss: null,
    display_quantity: null,
    filled_quantity: order.filledQuantity.toFixed(),
    avg_fill_price: null,
    created_at: order.createdAt,
    updated_at: order.updatedAt,
    role: order.role,
    state: order.status,
    reduce_only: order.reduceOnly,
    reason: order.reason === undefined ? null : JSON.stringify(order.reason),
    route: order.route ?? null,
    exit_reason: order.exitReason ?? null,
    entry_id: order.entryId ?? null,
    ...place,
  };
  return { kind: "orders", row };
}

/** A fill. */
export function fillRow(fill: Fill, place: RowPlace): KindRow {
  const row = {
    order_id: fill.orderId,
    symbol: fill.symbol,
    side: sign(fill.side),
    fill_price: fill.price.toFixed(),
    fill_quantity: fill.quantity.toFixed(),
    fee: fill.fee.toFixed(),
    timestamp: fill.time,
    id: fill.id,
    role: fill.role,
    fee_currency: fill.feeCurrency,
    liquidity: fill.liquidity,
    ...place,
  };
  return { kind: "fills", row };
}

const exact = (cell: Cell | undefined): Decimal => new Decimal(cell as string);
const maybe = (cell: Cell | undefined): Decimal | undefined => (cell === null || cell === undefined ? undefined : exact(cell));
const said = (cell: Cell | undefined): string | undefined => (cell === null ? undefined : (cell as string));
const named = <T extends string>(table: Readonly<Record<T, string>>, value: Cell | undefined, otherwise: T): T =>
  (Object.keys(table) as T[]).find((key) => table[key] === value) ?? otherwise;

/** The order of a row; one of Tesser's says neither its leg nor whether it only reduces: it counts as an entry. */
export function orderOf(row: RecordRow): Order {
  return {
    id: row.id as string,
    symbol: row.symbol as string,
    side: row.side === 1 ? "buy" : "sell",
    type: named(ORDER_TYPE, row.order_type, "market"),
    role: (said(row.role) ?? "entry") as Order["role"],
    quantity: exact(row.quantity),
    filledQuantity: exact(row.filled_quantity),
    price: maybe(row.price),
    triggerPrice: maybe(row.trigger_price),
    reduceOnly: row.reduce_only === true,
    timeInForce: (said(row.time_in_force) ?? "gtc") as Order["timeInForce"],
    status: (said(row.state) ?? STATES[row.status as number] ?? "working") as Order["status"],
    createdAt: row.created_at as number,
    updatedAt: row.updated_at as number,
    reason: row.reason === null ? undefined : (JSON.parse(row.reason as string) as Refusal),
    ...(typeof row.route === "string" ? { route: row.route } : {}),
    ...(typeof row.exit_reason === "string" ? { exitReason: row.exit_reason } : {}),
    ...(typeof row.entry_id === "string" ? { entryId: row.entry_id } : {}),
  };
}

/** The fill of a row. */
export function fillOf(row: RecordRow): Fill {
  return {
    id: said(row.id) ?? "",
    orderId: row.order_id as string,
    symbol: row.symbol as string,
    side: row.side === 1 ? "buy" : "sell",
    role: (said(row.role) ?? "entry") as Fill["role"],
    quantity: exact(row.fill_quantity),
    price: exact(row.fill_price),
    fee: maybe(row.fee) ?? new Decimal(0),
    feeCurrency: said(row.fee_currency) ?? "",
    liquidity: (said(row.liquidity) ?? "taker") as Fill["liquidity"],
    time: row.timestamp as number,
  };
}

/** The signal of a row. */
export function signalOf(row: RecordRow): RecordedSignal {
  return {
    id: row.id as string,
    symbol: row.symbol as string,
    kind: named(SIGNAL_KIND, row.kind, "flatten"),
    confidence: row.confidence as number,
    quantity: maybe(row.quantity),
    stopLoss: maybe(row.stop_loss),
    takeProfit: maybe(row.take_profit),
    time: row.generated_at as number,
    metadata: said(row.metadata),
    group: said(row.group_id),
  };
}
