import { decimal } from "../../../core/index.js";
import { LabError } from "../../../errors/index.js";
import { optionalText, type Row, triggerByOf } from "../../bybit-wire/index.js";
import type { PaperAccount } from "../exchange/account.js";
import type { PaperExchange } from "../exchange/exchange.js";
import type { PaperOrder } from "../exchange/paper-order.js";
import { refused, ServerRefusal } from "./failure.js";
import { categoryOf, marketIn } from "./market-routes.js";
import { page } from "./pages.js";
import { executionRowOf, orderRowOf, positionRowOf, walletRowOf } from "./rows.js";

/** What a signed request gets. */
export interface AccountRequest {
  readonly exchange: PaperExchange;
  readonly account: PaperAccount;
  readonly query: URLSearchParams;
  readonly body: Row;
}

const ORDER_PAGE = { usual: 20, most: 50 };
const WEEK_MS = 7 * 86_400_000;

const given = (query: URLSearchParams, name: string): string | undefined => query.get(name) || undefined;

/** Orders of a query, newest first. */
function ordersOf({ exchange, account, query }: AccountRequest, all: boolean): PaperOrder[] {
  const category = categoryOf(query.get("category"));
  const symbol = given(query, "symbol");
  const settle = given(query, "settleCoin");
  const base = given(query, "baseCoin");
  const id = given(query, "orderId") ?? given(query, "orderLinkId");
  if (!all && category === "linear" && symbol === undefined && settle === undefined && base === undefined && id === undefined)
    throw new ServerRefusal(10_001, "params error: symbol, settleCoin or baseCoin is required");
  if (symbol !== undefined) marketIn(exchange, category, symbol);
  if (id !== undefined) {
    const order = account.find(id);
    return order !== undefined && order.market.category === category ? [order] : [];
  }
  const source = all ? account.all() : account.open();
  return source
    .filter(({ market }) => market.category === category && (symbol === undefined || market.symbol === symbol))
    .filter(
      ({ market: { instrument } }) =>
        (settle === undefined || instrument.settlement === settle) && (base === undefined || instrument.base === base),
    )
    .reverse();
}

function orderPage(request: AccountRequest, orders: readonly PaperOrder[]): object {
  const { rows, nextPageCursor } = page(orders, ({ id }) => id, request.query, ORDER_PAGE);
  return { category: request.query.get("category"), list: rows.map((order) => orderRowOf(order)), nextPageCursor };
}

/** Open orders, or with `openOnly=1` the last 500 that ended; an id finds both. */
function realtime(request: AccountRequest): object {
  const filter = given(request.query, "orderFilter");
  const wanted = (order: PaperOrder): boolean =>
    filter === undefined || filter === "Order" ? filter === undefined || !order.isConditional : order.isConditional;
  if (request.query.get("openOnly") === "1")
    return orderPage(
      request,
      ordersOf(request, true)
        .filter((order) => order.isFinal && wanted(order))
        .slice(0, 500),
    );
  return orderPage(request, ordersOf(request, false).filter(wanted));
}

function history(request: AccountRequest): object {
  const [from, to] = windowOf(request);
  return orderPage(
    request,
    ordersOf(request, true).filter((order) => order.isFinal && order.time >= from && order.time <= to),
  );
}

/** The time a query asks for: seven days at most, the last seven unless given. */
function windowOf({ exchange, query }: AccountRequest): [from: number, to: number] {
  const start = Number(query.get("startTime") || 0);
  const end = Number(query.get("endTime") || 0);
  if (start > 0 && end > 0 && end - start > WEEK_MS)
    throw new ServerRefusal(10_001, "The time range between startTime and endTime cannot exceed 7 days.");
  if (start > 0) return [start, end > 0 ? end : start + WEEK_MS];
  const now = exchange.clock.now();
  if (end > 0) return [end - WEEK_MS, end];
  // An id finds an order however old it is.
  return given(query, "orderId") !== undefined || given(query, "orderLinkId") !== undefined ? [0, now] : [now - WEEK_MS, Math.max(now, 0)];
}

function executions(request: AccountRequest): object {
  const { exchange, account, query } = request;
  const category = categoryOf(query.get("category"));
  const symbol = given(query, "symbol");
  if (symbol !== undefined) marketIn(exchange, category, symbol);
  const id = given(query, "orderId");
  const clientId = given(query, "orderLinkId");
  const type = given(query, "execType");
  const [from, to] = windowOf(request);
  const found = account.executions
    .map((one, index) => ({ ...one, index }))
    .filter(
      ({ execution: e, market }) =>
        market.category === category && (symbol === undefined || e.symbol === symbol) && e.time >= from && e.time <= to,
    )
    .filter(({ execution: e }) => (id === undefined || e.venueOrderId === id) && (clientId === undefined || e.clientOrderId === clientId))
    .map((one) => ({ ...one, row: executionRowOf(one.execution, one.order, one.market, one.index + 1) }))
    .filter(({ row }) => type === undefined || row.execType === type)
    .reverse();
  const { rows, nextPageCursor } = page(found, ({ index }) => index, query, { usual: 50, most: 100 });
  return { category, list: rows.map(({ row }) => row), nextPageCursor };
}

