import { type MarketEvent, type MarketTape, seededRandom, tapeOf } from "../../core/index.js";

/** The symbol of the load. */
export const SYMBOL = "BTCUSDT";
const START = 1_714_521_600_000;

/** A made-up market of so many messages a second: a book of 50 levels a side of which one changes with each message, every fifth of which is a trade. */
export function loadTape(perSecond: number, seconds: number): MarketTape {
  const random = seededRandom(5);
  const price = (ticks: number): string => (60_000 + ticks / 10).toFixed(1);
  const size = (): string => (1 + Math.floor(random() * 9_000) / 1000).toFixed(3);
  const level = (sign: 1 | -1, i: number): string => price(sign * (i + 1));
  const side = (sign: 1 | -1): [string, string][] => Array.from({ length: 50 }, (_, i) => [level(sign, i), size()]);
  const events: MarketEvent[] = [{ type: "book", symbol: SYMBOL, time: START, kind: "snapshot", bids: side(-1), asks: side(1) }];
  for (let i = 1; i <= perSecond * seconds; i++) {
    const time = START + Math.floor((i * 1000) / perSecond);
    const buy = random() < 0.5;
    if (i % 5 === 0) {
      events.push({
        type: "trade",
        symbol: SYMBOL,
        time,
        id: String(i),
        side: buy ? "buy" : "sell",
        price: level(buy ? 1 : -1, 0),
        quantity: "0.001",
      });
      continue;
    }
    const change: [string, string][] = [[level(buy ? -1 : 1, Math.floor(random() * 50)), size()]];
    events.push({ type: "book", symbol: SYMBOL, time, kind: "delta", bids: buy ? change : [], asks: buy ? [] : change });
  }
  return tapeOf(SYMBOL, events);
}
