import { describe, expect, test } from "vitest";
import { prepareBacktest } from "../../src/backtest/index.js";
import type { Strategy, StrategyContext } from "../../src/core/index.js";
import { TradingEngine, type TradingEngineOptions } from "../../src/engine/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { candles, MINUTE, START, still } from "../backtest/scripted.js";
import { execute, type Place } from "./executed.js";

const SYMBOLS = ["BTCUSDT", "ETHUSDT"] as const;

/** An engine with two symbols and a venue that fills every market order at 100; each strategy holds 2 of both. */
function holding(strategies: Readonly<Record<string, Strategy>>, options: Partial<TradingEngineOptions> = {}) {
  let time = 1_000;
  const one = new TradingEngine({
    instruments: SYMBOLS.map((symbol) => ({ symbol, tickSize: "0.1", lotSize: "1" })),
    strategy: Object.entries(strategies).map(([id, strategy]) => ({ id, strategy })),
    sizer: "fixed:2",
    ...options,
  });
  const settle = (): void => {
    for (let all = [...one.requests()]; all.length > 0; all = [...one.requests()])
      for (const place of all as Place[]) if (place.request?.type === "market") execute(one, place, place.request.quantity, "100", ++time);
  };
  for (const symbol of SYMBOLS)
    one.process({ type: "trade", symbol, time: ++time, id: String(time), side: "buy", price: "100", quantity: "1" });
  for (const strategy of Object.keys(strategies)) for (const symbol of SYMBOLS) one.action({ type: "open", symbol, side: "buy", strategy });
  settle();
  const held = (): string =>
    Object.entries(one.state().strategies)
      .map(([name, quantity]) => `${name} ${quantity}`)
      .join(", ");
  return { one, settle, held };
}

/** Closes one of its symbols only, by taking a profit, and says so. */
function own(
  calls: string[],
  close: (desk: StrategyContext) => void = (desk) => desk.of("ETHUSDT").exitLong({ reason: "TAKE_PROFIT" }),
): Strategy {
  return {
    closePositions(desk) {
      calls.push(`${desk.symbol} ${desk.position.toFixed()}`);
      close(desk);
    },
  };
}

describe("a strategy's own closePositions", () => {
  test("is run once by the command, with the desk of its main symbol, and exactly what it asks for happens; others are flattened", () => {
    const calls: string[] = [];
    const { one, settle, held } = holding({ own: own(calls), plain: {} });
    expect(held()).toBe("own BTCUSDT 2, own ETHUSDT 2, plain BTCUSDT 2, plain ETHUSDT 2");
    one.action("closePositions");
    settle();
    expect(calls).toEqual(["BTCUSDT 2"]);
    expect(held()).toBe("own BTCUSDT 2, own ETHUSDT 0, plain BTCUSDT 0, plain ETHUSDT 0");
    // What it kept it is asked about again.
    one.action("closePositions");
    settle();
    expect(calls).toEqual(["BTCUSDT 2", "BTCUSDT 2"]);
    expect(held()).toBe("own BTCUSDT 2, own ETHUSDT 0, plain BTCUSDT 0, plain ETHUSDT 0");
  });

  test("is not asked where it has nothing to close, nor when only some symbols are to be closed: those the engine closes", () => {
    const calls: string[] = [];
    const { one, settle, held } = holding({ own: own(calls) });
    one.action({ type: "closePositions", filter: { symbol: "BTCUSDT" } });
    settle();
    expect([calls, held()]).toEqual([[], "own BTCUSDT 0, own ETHUSDT 2"]);
    one.action({ type: "closePositions", filter: { strategy: "own" } });
    settle();
    expect([calls, held()]).toEqual([["BTCUSDT 0"], "own BTCUSDT 0, own ETHUSDT 0"]);
    one.action("closePositions");
    settle();
    expect(calls).toEqual(["BTCUSDT 0"]);
  });

  test("is run by the policy of switching trading off", () => {
    const calls: string[] = [];
    const policies = { tradingDisabled: "closePositions" } as const;
    const { one, settle, held } = holding({ own: own(calls) }, { policies });
    one.updateTradingState("disabled");
    settle();
    expect([calls, held()]).toEqual([["BTCUSDT 2"], "own BTCUSDT 2, own ETHUSDT 0"]);
  });

  test("entering there is refused while trading is off, leaving is not", () => {
    const calls: string[] = [];
    const turns = own(calls, (desk) => {
      desk.exitLong();
      desk.of("ETHUSDT").enterLong();
    });
    const { one, settle, held } = holding({ own: turns }, { policies: { tradingDisabled: "closePositions" }, orders: { pyramiding: 5 } });
    one.updateTradingState("disabled");
    settle();
    expect([calls, held()]).toEqual([["BTCUSDT 2"], "own BTCUSDT 0, own ETHUSDT 2"]);
    const { orders } = one.engine.orders;
    expect(Array.from({ length: orders.length }, (_, row) => orders.verdict(row)?.code).filter(Boolean)).toEqual(["TRADING_DISABLED"]);
  });

  test("in a replay of candles it has its own way at the next open", () => {
    let asked = 0;
    const strategy = defineStrategy({
      name: "OwnWay",
      params: {},
      create: () => ({
        onCandle: (bar, desk) => (bar.index === 0 ? desk.enterLong() : undefined),
        closePositions(desk) {
          asked++;
          desk.exitLong({ reason: "MAX_HOLD" });
        },
      }),
    }) as unknown as StrategyDefinition;
    const replay = prepareBacktest({ data: candles([100, 100, 100, 90, 80].map(still)), strategy, sizer: "fixed:1" }).replay();
    for (let i = 0; i < 3; i++) replay.step();
    replay.closePositions();
    replay.run();
    expect([asked, replay.portfolio.quantity[0]]).toEqual([1, 0]);
    expect(replay.engine.orders.fills.length).toBe(2);
    expect(replay.engine.orders.fills.read(1)).toMatchObject({ direction: -1, price: 900, time: START + 3 * MINUTE });
  });

  test.each<[string, Strategy["closePositions"]]>([
    ["throws", () => JSON.parse("no")],
    [
      "throws after half of its plan",
      (desk) => {
        desk.of("ETHUSDT").enterLong();
        desk.exitLong({ reason: "" });
      },
    ],
    ["returns a promise", (async () => {}) as never],
  ])("one that %s does not keep positions open: the engine closes them, and says why", (_, closePositions) => {
    let calls = 0;
    const late: Strategy = {
      closePositions(desk) {
        calls++;
        return closePositions!(desk);
      },
    };
    const { one, settle, held } = holding({ late, plain: {} }, { orders: { pyramiding: 5 } });
    one.action("closePositions");
    settle();
    expect([calls, held()]).toEqual([1, "late BTCUSDT 0, late ETHUSDT 0, plain BTCUSDT 0, plain ETHUSDT 0"]);
    const said = one.engine.orders.alerts.entries.filter(({ code }) => code === "CLOSE_THREW");
    expect(said.map(({ message }) => message)).toEqual([expect.stringContaining("closePositions of late threw")]);
  });
});
