import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CandleSeries,
  type ExecutionHint,
  instrument,
  ROLE,
  SeriesBar,
  type StrategyContext,
  scaleInstrument,
  TYPE,
  type WorkingOrder,
} from "../../src/core/index.js";
import { Engine, EVENT, FillEvent, OrderEvent, REPORT, TradeEvent } from "../../src/engine/index.js";
import { basicRisk, parseSizer, REQUEST, type RouterConfigInput, routerConfig } from "../../src/execution/index.js";
import { Portfolio } from "../../src/portfolio/index.js";

const SCALED = scaleInstrument(instrument({ symbol: "TESTUSDT", tickSize: "0.1", lotSize: "0.001" }));
const NONE = new Float64Array(0);

/** An order as its venue sees it. */
interface Resting {
  readonly order: WorkingOrder;
  left: number;
  accepted: boolean;
  cancelling: boolean;
  readonly amends: [quantity: number, price: number][];
}

/** An engine on live ticks with a venue that answers when it is told to, in any order. */
class World {
  readonly engine: Engine;
  readonly portfolio = new Portfolio([SCALED], 10_000_000_000_000);
  readonly open = new Map<number, Resting>();
  /** Orders the venue has ended, for fills that it tells late. */
  readonly gone: { order: WorkingOrder; left: number }[] = [];
  time = 1_000_000;
  price = 1000;
  held = 0;
  #ask: ((desk: StrategyContext) => void) | undefined;

  constructor(router: RouterConfigInput, settings: { retries?: number } = {}) {
    const empty = new CandleSeries({
      symbol: "TESTUSDT",
      interval: "1m",
      priceDp: 1,
      volumeDp: 0,
      time: NONE,
      open: NONE,
      high: NONE,
      low: NONE,
      close: NONE,
      volume: NONE,
    });
    this.engine = new Engine({
      portfolio: this.portfolio,
      strategy: {
        onTrade: (_, desk) => {
          this.#ask?.(desk);
          this.#ask = undefined;
        },
      },
      sizer: parseSizer("fixed:1"),
      risk: basicRisk(),
      bars: [new SeriesBar(empty, 0)].map((bar) => {
        bar.index = -1;
        return bar;
      }),
      orders: { brackets: true, pyramiding: 0, reverse: true, latencyBars: 1, router: routerConfig(router), ...settings },
      candleOffset: 60_000,
      decides: "events",
    });
  }

