import { type MarketEvent, type MarketTape, type Order, seededRandom, tapeOf } from "../../src/core/index.js";

const MINUTE = 60_000;

/** A backtest of candles stamps what is decided at a close with its bar's opening, a session with the close itself; legs are made by fills, which both stamp alike. */
export function atClose(order: Order): Order {
  if (order.role === "stopLoss" || order.role === "takeProfit") return order;
  const createdAt = order.createdAt + MINUTE;
  return { ...order, createdAt, updatedAt: order.updatedAt === order.createdAt ? createdAt : order.updatedAt };
}

/** Rows with ids as in a backtest: without what is drawn anew for every session. */
export function plain<T extends { readonly id: string }>(rows: readonly T[]): unknown[] {
  const number = (id: string): string => /-(?:fill-)?(\d+)/.exec(id)?.[1] ?? id;
  return rows.map((one) =>
    "orderId" in one ? { ...one, id: number(one.id), orderId: number(one.orderId as string) } : { ...one, id: number(one.id) },
  );
}

/** Books, changes and trades around a wandering price: three in a second or two, so that limit orders wait, fill in parts and are missed. */
export function market(rounds: number): MarketTape {
  const random = seededRandom(11);
  const price = (value: number): string => value.toFixed(1);
  const size = (value: number): string => value.toFixed(3);
  const events: MarketEvent[] = [];
  let mid = 60_000;
  for (let i = 0; i < rounds; i++) {
    const time = Date.UTC(2024, 4, 1, 23, 58, 0, 500) + i * 1_700;
    mid += Math.round((random() - 0.5) * 40) / 10;
    const levels = (way: number): [string, string][] =>
      Array.from({ length: 5 }, (_, level) => [price(mid + way * (0.1 + level * 0.1)), size(0.001 + random() * 0.05)]);
    events.push({ type: "book", symbol: "BTCUSDT", time, kind: "snapshot", bids: levels(-1), asks: levels(1) });
    const at = price(mid + (random() < 0.5 ? 0.1 : -0.2));
    const side = random() < 0.5 ? "buy" : "sell";
    events.push({ type: "trade", symbol: "BTCUSDT", time, id: String(i), side, price: at, quantity: size(0.002 + random() * 0.02) });
    if (i % 3 === 0)
      events.push({
        type: "book",
        symbol: "BTCUSDT",
        time: time + 300,
        kind: "delta",
        bids: [[price(mid - 0.1), size(random() * 0.05)]],
        asks: [],
      });
  }
  return tapeOf("BTCUSDT", events, { name: "made for a test", synthetic: true });
}
