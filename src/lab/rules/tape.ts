import { type MarketTape, OrderBook, TAPE, timeText } from "../../core/index.js";
import { describeData, LoadedTape } from "../../data/index.js";
import { type MimeBundle, type Table, table } from "../../display/index.js";
import { section } from "./section.js";

/** Levels of each side that are shown. */
const DEPTH = 5;

function describe(tape: MarketTape): readonly string[] {
  if (tape instanceof LoadedTape) return describeData(tape.report);
  return [...(tape.source.synthetic ? ["SYNTHETIC DATA: made by a generator, not by a market"] : []), `${tape} (${tape.source.name})`];
}

/** What happened, a line each: a trade, or how many levels of a book. */
function eventTable(tape: MarketTape, indices: readonly number[]): Table {
  return table(
    indices.map((index) => {
      const event = tape.at(index)!;
      const time = timeText(tape.time[index]!);
      if (event.type === "trade") return { time, event: `trade, taker ${event.side}s`, price: event.price, size: event.quantity };
      const levels = tape.start[index + 1]! - tape.start[index]!;
      const what = tape.kind[index] === TAPE.snapshot ? "whole book" : "change";
      return { time, event: `${what} of ${levels} ${levels === 1 ? "level" : "levels"}`, price: "", size: "" };
    }),
    { align: { price: "right", size: "right" } },
  );
}

/** The best levels after the last event. */
function bookTable(tape: MarketTape): Table {
  const book = new OrderBook(tape.symbol, tape.priceDp, tape.quantityDp);
  for (let i = 0; i < tape.length; i++) tape.apply(i, book);
  const [bids, asks] = [book.bids(DEPTH), book.asks(DEPTH)];
  const text = (value: number | undefined, dp: number): string => value?.toFixed(dp) ?? "";
  return table(
    Array.from({ length: Math.max(bids.length, asks.length) }, (_, level) => ({
      bidSize: text(bids[level]?.size, tape.quantityDp),
      bid: text(bids[level]?.price, tape.priceDp),
      ask: text(asks[level]?.price, tape.priceDp),
      askSize: text(asks[level]?.size, tape.quantityDp),
    })),
    { align: { bidSize: "right", bid: "right", ask: "right", askSize: "right" } },
  );
}

/** What a tape says of itself in a console. */
export function tapeText(tape: MarketTape): string {
  return describe(tape).join("\n");
}

/** A tape in a notebook: what was read and what was wrong with it, its first and last events, and the book they leave. */
export function tapeBundle(tape: MarketTape): Promise<MimeBundle> {
  const [title = "", ...lines] = describe(tape);
  if (tape.length === 0) return section(title, [{ lines }]);
  const last = tape.length - 1;
  const ends = tape.length > 6 ? [0, 1, 2, last - 2, last - 1, last] : Array.from({ length: tape.length }, (_, i) => i);
  return section(title, [{ lines }, eventTable(tape, ends), { lines: [`best levels at ${timeText(tape.time[last]!)}`] }, bookTable(tape)]);
}
