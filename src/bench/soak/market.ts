import { type MarketEvent, type MarketTape, seededRandom, tapeOf } from "../../core/index.js";

/** The symbol of the soak. */
export const SOAK_SYMBOL = "BTCUSDT";
const START = Date.UTC(2024, 4, 1);
const LEVELS = 10;

/** A made-up market that wanders: a whole book every two seconds and a trade every second of the recording. */
export function soakTape(minutes: number, seed: number): MarketTape {
  const random = seededRandom(seed);
  const price = (ticks: number): string => (ticks / 10).toFixed(1);
  const size = (): string => (0.2 + Math.floor(random() * 2_000) / 1000).toFixed(3);
  let middle = 600_000;
  const side = (sign: 1 | -1): [string, string][] => Array.from({ length: LEVELS }, (_, i) => [price(middle + sign * (i * 2 + 1)), size()]);
  const events: MarketEvent[] = [];
  for (let second = 0; second < minutes * 60; second++) {
    const time = START + second * 1000;
    middle += Math.round((random() + random() + random() - 1.5) * 120);
    if (second % 2 === 0) events.push({ type: "book", symbol: SOAK_SYMBOL, time, kind: "snapshot", bids: side(-1), asks: side(1) });
    const buys = random() < 0.5;
    const traded = price(middle + (buys ? 1 : -1));
    events.push({
      type: "trade",
      symbol: SOAK_SYMBOL,
      time: time + 500,
      id: String(second),
      side: buys ? "buy" : "sell",
      price: traded,
      quantity: size(),
    });
  }
  return tapeOf(SOAK_SYMBOL, events);
}
