import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BacktestOptions } from "../../src/backtest/index.js";
import { Decimal } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import "../../src/lab/index.js";
import { compareSession, type SessionCommand, type SessionComparison, startSession } from "../../src/live/index.js";
import { openState } from "../../src/state/index.js";
import { defineStrategy } from "../../src/strategies/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { Busy, Market, type Opened, openOn } from "./trader-support.js";

const btc = syntheticCandles({ bars: 70, seed: 5, gaps: true });
const time = (bar: number): string => new Date(btc.time[bar]!).toISOString().replace(".000Z", "Z");

const price = (bar: number): Decimal => new Decimal(btc.close[bar]!).div(10 ** btc.priceDp);

const Idle = defineStrategy({ name: "Idle", params: {}, create: () => ({ onCandle() {} }) });

/** A session in which something happens when a candle has closed, beside its backtest. */
async function compared(
  strategy: BacktestOptions["strategy"] & object,
  at: Readonly<Record<number, (opened: Pick<Opened, "session" | "connection">) => Promise<unknown>>>,
  otherwise: Partial<BacktestOptions> = {},
  /** Whether it is being stopped: the market waits for it once something has been filled. */
  stopping: () => Promise<void> | undefined = () => undefined,
): Promise<SessionComparison> {
  const path = join(scratch(), "state.db");
  const market = new Market(btc);
  const connection = await market.connect();
  const opened = await openOn(connection, path, {
    strategy: strategy as never,
    clock: { now: () => market.exchange.clock.now(), sleep: () => nextTurn() },
    play: async (settled) => {
      const { exchange } = market;
      for (let released = exchange.next({ fills: true }); released !== undefined; released = exchange.next({ fills: true })) {
        await settled();
        if (released.kind !== "event") {
          await stopping();
          continue;
        }
        await at[exchange.progress.released - 1]?.({ session: opened.session, connection });
        await settled();
      }
    },
  });
  await opened.session.run();
  expect((await opened.ended).error).toBeUndefined();
  const view = openState(path);
  if (view.format !== "tesserlab") throw new Error("not ours");
  const found = compareSession(view, { strategy, data: btc, cash: view.record.initialCash }, otherwise);
  view.close();
  return found;
}

const orders =
  (...commands: readonly SessionCommand[]) =>
  async ({ session }: Pick<Opened, "session">): Promise<void> => {
    for (const command of commands) await session.command(command as Exclude<SessionCommand, string>);
  };

const open = (side: "buy" | "sell", more: object = {}): SessionCommand => ({
  type: "open",
  symbol: "BTCUSDT",
  side,
  quantity: "0.01",
  ...more,
});

