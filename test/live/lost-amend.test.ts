import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { candlesOf } from "../../src/backtest/index.js";
import { type AmendRequest, Decimal, type MarketEvent, type OrderOutcome, tapeOf } from "../../src/core/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { defineStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { connectPaper, type PaperAccount, PaperExchange, paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { openOn } from "./trader-support.js";

const START = Date.UTC(2024, 4, 1);

/** A book that stands, and trades at its bid: an order that waits there is filled by each of them, 0.005 at a time. `spike` is a last trade above all targets. */
function market(trades: number, spike: boolean) {
  const events: MarketEvent[] = [
    { type: "book", symbol: "BTCUSDT", time: START, kind: "snapshot", bids: [["60000.0", "5"]], asks: [["60000.1", "5"]] },
  ];
  for (let i = 1; i <= trades; i++)
    events.push({
      type: "trade",
      symbol: "BTCUSDT",
      time: START + i * 1_000,
      id: String(i),
      side: "sell",
      price: "60000",
      quantity: "0.005",
    });
  if (spike)
    events.push({ type: "trade", symbol: "BTCUSDT", time: START + 9_000, id: "spike", side: "buy", price: "60100", quantity: "1" });
  return tapeOf("BTCUSDT", events, { name: "made for a test", synthetic: true });
}

/** Waits at the bid, with a stop far below; with a target not far above where it is told to. */
const waits = (target: boolean) =>
  defineStrategy({
    name: "Waits",
    params: {},
    feeds: ["book"],
    create: () => ({
      onBook(book, desk) {
        const bid = book.bestBid;
        if (bid === undefined || !desk.isFlat) return;
        desk.enterLong({ limit: bid, stopLoss: bid.times("0.9"), ...(target ? { takeProfit: bid.times("1.001") } : {}) });
      },
    }),
  }) as unknown as StrategyDefinition;

/** What happens to an amend on its way: the request never arrives, or its answer never comes back. */
type Loss = "request" | "answer";

const UNKNOWN: OrderOutcome = { ok: false, definite: false, code: "TIMEOUT", message: "no answer" };

/**
 * A session whose entry is filled by four trades, so that its stop grows three times, on a venue that loses the first amends; afterwards it is compared with its venue as
 * often as they may take to come right.
 * @param touch - another hand at the account: at the end, or with a `spike` before it.
 */
async function played(losses: readonly Loss[], touch: (account: PaperAccount) => void = () => {}, spike = false) {
  const tape = market(4, spike);
  const recorded = [tape, candlesOf(tape, "1m")];
  const exchange = new PaperExchange({ data: recorded, queue: "optimistic" });
  const { venue, market: data, close } = await connectPaper(paper({ feed: replay(recorded) }), exchange);
  const left = [...losses];
  const asked: string[] = [];
  const lossy = new Proxy(venue, {
    get: (target, key) => {
      if (key === "amend")
        return async (request: AmendRequest): Promise<OrderOutcome> => {
          asked.push(request.quantity!.toFixed());
          const loss = left.shift();
          if (loss === "request") return UNKNOWN;
          const outcome = await target.amend(request);
          return loss === "answer" ? UNKNOWN : outcome;
        };
      const own = target[key as keyof typeof target];
      return typeof own === "function" ? (own as (...args: never[]) => unknown).bind(target) : own;
    },
  });
  const path = join(scratch(), "state.db");
  let compared = (): Promise<void> => Promise.resolve();
  const { session, ended: over } = await openOn({ venue: lossy, market: data, close }, path, {
    strategy: waits(spike),
    settings: { sizer: "fixed:0.02" },
    trade: { history: 0 },
    play: async (settled) => {
      const left = (): number => exchange.progress.total - exchange.progress.released;
      while (left() > (spike ? 2 : 0) && exchange.next({ fills: true }) !== undefined) await settled();
      touch(exchange.account("main"));
      while (exchange.next({ fills: true }) !== undefined) await settled();
      for (let i = 0; i < losses.length + 2; i++) {
        await compared();
        await settled();
      }
    },
    clock: { now: () => exchange.clock.now(), sleep: () => nextTurn() },
  });
  compared = async () => void (await session.command({ type: "reconcile" }));
  await session.run();
  expect((await over).error).toBeUndefined();
  const account = exchange.account("main");
  const open = (role: string): string[] =>
    account
      .open()
      .filter(({ clientOrderId }) => clientOrderId.endsWith(`-${role}`))
      .map((order) => order.report().quantity.toFixed());
  const view = openState(path) as SessionView;
  const known = view.orders().filter(({ role, status }) => role === "stopLoss" && status === "working");
  const ended = view.orders().filter(({ role, status }) => role !== "entry" && status !== "working");
  expect(view.replay()).toEqual([]);
  view.close();
  return {
    held: account.positions()[0]!.quantity.toFixed(),
    stops: open("stopLoss"),
    targets: open("takeProfit"),
    ended: ended.map(({ role, status, quantity, filledQuantity }) =>
      [role, status, quantity.toFixed(), filledQuantity.toFixed()].join(" "),
    ),
    known: known.map(({ quantity }) => quantity.toFixed()),
    asked,
  };
}

