import { describe, test, vi } from "vitest";
import { CandleSeries, type InstrumentKind } from "../../../src/core/index.js";
import { bybit } from "../../../src/venues/bybit/index.js";
import { MARKET_CASES, type MarketHarness } from "../../../src/venues/conformance/index.js";
import { type Fault, PaperExchange, PaperMarketData, paperServer } from "../../../src/venues/paper/index.js";
import { MINUTE, START } from "../../backtest/scripted.js";
import { FAST } from "../bybit/stub.js";
import { handsOn, MARKETS } from "./markets.js";

const CLOSED = 1_050;
const KINDS = ["linear", "spot", "inverse"] as const;

vi.setConfig({ maxConcurrency: 40 });

/** Candles that walk about, of a symbol that is replayed beside the one that is quoted by hand. */
function recorded(): CandleSeries {
  const length = CLOSED + 12;
  const at = (i: number): number => 200_000 + ((i * 7_919) % 997);
  const column = (shift: number): Float64Array => Float64Array.from({ length }, (_, i) => at(i) + shift);
  return new CandleSeries({
    symbol: "SOLUSDT",
    interval: "1m",
    priceDp: 2,
    volumeDp: 1,
    time: Float64Array.from({ length }, (_, i) => START + i * MINUTE),
    open: column(0),
    high: column(9),
    low: column(-9),
    close: column(4),
    volume: Float64Array.from({ length }, (_, i) => 10 + i),
  });
}

/** An exchange of one category with both symbols, and the hands on it. */
function exchangeOf(category: InstrumentKind) {
  const { instrument, symbol, price, quantity } = MARKETS[category];
  const series = recorded();
  const candle = { symbol: "SOLUSDT", kind: category, base: "SOL", quote: "USDT", tickSize: "0.01", lotSize: "0.1" } as const;
  const exchange = new PaperExchange({ data: series, category, instruments: [instrument, candle] });
  const close = (count: number): void => {
    for (let i = 0; i < count; i++) exchange.next();
  };
  close(CLOSED);
  const closed = (): number => exchange.market("SOLUSDT").closed;
  return { exchange, hands: { symbol, price, quantity, ...handsOn(exchange, symbol), candles: { series, closed, close } } };
}

async function overTheWire(category: InstrumentKind, faults: readonly Fault[] = []): Promise<MarketHarness> {
  const { exchange, hands } = exchangeOf(category);
  const server = await paperServer({ exchange });
  for (const fault of faults) server.fault(fault);
  const { market, close } = await bybit({
    env: "local",
    category,
    urls: server.url,
    timing: { ...FAST, request: 10_000, ack: 30_000, silence: 60_000 },
    requestsPer5s: 1_000_000,
  }).connect({ breaker: { failureThreshold: 1_000 }, onProblem: () => {} });
  return {
    market,
    ...hands,
    loseBook: () => server.fault({ kind: "drop", at: "public", match: "orderbook." }),
    breakLink: () => void server.disconnect("public"),
    async close() {
      await close();
      await server.close();
    },
  };
}

describe.each(KINDS)("market data of the paper exchange in process, %s", (category) => {
  for (const { name, needs, run } of MARKET_CASES)
    test.skipIf(needs !== undefined)(needs === undefined ? name : `${name} (skipped: nothing lies between)`, () =>
      run(() => {
        const { exchange, hands } = exchangeOf(category);
        return { market: new PaperMarketData(exchange, { report: () => {} }), ...hands, close: () => {} };
      }),
    );
});

describe.each(KINDS)("market data of our connector on the paper exchange's server, %s", (category) => {
  for (const { name, run } of MARKET_CASES) test.concurrent(name, () => run(() => overTheWire(category)));
});

/** What can go wrong on the way of market data. A lost or repeated trade is not among them: nothing numbers trades. */
const FAULTS: readonly [name: string, faults: readonly Fault[]][] = [
  ["answers that come late", [{ kind: "delay", at: "rest", ms: 20, times: 10 }]],
  ["requests that never arrive", [{ kind: "drop", at: "rest", times: 2 }]],
  ["connections that break", [{ kind: "disconnect", at: "rest", after: 1, times: 2 }]],
  ["server errors", [{ kind: "error", at: "rest", times: 2 }]],
  ["rate limits", [{ kind: "rateLimit", at: "rest", times: 1 }]],
  ["HTTP 429", [{ kind: "tooMany", at: "rest", times: 1 }]],
  ["a stream that is cut", [{ kind: "disconnect", at: "public", match: "orderbook.", after: 1, times: 1 }]],
  ["book messages that come twice", [{ kind: "duplicate", at: "public", match: "orderbook.", times: 20 }]],
  ["book messages out of order", [{ kind: "reorder", at: "public", match: "orderbook.", after: 1, times: 1 }]],
  ["a stream that is cut before its first candle", [{ kind: "disconnect", at: "public", match: "kline.", times: 1 }]],
  ["candles that are lost", [{ kind: "drop", at: "public", match: "kline.", after: 1, times: 1 }]],
  ["candles that come twice", [{ kind: "duplicate", at: "public", match: "kline.", times: 5 }]],
  ["candles out of order", [{ kind: "reorder", at: "public", match: "kline.", after: 1, times: 1 }]],
  ["tickers that come twice", [{ kind: "duplicate", at: "public", match: "tickers.", times: 5 }]],
];

describe.concurrent.each(FAULTS)("market data of our connector with %s", (_name, faults) => {
  // Two faults on one message are one too many to tell what the market is.
  const both = faults.some(({ match }) => match === "orderbook.");
  describe.concurrent.each(KINDS)("%s", (category) => {
    for (const { name, needs, run } of MARKET_CASES)
      if (!(both && needs === "loseBook")) test(name, () => run(() => overTheWire(category, faults)));
  });
});
