import { Decimal, type InstrumentKind, intervalMs } from "../../../core/index.js";
import { instrumentRow, intervalOf, klineRow, type Row, wireInterval, wireSide } from "../../bybit-wire/index.js";
import type { PaperExchange } from "../exchange/exchange.js";
import type { Market } from "../exchange/market.js";
import { ServerRefusal } from "./failure.js";
import { page } from "./pages.js";

/** What a public request gets: the exchange and the query. */
export interface PublicRequest {
  readonly exchange: PaperExchange;
  readonly query: URLSearchParams;
  /** Wall time, epoch milliseconds. */
  readonly now: number;
}

/** The category a request names. @throws ServerRefusal 10001. */
export function categoryOf(value: unknown): InstrumentKind {
  if (value === "linear" || value === "spot" || value === "inverse") return value;
  throw new ServerRefusal(10_001, `params error: Category is invalid: ${String(value ?? "")}`);
}

/** The market a request names. @throws ServerRefusal 10001. */
export function marketIn(exchange: PaperExchange, category: InstrumentKind, symbol: unknown): Market {
  const found = exchange.markets.find((one) => one.category === category && one.symbol === symbol);
  if (found === undefined) throw new ServerRefusal(10_001, `params error: symbol invalid ${String(symbol ?? "")}`);
  return found;
}

function count(query: URLSearchParams, usual: number, most: number): number {
  const given = query.get("limit");
  if (given === null || given === "") return usual;
  const limit = Number(given);
  if (!Number.isInteger(limit) || limit < 1) throw new ServerRefusal(10_001, `limit must be a whole number from 1 to ${most}.`);
  return Math.min(limit, most);
}

/** Closed candles, newest first. Nobody recorded what they turned over: it is reckoned at the candle's mean price. */
function kline({ exchange, query }: PublicRequest): object {
  const category = categoryOf(query.get("category") ?? "linear");
  const market = marketIn(exchange, category, query.get("symbol"));
  const interval = intervalOf(query.get("interval") ?? "");
  if (interval === undefined) throw new ServerRefusal(10_001, "Invalid interval");
  const { series } = market;
  const limit = count(query, 200, 1000);
  const list: string[][] = [];
  if (series !== undefined && series.intervalMs === intervalMs(interval)) {
    const start = Number(query.get("start") || 0);
    const end = Number(query.get("end") || Number.MAX_SAFE_INTEGER);
    // Of an open range Bybit gives what follows the start where one is given, else the latest.
    let last = Math.min(series.indexAt(end + 1), market.closed) - 1;
    const first = series.indexAt(start);
    if (query.get("start") && !query.get("end")) last = Math.min(last, first + limit - 1);
    for (let bar = last; bar >= first && list.length < limit; bar--) list.push(klineRow(market.candle(bar), turnover(market, bar)));
  }
  return { category, symbol: market.symbol, list };
}

/** Volume x mean price; of an inverse contract volume / mean price. */
export function turnover(market: Market, bar: number): string {
  const { open, high, low, close, volume } = market.candle(bar);
  const mean = Decimal.sum(open, high, low, close).div(4);
  return (market.category === "inverse" ? new Decimal(volume).div(mean) : mean.times(volume)).toDecimalPlaces(8).toFixed();
}

function instrumentsInfo({ exchange, query }: PublicRequest): object {
  const category = categoryOf(query.get("category"));
  const symbol = query.get("symbol");
  const found = exchange.markets
    .map((market, index) => ({ market, index }))
    .filter(({ market }) => market.category === category && (!symbol || market.symbol === symbol))
    .reverse();
  const { rows, nextPageCursor } = page(found, ({ index }) => index, query, { usual: 500, most: 1000 });
  return { category, list: rows.map(({ market }) => instrumentRow(market.instrument)), ...(category !== "spot" && { nextPageCursor }) };
}

/** A ticker as Bybit writes it; what is not known is "". */
export function tickerRow(market: Market, time: number): Row {
  const { last, mark, index, bid, ask, fundingRate, nextFundingTime } = market.ticker(time);
  const size = (side: 1 | -1): string => market.levels(1)[side > 0 ? "bids" : "asks"][0]?.[1] ?? "";
  const common = {
    symbol: market.symbol,
    lastPrice: last ?? "",
    bid1Price: bid ?? "",
    bid1Size: size(1),
    ask1Price: ask ?? "",
    ask1Size: size(-1),
    prevPrice24h: "",
    price24hPcnt: "",
    highPrice24h: "",
    lowPrice24h: "",
    turnover24h: "",
    volume24h: "",
  };
  if (market.category === "spot") return { ...common, usdIndexPrice: "" };
  return {
    ...common,
    markPrice: mark ?? "",
    indexPrice: index ?? "",
    prevPrice1h: "",
    openInterest: "",
    openInterestValue: "",
    fundingRate: fundingRate ?? "",
    nextFundingTime: nextFundingTime === undefined ? "0" : String(nextFundingTime),
    fundingIntervalHour: "8",
  };
}

function tickers({ exchange, query }: PublicRequest): object {
  const category = categoryOf(query.get("category"));
  const symbol = query.get("symbol");
  const list = symbol
    ? [marketIn(exchange, category, symbol)]
    : exchange.markets.filter((one) => one.category === category && one.last > 0);
  return { category, list: list.map((market) => tickerRow(market, exchange.clock.now())) };
}

function orderbook({ exchange, query }: PublicRequest): object {
  const category = categoryOf(query.get("category"));
  const market = marketIn(exchange, category, query.get("symbol"));
  const { bids, asks } = market.levels(count(query, category === "spot" ? 1 : 25, 1000));
  const ts = exchange.clock.now();
  return { s: market.symbol, b: bids, a: asks, ts, u: market.updates, seq: market.updates, cts: ts };
}

function recentTrade({ exchange, query }: PublicRequest): object {
  const category = categoryOf(query.get("category"));
  const market = marketIn(exchange, category, query.get("symbol"));
  const limit = count(query, category === "spot" ? 60 : 500, category === "spot" ? 60 : 1000);
  const list = market.trades
    .slice(-limit)
    .reverse()
    .map((trade) => ({
      execId: trade.id,
      symbol: market.symbol,
      price: trade.price,
      size: trade.quantity,
      side: wireSide(trade.side),
      time: String(trade.time),
      isBlockTrade: false,
      isRPITrade: false,
      seq: trade.id,
    }));
  return { category, list };
}

function time({ now }: PublicRequest): object {
  return { timeSecond: String(Math.floor(now / 1000)), timeNano: `${now}000000` };
}

/** Requests without a key, by path. */
export const PUBLIC_ROUTES: Readonly<Record<string, (request: PublicRequest) => object>> = {
  "/v5/market/time": time,
  "/v5/market/kline": kline,
  "/v5/market/instruments-info": instrumentsInfo,
  "/v5/market/tickers": tickers,
  "/v5/market/orderbook": orderbook,
  "/v5/market/recent-trade": recentTrade,
};

/** Names of intervals as the wire has them, undefined where it has none. */
export function wireIntervalOf(interval: string): string | undefined {
  try {
    return wireInterval(interval);
  } catch {
    return undefined;
  }
}
