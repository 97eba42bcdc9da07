import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Decimal, type ExecutionHint, instrument, type OrderRequest } from "../../src/core/index.js";
import { type AlgorithmEvent, algos, defineAlgorithm, MemoryAlgorithmStore } from "../../src/execution/index.js";
import { expectMisuse } from "../misuse.js";
import { accepted, Bench, ended, fill, timer, trade } from "./algorithm-world.js";

const TWAP: ExecutionHint = { algorithm: "twap", durationMs: 120_000 };

describe("a run", () => {
  test("books fills that come twice once, and late ones of a child that is over", () => {
    const bench = new Bench(TWAP, { quantity: "1" });
    bench.lines(
      { ...fill(1, "p1-1", "0.2"), executionId: "e1" } as AlgorithmEvent,
      { ...fill(1, "p1-1", "0.2"), executionId: "e1" } as AlgorithmEvent,
    );
    expect(bench.run.status.filled.toFixed()).toBe("0.2");
    bench.lines(ended(2, "p1-1"), fill(3, "p1-1", "0.3", 110));
    expect(bench.run.status.filled.toFixed()).toBe("0.5");
    expect(bench.run.status.averagePrice!.toFixed()).toBe("106");
    expect(bench.lines(fill(4, "x-1", "1"), fill(4, "p1-9", "1"), timer(60_000))).toEqual(["p1-2 market buy 0.5"]);
  });

  test("a late fill that leaves too little for what rests cancels that first", () => {
    const bench = new Bench({ algorithm: "iceberg", displayQuantity: "0.6" }, { price: 100 });
    bench.lines(ended(1, "p1-1"));
    expect(bench.lines(fill(2, "p1-1", "0.6"))).toEqual(["cancel p1-2"]);
    expect(bench.lines(timer(3))).toEqual([]);
    expect(bench.lines(ended(4, "p1-2"))).toEqual(["p1-3 limit buy 0.4 @ 100"]);
  });

  test("gives up after three children in a row that were rejected, accepted before that or not", () => {
    const iceberg: ExecutionHint = { algorithm: "iceberg", displayQuantity: "0.2" };
    const bench = new Bench(iceberg, { price: 100 });
    const next = (id: string): string[] => [`${id} limit buy 0.2 @ 100`];
    expect(bench.lines()).toEqual(next("p1-1"));
    expect(bench.lines(accepted(1, "p1-1"), ended(1, "p1-1", "rejected"))).toEqual(next("p1-2"));
    expect(bench.lines(ended(1, "p1-2", "rejected"))).toEqual(next("p1-3"));
    // One that was cancelled breaks the row.
    expect(bench.lines(accepted(1, "p1-3"), ended(1, "p1-3", "cancelled"))).toEqual(next("p1-4"));
    expect(bench.lines(accepted(1, "p1-4"), ended(1, "p1-4", "rejected"))).toEqual(next("p1-5"));
    expect(bench.lines(accepted(1, "p1-5"), ended(1, "p1-5", "rejected"))).toEqual(next("p1-6"));
    expect(bench.lines(accepted(1, "p1-6"), ended(1, "p1-6", "rejected"))).toEqual([]);
    expect([bench.run.isOver, bench.run.status.state]).toEqual([true, "failed"]);
  });

  test("names what nobody has acknowledged, for the first thing to do after a restart", () => {
    const bench = new Bench({ algorithm: "pegged", offsetBps: 0, refreshMs: 0, clipQuantity: "0.4" }, { price: 100 });
    const asked = (): string[] => bench.run.outstanding().map(({ type }) => type);
    bench.restart();
    expect(asked()).toEqual(["place"]);
    bench.lines(accepted(1, "p1-1"));
    expect(asked()).toEqual([]);
    bench.lines(trade(2, 101));
    bench.restart();
    expect(bench.run.outstanding()).toMatchObject([{ type: "amend", amend: { clientOrderId: "p1-1" } }]);
    bench.run.cancel();
    bench.restart();
    expect(asked()).toEqual(["cancel"]);
  });

  test("knows its children by their ids", () => {
    const { run } = new Bench(TWAP);
    expect(["p1-1", "p1-2", "p1-01", "p1", "p12-1", "p1-x"].map((id) => run.owns(id))).toEqual([true, false, false, false, false, false]);
  });

  test("keeps in a store by its order's id", () => {
    const store = new MemoryAlgorithmStore();
    const bench = new Bench(TWAP);
    store.put("p1", bench.run.save());
    store.put("p1", bench.run.save());
    expect([...store.all().keys()]).toEqual(["p1"]);
    expect(algos.restore(store.all().get("p1")!).status).toEqual(bench.run.status);
    store.delete("p1");
    expect(store.all().size).toBe(0);
  });
});

