import { Decimal, type OrderRequest } from "../../core/index.js";
import { bybit } from "../../venues/bybit/index.js";
import { createOrderBody } from "../../venues/bybit-wire/index.js";
import type { ApiKey } from "../../venues/paper/index.js";
import { SYMBOL } from "./market.js";
import { type Frame, openStream } from "./wire.js";

/** What a client saw of the load. Latencies are milliseconds. */
interface Seen {
  /** Market messages received, and the first that was missing or out of order, if any. */
  market: number;
  gap: string | undefined;
  acknowledged: number;
  refused: number;
  /** Why the first refused order was. */
  why: string | undefined;
  executions: number;
  /** From sending an order to its acknowledgement. */
  readonly orderMs: number[];
  /** From the moment a market message was due to its arrival, parsed. */
  readonly marketMs: number[];
  /** When the first and the last answer to an order came, and the first and the last market message while the recording played; 0 for none. */
  readonly answers: Span;
  readonly messages: Span;
}

/** From the first to the last of something, on the clock of {@link now}. */
interface Span {
  first: number;
  last: number;
}

/** Takes in that it happened. */
function happened(span: Span, at: number): void {
  if (span.first === 0) span.first = at;
  span.last = at;
}

/** A client under load. */
export interface LoadClient {
  readonly seen: Seen;
  /** Orders placed before the load, so that the client knows the server's limits. */
  readonly warmUp: number;
  place(index: number): void;
  /** Orders that wait for their answer. */
  readonly inFlight: number;
  /** Resolves when every order was answered. */
  settled(): Promise<void>;
  /** Sets when the recording began to play, so that messages are known to be late. */
  clock: { began: number; from: number };
  close(): Promise<void>;
}

const WARM_UP = 10;

const newSeen = (): Seen => ({
  market: 0,
  gap: undefined,
  acknowledged: 0,
  refused: 0,
  why: undefined,
  executions: 0,
  orderMs: [],
  marketMs: [],
  answers: { first: 0, last: 0 },
  messages: { first: 0, last: 0 },
});
const now = (): number => performance.timeOrigin + performance.now();

/** Buys and sells the least lot in turn, so that the position stays small. */
function request(index: number): OrderRequest {
  return {
    clientOrderId: `load-${index}`,
    symbol: SYMBOL,
    side: index % 2 === 0 ? "buy" : "sell",
    type: "market",
    quantity: new Decimal("0.001"),
  };
}

/** A client that speaks the protocol and nothing more: order entry, private and public stream. */
export async function rawClient(url: string, key: ApiKey): Promise<LoadClient> {
  const ws = url.replace("http", "ws");
  const seen = newSeen();
  const clock = { began: 0, from: 0 };
  const sent = new Map<string, number>();
  let update = 0;
  let wake: (() => void) | undefined;
  const onMarket = (frame: Frame, at: number): void => {
    seen.market++;
    if (clock.began > 0) happened(seen.messages, at);
    seen.marketMs.push(at - (clock.began + (Number(frame.ts) - clock.from)));
    if (!String(frame.topic).startsWith("orderbook")) return;
    const { u } = frame.data as { u: number };
    if (update !== 0 && u !== update + 1) seen.gap ??= `u ${update} to ${u}`;
    update = u;
  };
  const onPrivate = (frame: Frame): void => {
    if (frame.topic === "execution") seen.executions += (frame.data as unknown[]).length;
  };
  const onAnswer = (frame: Frame, at: number): void => {
    const id = String(frame.reqId);
    happened(seen.answers, at);
    seen.orderMs.push(at - sent.get(id)!);
    sent.delete(id);
    if (frame.retCode === 0) seen.acknowledged++;
    else {
      seen.refused++;
      seen.why ??= `${frame.retCode} ${frame.retMsg}`;
    }
    if (sent.size === 0) wake?.();
  };
  const [market, account, orders] = await Promise.all([
    openStream(`${ws}/v5/public/linear`, { topics: [`orderbook.50.${SYMBOL}`, `publicTrade.${SYMBOL}`], onFrame: onMarket }),
    openStream(`${ws}/v5/private`, { key, topics: ["execution", "order"], onFrame: onPrivate }),
    openStream(`${ws}/v5/trade`, { key, onFrame: onAnswer }),
  ]);
  return {
    seen,
    warmUp: 0,
    clock,
    place(index) {
      const reqId = String(index);
      sent.set(reqId, now());
      const header = { "X-BAPI-TIMESTAMP": String(Date.now()) };
      orders.send(JSON.stringify({ reqId, header, op: "order.create", args: [createOrderBody("linear", request(index))] }));
    },
    get inFlight() {
      return sent.size;
    },
    settled: () => (sent.size === 0 ? Promise.resolve() : new Promise((resolve) => (wake = resolve))),
    async close() {
      for (const socket of [market, account, orders]) socket.terminate();
    },
  };
}

/** Our Bybit connector: orders over REST, journalled and tracked, and its streams with their integrity checks. */
export async function connectorClient(url: string, key: ApiKey): Promise<LoadClient> {
  const seen = newSeen();
  const clock = { began: 0, from: 0 };
  const { venue, market, close } = await bybit({ env: "local", urls: url, requestsPer5s: 1_000_000 }).connect({ credentials: key });
  await venue.connect();
  venue.subscribe((event) => {
    if (event.type === "execution") seen.executions++;
  });
  let snapshots = 0;
  await market.subscribe(
    [
      { type: "book", symbol: SYMBOL, depth: 50 },
      { type: "trades", symbol: SYMBOL },
    ],
    (event) => {
      seen.market++;
      if (clock.began > 0) happened(seen.messages, now());
      seen.marketMs.push(now() - (clock.began + (event.time - clock.from)));
      // The connector starts a book anew after every gap.
      if (event.type === "book" && event.kind === "snapshot" && snapshots++ > 0)
        seen.gap ??= `a new snapshot after ${seen.market} messages`;
    },
  );
  const open = new Set<Promise<void>>();
  // It starts with the limits of Bybit's table and learns the server's from its answers.
  for (let i = 0; i < WARM_UP; i++) await venue.place({ ...request(i), clientOrderId: `warm-${i}` });
  return {
    seen,
    warmUp: WARM_UP,
    clock,
    place(index) {
      const at = now();
      const done = venue.place(request(index)).then((outcome) => {
        happened(seen.answers, now());
        seen.orderMs.push(now() - at);
        if (outcome.ok) seen.acknowledged++;
        else {
          seen.refused++;
          seen.why ??= `${outcome.code}: ${outcome.message}`;
        }
        open.delete(done);
      });
      open.add(done);
    },
    get inFlight() {
      return open.size;
    },
    async settled() {
      await Promise.all(open);
    },
    close,
  };
}
