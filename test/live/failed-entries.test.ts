import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { AccountEvent } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { advance, Market, openOn } from "./trader-support.js";

const btc = syntheticCandles({ bars: 60, seed: 5 });

/** The place in which a strategy throws. */
type Where = "onCandle" | "onDisconnect" | "onTradingDisabled";

/** Holds a position with its stop, waits with a limit entry far away, then throws, right after it has asked for one more entry. */
function failing(where: Where): StrategyDefinition {
  return defineStrategy({
    name: "Failing",
    params: {},
    create: () => {
      let seen = 0;
      const asksAndThrows = (desk: { enterLong(): void; exitLong(): void }): never => {
        desk.enterLong();
        desk.exitLong();
        throw new TypeError("no such thing");
      };
      return {
        onCandle(bar, desk) {
          seen++;
          if (seen === 2) desk.enterLong({ stopLoss: bar.exact.close.times("0.5") });
          if (seen === 4) desk.enterLong({ limit: bar.exact.close.times("0.6") });
          if (seen === 6 && where === "onCandle") asksAndThrows(desk);
        },
        ...(where === "onDisconnect" ? { onDisconnect: (_venue, desk) => asksAndThrows(desk) } : {}),
        ...(where === "onTradingDisabled" ? { onTradingDisabled: (desk) => asksAndThrows(desk) } : {}),
      };
    },
  }) as unknown as StrategyDefinition;
}

const FAILED = {
  status: { status: "failed" },
  error: { code: "STRATEGY_FAILED", message: expect.stringMatching(/^Failing threw in on\w+: no such thing$/) },
};

/** A session of such a strategy on a market that only moves when told to, and what is left of it. */
async function open(where: Where, { market = new Market(btc), path = join(scratch(), "state.db"), resume = false } = {}) {
  const connected = await market.connect();
  let tell: (event: AccountEvent) => void = () => {};
  const venue = new Proxy(connected.venue, {
    get(target, key) {
      if (key === "subscribe") {
        return (listener: typeof tell) => {
          tell = listener;
          return target.subscribe(listener);
        };
      }
      const own = target[key as keyof typeof target] as unknown;
      return typeof own === "function" ? (own.bind(target) as unknown) : own;
    },
  });
  const logPath = join(dirname(path), "live.json");
  const opened = await openOn({ venue, market: connected.market, close: () => connected.close() }, path, {
    strategy: failing(where),
    settings: { pyramiding: 5 },
    trade: { history: 0, resume, logPath },
    play: undefined,
    clock: { now: () => market.exchange.clock.now(), sleep: () => nextTurn() },
  });
  await opened.session.run();
  const theirs = (): string[] =>
    market.exchange
      .account("main")
      .open()
      .map(({ clientOrderId }) => clientOrderId);
  return {
    ...opened,
    market,
    path,
    theirs,
    tell: (event: AccountEvent) => tell(event),
    /** Lets the market go on until something is as it should be. */
    until: async (reached: () => boolean) => {
      while (!reached()) await advance(market, opened.session);
    },
    held: () => market.exchange.account("main").positions()[0]?.quantity.toFixed() ?? "0",
    alerts: () =>
      logged(logPath)
        .filter(({ code }) => code === "ALERT")
        .map(({ kind, message }) => `${kind}: ${message}`),
    stored: () => read(path, (view) => view.orders().map(({ id, status }) => `${id} ${status}`)),
  };
}

type Opened = Awaited<ReturnType<typeof open>>;

const lost = (market: Market): AccountEvent => ({
  type: "link",
  state: "reconnecting",
  reason: "test",
  time: market.exchange.clock.now(),
});

function read<T>(path: string, what: (view: SessionView) => T): T {
  const view = openState(path) as SessionView;
  try {
    return what(view);
  } finally {
    view.close();
  }
}

