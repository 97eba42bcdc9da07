import type { BookUpdate, MarketEvent, MarketTape } from "../../../core/index.js";
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

/** A trade: it sets the last price, is matched, and told. It stops between the two where matching told somebody of his orders. */
export function* applyTrade(
  feeder: Feeder,
  market: Market,
  event: Extract<MarketEvent, { type: "trade" }>,
  price: number,
  size: number,
  taker: number,
  at: MatchTime,
): Generator<void, void, void> {
  const before = told(feeder);
  market.setLast(price, size);
  market.remember(event);
  feeder.marked(market);
  for (const account of feeder.accounts()) account.poolOf(market).ticks(market).onTrade(market.slot, taker, price, size, at);
  if (told(feeder) !== before) yield;
  feeder.publish(event, market);
  feeder.publish({ type: "ticker", ...market.ticker(at.time) }, market);
}

/** How much the accounts have been told so far. */
function told(feeder: Feeder): number {
  let sum = 0;
  for (const account of feeder.accounts()) sum += account.told;
  return sum;
}

/** A level of a book message in whole units. */
type UnitLevel = readonly [side: 1 | -1, price: number, size: number];

/** The levels of a tape's book message. */
export function* tapeLevels(tape: MarketTape, index: number): Generator<UnitLevel, void, void> {
  const first = tape.start[index]!;
  const asks = first + tape.bids[index]!;
  for (let at = first; at < tape.start[index + 1]!; at++) yield [at < asks ? 1 : -1, tape.price[at]!, tape.size[at]!];
}

/** The levels of a live book message. */
export function* textLevels(market: Market, event: BookUpdate): Generator<UnitLevel, void, void> {
  for (const [price, size] of event.bids) yield [1, market.priceUnits(price), market.sizeUnits(size)];
  for (const [price, size] of event.asks) yield [-1, market.priceUnits(price), market.sizeUnits(size)];
}

/** A book message: the levels change, what they move across is filled, then it is told. It stops between the two where matching told somebody of his orders. */
export function* applyBook(
  feeder: Feeder,
  market: Market,
  event: { readonly type: "book" } & BookUpdate,
  levels: Iterable<UnitLevel>,
  at: MatchTime,
): Generator<void, void, void> {
  const { book, slot } = market;
  const before = told(feeder);
  const tickers = [...feeder.accounts()].map((account) => account.poolOf(market).ticks(market));
  if (event.kind === "snapshot") {
    book.clear();
    for (const ticks of tickers) ticks.bookReset(slot);
  }
  for (const [side, price, size] of levels) {
    book.set(side, price, size);
    for (const ticks of tickers) ticks.levelChanged(slot, side, price, size);
  }
  book.time = at.time;
  market.updates++;
  for (const ticks of tickers) ticks.onBook(slot, at);
  if (told(feeder) !== before) yield;
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
