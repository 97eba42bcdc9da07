import { describe, expect, test } from "vitest";
import type { ExecutionHint } from "../../src/core/index.js";
import { type AlgorithmDefinition, type AlgorithmDesk, algos, type ChildInput, risk } from "../../src/execution/index.js";
import type { Place } from "./executed.js";
import { line, pair } from "./pair.js";

/** Holds so much of the first instrument, bought in tens. */
function holding(quantity: number, options: Parameters<typeof pair>[0] = {}) {
  const world = pair({ ...options, orders: { pyramiding: 5, ...options.orders } });
  for (let bought = 0; bought < quantity; bought += 10) {
    world.say((desk) => desk.enterLong({ quantity: 10 }));
    world.fill(world.asked()[0] as Place, 10, "100");
  }
  return world;
}

/** Sends what it is told to when it starts. */
const sends = (child: unknown): AlgorithmDefinition =>
  algos.define({
    name: "sends",
    params: {},
    start: (desk) => {
      desk.send(child as ChildInput);
      return {};
    },
    onEvent: () => {},
  });

describe("an exit by an algorithm", () => {
  const hints: ExecutionHint[] = [
    { algorithm: "sniper", triggerPrice: "90" },
    { algorithm: "trailingStop", activationPrice: "100", callbackRate: "0.00000001" },
    { algorithm: "twap", durationMs: 1, slices: 1 },
    { algorithm: "vwap", durationMs: 1 },
    { algorithm: "iceberg", displayQuantity: "30" },
    { algorithm: "pegged", offsetBps: 0, refreshMs: 0 },
  ];
  test.each(hints)("by $algorithm keeps to the order cap and closes everything", (hint) => {
    const { say, asked, fill, held, price } = holding(30, { risk: { maxOrderQuantity: 10 } });
    say((desk) => desk.exitLong({ hint }));
    const sizes: number[] = [];
    for (let i = 0; i < 10 && held()[0] !== 0; i++) {
      price("AAAUSDT", i % 2 === 0 ? "99" : "100");
      for (const one of asked() as Place[]) {
        if (one.type !== "place") continue;
        sizes.push(one.request.quantity.toNumber());
        expect(one.request.reduceOnly).toBe(true);
        fill(one, one.request.quantity.toNumber(), "99");
      }
    }
    expect([sizes, held()]).toEqual([
      [10, 10, 10],
      [0, 0],
    ]);
  });

  test("goes to the market where the code that reads its parameters throws; an entry is refused", () => {
    const reads = algos.define({
      name: "reads",
      params: { at: (value) => (value as string).toLowerCase() },
      start: () => ({}),
      onEvent: () => {},
    });
    const { say, asked, alerts, one } = holding(10, { orders: { algorithms: [reads] } });
    say((desk) => desk.exitLong({ hint: { algorithm: "reads" } }));
    expect([asked().map(line), alerts()]).toEqual([["sell 10 AAAUSDT market reduce-only"], ["HINT_REFUSED"]]);
    say((desk) => desk.of("BBBUSDT").enterLong({ hint: { algorithm: "reads" } }));
    const { orders } = one.engine.orders;
    expect([asked(), orders.verdict(orders.length - 1)?.code]).toEqual([[], "HINT_INVALID"]);
  });

  test("goes on after a child that was sent for less, because others were closing the rest and then did not", () => {
    const { say, asked, fill, held, one, wait, ended, price } = holding(10, { risk: risk.heat({ reduce: "0.11" }) });
    say((desk) => desk.exitLong({ hint: { algorithm: "twap", durationMs: 10_000, slices: 2 } }));
    fill(asked()[0] as Place, 5, "100");
    price("AAAUSDT", "250");
    const [reduction] = asked() as Place[];
    expect(line(reduction!)).toBe("sell 1 AAAUSDT market reduce-only");
    wait(6_000);
    const [slice] = asked() as Place[];
    expect(line(slice!)).toBe("sell 4 AAAUSDT market reduce-only");
    one.action({ type: "cancel", orderId: String(reduction!.order.id) });
    ended(reduction!, "cancelled");
    fill(slice!, 4, "250");
    wait(6_000);
    const [, rest, ...more] = asked() as Place[];
    expect([line(rest!), more]).toEqual(["sell 1 AAAUSDT market reduce-only", []]);
    fill(rest!, 1, "250");
    expect(held()).toEqual([0, 0]);
  });
});