  /** Takes out what the engine asks for: orders reach the venue, cancels and amends wait for its answer. */
  #send(): void {
    const { outbox } = this.engine;
    for (let order = outbox.take(); order !== undefined; order = outbox.take()) {
      const known = this.open.get(order.id);
      if (outbox.kind === REQUEST.open)
        this.open.set(order.id, { order, left: order.quantity, accepted: false, cancelling: false, amends: [] });
      else if (outbox.kind === REQUEST.cancel && known !== undefined) known.cancelling = true;
      else if (outbox.kind === REQUEST.amend && known !== undefined) known.amends.push([outbox.quantity, outbox.price]);
      if (order.type === TYPE.limit) expect(order.price > 0 && order.price % SCALED.tick === 0).toBe(true);
      expect(order.quantity > 0 && Number.isSafeInteger(order.quantity)).toBe(true);
    }
  }

  /** A market trade, at which the strategy may ask for something. */
  tick(price: number, ask?: (desk: StrategyContext) => void): void {
    const event = new TradeEvent();
    event.time = this.time;
    event.price = this.price = price;
    event.quantity = 50;
    this.#ask = ask;
    this.engine.process(event);
    this.#send();
  }

  timer(ms: number): void {
    this.time += ms;
    this.engine.process({ kind: EVENT.timer, time: this.time });
    this.#send();
  }

  report(order: WorkingOrder, report: number, more: Partial<OrderEvent> = {}): void {
    const event = new OrderEvent();
    Object.assign(event, { order, report, time: this.time, ...more });
    this.engine.process(event);
    this.#send();
  }

  fill(order: WorkingOrder, quantity: number): void {
    const event = new FillEvent();
    Object.assign(event, {
      order,
      quantity,
      price: order.price > 0 ? order.price : this.price,
      fee: 0,
      maker: order.price > 0,
      time: this.time,
    });
    this.held += order.direction * quantity;
    this.engine.process(event);
    this.#send();
  }

  /** The venue answers about one order: `how` of acknowledging, filling, ending or refusing what was asked. */
  answer(resting: Resting, how: string, share: number): void {
    const { order } = resting;
    const part = Math.max(1, Math.floor((resting.left * share) / 100));
    if (how === "accept" && !resting.accepted) {
      resting.accepted = true;
      this.report(order, REPORT.accepted);
    } else if (how === "part" || how === "fill") {
      const taken = how === "fill" ? resting.left : Math.min(part, resting.left);
      resting.left -= taken;
      if (resting.left === 0) this.open.delete(order.id);
      this.fill(order, taken);
    } else if (how === "confirm" && resting.amends.length > 0) {
      const [quantity, price] = resting.amends.shift()!;
      const filled = order.filled;
      resting.left = Math.max(0, quantity - filled);
      if (resting.left === 0) this.open.delete(order.id);
      this.report(order, REPORT.amended, { quantity, price });
    } else if (how === "confirm" && resting.cancelling) this.#end(resting, REPORT.cancelled);
    else if (how === "deny" && resting.amends.length > 0) {
      resting.amends.shift();
      this.report(order, REPORT.amendFailed);
    } else if (how === "deny" && resting.cancelling) {
      resting.cancelling = false;
      this.report(order, REPORT.cancelFailed);
    } else if (how === "cross") this.#end(resting, REPORT.cancelled, "would have taken");
    else if (how === "reject" && order.filled === 0) this.#end(resting, REPORT.rejected, "no");
  }

  #end(resting: Resting, report: number, why = ""): void {
    this.open.delete(resting.order.id);
    this.gone.push({ order: resting.order, left: resting.left });
    this.report(resting.order, report, { why });
  }

  /** Lets the venue do all it was asked for and fill what is at the market, until nothing moves. */
  drain(): void {
    for (let round = 0; round < 200 && (this.open.size > 0 || this.engine.orders.routing?.active); round++) {
      for (const resting of [...this.open.values()]) {
        if (!this.open.has(resting.order.id)) continue;
        this.answer(resting, "accept", 100);
        while (resting.amends.length > 0) this.answer(resting, "confirm", 100);
        if (resting.cancelling) this.answer(resting, "confirm", 100);
        else if (resting.order.type === TYPE.market && this.open.has(resting.order.id)) this.answer(resting, "fill", 100);
      }
      this.timer(10_000);
    }
  }
}

const counters = (world: World): Record<string, number> => ({ ...world.engine.orders.routerSnapshot().counters });
const only = (world: World): Resting => [...world.open.values()][0]!;
const LONG = (desk: StrategyContext): void => desk.enterLong();