function positions({ exchange, account, query }: AccountRequest): object {
  const category = categoryOf(query.get("category"));
  if (category === "spot") throw new ServerRefusal(10_001, "params error: Category is invalid: spot");
  const symbol = given(query, "symbol");
  const settle = given(query, "settleCoin");
  if (category === "linear" && symbol === undefined && settle === undefined)
    throw new ServerRefusal(10_001, "params error: symbol or settleCoin is required");
  const markets =
    symbol !== undefined
      ? [marketIn(exchange, category, symbol)]
      : exchange.markets.filter(
          (market) =>
            market.category === category &&
            (settle === undefined || market.instrument.settlement === settle) &&
            !account.position(market).quantity.isZero(),
        );
  const numbered = markets.map((market) => ({ market, index: exchange.markets.indexOf(market) })).reverse();
  const { rows, nextPageCursor } = page(numbered, ({ index }) => index, query, { usual: 20, most: 200 });
  const now = exchange.clock.now();
  return { category, list: rows.map(({ market }) => positionRowOf(account, market, account.executions.length, now)), nextPageCursor };
}

function setLeverage({ exchange, account, body }: AccountRequest): object {
  const category = categoryOf(body.category);
  const market = marketIn(exchange, category, body.symbol);
  const wanted = number(body, "buyLeverage");
  if (!wanted.eq(number(body, "sellLeverage"))) throw new ServerRefusal(10_001, "buyLeverage and sellLeverage are equal in one-way mode.");
  if (wanted.eq(account.poolOf(market).leverage)) throw new ServerRefusal(110_043, "Set leverage has not been modified.");
  const done = account.setLeverage(market.symbol, wanted, category);
  if (!done.ok) throw refused(done);
  return {};
}

function number(body: Row, name: string): ReturnType<typeof decimal> {
  try {
    return decimal(optionalText(body, name) ?? "", name);
  } catch (error) {
    if (error instanceof LabError) throw new ServerRefusal(10_001, `params error: ${error.message}`);
    throw error;
  }
}

/** One-way is the only mode there is. */
function switchMode({ body }: AccountRequest): object {
  categoryOf(body.category);
  if (Number(body.mode) === 0) throw new ServerRefusal(110_025, "Position mode is not modified");
  throw new ServerRefusal(10_001, "The paper exchange has one-way mode only.");
}

function tradingStop({ exchange, account, body }: AccountRequest): object {
  const market = marketIn(exchange, categoryOf(body.category), body.symbol);
  if (Number(body.positionIdx ?? 0) !== 0) throw new ServerRefusal(10_001, "position idx not match position mode");
  if (body.tpslMode !== undefined && body.tpslMode !== "Full")
    throw new ServerRefusal(10_001, "The paper exchange protects whole positions: tpslMode Full.");
  const price = (name: string): ReturnType<typeof decimal> | undefined =>
    optionalText(body, name) === undefined ? undefined : number(body, name);
  const done = account.protections.change(market, {
    takeProfit: price("takeProfit"),
    stopLoss: price("stopLoss"),
    triggerBy: triggerByOf(body.tpTriggerBy ?? body.slTriggerBy),
  });
  if (!done.ok) throw refused(done);
  return {};
}

function feeRate({ exchange, query }: AccountRequest): object {
  const category = categoryOf(query.get("category"));
  const symbol = given(query, "symbol");
  const { maker, taker } = exchange.settings.fees[category];
  const text = ({ num, den }: { num: number; den: number }): string => decimal(num).div(den).toFixed();
  const markets = exchange.markets.filter((one) => one.category === category && (symbol === undefined || one.symbol === symbol));
  return {
    category,
    list: markets.map((one) => ({ symbol: one.symbol, baseCoin: "", takerFeeRate: text(taker), makerFeeRate: text(maker) })),
  };
}

/** Signed requests that are not about creating, amending or cancelling orders, by method and path. */
export const ACCOUNT_ROUTES: Readonly<Record<string, (request: AccountRequest) => object>> = {
  "GET /v5/order/realtime": realtime,
  "GET /v5/order/history": history,
  "GET /v5/execution/list": executions,
  "GET /v5/position/list": positions,
  "POST /v5/position/set-leverage": setLeverage,
  "POST /v5/position/switch-mode": switchMode,
  "POST /v5/position/trading-stop": tradingStop,
  "GET /v5/account/wallet-balance": ({ account, query }) => ({ list: [walletRowOf(account, given(query, "coin"))] }),
  "GET /v5/account/fee-rate": feeRate,
  "GET /v5/account/info": () => ({
    marginMode: "REGULAR_MARGIN",
    unifiedMarginStatus: 6,
    isMasterTrader: false,
    spotHedgingStatus: "OFF",
    updatedTime: "0",
    dcpStatus: "OFF",
    timeWindow: 0,
    smpGroup: 0,
  }),
};
