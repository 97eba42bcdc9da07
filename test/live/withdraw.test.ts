import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { CandleSeries, Decimal } from "../../src/core/index.js";
import type { LiveSessionParts } from "../../src/live/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { scratch } from "../state/samples.js";
import { advance, Market, type Opened, openOn } from "./trader-support.js";

/** Candles that stand at 100.0, but for those that dip to 96.0 and come back. */
function market(dips: readonly number[], bars = 60): Market {
  const each = (value: (bar: number) => number): Float64Array => Float64Array.from({ length: bars }, (_, bar) => value(bar));
  return new Market(
    new CandleSeries({
      symbol: "BTCUSDT",
      interval: "1m",
      priceDp: 1,
      volumeDp: 0,
      time: each((bar) => 1_672_531_200_000 + bar * 60_000),
      open: each(() => 1000),
      high: each(() => 1001),
      low: each((bar) => (dips.includes(bar) ? 960 : 999)),
      close: each(() => 1000),
      volume: each(() => 100),
    }),
  );
}

/** Acts once, at its n-th candle, and never closes its positions by itself although it says it would. */
const once = (at: number, act: (desk: Parameters<NonNullable<ReturnType<StrategyDefinition["create"]>["onCandle"]>>[1]) => void) =>
  defineStrategy({
    name: "Once",
    params: {},
    create: () => {
      let seen = 0;
      return {
        onCandle(_bar, desk) {
          if (++seen === at) act(desk);
        },
        closePositions() {},
      };
    },
  }) as unknown as StrategyDefinition;

const Rests = once(3, (desk) => desk.enterLong({ limit: "97", stopLoss: "90" }));
const Holds = once(3, (desk) => desk.enterLong({ stopLoss: "90" }));
const Slices = once(3, (desk) => desk.enterLong({ quantity: "0.4", hint: { algorithm: "twap", durationMs: 1_200_000, slices: 4 } }));

interface Scene extends Omit<Opened, "connection"> {
  readonly exchange: Market["exchange"];
  readonly path: string;
  /** The market's next event; the session has taken it in. */
  next(): Promise<void>;
}

/** A session on a market that only moves when told to: by `next`, and while the session waits, unless it stands still. */
async function scene(
  place: Market,
  strategy: StrategyDefinition,
  options: {
    venue?: (venue: LiveSessionParts["connected"]["venue"]) => Partial<LiveSessionParts["connected"]["venue"]>;
    still?: boolean;
  } = {},
): Promise<Scene> {
  const { exchange } = place;
  const connected = await place.connect();
  const changed = options.venue?.(connected.venue) ?? {};
  const venue = new Proxy(connected.venue, {
    get: (target, key) => {
      const own = changed[key as keyof typeof changed] ?? target[key as keyof typeof target];
      return typeof own === "function" ? (own as (...args: never[]) => unknown).bind(target) : own;
    },
  });
  let waits = 0;
  const path = join(scratch(), "state.db");
  const opened = await openOn({ venue, market: connected.market, close: () => connected.close() }, path, {
    strategy,
    settings: { sizer: "fixed:0.1" },
    trade: { history: 0 },
    play: undefined,
    clock: {
      // The wall goes on while somebody waits for it, however much of the market passes.
      now: () => waits,
      sleep: async (ms) => {
        waits += ms;
        if (options.still !== true) exchange.next({ fills: true });
        await nextTurn();
      },
    },
  });
  await opened.session.run();
  return { ...opened, exchange, path, next: () => advance(place, opened.session) };
}

function left({ exchange }: Scene): { readonly orders: number; readonly held: string } {
  const account = exchange.account("main");
  return { orders: account.open().length, held: account.positions()[0]?.quantity.toFixed() ?? "0" };
}

test("an entry that is filled while its cancel is on its way is closed, too, before a session that closes everything ends", async () => {
  const place = market([6]);
  const asked: string[] = [];
  const one = await scene(place, Rests, {
    venue: (venue) => ({
      cancel: async (symbol: string, id: string) => {
        asked.push(id);
        // The dip comes before the cancel does.
        if (asked.length === 1) while (place.exchange.account("main").open().length > 0) place.exchange.next({ fills: true });
        return venue.cancel(symbol, id);
      },
    }),
  });
  while (left(one).orders === 0) await one.next();
  await one.session.stop(true);
  const end = await one.ended;
  expect([end.status.status, end.error]).toEqual(["stopped", undefined]);
  expect(asked[0]).toBe("abcdefghij-1-entry");
  expect(left(one)).toEqual({ orders: 0, held: "0" });
  const view = openState(one.path) as SessionView;
  expect(view.orders().map(({ id, status }) => `${id} ${status}`)).toEqual(["abcdefghij-1-entry filled", "abcdefghij-2-exit filled"]);
  expect(view.positions().map(({ quantity }) => quantity.toFixed())).toEqual(["0"]);
  expect(view.replay()).toEqual([]);
  view.close();
});