function logged(path: string): Record<string, unknown>[] {
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("a session whose strategy throws", () => {
  test("takes back what enters, and its state file says so; what protects stays, what was asked for in that event never leaves", async () => {
    const one = await open("onCandle");
    let isOver = false;
    void one.ended.then(() => {
      isOver = true;
    });
    await one.until(() => isOver);
    expect(await one.ended).toMatchObject(FAILED);
    expect(one.theirs()).toEqual(["abcdefghij-2-stopLoss"]);
    expect(one.stored()).toEqual(["abcdefghij-1-entry filled", "abcdefghij-2-stopLoss working", "abcdefghij-3-entry cancelled"]);
    expect(one.alerts()).toEqual([
      "sessionFailed: The session has failed. Failing threw in onCandle: no such thing. Protective orders stay at the venue, what enters is taken back.",
    ]);
    // It goes on after the event it threw in: that is history, in which what it throws does not count.
    const again = await open("onCandle", { ...one, resume: true });
    for (let i = 0; i < 10; i++) await advance(one.market, again.session);
    expect(again.stored()).toEqual(one.stored());
    const stopped = again.session.stop(true);
    await again.until(() => again.held() === "0");
    await stopped;
    expect((await again.ended).status.status).toBe("stopped");
    expect(again.theirs()).toEqual([]);
  });

  test("at a lost link: the same", async () => {
    const one = await open("onDisconnect");
    await one.until(() => one.theirs().length === 2);
    expect(one.theirs()).toEqual(["abcdefghij-2-stopLoss", "abcdefghij-3-entry"]);
    one.tell(lost(one.market));
    expect(await one.ended).toMatchObject(FAILED);
    expect(one.theirs()).toEqual(["abcdefghij-2-stopLoss"]);
    expect(one.stored()).toEqual(["abcdefghij-1-entry filled", "abcdefghij-2-stopLoss working", "abcdefghij-3-entry cancelled"]);
  });

  test("when an operator switches trading off: it is off, and the session ends the same way", async () => {
    const one = await open("onTradingDisabled");
    await one.until(() => one.theirs().length === 2);
    await one.session.command({ type: "disable" });
    expect(await one.ended).toMatchObject(FAILED);
    expect(one.theirs()).toEqual(["abcdefghij-2-stopLoss"]);
  });

  test("while it is stopped: it is out of the market all the same, and has failed", async () => {
    const one = await open("onTradingDisabled");
    await one.until(() => one.theirs().length === 2);
    expect(one.held()).not.toBe("0");
    const stopped = one.session.stop(true);
    await one.until(() => one.held() === "0");
    await stopped;
    expect(await one.ended).toMatchObject(FAILED);
    expect([one.theirs(), one.held()]).toEqual([[], "0"]);
    const positions = read(one.path, (view) => view.positions().map(({ quantity }) => quantity.toFixed()));
    expect(positions).toEqual(["0"]);

    const kept = await open("onTradingDisabled");
    await kept.until(() => kept.theirs().length === 2);
    await kept.session.stop(false);
    expect(await kept.ended).toMatchObject(FAILED);
    expect(kept.theirs()).toEqual(["abcdefghij-2-stopLoss"]);
  });
});

test.each([
  ["is being stopped", async ({ session }: Opened) => session.stop(false)],
  ["leaves because its strategy threw", async ({ tell, market }: Opened) => tell(lost(market))],
])("an engine that throws while its session %s ends that way out: nothing of it counts any more, and both are told", async (_, leave) => {
  const one = await open("onDisconnect");
  await one.until(() => one.theirs().length === 2);
  const left = leave(one);
  one.tell({ type: "order", order: undefined as never });
  await left;
  expect(await one.ended).toMatchObject({ status: { status: "failed" }, error: { code: "SESSION_FAILED" } });
  expect(one.theirs()).toEqual(["abcdefghij-2-stopLoss"]);
  expect(one.alerts().at(-1)).toMatch(/^sessionFailed: The session has failed\. Session abcdefghij failed: /);
});

test("a session whose engine throws takes back what enters straight at the venue; the next start finds out what became of it", async () => {
  const one = await open("onDisconnect");
  await one.until(() => one.theirs().length === 2);
  one.tell({ type: "order", order: undefined as never });
  expect(await one.ended).toMatchObject({ status: { status: "failed" }, error: { code: "SESSION_FAILED" } });
  expect(one.theirs()).toEqual(["abcdefghij-2-stopLoss"]);
  expect(one.stored().at(-1)).toBe("abcdefghij-3-entry working");
  const again = await open("onDisconnect", { ...one, resume: true });
  expect(again.stored().at(-1)).toBe("abcdefghij-3-entry cancelled");
  await again.session.stop(false);
});
