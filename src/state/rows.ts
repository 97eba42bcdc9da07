import { Decimal, type Fill, type Order, type Position, type Refusal, type Trade } from "../core/index.js";
import type { SessionProgress } from "./records.js";

/** Orders, fills, positions and trades as flat rows of text and numbers: what SQLite stores and what a session sends between threads. */
export type Row = Readonly<Record<string, string | number | null>>;

/** Columns of each table after `session`, in the order of its rows. */
export const ORDER_COLUMNS: readonly string[] = columns(
  "id symbol side type role quantity filled_quantity price trigger_price reduce_only time_in_force status created_at updated_at reason route exit_reason entry_id",
);
export const FILL_COLUMNS: readonly string[] = columns("id order_id symbol side role quantity price fee fee_currency liquidity time");
export const POSITION_COLUMNS: readonly string[] = columns("symbol quantity average_entry mark_price unrealized_pnl realized_pnl fees");
export const TRADE_COLUMNS: readonly string[] = columns(
  "trade symbol side quantity entry_time entry_price exit_time exit_price gross_pnl fees net_pnl return bars exit_reason",
);

function columns(names: string): readonly string[] {
  return Object.freeze(names.split(" "));
}

const text = (value: Decimal | undefined): string | null => value?.toFixed() ?? null;
const exact = (value: unknown): Decimal => new Decimal(value as string);
const maybe = (value: unknown): Decimal | undefined => (value === null ? undefined : exact(value));

/** An order as a row. */
export function orderRow(order: Order): Row {
  return {
    id: order.id,
    symbol: order.symbol,
    side: order.side,
    type: order.type,
    role: order.role,
    quantity: order.quantity.toFixed(),
    filled_quantity: order.filledQuantity.toFixed(),
    price: text(order.price),
    trigger_price: text(order.triggerPrice),
    reduce_only: order.reduceOnly ? 1 : 0,
    time_in_force: order.timeInForce,
    status: order.status,
    created_at: order.createdAt,
    updated_at: order.updatedAt,
    reason: order.reason === undefined ? null : JSON.stringify(order.reason),
    route: order.route ?? null,
    exit_reason: order.exitReason ?? null,
    entry_id: order.entryId ?? null,
  };
}

/** The order of a row. */
export function orderOf(row: Row): Order {
  return {
    id: row.id as string,
    symbol: row.symbol as string,
    side: row.side as Order["side"],
    type: row.type as Order["type"],
    role: row.role as Order["role"],
    quantity: exact(row.quantity),
    filledQuantity: exact(row.filled_quantity),
    price: maybe(row.price),
    triggerPrice: maybe(row.trigger_price),
    reduceOnly: row.reduce_only === 1,
    timeInForce: row.time_in_force as Order["timeInForce"],
    status: row.status as Order["status"],
    createdAt: row.created_at as number,
    updatedAt: row.updated_at as number,
    reason: row.reason === null ? undefined : (JSON.parse(row.reason as string) as Refusal),
    // Absent from older files.
    ...(typeof row.exit_reason === "string" ? { exitReason: row.exit_reason } : {}),
    ...(typeof row.entry_id === "string" ? { entryId: row.entry_id } : {}),
    ...(typeof row.route === "string" ? { route: row.route } : {}),
  };
}

/** A fill as a row. */
export function fillRow(fill: Fill): Row {
  return {
    id: fill.id,
    order_id: fill.orderId,
    symbol: fill.symbol,
    side: fill.side,
    role: fill.role,
    quantity: fill.quantity.toFixed(),
    price: fill.price.toFixed(),
    fee: fill.fee.toFixed(),
    fee_currency: fill.feeCurrency,
    liquidity: fill.liquidity,
    time: fill.time,
  };
}

/** The fill of a row. */
export function fillOf(row: Row): Fill {
  return {
    id: row.id as string,
    orderId: row.order_id as string,
    symbol: row.symbol as string,
    side: row.side as Fill["side"],
    role: row.role as Fill["role"],
    quantity: exact(row.quantity),
    price: exact(row.price),
    fee: exact(row.fee),
    feeCurrency: row.fee_currency as string,
    liquidity: row.liquidity as Fill["liquidity"],
    time: row.time as number,
  };
}

/** A position as a row. */
export function positionRow(position: Position): Row {
  return {
    symbol: position.symbol,
    quantity: position.quantity.toFixed(),
    average_entry: text(position.averageEntry),
    mark_price: text(position.markPrice),
    unrealized_pnl: position.unrealizedPnl.toFixed(),
    realized_pnl: position.realizedPnl.toFixed(),
    fees: position.fees.toFixed(),
  };
}

/** The position of a row. */
export function positionOf(row: Row): Position {
  return {
    symbol: row.symbol as string,
    quantity: exact(row.quantity),
    averageEntry: maybe(row.average_entry),
    markPrice: maybe(row.mark_price),
    unrealizedPnl: exact(row.unrealized_pnl),
    realizedPnl: exact(row.realized_pnl),
    fees: exact(row.fees),
  };
}

/** How far a session has come, as a row. */
export function progressRow(progress: SessionProgress): Row {
  return {
    bars: progress.bars,
    market_time: progress.marketTime ?? null,
    equity: progress.equity.toFixed(),
    balance: progress.balance.toFixed(),
    fees: progress.fees.toFixed(),
    funding: progress.funding.toFixed(),
  };
}

/** A round trip as a row. */
export function tradeRow(trade: Trade): Row {
  return {
    trade: trade.index,
    symbol: trade.symbol,
    side: trade.side,
    quantity: trade.quantity.toFixed(),
    entry_time: trade.entryTime,
    entry_price: trade.entryPrice.toFixed(),
    exit_time: trade.exitTime,
    exit_price: trade.exitPrice.toFixed(),
    gross_pnl: trade.grossPnl.toFixed(),
    fees: trade.fees.toFixed(),
    net_pnl: trade.netPnl.toFixed(),
    return: trade.return,
    bars: trade.bars,
    exit_reason: trade.exitReason,
  };
}

/** The round trip of a row. */
export function tradeOf(row: Row): Trade {
  return {
    index: row.trade as number,
    symbol: row.symbol as string,
    side: row.side as Trade["side"],
    quantity: exact(row.quantity),
    entryTime: row.entry_time as number,
    entryPrice: exact(row.entry_price),
    exitTime: row.exit_time as number,
    exitPrice: exact(row.exit_price),
    grossPnl: exact(row.gross_pnl),
    fees: exact(row.fees),
    netPnl: exact(row.net_pnl),
    return: row.return as number,
    bars: row.bars as number,
    exitReason: row.exit_reason as Trade["exitReason"],
  };
}