describe("a session in which an operator ordered something, beside its backtest", { timeout: 120_000 }, () => {
  test("orders and closes by hand are given to the backtest at the same candles, and named", async () => {
    const found = await compared(Idle, {
      10: orders({ type: "open", symbol: "BTCUSDT", side: "buy", strategy: "main" }),
      20: orders({ type: "closePositions" }),
      30: orders(open("sell", { stopLoss: price(30).times("1.01").toDecimalPlaces(1) })),
      55: orders({ type: "closePositions", filter: { symbol: "BTCUSDT" } }),
    });
    expect(found.fills.length).toBeGreaterThanOrEqual(4);
    expect([found.differences, found.equal]).toEqual([[], true]);
    expect(found.commands.map(({ after, text }) => [after, text.split(" stopLoss")[0]])).toEqual([
      [btc.time[10], "open buy BTCUSDT strategy main"],
      [btc.time[20], "closePositions"],
      [btc.time[30], "open sell 0.01 BTCUSDT"],
      [btc.time[55], 'closePositions {"symbol":"BTCUSDT"}'],
    ]);
    const text = inspect(found);
    expect(text).toMatch(/: equal\n/);
    expect(text).toContain(
      `4 commands by hand or of a switch, given to the backtest, too, at the close of the same candle: open buy BTCUSDT strategy main (after ${time(10)}), closePositions (after ${time(20)})`,
    );
  });

  test("beside a strategy that trades: switches, cancels and resting orders, too", async () => {
    const found = await compared(Busy, {
      5: orders({ type: "disable" }),
      15: orders({ type: "enable" }),
      25: orders({ type: "closePositions" }, { type: "cancelOrders" }),
      40: orders({ type: "liquidateOnly", on: true }),
      45: orders({ type: "liquidateOnly", on: false }, open("buy", { limit: price(45).times("0.9").toDecimalPlaces(1) })),
      55: orders({ type: "cancelEntries" }),
      62: orders({ type: "cancelOrders", filter: { strategy: "main" } }, { type: "open", symbol: "BTCUSDT", side: "sell" }),
      66: orders(open("buy", { quantity: "1000000" })),
    });
    expect([found.differences, found.equal]).toEqual([[], true]);
    expect(found.commands.map(({ text }) => text.split(" ")[0])).toEqual([
      "disable",
      "enable",
      "closePositions",
      "cancelOrders",
      "liquidateOnly",
      "liquidateOnly",
      "open",
      "cancelEntries",
      "cancelOrders",
      "open",
      "open",
    ]);
  });

  test("property: whatever is ordered at whatever candle, the two stay the same", async () => {
    const command = fc.oneof(
      fc.constantFrom<SessionCommand>(
        { type: "closePositions" },
        { type: "cancelOrders" },
        { type: "cancelEntries" },
        { type: "disable" },
        { type: "enable" },
        { type: "liquidateOnly", on: true },
        { type: "liquidateOnly", on: false },
      ),
      fc.constantFrom("buy", "sell").map((side) => open(side as "buy")),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 0, max: 68 }), command), { minLength: 1, maxLength: 12 }), async (drawn) => {
        const at = Object.fromEntries(
          drawn.map(([bar]) => [bar, orders(...drawn.filter(([other]) => other === bar).map(([, one]) => one))]),
        );
        const found = await compared(Busy, at);
        expect(found.differences).toEqual([]);
        expect(found.equal).toBe(true);
      }),
      { numRuns: 3 },
    );
  });

  test("beside a backtest that goes otherwise, a command that it does not take is named", async () => {
    const cancel = async ({ session }: Pick<Opened, "session">): Promise<void> => {
      const answer = (await session.command(open("buy", { limit: price(30).times("0.9").toDecimalPlaces(1) }) as never)) as {
        orders: { id: string }[];
      };
      await session.command({ type: "cancel", orderId: answer.orders[0]!.id });
    };
    const same = await compared(Idle, { 30: cancel });
    expect([same.equal, same.orders.length, same.commands[1]?.text]).toEqual([true, 1, "cancel 1"]);
    const poor = await compared(Idle, { 30: cancel }, { risk: { maxOrderQuantity: "0.001" } });
    expect(poor.equal).toBe(false);
    expect(poor.reasons[1]).toMatch(/^The backtest did not take cancel 1 \(after 2023-01-01T.*\): No open order 1; open are none\./);
  });

  test("one that closed its positions within a candle when it was stopped equals a backtest that is told to", async () => {
    let stopped: Promise<void> | undefined;
    const found = await compared(
      Busy,
      {
        10: orders(open("buy"), { type: "closePositions", filter: {} }),
        20: orders(open("buy", { quantity: "0.02" })),
        21: async ({ session }) => {
          stopped = session.stop(true);
        },
      },
      {},
      () => stopped,
    );
    // It ended once the venue had filled what closes, before that candle closed.
    expect([found.until, found.equity.length]).toEqual([btc.time[21], 22]);
    expect([found.differences, found.equal]).toEqual([[], true]);
    expect(found.commands.map(({ after, text }) => [after, text])).toEqual([
      [btc.time[10], "open buy 0.01 BTCUSDT"],
      [btc.time[10], "closePositions"],
      [btc.time[20], "open buy 0.02 BTCUSDT"],
      [btc.time[21], "stop, closing positions"],
    ]);
  });

  test("without commands there is nothing to say, though it was stopped", async () => {
    const found = await compared(Busy, {});
    expect([found.equal, found.commands, found.reasons]).toEqual([true, [], []]);
  });

  test("what somebody else did at the venue is named where the backtest knows nothing of it", async () => {
    const found = await compared(Busy, {
      30: async ({ connection }) => {
        const quantity = new Decimal("0.1");
        await connection.venue.place({
          clientOrderId: "by-hand-1",
          symbol: "BTCUSDT",
          side: "buy",
          type: "market",
          quantity,
          timeInForce: "ioc",
          reduceOnly: false,
        } as never);
      },
      32: ({ session }) => session.command({ type: "reconcile" }),
      55: ({ session }) => session.command({ type: "confirm" }),
    });
    expect(found.equal).toBe(false);
    expect(found.reasons.join("\n")).toMatch(/Session and venue differed after 2023-01-01T.*BTCUSDT.* The backtest knows nothing of it\./);
    expect(found.reasons.join("\n")).toContain("Positions were taken over from the venue after ");
    expect(found.reasons.join("\n")).toContain("Entries waited for session and venue to agree, from 2023-01-01T");
    expect(inspect(found)).toMatch(/NOT equal\nSession and venue differed/);
  });
});

test("a replay that closed its positions when it was stopped equals a backtest that is told to", async () => {
  const Holds = defineStrategy({
    name: "Holds",
    params: {},
    create: () => ({
      onCandle(_bar, desk) {
        if (desk.isFlat) desk.enterLong({ quantity: "0.01" });
      },
    }),
  });
  const long = syntheticCandles({ bars: 5_000, seed: 5 });
  const session = await startSession({
    strategy: Holds,
    venue: paper({ feed: replay(long, { speed: 1_200 }) }),
    thread: "caller",
    statePath: join(scratch(), "state.db"),
  });
  await new Promise<void>((resolve) => session.on("status", ({ bars }) => bars >= 20 && resolve()));
  await session.stop({ closePositions: true });
  const found = await session.compare();
  expect(found.commands.map(({ text }) => text)).toEqual(["stop, closing positions"]);
  expect([found.fills.length, found.differences, found.equal]).toEqual([2, [], true]);
});