describe("an algorithm of one's own", () => {
  const halves = defineAlgorithm({
    name: "halves",
    params: { waitMs: algos.param.whole({ min: 1 }) },
    start: (desk) => ({ sent: desk.send({ type: "market", quantity: desk.parent.quantity.div(2) }) === undefined ? 0 : 1 }),
    onEvent(desk, state) {
      if (state.sent === 1 && desk.time >= desk.startedAt + desk.params.waitMs) {
        desk.send({ type: "market", quantity: "1000" });
        state.sent++;
      }
    },
    status: (_, { sent }) => `${sent} of 2`,
  });

  test("is started by its name, cannot exceed its order, and survives a restart", () => {
    const bench = new Bench({ algorithm: "halves", params: { waitMs: 10 } }, { quantity: "0.005" }, [halves]);
    expect(bench.lines(timer(9))).toEqual(["p1-1 market buy 0.002"]);
    bench.restart();
    expect(bench.run.status.note).toBe("1 of 2");
    expect(bench.lines(timer(10), timer(11))).toEqual(["p1-2 market buy 0.003"]);
  });

  test("one that throws is over: children are cancelled; of an exit the rest goes to the market", () => {
    const broken = defineAlgorithm({
      name: "broken",
      params: {},
      start: (desk) => {
        desk.send({ type: "limit", quantity: "0.4", price: 100 });
        return {};
      },
      onEvent() {
        throw new Error("oh");
      },
    });
    const entry = new Bench({ algorithm: "broken" }, {}, [broken]);
    expect(entry.lines(timer(1), ended(2, "p1-1"), timer(3))).toEqual(["p1-1 limit buy 0.4 @ 100", "cancel p1-1"]);
    expect(entry.run.status).toMatchObject({ state: "failed", note: "oh" });
    const exit = new Bench({ algorithm: "broken" }, { reduceOnly: true, side: "sell" }, [broken]);
    expect(exit.lines(timer(1), fill(2, "p1-1", "0.1"), ended(3, "p1-1"))).toEqual([
      "p1-1 limit sell 0.4 @ 100",
      "cancel p1-1",
      "p1-2 market sell 0.9",
    ]);
  });

  test("keeps what it wants of its state, and hears that it is called off", () => {
    const seen: string[] = [];
    const own = defineAlgorithm({
      name: "own",
      params: {},
      start: () => ({ ticks: 0 }),
      onEvent: (_, state) => void state.ticks++,
      save: (state) => state.ticks,
      restore: (ticks) => ({ ticks: Number(ticks) + 100 }),
      status: (_, { ticks }) => String(ticks),
      cancel: () => void seen.push("cancel"),
    });
    const bench = new Bench({ algorithm: "own" }, {}, [own]);
    bench.lines(timer(1));
    bench.restart();
    expect(bench.run.status.note).toBe("101");
    bench.run.cancel();
    bench.run.cancel();
    expect([seen, bench.run.status.state]).toEqual([["cancel"], "cancelled"]);
  });

  test("with a handler that returns a promise is over", () => {
    const late = defineAlgorithm({ name: "late", params: {}, start: () => ({}), onEvent: (() => Promise.resolve()) as never });
    const bench = new Bench({ algorithm: "late" }, {}, [late]);
    bench.lines(timer(1));
    expect(bench.run.status.note).toBe("A handler of late returned a promise. Handlers are synchronous.");
  });

  test.each<[string, unknown, string]>([
    ["a name that is none", { name: "no good" }, "needs a name"],
    ["no handlers", { name: "x" }, "needs the functions start and onEvent"],
    ["a parameter that is none", { name: "x", params: { a: 1 }, start() {}, onEvent() {} }, "The parameter a of x is no reader"],
  ])("%s is misuse", (_what, input, message) => {
    expectMisuse(() => defineAlgorithm(input as never), "ALGORITHM_INVALID", message);
  });
});

