import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import type { Feed } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { Market, openSession } from "./trader-support.js";

const btc = syntheticCandles({ bars: 1_500, seed: 5, gaps: true });

function view(path: string): SessionView {
  const opened = openState(path);
  if (opened.format !== "tesserlab") throw new Error("not ours");
  return opened;
}

describe("the engine on a venue", () => {
  test("trades the paper exchange as a backtest does, to the last unit, and its journal replays", async () => {
    const path = join(scratch(), "state.db");
    const { session, ended } = await openSession(new Market(btc), path);
    await session.run();
    expect((await ended).error).toBeUndefined();
    const run = backtest({ data: btc, strategy: "SmaCross" });
    const shown = view(path);
    expect(shown.record.status).toBe("completed");
    const plain = ({ side, quantity, price, fee, time }: (typeof run.fills)[number]) => ({ side, quantity, price, fee, time });
    expect(shown.fills().map(plain)).toEqual(run.fills.map(plain));
    expect(run.fills.length).toBeGreaterThan(30);
    expect(shown.trades.map((trade) => trade.netPnl)).toEqual(run.trades.map((trade) => trade.netPnl));
    expect(shown.record.equity).toEqual(run.finalEquity);
    expect(shown.executions()).toHaveLength(run.fills.length);
    expect(shown.intents().every((intent) => intent.state === "landed")).toBe(true);
    expect(shown.replay()).toEqual([]);
    shown.close();
  });

  test.each<[string, readonly Feed[], readonly string[]]>([
    ["candles alone", ["candles"], ["candles"]],
    ["trades", ["candles", "trades"], ["candles", "trades"]],
    ["books and trades", ["trades", "book"], ["candles", "trades", "book"]],
  ])("subscribes to exactly what its strategy says it is fed with: %s", async (_what, feeds, topics) => {
    const strategy = defineStrategy({
      name: "Listens",
      params: {},
      feeds,
      timerMs: 1_000,
      create: () => ({ onTimer() {} }),
    }) as unknown as StrategyDefinition;
    const market = new Market(btc);
    const asked: string[] = [];
    const connect = market.connect.bind(market);
    market.connect = async () => {
      const connection = await connect();
      const { market: data } = connection;
      const subscribe = data.subscribe.bind(data);
      data.subscribe = (wanted, ...rest) => {
        asked.push(...wanted.map(({ type, symbol }) => `${type} ${symbol}`));
        return subscribe(wanted, ...rest);
      };
      return connection;
    };
    const { session } = await openSession(market, join(scratch(), "state.db"), { strategy, until: () => true });
    await session.run();
    // Candles always come: the session marks its account and keeps its equity by them.
    expect(asked).toEqual(topics.map((topic) => `${topic} BTCUSDT`));
  });
});