describe("quotes on a venue that takes its time", () => {
  test("a retry is sent once the cancel is confirmed, for what is left after fills that came meanwhile", () => {
    const world = new World({ style: "maker_entry", entryMiss: "retry", entryTtlS: 5 });
    world.tick(1000, LONG);
    world.answer(only(world), "accept", 0);
    world.answer(only(world), "part", 30);
    world.timer(5_000);
    expect(world.open.size).toBe(1);
    world.answer(only(world), "part", 50); // 350 of the 700 left
    world.tick(1010);
    world.answer(only(world), "confirm", 0);
    const retry = only(world).order;
    expect([retry.quantity, retry.price, retry.route]).toEqual([350, 1009, "maker_entry_retry_1"]);
  });

  test("a fill that is told after the cancel shrinks the retry, and one that leaves nothing takes it back", () => {
    const world = new World({ style: "maker_entry", entryMiss: "retry", entryTtlS: 5 });
    world.tick(1000, LONG);
    const first = only(world).order;
    world.timer(5_000);
    world.answer(only(world), "confirm", 0);
    const retry = only(world);
    world.answer(retry, "accept", 0);
    world.fill(first, 400);
    expect(retry.amends).toEqual([[600, 999]]);
    world.answer(retry, "confirm", 0);
    expect(retry.order.quantity).toBe(600);
    world.fill(first, 600);
    expect(retry.cancelling).toBe(true);
    world.answer(retry, "confirm", 0);
    expect(world.open.size).toBe(0);
    expect([world.portfolio.quantity[0], world.engine.orders.routing!.active]).toEqual([1000, 0]);
  });

  test("an urgent exit takes the resting one back and goes before it, reduce-only", () => {
    const world = new World({ style: "maker_exit", exitTtlS: 300 });
    world.tick(1000, LONG);
    world.answer(only(world), "fill", 100);
    world.tick(1000, (desk) => desk.exitLong({ reason: "TAKE_PROFIT" }));
    const resting = only(world);
    expect([resting.order.price, resting.order.postOnly, resting.order.reduceOnly]).toEqual([1001, true, true]);
    world.tick(990, (desk) => desk.exitLong({ reason: "STOP_LOSS" }));
    const urgent = [...world.open.values()][1]!.order;
    expect([resting.cancelling, urgent.type, urgent.quantity, urgent.reduceOnly, urgent.reason]).toEqual([
      true,
      TYPE.market,
      1000,
      true,
      "STOP_LOSS",
    ]);
    world.answer(resting, "part", 25);
    world.answer(resting, "confirm", 0);
    expect(world.open.size, "what the resting one has left is not sold twice").toBe(1);
    world.fill(urgent, 750);
    expect(world.held).toBe(0);
    expect(counters(world)).toMatchObject({ exitEscalations: 1, makerExits: 1, plansExit: 2 });
  });

  test("an exit that rested too long, or that its venue would not rest, goes to the market at once", () => {
    for (const how of ["ttl", "cross", "reject"]) {
      const world = new World({ style: "maker_exit", exitTtlS: 5 });
      world.tick(1000, LONG);
      world.answer(only(world), "fill", 100);
      world.tick(1000, (desk) => desk.flatten({ reason: "TAKE_PROFIT" }));
      if (how === "ttl") {
        world.timer(5_000);
        world.answer(only(world), "confirm", 0);
      } else world.answer(only(world), how, 0);
      expect([only(world).order.type, only(world).order.quantity], how).toEqual([TYPE.market, 1000]);
      expect(counters(world).exitEscalations, how).toBe(1);
    }
  });

  test("a cancel that was refused is asked for again: at the next look at the time, or, of what nobody wants, a number of times", () => {
    const retried = new World({ style: "maker_entry", entryMiss: "retry", entryTtlS: 5 });
    retried.tick(1000, LONG);
    retried.answer(only(retried), "accept", 0);
    retried.timer(5_000);
    retried.answer(only(retried), "deny", 0);
    expect(only(retried).cancelling).toBe(false);
    retried.timer(1_000);
    expect(only(retried).cancelling).toBe(true);

    const dropped = new World({ style: "maker_entry", entryMiss: "skip", entryTtlS: 5 }, { retries: 1 });
    dropped.tick(1000, LONG);
    dropped.answer(only(dropped), "accept", 0);
    dropped.timer(5_000);
    dropped.answer(only(dropped), "deny", 0);
    expect(only(dropped).cancelling).toBe(true);
    dropped.answer(only(dropped), "deny", 0);
    expect(only(dropped).cancelling).toBe(false);
    expect(dropped.engine.orders.alerts.entries).toMatchObject([{ code: "CANCEL_FAILED", order: 1 }]);
  });

  test("a quote that is filled whole is let go of, whichever part of it came last", () => {
    const world = new World({ style: "maker_both" });
    const { quotes } = world.engine.orders.routing!;
    for (let trip = 0; trip < 20; trip++) {
      world.tick(1000, LONG);
      expect(quotes!.size).toBe(1);
      if (trip % 2 === 0) world.answer(only(world), "part", 40);
      world.answer(only(world), "fill", 100);
      world.tick(1000, (desk) => desk.exitLong({ reason: "TAKE_PROFIT" }));
      expect(quotes!.size).toBe(1);
      world.answer(only(world), "fill", 100);
      expect([world.held, quotes!.size]).toEqual([0, 0]);
      world.timer(1_000);
    }
    expect(counters(world)).toMatchObject({ makerEntries: 20, makerExits: 20 });
  });

  test("an entry given up makes room at once; what its order still fills is a position with its stop", () => {
    const world = new World({ style: "maker_entry", entryMiss: "skip", entryTtlS: 5 });
    world.tick(1000, (desk) => desk.enterLong({ stopLoss: "90" }));
    world.timer(5_000);
    const late = only(world);
    world.answer(late, "fill", 100);
    expect(world.portfolio.quantity[0]).toBe(1000);
    expect([...world.open.values()].map(({ order }) => [order.role, order.quantity])).toEqual([[ROLE.stopLoss, 1000]]);
  });

  test("a child whose price cannot be changed is replaced", () => {
    const world = new World({});
    world.tick(1000, (desk) => desk.enterLong({ hint: { algorithm: "pegged", offsetBps: 0, refreshMs: 0 } }));
    world.answer(only(world), "accept", 0);
    world.tick(1010);
    world.answer(only(world), "deny", 0);
    expect(only(world).cancelling).toBe(true);
    world.answer(only(world), "confirm", 0);
    expect([only(world).order.price, only(world).order.route]).toEqual([1010, "pegged a1-2"]);
  });
});

