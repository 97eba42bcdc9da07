import type { MarketEvent } from "../../../core/index.js";
import type { MatchTime } from "../settings.js";
import type { PaperAccount } from "./account.js";
import type { Market } from "./market.js";

/** What feeding a market needs of the exchange. */
export interface Feeder {
  accounts(): Iterable<PaperAccount>;
  publish(event: MarketEvent, market: Market): void;
  /** Positions are valued at the market's mark from now on. */
  marked(market: Market): void;
}

/** A trade: it sets the last price, is matched, and told. */
export function applyTrade(
  feeder: Feeder,
  market: Market,
  event: Extract<MarketEvent, { type: "trade" }>,
  price: number,
  size: number,
  taker: number,
  at: MatchTime,
): void {
  market.setLast(price, size);
  market.remember(event);
  feeder.marked(market);
  for (const account of feeder.accounts()) account.poolOf(market).ticks(market).onTrade(market.slot, taker, price, size, at);
  feeder.publish(event, market);
  feeder.publish({ type: "ticker", ...market.ticker(at.time) }, market);
}

/** A book message: the levels change, then what they move across is filled. */
export function applyBook(feeder: Feeder, market: Market, event: Extract<MarketEvent, { type: "book" }>, at: MatchTime): void {
  const { book, slot } = market;
  const tickers = [...feeder.accounts()].map((account) => account.poolOf(market).ticks(market));
  if (event.kind === "snapshot") {
    book.clear();
    for (const ticks of tickers) ticks.bookReset(slot);
  }
  for (const [side, levels] of [
    [1, event.bids],
    [-1, event.asks],
  ] as const)
    for (const [price, size] of levels) {
      const units = market.priceUnits(price);
      const quantity = market.sizeUnits(size);
      book.set(side, units, quantity);
      for (const ticks of tickers) ticks.levelChanged(slot, side, units, quantity);
    }
  book.time = at.time;
  market.updates++;
  for (const ticks of tickers) ticks.onBook(slot, at);
  feeder.publish(event, market);
}

/** Prices of a live ticker: the mark price triggers and values. */
export function applyTicker(feeder: Feeder, market: Market, event: Extract<MarketEvent, { type: "ticker" }>, at: MatchTime): void {
  if (event.mark !== undefined) {
    market.hasMark = true;
    market.mark = market.priceUnits(event.mark);
    feeder.marked(market);
    for (const account of feeder.accounts()) account.poolOf(market).ticks(market).onMark(market.slot, at);
  }
  if (event.last !== undefined && market.last === 0) market.setLast(market.priceUnits(event.last), 0);
  feeder.publish(event, market);
}
