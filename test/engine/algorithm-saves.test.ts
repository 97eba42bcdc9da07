import { describe, expect, test } from "vitest";
import { type AlgorithmDefinition, type AlgorithmStore, algos, type SavedAlgorithm } from "../../src/execution/index.js";
import { expectMisuse } from "../misuse.js";
import type { Place } from "./executed.js";
import { line, pair } from "./pair.js";

/** Rests half of its order at once and the other half when time passes; what it makes of its state is told from outside. */
const halves = (save: () => unknown, restore: (kept: unknown) => unknown = (kept) => kept): AlgorithmDefinition =>
  algos.define({
    name: "halves",
    params: {},
    start: (desk) => {
      desk.send({ type: "limit", quantity: 5, price: 90 });
      return { sent: 1 };
    },
    onEvent(desk, _state, event) {
      if (event.type === "timer") desk.send({ type: "limit", quantity: 5, price: 91 });
    },
    save: () => save() as never,
    restore: (kept) => restore(kept) as never,
  });

/** A store in memory, and what was put in it. */
function memory(): { readonly store: AlgorithmStore; readonly kept: Map<string, SavedAlgorithm> } {
  const kept = new Map<string, SavedAlgorithm>();
  const store = { put: (id: string, saved: SavedAlgorithm) => void kept.set(id, saved), delete: (id: string) => kept.delete(id) };
  return { store: store as unknown as AlgorithmStore, kept };
}

const circular: { self?: unknown } = {};
circular.self = circular;
const bad: [string, () => unknown][] = [
  [
    "throws",
    () => {
      throw new Error("no pen");
    },
  ],
  ["gives a circle", () => circular],
  ["gives a bigint", () => 5n],
  ["gives a promise", () => Promise.resolve({})],
];

describe("an algorithm whose save()", () => {
  test.each(bad)("%s at the start sends nothing: an entry ends, its reason is told", (_, save) => {
    const { store, kept } = memory();
    const { say, asked, one, wait } = pair({ orders: { algorithms: [halves(save)], algorithmStore: store } });
    say((desk) => desk.enterLong({ quantity: 10, hint: { algorithm: "halves" } }));
    wait(1_000);
    const alerts = one.engine.orders.alerts.entries.map(({ code, message }) => `${code} ${message}`);
    expect([asked(), alerts]).toEqual([[], [expect.stringMatching(/^ALGORITHM_ENDED halves a1 ended failed: it cannot be saved: ./)]]);
    expect(kept.size).toBe(0);
    // The desk is free again.
    say((desk) => desk.enterLong({ quantity: 10 }));
    expect(asked().map(line)).toEqual(["buy 10 AAAUSDT market"]);
  });

  test.each(bad)("%s later has its resting child taken back, and sends no other", (_, save) => {
    let broken = false;
    const { store, kept } = memory();
    const algorithms = [halves(() => (broken ? save() : {}))];
    const { say, asked, alerts, ended, fill, held, wait } = pair({ orders: { algorithms, algorithmStore: store } });
    say((desk) => desk.enterLong({ quantity: 10, hint: { algorithm: "halves" } }));
    const [child] = asked() as Place[];
    fill(child!, 2, "90");
    broken = true;
    wait(1_000);
    expect(asked().map(line)).toEqual(["cancel AAAUSDT"]);
    ended(child!, "cancelled", 2);
    expect([asked(), alerts(), held(), kept.size]).toEqual([[], ["ALGORITHM_ENDED"], [2, 0], 0]);
  });

  test.each(bad)("%s does not keep a position: its rest goes to the market", (_, save) => {
    let broken = false;
    const { store } = memory();
    const algorithms = [halves(() => (broken ? save() : {}))];
    const { say, asked, fill, held, ended, wait } = pair({ orders: { algorithms, algorithmStore: store } });
    say((desk) => desk.enterLong({ quantity: 10 }));
    fill(asked()[0] as Place, 10, "100");
    say((desk) => desk.exitLong({ hint: { algorithm: "halves" } }));
    const [child] = asked() as Place[];
    broken = true;
    wait(1_000);
    expect(asked().map(line)).toEqual(["cancel AAAUSDT"]);
    ended(child!, "cancelled");
    const [rest] = asked() as Place[];
    expect(line(rest!)).toBe("sell 10 AAAUSDT market reduce-only");
    fill(rest!, 10, "100");
    expect(held()).toEqual([0, 0]);
  });

  test("is by hand an error; `fail` says what is to be done instead", () => {
    let broken = false;
    const own = [
      halves(() => {
        if (broken) throw new Error("no pen");
        return {};
      }),
    ];
    const parent = { id: "p", side: "buy", quantity: 10, instrument: { symbol: "AAAUSDT", tickSize: "0.1", lotSize: "1" } } as const;
    const run = algos.start({ algorithm: "halves" }, parent, 0, own);
    run.take();
    run.process({ type: "accepted", time: 1, childId: "p-1" });
    broken = true;
    const unsent = run.process({ type: "timer", time: 2 });
    expect(() => run.save()).toThrow("no pen");
    expect(run.fail("no pen", unsent)).toEqual([{ type: "cancel", symbol: "AAAUSDT", clientOrderId: "p-1" }]);
    expect(run.status).toMatchObject({ state: "closing", note: "no pen", children: 2 });
    // Ending, it can be kept, and goes on ending.
    const again = algos.restore(run.save(), own);
    expect(again.outstanding()).toEqual([{ type: "cancel", symbol: "AAAUSDT", clientOrderId: "p-1" }]);
    expect(again.process({ type: "ended", time: 3, childId: "p-1", status: "cancelled" })).toEqual([]);
    expect(again.status).toMatchObject({ state: "failed", note: "no pen" });
  });
});

