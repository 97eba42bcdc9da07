import { describe, expect, test } from "vitest";
import { Decimal, type MarketEvent } from "../../src/core/index.js";
import { type EdgeRequest, StateReplica, TradingEngine, type TradingEngineOptions } from "../../src/engine/index.js";
import { expectMisuse } from "../misuse.js";
import { execute, type Place } from "./executed.js";

const BTC = { symbol: "BTCUSDT", venue: "paper", tickSize: "0.1", lotSize: "0.001" };
const trade = (time: number, price: string, symbol = "BTCUSDT"): MarketEvent => ({
  type: "trade",
  symbol,
  time,
  id: "t",
  side: "buy",
  price,
  quantity: "1",
});
const candle = (minute: number, close: string): MarketEvent => ({
  type: "candle",
  symbol: "BTCUSDT",
  interval: "1m",
  time: minute * 60_000,
  open: close,
  high: close,
  low: close,
  close,
  volume: "1",
  closed: true,
});
const make = (options: Partial<TradingEngineOptions> = {}): TradingEngine =>
  new TradingEngine({ instruments: BTC, sizer: "fixed:0.01", ...options });

describe("an engine fed by hand", () => {
  test("a command leaves as a request; what the venue tells moves the position", () => {
    const one = make();
    one.process(trade(1_000, "50000"));
    const audit = one.action({ type: "open", symbol: "BTCUSDT", side: "buy", stopLoss: "49000" });
    expect(audit).toMatchObject({ event: { type: "command" }, requests: [{ type: "open", order: "1" }] });
    const [request] = one.requests() as Extract<EdgeRequest, { type: "place" }>[];
    expect(request!.request).toMatchObject({ clientOrderId: "engine-1-entry", quantity: new Decimal("0.01") });
    const execution = {
      executionId: "1",
      venueOrderId: "9",
      clientOrderId: "engine-1-entry",
      symbol: "BTCUSDT",
      side: "buy" as const,
      kind: "trade" as const,
      quantity: new Decimal("0.01"),
      price: new Decimal(50_000),
      fee: new Decimal("0.275"),
      feeCurrency: "USDT",
      liquidity: "taker" as const,
      time: 1_100,
    };
    one.process({ type: "execution", execution });
    expect(one.process({ type: "execution", execution }), "told twice").toEqual([]);
    one.process(trade(1_200, "50100"));
    expect(one.state().positions.BTCUSDT).toMatchObject({ quantity: "0.01", averageEntry: "50000", mark: "50100", unrealizedPnl: "1" });
    expect(one.state().account.equity).toBe("10000.725");
    expect(one.requests()).toMatchObject([{ request: { type: "stop", triggerPrice: new Decimal(49_000), reduceOnly: true } }]);
  });

  test("trading off: entries are refused with a code, exits pass, the strategy is told", () => {
    const told: string[] = [];
    const one = make({ strategy: { onTradingDisabled: () => void told.push("off") } });
    one.process(trade(1_000, "50000"));
    one.updateTradingState("disabled");
    one.updateTradingState("disabled");
    expect(told).toEqual(["off"]);
    one.action({ type: "open", symbol: "BTCUSDT", side: "buy" });
    expect(one.engine.orders.orders.verdict(0)).toMatchObject({ code: "TRADING_DISABLED" });
    one.updateTradingState("enabled");
    expect(one.action({ type: "open", symbol: "BTCUSDT", side: "buy" }).requests).toHaveLength(1);
    expectMisuse(() => one.updateTradingState("paused" as never), "OPTION_INVALID", /enabled/);
  });

  test("commands pass risk unless told to override it, which is audited", () => {
    const one = make({ risk: { maxOrderQuantity: "0.005" } });
    one.process(trade(1_000, "50000"));
    expect(one.action({ type: "open", symbol: "BTCUSDT", side: "buy" })).toMatchObject({ signals: [{ outcome: "refused" }], requests: [] });
    const forced = one.action({ type: "open", symbol: "BTCUSDT", side: "buy", overrideRisk: true });
    expect(forced).toMatchObject({ requests: [{ type: "open" }], alerts: [{ code: "RISK_OVERRIDDEN" }] });
  });

  test("an instrument without a venue is refused, never fatal; others go to their own", () => {
    const sent: EdgeRequest[] = [];
    const eth = { symbol: "ETHUSDT", venue: "elsewhere", tickSize: "0.01", lotSize: "0.01" };
    const one = make({ instruments: [BTC, eth], venues: { paper: (request) => sent.push(request) } });
    one.process(trade(1_000, "50000"));
    one.process(trade(1_001, "3000", "ETHUSDT"));
    one.action({ type: "open", symbol: "ETHUSDT", side: "buy" });
    one.action({ type: "open", symbol: "BTCUSDT", side: "buy" });
    expect(one.engine.orders.orders.verdict(0)).toMatchObject({ code: "UNROUTABLE" });
    expect(sent).toHaveLength(1);
  });

  test("filters: venue, symbol, underlying, strategy", () => {
    const eth = { symbol: "ETHUSDT", venue: "other", tickSize: "0.01", lotSize: "0.01" };
    const one = make({
      instruments: [BTC, eth],
      strategy: [
        { id: "a", strategy: {} },
        { id: "b", strategy: {} },
      ],
    });
    one.process(trade(1_000, "50000"));
    one.process(trade(1_001, "3000", "ETHUSDT"));
    for (const symbol of ["BTCUSDT", "ETHUSDT"])
      for (const strategy of ["a", "b"]) one.action({ type: "open", symbol, side: "buy", limit: "10", strategy, quantity: "1" });
    const cancelled = (filter: object): number => {
      one.action({ type: "cancelOrders", filter });
      return one.requests().filter((request) => request.type === "cancel").length;
    };
    one.requests();
    expect(cancelled({ venue: "nowhere" })).toBe(0);
    expect(cancelled({ underlying: { base: "ETH", quote: "USDT" }, strategy: "a" })).toBe(1);
    expect(cancelled({ venue: "other" })).toBe(1);
    expect(cancelled({ symbol: ["BTCUSDT"], strategy: "b" })).toBe(1);
    expect(cancelled({})).toBe(1);
    expect(cancelled({})).toBe(0);
    expectMisuse(() => one.action({ type: "cancelOrders", filter: { symbl: "x" } as never }), "COMMAND_INVALID", /symbol/);
    expectMisuse(() => one.action({ type: "cancel", orderId: "99" }), "ORDER_UNKNOWN", /99/);
  });

  test("several strategies share an account, each with its own position", () => {
    const one = make({
      strategy: [
        { id: "up", strategy: { onTimer: (time, desk) => (time === 5_000 ? desk.enterLong() : undefined) } },
        { id: "down", strategy: { onTimer: (time, desk) => (time === 6_000 ? desk.enterShort({ quantity: "0.004" }) : undefined) } },
      ],
    });
    one.process(trade(1_000, "50000"));
    for (const time of [5_000, 6_000]) one.process({ type: "timer", time });
    for (const request of one.requests() as Extract<EdgeRequest, { type: "place" }>[])
      one.process({
        type: "execution",
        execution: {
          executionId: request.request.clientOrderId,
          venueOrderId: "",
          clientOrderId: request.request.clientOrderId,
          symbol: "BTCUSDT",
          side: request.request.side,
          kind: "trade",
          quantity: request.request.quantity,
          price: new Decimal(50_000),
          fee: new Decimal(0),
          feeCurrency: "USDT",
          liquidity: "taker",
          time: 7_000,
        },
      });
    expect(one.state().strategies).toEqual({ "up BTCUSDT": "0.01", "down BTCUSDT": "-0.004" });
    expect(one.state().positions.BTCUSDT!.quantity).toBe("0.006");
  });

  test("every priced event marks the account to the market: trade, book, candle", () => {
    const one = make();
    const equity = (event: MarketEvent): string => {
      one.process(event);
      return one.state().account.equity;
    };
    equity(trade(1_000, "50000"));
    one.action({ type: "open", symbol: "BTCUSDT", side: "buy" });
    const [request] = one.requests() as Extract<EdgeRequest, { type: "place" }>[];
    const { clientOrderId, symbol, side, quantity } = request!.request;
    const ids = { executionId: "1", venueOrderId: "9", clientOrderId, symbol, side, kind: "trade", liquidity: "taker" } as const;
    one.process({
      type: "execution",
      execution: { ...ids, quantity, price: new Decimal(50_000), fee: new Decimal(0), feeCurrency: "USDT", time: 1_100 },
    });
    expect(one.state().account.equity).toBe("10000");
    expect(equity(trade(1_200, "50100"))).toBe("10001");
    const book = {
      type: "book",
      symbol: "BTCUSDT",
      time: 1_300,
      kind: "snapshot",
      bids: [["50190", "1"]],
      asks: [["50210", "1"]],
    } as const;
    expect(equity(book)).toBe("10002");
    expect(equity(candle(1, "49900"))).toBe("9999");
  });

  test("a lost link is told once, and audits carry it", () => {
    const lost: string[] = [];
    const one = make({ strategy: { onDisconnect: (venue) => void lost.push(venue) } });
    const link = (state: "healthy" | "reconnecting"): void => void one.process({ type: "marketLink", venue: "paper", state, time: 1_000 });
    link("healthy");
    link("reconnecting");
    link("reconnecting");
    expect(lost).toEqual(["paper"]);
    expect(one.state().links).toEqual({ paper: { market: "reconnecting", account: "connecting" } });
    expect(one.engine.links.isHealthy).toBe(false);
  });

  test("policies: a lost link takes back that venue's orders, trading switched off closes what is held", () => {
    const eth = { symbol: "ETHUSDT", venue: "other", tickSize: "0.01", lotSize: "0.01" };
    const one = make({ instruments: [BTC, eth], policies: { disconnect: { type: "cancelOrders" }, tradingDisabled: "closePositions" } });
    one.process(trade(1_000, "50000"));
    one.process(trade(1_001, "3000", "ETHUSDT"));
    for (const symbol of ["BTCUSDT", "ETHUSDT"]) one.action({ type: "open", symbol, side: "buy", limit: "10", quantity: "1" });
    one.requests();
    one.process({ type: "marketLink", venue: "other", state: "reconnecting", time: 2_000 });
    expect(one.requests()).toMatchObject([{ type: "cancel", symbol: "ETHUSDT" }]);
    one.updateTradingState("disabled");
    expect(one.requests()).toMatchObject([{ type: "cancel", symbol: "BTCUSDT" }]);

    // What is held leaves by an order that only reduces.
    const holding = make({ policies: { tradingDisabled: "closePositions" } });
    holding.process(trade(1_000, "50000"));
    holding.action({ type: "open", symbol: "BTCUSDT", side: "buy" });
    const [entry] = holding.requests() as Place[];
    execute(holding, entry!, entry!.request.quantity, "50000", 1_100);
    expect(holding.requests()).toEqual([]);
    holding.updateTradingState("disabled");
    expect(holding.requests()).toMatchObject([
      { type: "place", request: { symbol: "BTCUSDT", side: "sell", quantity: new Decimal("0.01"), type: "market", reduceOnly: true } },
    ]);
  });

  test("policies: a lost link closes what a strategy has at that venue its own way, but not where it has something elsewhere, too", () => {
    const eth = { symbol: "ETHUSDT", venue: "other", tickSize: "0.01", lotSize: "0.01" };
    const lost = (both: boolean): { readonly closings: number; readonly left: readonly string[] } => {
      let closings = 0;
      const one = make({
        instruments: [BTC, eth],
        policies: { disconnect: "closePositions" },
        strategy: { closePositions: () => void closings++ },
      });
      one.process(trade(1_000, "50000"));
      one.process(trade(1_001, "3000", "ETHUSDT"));
      for (const symbol of both ? ["BTCUSDT", "ETHUSDT"] : ["BTCUSDT"]) one.action({ type: "open", symbol, side: "buy", quantity: "1" });
      for (const [i, entry] of (one.requests() as Place[]).entries()) execute(one, entry, entry.request.quantity, "10", 1_100 + i);
      one.process({ type: "marketLink", venue: "paper", state: "reconnecting", time: 2_000 });
      return { closings, left: (one.requests() as Place[]).map(({ request }) => `${request.side} ${request.symbol}`) };
    };
    expect(lost(false)).toEqual({ closings: 1, left: [] });
    expect(lost(true)).toEqual({ closings: 0, left: ["sell BTCUSDT"] });
  });

  test("own state hears of every market and account event; the count can begin anew", () => {
    const heard: string[] = [];
    const one = make({
      clock: { now: () => 777 },
      global: { onMarket: (event) => void heard.push(`all ${event.type}`), onAccount: (event) => void heard.push(`all ${event.type}`) },
      instrumentState: (symbol) => ({
        onMarket: (event) => void heard.push(`${symbol} ${event.type}`),
        onAccount: (event) => void heard.push(`${symbol} ${event.type}`),
      }),
    });
    const replica = new StateReplica(one.snapshot());
    for (const audit of [...one.process(candle(1, "50000")), ...one.process(trade(130_000, "50010"))]) replica.apply(audit);
    expect(replica.state()).toEqual(one.state());
    expect(heard).toEqual(["all candle", "BTCUSDT candle", "all trade", "BTCUSDT trade"]);
    expect(one.meta).toEqual({ timeStart: 777, sequence: 2 });
    heard.length = 0;
    const execution = {
      executionId: "e",
      venueOrderId: "v",
      clientOrderId: "another's",
      symbol: "BTCUSDT",
      side: "buy",
      kind: "trade",
      liquidity: "taker",
      feeCurrency: "USDT",
    } as const;
    one.process({
      type: "execution",
      execution: { ...execution, quantity: new Decimal(1), price: new Decimal(1), fee: new Decimal(0), time: 131_000 },
    });
    one.process({ type: "link", state: "healthy", time: 131_000 });
    // What concerns no instrument only the global state hears of.
    expect(heard).toEqual(["all execution", "BTCUSDT execution", "all link"]);
    one.resetMetadata();
    expect(one.meta.sequence).toBe(0);
    expect(one.process(trade(140_000, "50020"))[0]!.sequence, "audits go on").toBe(5);
  });

  test("after a shutdown nothing is handled; misspelt options are named", () => {
    const one = make();
    one.process({ type: "shutdown" });
    expectMisuse(() => one.process({ type: "timer", time: 5 }), "ENGINE_SHUTDOWN", /Make a new one/);
    expectMisuse(() => make({ stratgy: {} } as never), "OPTION_UNKNOWN", /strategy/);
  });
});