const sum = (amounts: readonly string[]): string => amounts.reduce((total, one) => total.plus(one), new Decimal(0)).toFixed();

describe("an amend of a stop that gets lost on its way", () => {
  test("without losses the stop grows with its position", async () => {
    expect(await played([])).toMatchObject({ held: "0.02", stops: ["0.02"], known: ["0.02"], asked: ["0.01", "0.015", "0.02"] });
  });

  test.each<readonly [string, readonly Loss[]]>([
    ["never arrived", ["request"]],
    ["took, though nobody said so", ["answer"]],
    ["never arrived twice", ["request", "request"]],
    ["took after one that never arrived", ["request", "answer"]],
  ])("is found out and asked anew where it %s: one stop guards all that is held", async (_, losses) => {
    const { held, stops, known } = await played(losses);
    expect([held, stops, known]).toEqual(["0.02", ["0.02"], ["0.02"]]);
  });

  test("is given up where it never arrives: another stop guards the rest", async () => {
    const { held, stops, known } = await played(["request", "request", "request"]);
    expect([held, sum(stops), sum(known)]).toEqual(["0.02", "0.02", "0.02"]);
    expect(stops.length).toBeGreaterThan(1);
  });

  /** Another hand makes a leg smaller. */
  const shrink = (account: PaperAccount, role: string): string => {
    const leg = account.open().find(({ clientOrderId }) => clientOrderId.endsWith(`-${role}`))!;
    expect(account.amend({ symbol: "BTCUSDT", clientOrderId: leg.venueOrderId, quantity: new Decimal("0.007") }).ok).toBe(true);
    return leg.venueOrderId;
  };

  test("a stop that another hand made smaller grows back to what is held", async () => {
    const { held, stops, known } = await played([], (account) => void shrink(account, "stopLoss"));
    expect([held, stops, known]).toEqual(["0.02", ["0.02"], ["0.02"]]);
  });

  test("a stop that was made smaller and then cancelled is known as what it was, and others guard what is held", async () => {
    const { held, stops, known, ended } = await played([], (account) => {
      account.cancel("BTCUSDT", shrink(account, "stopLoss"));
    });
    expect(ended).toEqual(["stopLoss cancelled 0.007 0"]);
    expect([held, sum(stops), sum(known)]).toEqual(["0.02", "0.02", "0.02"]);
  });

  test("a target that was made smaller and then filled whole is over, and what is left is guarded", async () => {
    const { held, stops, targets, ended } = await played([], (account) => void shrink(account, "takeProfit"), true);
    expect(ended).toContain("takeProfit filled 0.007 0.007");
    expect([held, sum(stops), sum(targets)]).toEqual(["0.013", "0.013", "0.013"]);
  });
});