test("a strategy whose own way of closing leaves something is closed by the engine", async () => {
  const one = await scene(market([]), Holds);
  while (left(one).held === "0") await one.next();
  await one.session.stop(true);
  expect([(await one.ended).status.status, left(one)]).toEqual(["stopped", { orders: 0, held: "0" }]);
});

test("in a market that stands still nothing can be closed: the session ends, and says what it leaves", async () => {
  const one = await scene(market([]), Holds, { still: true });
  while (left(one).held === "0") await one.next();
  await one.session.stop(true);
  const { status, error } = await one.ended;
  expect([status.status, error?.code]).toEqual(["failed", "STOP_INCOMPLETE"]);
  expect(error?.message).toContain("a position of 0.1 BTCUSDT; order abcdefghij-");
  expect(one.messages.filter(({ kind }) => kind === "ended")).toHaveLength(1);
  const view = openState(one.path) as SessionView;
  expect(view.positions().map(({ quantity }) => quantity.toFixed())).toEqual(["0.1"]);
  view.close();
});

test("without closing, what enters is out by the venue's word, and what protects the position stays", async () => {
  let isStopping = false;
  const cancelled: string[] = [];
  const one = await scene(market([]), Holds, {
    venue: (venue) => ({
      orders: async () => {
        const all = await venue.orders();
        // An entry that the session takes for ended.
        return isStopping && cancelled.length === 0 ? [...all, { ...all[0]!, clientOrderId: "abcdefghij-1-entry" }] : all;
      },
      cancel: (symbol: string, id: string) => {
        cancelled.push(id);
        return venue.cancel(symbol, id);
      },
    }),
  });
  while (left(one).held === "0") await one.next();
  isStopping = true;
  await one.session.stop(false);
  expect([(await one.ended).status.status, left(one)]).toEqual(["stopped", { orders: 1, held: "0.1" }]);
  expect(cancelled).toEqual(["abcdefghij-1-entry"]);
});

test("an algorithm between two of its children enters no more, after a restart neither", async () => {
  const place = market([], 90);
  const one = await scene(place, Slices);
  while (left(one).held !== "0.2") await one.next();
  await one.session.stop(false);
  expect((await one.ended).status.status).toBe("stopped");
  const connected = await place.connect();
  const again = await openOn(connected, one.path, {
    strategy: Slices,
    settings: { sizer: "fixed:0.1" },
    trade: { history: 0, resume: true },
    play: async (settled) => {
      while (place.exchange.next({ fills: true }) !== undefined) await settled();
    },
    clock: { now: () => place.exchange.clock.now(), sleep: () => nextTurn() },
  });
  await again.session.run();
  expect([(await again.ended).status.status, left(one).held]).toEqual(["completed", "0.2"]);
});

test("a position that is not the session's: it ends, and says that the two do not agree", async () => {
  // Somebody else trades the symbol once the session is being stopped.
  let isTraded = false;
  const zero = new Decimal(0);
  const own = {
    symbol: "BTCUSDT",
    averageEntry: undefined,
    markPrice: new Decimal(100),
    realizedPnl: zero,
    unrealizedPnl: zero,
    fees: zero,
  };
  const one = await scene(market([]), Holds, {
    venue: (venue) => ({
      positions: async () => {
        const held = await venue.positions();
        return isTraded && held.length === 0 ? [{ ...own, quantity: new Decimal(1) }] : held;
      },
    }),
  });
  while (left(one).held === "0") await one.next();
  isTraded = true;
  await one.session.stop(true);
  const { error } = await one.ended;
  expect(error).toMatchObject({ code: "STOP_INCOMPLETE", message: expect.stringContaining("BTCUSDT: paper holds 1, the session 0.") });
  expect(left(one)).toEqual({ orders: 0, held: "0" });
});

test("an order that counts as ended here and works on at its venue is taken back when the two are compared", async () => {
  // The word of an amend that its venue took was lost with the process that waited for it.
  const cancelled: string[] = [];
  let isLeft = false;
  const one = await scene(market([]), Holds, {
    venue: (venue) => ({
      orders: async () => {
        const entry = isLeft ? await venue.order("BTCUSDT", "abcdefghij-1-entry") : undefined;
        const open = await venue.orders();
        return entry === undefined ? open : [...open, { ...entry, quantity: new Decimal(1), status: "partiallyFilled" as const }];
      },
      cancel: async (symbol: string, id: string) => {
        cancelled.push(id);
        isLeft = false;
        return venue.cancel(symbol, id);
      },
    }),
  });
  while (left(one).held === "0") await one.next();
  await one.next();
  isLeft = true;
  await one.session.answer({ kind: "command", command: { type: "reconcile" } });
  expect(cancelled).toEqual(["abcdefghij-1-entry"]);
  await one.session.stop(true);
  expect([(await one.ended).error, left(one)]).toEqual([undefined, { orders: 0, held: "0" }]);
});
