import { type Decimal, type DecimalInput, decimal, type EpochMs, type Order, type OrderRole } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { StoredBalance, StoredOrder, StoredPosition } from "./records.js";

/** Which Tesser wrote a payload: numbers and one cash figure (R), exact text and balances (S), and sub-accounts by venue (H). */
export type TesserEra = "R" | "S" | "H";

/** One venue's part of the portfolio, in payloads of era H. */
export interface TesserSubAccount {
  readonly exchange: string;
  readonly positions: readonly StoredPosition[];
  readonly balances: readonly StoredBalance[];
}

/** The figures of Tesser's portfolio as it stored them. */
export interface TesserPortfolio {
  readonly reportingCurrency: string;
  readonly initialEquity: Decimal;
  readonly peakEquity: Decimal;
  /** Largest fall from the peak before only reducing orders pass, as a fraction; undefined when off. */
  readonly drawdownLimit: Decimal | undefined;
  readonly liquidateOnly: boolean;
}

/** Tesser's live state, read exactly. */
export interface TesserPayload {
  readonly era: TesserEra;
  /** Undefined when Tesser stored none. */
  readonly portfolio: TesserPortfolio | undefined;
  readonly positions: readonly StoredPosition[];
  readonly balances: readonly StoredBalance[];
  readonly subAccounts: readonly TesserSubAccount[];
  readonly orders: readonly StoredOrder[];
  readonly lastPrices: ReadonlyMap<string, Decimal>;
  /** Open time of the last candle. */
  readonly marketTime: EpochMs | undefined;
  readonly strategyState: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const STATUS: Readonly<Record<string, Order["status"]>> = {
  PendingNew: "working",
  Accepted: "working",
  PartiallyFilled: "partiallyFilled",
  Filled: "filled",
  Canceled: "cancelled",
  Rejected: "rejected",
};
const TYPE: Readonly<Record<string, Order["type"]>> = { Market: "market", Limit: "limit", StopMarket: "stop" };
const TIME_IN_FORCE: Readonly<Record<string, Order["timeInForce"]>> = {
  GoodTilCanceled: "gtc",
  ImmediateOrCancel: "ioc",
  FillOrKill: "fok",
};
const SIDE: Readonly<Record<string, Order["side"]>> = { Buy: "buy", Sell: "sell" };

function invalid(where: string, expected: string, value: unknown): LabError {
  return new LabError("STATE_PAYLOAD", `Tesser state: ${where} must be ${expected}, got ${JSON.stringify(value) ?? "nothing"}.`, {
    details: { where, value },
  });
}

function fields(value: unknown, where: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(where, "an object", value);
  return value as Fields;
}

function entries(value: unknown, where: string): [string, Fields][] {
  return Object.entries(fields(value ?? {}, where)).map(([key, entry]) => [key, fields(entry, `${where}.${key}`)]);
}

function exact(value: unknown, where: string): Decimal {
  if (typeof value !== "string" && typeof value !== "number") throw invalid(where, "a decimal", value);
  return decimal(value as DecimalInput, `Tesser state: ${where}`);
}

function maybe(value: unknown, where: string): Decimal | undefined {
  return value === null || value === undefined ? undefined : exact(value, where);
}

function oneOf<T>(names: Readonly<Record<string, T>>, value: unknown, where: string): T {
  const found = typeof value === "string" ? names[value] : undefined;
  if (found === undefined) throw invalid(where, `one of ${Object.keys(names).join(", ")}`, value);
  return found;
}

function text(value: unknown, where: string): string {
  if (typeof value !== "string") throw invalid(where, "a text", value);
  return value;
}

/** RFC 3339 with up to nanoseconds; whole milliseconds are kept. */
function time(value: unknown, where: string): EpochMs {
  const ms = Date.parse(text(value, where));
  if (!Number.isFinite(ms)) throw invalid(where, "an RFC 3339 time", value);
  return ms;
}

function positionsOf(value: unknown, where: string, prices: ReadonlyMap<string, Decimal>): StoredPosition[] {
  return entries(value, where).map(([symbol, position]) => {
    const at = `${where}.${symbol}`;
    const size = exact(position.quantity, `${at}.quantity`);
    const short = position.side !== null && position.side !== undefined && oneOf(SIDE, position.side, `${at}.side`) === "sell";
    return {
      symbol,
      quantity: short ? size.neg() : size,
      averageEntry: maybe(position.entry_price, `${at}.entry_price`),
      markPrice: prices.get(symbol),
      unrealizedPnl: exact(position.unrealized_pnl, `${at}.unrealized_pnl`),
      realizedPnl: undefined,
      fees: undefined,
    };
  });
}

function balancesOf(value: unknown, where: string): StoredBalance[] {
  return entries(value, where).map(([currency, cash]) => ({
    currency,
    quantity: exact(cash.quantity, `${where}.${currency}.quantity`),
    rate: exact(cash.conversion_rate, `${where}.${currency}.conversion_rate`),
  }));
}

/** Tesser tells protective legs by the end of the client order id, and stores nothing else of an order's purpose. */
function roleOf(clientId: unknown): OrderRole | undefined {
  if (typeof clientId !== "string") return undefined;
  return clientId.endsWith("-sl") ? "stopLoss" : clientId.endsWith("-tp") ? "takeProfit" : undefined;
}

function orderOf(value: unknown, index: number): StoredOrder {
  const where = `open_orders[${index}]`;
  const order = fields(value, where);
  const request = fields(order.request, `${where}.request`);
  return {
    id: text(order.id, `${where}.id`),
    symbol: text(request.symbol, `${where}.request.symbol`),
    side: oneOf(SIDE, request.side, `${where}.request.side`),
    type: oneOf(TYPE, request.order_type, `${where}.request.order_type`),
    role: roleOf(request.client_order_id),
    quantity: exact(request.quantity, `${where}.request.quantity`),
    filledQuantity: exact(order.filled_quantity, `${where}.filled_quantity`),
    price: maybe(request.price, `${where}.request.price`),
    triggerPrice: maybe(request.trigger_price, `${where}.request.trigger_price`),
    reduceOnly: undefined,
    timeInForce: request.time_in_force == null ? "gtc" : oneOf(TIME_IN_FORCE, request.time_in_force, `${where}.request.time_in_force`),
    status: oneOf(STATUS, order.status, `${where}.status`),
    createdAt: time(order.created_at, `${where}.created_at`),
    updatedAt: time(order.updated_at, `${where}.updated_at`),
    reason: undefined,
  };
}

/**
 * Reads the JSON of Tesser's `state` table, of any era.
 * @throws LabError `STATE_PAYLOAD` naming the field that is missing or malformed.
 */
export function parseTesserPayload(json: string): TesserPayload {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw new LabError("STATE_PAYLOAD", "Tesser state: the payload is not JSON.", { cause });
  }
  const state = fields(parsed, "payload");
  const lastPrices = new Map(
    Object.entries(fields(state.last_prices ?? {}, "last_prices")).map(([symbol, price]) => [
      symbol,
      exact(price, `last_prices.${symbol}`),
    ]),
  );
  const portfolio = state.portfolio == null ? undefined : fields(state.portfolio, "portfolio");
  const era: TesserEra =
    portfolio?.sub_accounts !== undefined || state.execution_checkpoint !== undefined
      ? "H"
      : portfolio?.balances !== undefined
        ? "S"
        : portfolio?.cash !== undefined
          ? "R"
          : "S";
  const orders = state.open_orders ?? [];
  if (!Array.isArray(orders)) throw invalid("open_orders", "a list", orders);
  return {
    era,
    portfolio: portfolio === undefined ? undefined : portfolioOf(portfolio, era),
    positions: positionsOf(portfolio?.positions, "portfolio.positions", lastPrices),
    balances: era === "R" && portfolio !== undefined ? cashOf(portfolio) : balancesOf(portfolio?.balances, "portfolio.balances"),
    subAccounts: entries(portfolio?.sub_accounts, "portfolio.sub_accounts").map(([exchange, account]) => ({
      exchange,
      positions: positionsOf(account.positions, `portfolio.sub_accounts.${exchange}.positions`, lastPrices),
      balances: balancesOf(account.balances, `portfolio.sub_accounts.${exchange}.balances`),
    })),
    orders: orders.map(orderOf),
    lastPrices,
    marketTime: state.last_candle_ts == null ? undefined : time(state.last_candle_ts, "last_candle_ts"),
    strategyState: state.strategy_state ?? null,
  };
}

/** Era R knew one currency and did not name it. */
const R_CURRENCY = "USDT";

function cashOf(portfolio: Fields): StoredBalance[] {
  return [{ currency: R_CURRENCY, quantity: exact(portfolio.cash, "portfolio.cash"), rate: decimal(1) }];
}

function portfolioOf(portfolio: Fields, era: TesserEra): TesserPortfolio {
  return {
    reportingCurrency: era === "R" ? R_CURRENCY : text(portfolio.reporting_currency, "portfolio.reporting_currency"),
    initialEquity: exact(portfolio.initial_equity, "portfolio.initial_equity"),
    peakEquity: exact(portfolio.peak_equity, "portfolio.peak_equity"),
    drawdownLimit: maybe(portfolio.drawdown_limit, "portfolio.drawdown_limit"),
    liquidateOnly: portfolio.liquidate_only === true,
  };
}