describe("whatever the market and the venue do", () => {
  const hints = fc.oneof(
    fc.record({
      algorithm: fc.constant("twap"),
      durationMs: fc.integer({ min: 1, max: 200_000 }),
      slices: fc.integer({ min: 1, max: 20 }),
    }),
    fc.record({ algorithm: fc.constant("vwap"), durationMs: fc.integer({ min: 1, max: 200_000 }) }),
    fc.record({
      algorithm: fc.constant("vwap"),
      durationMs: fc.integer({ min: 1, max: 200_000 }),
      participationRate: fc.constantFrom("0.01", "0.5"),
    }),
    fc.record({
      algorithm: fc.constant("iceberg"),
      displayQuantity: fc.constantFrom("0.002", "0.3", "7"),
      limitOffsetBps: fc.constantFrom(0, 3),
    }),
    fc.record({
      algorithm: fc.constant("pegged"),
      offsetBps: fc.constantFrom(0, 5),
      clipQuantity: fc.constantFrom("0.01", "0.4"),
      refreshMs: fc.constantFrom(0, 3_000),
    }),
    fc.record({
      algorithm: fc.constant("sniper"),
      triggerPrice: fc.integer({ min: 90, max: 110 }),
      timeoutMs: fc.integer({ min: 1, max: 200_000 }),
    }),
    fc.record({ algorithm: fc.constant("trailingStop"), callbackRate: fc.constantFrom("0.001", "0.02") }),
  );
  const instruments = fc.constantFrom(
    instrument({ symbol: "ABCUSDT", tickSize: "0.1", lotSize: "0.001" }),
    instrument({ symbol: "ABCUSDT", tickSize: "0.5", lotSize: "0.01", minQuantity: "0.05", maxQuantity: "0.4", minNotional: "7" }),
  );
  const steps = fc.array(
    fc.record({
      what: fc.constantFrom("trade", "candle", "book", "timer", "fill", "part", "cancelled", "rejected", "accepted", "late", "cancel"),
      ms: fc.integer({ min: 0, max: 30_000 }),
      price: fc.integer({ min: 900, max: 1100 }),
      share: fc.integer({ min: 1, max: 99 }),
    }),
    { maxLength: 60 },
  );
  const world = fc.record({
    hint: hints,
    market: instruments,
    lots: fc.integer({ min: 1, max: 400 }),
    side: fc.constantFrom("buy", "sell"),
    reduceOnly: fc.boolean(),
    list: steps,
    /** Steps before which the process dies. */
    crashes: fc.array(fc.nat({ max: 59 }), { maxLength: 6 }),
  });

  /** Plays events against a venue that fills, cancels and rejects as told; returns every request. */
  function play(
    of: {
      hint: unknown;
      market: ReturnType<typeof instrument>;
      lots: number;
      side: "buy" | "sell";
      reduceOnly: boolean;
      list: readonly { what: string; ms: number; price: number; share: number }[];
    },
    crashes: readonly number[],
  ): { bench: Bench; log: string[]; sent: Map<string, OrderRequest>; filled: Decimal } {
    const { market, lots, side, reduceOnly } = of;
    const quantity = market.lotSize.times(lots);
    const bench = new Bench(of.hint as ExecutionHint, { side, quantity, reduceOnly, instrument: market, price: 100 });
    const log: string[] = [];
    const sent = new Map<string, OrderRequest>();
    const open = new Map<string, Decimal>();
    let filled = new Decimal(0);
    let time = 0;
    const look = (): void => {
      for (const order of bench.requests.flatMap((request) => (request.type === "place" ? [request.order] : []))) {
        expect(sent.has(order.clientOrderId), "no id twice").toBe(false);
        sent.set(order.clientOrderId, order);
        open.set(order.clientOrderId, order.quantity);
        expect(order.clientOrderId.length).toBeLessThanOrEqual(36);
        expect(order.quantity.gt(0) && order.quantity.mod(market.lotSize).isZero()).toBe(true);
        expect(order.quantity.lte(market.maxQuantity ?? order.quantity)).toBe(true);
        if (order.price !== undefined) expect(order.price.mod(market.tickSize).isZero() && order.price.gt(0)).toBe(true);
        expect(order.reduceOnly).toBe(reduceOnly);
      }
      log.push(...bench.lines());
      const working = [...open.values()].reduce((sum, left) => sum.plus(left), new Decimal(0));
      expect(filled.plus(working).lte(quantity), "children together never exceed the order").toBe(true);
    };
    look();
    for (const [i, { what, ms, price, share }] of of.list.entries()) {
      if (crashes.includes(i)) bench.restart();
      time += ms;
      const [id, left] = [...open][share % Math.max(1, open.size)] ?? [];
      let event: AlgorithmEvent | undefined;
      if (what === "trade" || what === "late") event = trade(time, price / 10, share);
      else if (what === "candle") event = { type: "candle", time, close: new Decimal(price).div(10), volume: share };
      else if (what === "book") event = { type: "book", time, bid: new Decimal(price).div(10), ask: new Decimal(price + 2).div(10) };
      else if (what === "timer") event = timer(time);
      else if (what === "cancel" && share < 10) bench.requests.push(...bench.run.cancel(time));
      else if (id !== undefined && left !== undefined) {
        const part = left.times(share).div(100).div(market.lotSize).floor().times(market.lotSize);
        if (what === "accepted") event = accepted(time, id);
        else if (what === "cancelled" || what === "rejected") {
          event = ended(time, id, what);
          open.delete(id);
        } else if (what === "fill" || (what === "part" && part.gt(0))) {
          const taken = what === "fill" ? left : part;
          filled = filled.plus(taken);
          if (taken.eq(left)) open.delete(id);
          else open.set(id, left.minus(taken));
          event = fill(time, id, taken);
        }
      }
      if (event !== undefined) bench.requests.push(...bench.run.process(event));
      look();
      expect(bench.run.status.filled.toFixed()).toBe(filled.toFixed());
      if (bench.run.isOver) expect(open.size).toBe(0);
    }
    return { bench, log, sent, filled };
  }

  test("children together never exceed the order, in whole lots and ticks; a restart changes nothing", () => {
    fc.assert(
      fc.property(world, ({ crashes, ...of }) => {
        const whole = play(of, []);
        const broken = play(of, crashes);
        expect(broken.log).toEqual(whole.log);
        expect(broken.bench.run.save()).toEqual(whole.bench.run.save());
        if (whole.filled.eq(of.market.lotSize.times(of.lots))) expect(whole.bench.run.status.state).toBe("done");
      }),
      { numRuns: 400 },
    );
  });

  test("a TWAP or a VWAP whose children are filled at once sends the whole order, neither more nor less", () => {
    fc.assert(
      fc.property(
        hints.filter(({ algorithm }) => algorithm === "twap" || algorithm === "vwap"),
        instruments,
        fc.integer({ min: 5, max: 400 }),
        (hint, market, lots) => {
          const quantity = market.lotSize.times(lots);
          const bench = new Bench(hint as ExecutionHint, { quantity, instrument: market, price: 100 });
          let sent = new Decimal(0);
          for (let time = 0; time <= 600_000 && !bench.run.isOver; time += 1_000) {
            bench.requests.push(...bench.run.process(trade(time, 100, 1_000_000)));
            for (let orders = bench.orders(); orders.length > 0; orders = bench.orders())
              for (const order of orders) {
                sent = sent.plus(order.quantity);
                bench.requests.push(...bench.run.process(fill(time, order.clientOrderId, order.quantity)));
              }
          }
          expect(bench.run.status.state).toBe("done");
          expect(sent.toFixed()).toBe(quantity.toFixed());
        },
      ),
    );
  });
});
