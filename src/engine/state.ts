import { fromUnits, ROLE_NAMES, STATUS, TIF_NAMES, TYPE_NAMES, type WorkingOrder } from "../core/index.js";
import type { Engine } from "./engine.js";
import type { VenueLinks } from "./links.js";

const STATES = ["pending", "working", "partiallyFilled", "cancelling", "filled", "cancelled", "rejected", "refused"] as const;

/** An order of an engine as plain JSON, exact text. `pending` is on its way to its venue, `cancelling` has a cancel on its way. */
export interface OrderState {
  readonly id: string;
  readonly strategy: string;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly type: (typeof TYPE_NAMES)[number];
  readonly role: (typeof ROLE_NAMES)[number];
  readonly status: (typeof STATES)[number];
  readonly quantity: string;
  readonly filled: string;
  /** Limit price, of a conditional order the trigger; absent for a market order. */
  readonly price?: string;
  /** Limit price that a conditional order has once triggered. */
  readonly limit?: string;
  readonly triggered: boolean;
  readonly reduceOnly: boolean;
  readonly postOnly: boolean;
  readonly timeInForce: (typeof TIF_NAMES)[number];
  /** Quantity an amend on its way asks for. */
  readonly amending?: string;
  readonly time: number;
  readonly reason: string;
  readonly group: string;
  /** For a protective leg: the entry it protects. */
  readonly parent?: string;
}

/** A position of the account as plain JSON, exact text. */
export interface PositionState {
  readonly quantity: string;
  readonly averageEntry: string | null;
  readonly mark: string | null;
  readonly unrealizedPnl: string;
  readonly realizedPnl: string;
  readonly fees: string;
}

/** What an engine knows and has under way, as plain JSON: by name, so that a change is a few entries. */
export interface EngineState {
  readonly trading: { readonly enabled: boolean; readonly liquidateOnly: boolean; readonly shutdown: boolean };
  readonly account: { readonly balance: string; readonly equity: string; readonly fees: string; readonly funding: string };
  /** By symbol; by `venue:symbol` where a symbol trades at several venues, as everywhere below. */
  readonly positions: Readonly<Record<string, PositionState>>;
  /** Signed position of each strategy, by `<strategy> <symbol>`. */
  readonly strategies: Readonly<Record<string, string>>;
  /** Orders that are not final, by id. */
  readonly orders: Readonly<Record<string, OrderState>>;
  /** By venue. */
  readonly links: Readonly<Record<string, VenueLinks>>;
}

/** An order as plain JSON. */
export function orderState(engine: Engine, order: WorkingOrder): OrderState {
  const { name, priceDp, quantityDp } = engine.portfolio.instruments[order.slot]!;
  const price = (units: number): string => fromUnits(units, priceDp).toFixed();
  const quantity = (units: number): string => fromUnits(Math.max(0, units), quantityDp).toFixed();
  return {
    id: String(order.id),
    strategy: engine.seats.all[order.strategy]!.id,
    symbol: name,
    side: order.direction > 0 ? "buy" : "sell",
    type: TYPE_NAMES[order.type]!,
    role: ROLE_NAMES[order.role]!,
    status: STATES[order.status]!,
    quantity: quantity(order.quantity),
    filled: quantity(order.filled),
    ...(order.price > 0 ? { price: price(order.price) } : {}),
    ...(order.limit > 0 ? { limit: price(order.limit) } : {}),
    triggered: order.triggered,
    reduceOnly: order.reduceOnly,
    postOnly: order.postOnly,
    timeInForce: TIF_NAMES[order.timeInForce]!,
    ...(order.amending > 0 ? { amending: quantity(order.amending) } : {}),
    time: order.time,
    reason: order.reason,
    group: order.group,
    ...(order.parent === null ? {} : { parent: String(order.parent.id) }),
  };
}

/** The state of an engine at this moment, marked at the last prices. */
export function engineState(engine: Engine): EngineState {
  engine.refresh();
  const { portfolio, orders, seats } = engine;
  const positions: Record<string, PositionState> = {};
  const strategies: Record<string, string> = {};
  const open: Record<string, OrderState> = {};
  for (let slot = 0; slot < portfolio.instruments.length; slot++) {
    const { symbol, quantity, averageEntry, markPrice, unrealizedPnl, realizedPnl, fees } = portfolio.position(slot);
    positions[symbol] = {
      quantity: quantity.toFixed(),
      averageEntry: averageEntry?.toFixed() ?? null,
      mark: markPrice?.toFixed() ?? null,
      unrealizedPnl: unrealizedPnl.toFixed(),
      realizedPnl: realizedPnl.toFixed(),
      fees: fees.toFixed(),
    };
  }
  for (const desk of orders.desks) {
    const { name, quantityDp } = portfolio.instruments[desk.slot]!;
    strategies[`${seats.all[desk.strategy]!.id} ${name}`] = fromUnits(desk.held, quantityDp).toFixed();
  }
  for (const order of orders.open()) if (order.status < STATUS.filled) open[order.id] = orderState(engine, order);
  return {
    trading: { enabled: orders.tradingEnabled, liquidateOnly: orders.liquidateOnly, shutdown: engine.isShutdown },
    account: {
      balance: portfolio.balance().toFixed(),
      equity: portfolio.equity().toFixed(),
      fees: portfolio.totalFees().toFixed(),
      funding: portfolio.totalFunding().toFixed(),
    },
    positions,
    strategies,
    orders: open,
    links: Object.fromEntries([...engine.links.all()].map(([venue, links]) => [venue, { ...links }])),
  };
}