describe("whatever a venue answers, in whatever order", () => {
  const routers = fc.record<RouterConfigInput>({
    style: fc.constantFrom("taker", "maker_entry", "maker_exit", "maker_both"),
    entryTtlS: fc.constantFrom(1, 20),
    exitTtlS: fc.constantFrom(1, 20),
    entryMiss: fc.constantFrom("skip", "retry", "market"),
    entryRetries: fc.integer({ min: 0, max: 3 }),
    retryExhaust: fc.constantFrom("skip", "market"),
  });
  const hints = fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<ExecutionHint>(
        { algorithm: "twap", durationMs: 20_000 },
        { algorithm: "iceberg", displayQuantity: "0.3" },
        { algorithm: "pegged", offsetBps: "10", clipQuantity: "0.4", refreshMs: 1_000 },
        { algorithm: "trailingStop", callbackRate: "0.01" },
      ),
    },
  );
  const steps = fc.array(
    fc.record({
      what: fc.constantFrom("ask", "tick", "time", "accept", "part", "fill", "confirm", "confirm", "deny", "cross", "reject", "late"),
      ask: fc.constantFrom("enterLong", "enterShort", "exitLong", "exitShort", "flatten"),
      reason: fc.constantFrom("TAKE_PROFIT", "STOP_LOSS"),
      hint: hints,
      brackets: fc.boolean(),
      at: fc.nat({ max: 5 }),
      share: fc.integer({ min: 1, max: 99 }),
      price: fc.integer({ min: 950, max: 1050 }),
    }),
    { minLength: 10, maxLength: 80 },
  );

  test("positions are what was filled, exits only leave, and in the end everything is closed and nothing works any more", () => {
    fc.assert(
      fc.property(routers, steps, (router, list) => {
        const world = new World(router, { retries: 100 });
        for (const { what, ask, reason, hint, brackets, at, share, price } of list) {
          const all = [...world.open.values()];
          const resting = all[at % Math.max(1, all.length)];
          const way = hint === undefined ? {} : { hint };
          if (what === "ask")
            world.tick(price, (desk) => {
              const isLong = ask === "enterLong";
              const legs = brackets ? { stopLoss: isLong ? "80" : "120", takeProfit: isLong ? "120" : "80" } : {};
              if (ask === "enterLong" || ask === "enterShort") desk[ask]({ ...legs, ...way });
              else desk[ask]({ reason, ...way });
            });
          else if (what === "tick") world.tick(price);
          else if (what === "time") world.timer(share * 100);
          else if (what === "late" && world.gone.length > 0) {
            const gone = world.gone.at(-1)!;
            const taken = Math.min(gone.left, share);
            gone.left -= taken;
            if (taken > 0) world.fill(gone.order, taken);
          } else if (resting !== undefined) world.answer(resting, what, share);
          expect(world.portfolio.quantity[0]).toBe(world.held);
          expect(world.engine.orders.desks[0]!.held).toBe(world.held);
        }
        world.tick(1000, (desk) => desk.flatten({ reason: "KILL_SWITCH" }));
        world.drain();
        // What a late fill or a reversal under way opened meanwhile is left by one more.
        world.tick(1000, (desk) => desk.flatten({ reason: "KILL_SWITCH" }));
        world.drain();
        expect(world.held, "nothing is left behind").toBe(0);
        expect([...world.open.values()].map(({ order }) => `${order.id} ${order.role} ${order.route}`)).toEqual([]);
        expect(world.engine.orders.routing?.active ?? 0).toBe(0);
        expect(world.engine.orders.routerSnapshot().working).toEqual([]);
        expect(world.engine.orders.open()).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
