import { expect, test } from "vitest";
import { Decimal, type StrategyContext } from "../../src/core/index.js";
import { engine } from "../../src/lab/index.js";
import { play, still } from "../backtest/scripted.js";

test("an engine of two strategies in one instrument: each has its own round trips, the same however often it is asked", () => {
  const todo: Record<string, ((desk: StrategyContext) => void) | undefined> = {};
  const seat = (id: string) => ({ id, strategy: { onTimer: (_: unknown, desk: StrategyContext) => todo[id]?.(desk) } });
  const one = engine({
    instruments: { symbol: "BTCUSDT", tickSize: "0.1", lotSize: "1" },
    strategy: [seat("bull"), seat("bear")],
    sizer: "fixed:10",
  });
  let time = 0;
  const candle = (close: string): void => {
    one.process({
      type: "candle",
      symbol: "BTCUSDT",
      interval: "1m",
      time,
      open: close,
      high: close,
      low: close,
      close,
      volume: "1",
      closed: true,
    });
    time += 60_000;
  };
  /** Says something to a strategy and fills what it asks for. */
  const trade = (id: string, act: (desk: StrategyContext) => void, price: string): void => {
    todo[id] = act;
    one.process({ type: "timer", time });
    todo[id] = undefined;
    for (const asked of one.requests()) {
      if (asked.type !== "place") continue;
      const { clientOrderId, symbol, side, quantity } = asked.request;
      const execution = {
        executionId: clientOrderId,
        venueOrderId: "v",
        clientOrderId,
        symbol,
        side,
        kind: "trade",
        quantity,
        time,
      } as const;
      const rest = { price: new Decimal(price), fee: new Decimal(1), feeCurrency: "USDT", liquidity: "taker" } as const;
      one.process({ type: "execution", execution: { ...execution, ...rest } });
    }
  };
  candle("100");
  const nothing = one.tradingSummary();
  expect([nothing.total.sharpe, nothing.total.winRate, nothing.total.profitFactor]).toEqual([null, null, null]);
  for (const name of ["sharpe", "winRate", "profitFactor"] as const) expect(nothing.total.reasons[name], name).toMatch(/\w/);
  trade("bull", (desk) => desk.enterLong(), "100");
  // More than what the bull holds: the account is short, the bull is not.
  trade("bear", (desk) => desk.enterShort({ quantity: "30" }), "100");
  candle("110");
  trade("bull", (desk) => desk.exitLong(), "110");
  candle("120");
  trade("bear", (desk) => desk.exitShort(), "120");
  candle("120");
  const summary = one.tradingSummary(0.03);
  expect(one.trades.map(({ side, netPnl }) => [side, netPnl.toFixed()])).toEqual([
    ["long", "98"],
    ["short", "-602"],
  ]);
  expect(Object.keys(summary.strategies)).toEqual(["bear", "bull"]);
  expect(summary.strategies.bull).toMatchObject({ winRate: 1, trades: 1, netProfit: new Decimal(98) });
  expect(summary.strategies.bear).toMatchObject({ winRate: 0, trades: 1, netProfit: new Decimal(-602), profitFactor: 0 });
  expect(summary.instruments.BTCUSDT).toMatchObject({ winRate: 0.5, netProfit: new Decimal(-504) });
  expect(summary.assets.USDT).toMatchObject({ balanceEnd: 9496 });
  expect(summary.riskFreeReturn).toBe(0.03);
  const again = JSON.stringify(one.tradingSummary(0.03));
  expect(again).toBe(JSON.stringify(summary));
  expect(one.state().account.equity).toBe("9496");
});

test("a run's summary names its strategy, instrument and currency", () => {
  const run = play([100, 100, 110, 110].map(still), { 0: (d) => d.enterLong(), 1: (d) => d.exitLong() }, { fees: { maker: 0, taker: 0 } });
  const summary = run.tradingSummary();
  expect(summary.strategies.Scripted).toMatchObject({ trades: 1, winRate: 1, netProfit: new Decimal(10) });
  expect(Object.keys(summary.instruments)).toEqual(["TESTUSDT"]);
  expect(summary.assets.USDT!.balanceEnd).toBe(run.finalEquity.toNumber());
  expect(JSON.stringify(run.tradingSummary())).toBe(JSON.stringify(summary));
});