test("an algorithm whose restore() throws has failed: its children are taken back, and an exit goes to the market", () => {
  const own = [
    halves(
      () => ({}),
      () => {
        throw new Error("cannot read it");
      },
    ),
  ];
  for (const reduceOnly of [false, true]) {
    const instrument = { symbol: "AAAUSDT", tickSize: "0.1", lotSize: "1" };
    const run = algos.start({ algorithm: "halves" }, { id: "p", side: "buy", quantity: 10, reduceOnly, instrument }, 0, own);
    run.take();
    const again = algos.restore(run.save(), own);
    expect(again.status).toMatchObject({ state: "closing", note: "cannot read it" });
    expect(again.take()).toEqual([{ type: "cancel", symbol: "AAAUSDT", clientOrderId: "p-1" }]);
    const [rest] = again.process({ type: "ended", time: 3, childId: "p-1", status: "cancelled" });
    if (reduceOnly) expect(rest).toMatchObject({ type: "place", order: { type: "market", reduceOnly: true } });
    else expect([rest, again.status.state]).toEqual([undefined, "failed"]);
  }
  expectMisuse(() => algos.restore({ version: 2, algorithm: "halves" } as never, own), "ALGORITHM_SAVED", /version 2/);
});

test("every request of an algorithm is kept before it leaves, also one that answers a child that could not be sent", () => {
  const { store, kept } = memory();
  const stubborn = algos.define({
    name: "stubborn",
    params: {},
    start: (desk) => {
      desk.send({ type: "limit", quantity: 10, price: 500 });
      return {};
    },
    onEvent(desk, _state, event) {
      if (event.type === "ended") desk.send({ type: "limit", quantity: 10, price: 90 });
    },
  });
  const algorithms = [stubborn];
  // The first child is refused by the risk check at its price, the second is not.
  const { say, asked } = pair({ orders: { algorithms, algorithmStore: store }, risk: { maxOrderNotional: 4_000 } });
  say((desk) => desk.enterLong({ quantity: 10, hint: { algorithm: "stubborn" } }));
  const [place] = asked() as Place[];
  expect(place!.request.price!.toFixed()).toBe("90");
  expect(kept.get("a1")!.children.map(({ price }) => price)).toEqual(["90"]);
});