describe("what an algorithm of one's own asks for", () => {
  const wrong: [string, unknown][] = [
    ["a type in other letters", { type: "Limit", quantity: "1", price: "90" }],
    ["a type there is not", { type: "stop", quantity: "1", price: "90" }],
    ["a misspelt key", { type: "limit", quantity: "1", price: "90", postonly: true }],
    ["a limit without a price", { type: "limit", quantity: "1" }],
    ["a limit below zero", { type: "limit", quantity: "1", price: "-90" }],
    ["a limit that is no number", { type: "limit", quantity: "1", price: Number.NaN }],
    ["a market order with a price", { type: "market", quantity: "1", price: "90" }],
    ["a market order that rests", { type: "market", quantity: "1", postOnly: true }],
    ["another time in force", { type: "limit", quantity: "1", price: "90", timeInForce: "day" }],
    ["postOnly as a word", { type: "limit", quantity: "1", price: "90", postOnly: "yes" }],
    ["a quantity that is none", { type: "market", quantity: "all" }],
    ["nothing", undefined],
  ];
  test.each(wrong)("is never taken for something else: %s ends its work", (_, child) => {
    const algorithms = [sends(child)];
    const { say, asked, alerts } = holding(10, { orders: { algorithms } });
    say((desk) => desk.of("BBBUSDT").enterLong({ quantity: 5, hint: { algorithm: "sends" } }));
    expect([asked(), alerts()]).toEqual([[], ["ALGORITHM_ENDED"]]);
    // An exit leaves all the same, whole.
    say((desk) => desk.exitLong({ hint: { algorithm: "sends" } }));
    expect(asked().map(line)).toEqual(["sell 10 AAAUSDT market reduce-only"]);
  });

  test.each([
    ["finish with another outcome", (desk: AlgorithmDesk<object>) => desk.finish("done" as never, "")],
    ["to be woken at no time", (desk: AlgorithmDesk<object>) => desk.wakeAt(Number.NaN)],
    ["an amend to no price", (desk: AlgorithmDesk<object>) => void desk.amend(desk.children[0]!, "0")],
  ])("%s ends its work", (_, ask) => {
    const odd = algos.define({
      name: "odd",
      params: {},
      start: (desk) => {
        desk.send({ type: "limit", quantity: desk.unsent, price: "90" });
        return {};
      },
      onEvent: (desk, _state, event) => (event.type === "timer" ? ask(desk) : undefined),
    });
    const { say, asked, wait, ended, alerts } = pair({ orders: { algorithms: [odd] } });
    say((desk) => desk.enterLong({ quantity: 10, hint: { algorithm: "odd" } }));
    const [child] = asked() as Place[];
    wait(1);
    expect(asked().map(({ type }) => type)).toEqual(["cancel"]);
    ended(child!, "cancelled");
    expect([asked(), alerts()]).toEqual([[], ["ALGORITHM_ENDED"]]);
  });
});

test("a child that was called off before its venue had answered is not placed again after a restart", () => {
  const instrument = { symbol: "AAAUSDT", tickSize: "0.1", lotSize: "1" };
  const run = algos.start(
    { algorithm: "iceberg", displayQuantity: "5" },
    { id: "p", side: "buy", quantity: 10, price: 100, instrument },
    0,
  );
  run.take();
  run.cancel(1);
  const again = algos.restore(run.save());
  expect(again.outstanding()).toEqual([{ type: "cancel", symbol: "AAAUSDT", clientOrderId: "p-1" }]);
});

test("an algorithm that gives way to an urgent exit is over once its orders are, so that the position is left even if that exit is given up", () => {
  const { say, asked, ended, fill, held, wait } = holding(10, { orders: { retries: 0 } });
  say((desk) => desk.exitLong({ hint: { algorithm: "twap", durationMs: 10_000, slices: 2 } }));
  const [slice] = asked() as Place[];
  // The second slice has not left when everything is to be closed in the same moment.
  wait(4_999);
  expect(asked()).toEqual([]);
  say((desk) => desk.flatten({ reason: "KILL_SWITCH" }));
  const [, urgent] = asked() as Place[];
  expect(line(urgent!)).toBe("sell 10 AAAUSDT market reduce-only");
  ended(slice!, "cancelled");
  ended(urgent!, "rejected");
  wait(1_000);
  const [again] = asked() as Place[];
  expect(line(again!)).toBe("sell 10 AAAUSDT market reduce-only");
  fill(again!, 10, "100");
  expect(held()).toEqual([0, 0]);
});
