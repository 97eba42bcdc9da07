import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Decimal, type ExecutionHint, instrument, type OrderRequest } from "../../src/core/index.js";
import {
  type AlgorithmRequest,
  type AlgorithmStore,
  restoreAlgorithm,
  type SavedAlgorithm,
  startAlgorithm,
} from "../../src/execution/index.js";
import { abandonSession, algorithmStore, openState, StateWriter } from "../../src/state/index.js";
import { scratch, start } from "./samples.js";

const BTC = instrument({ symbol: "BTCUSDT", tickSize: "0.1", lotSize: "0.001" });
const HINTS: readonly ExecutionHint[] = [
  { algorithm: "twap", durationMs: 10_000, slices: 10 },
  { algorithm: "vwap", durationMs: 10_000 },
  { algorithm: "iceberg", displayQuantity: "0.13" },
];

/** What a process dies at: after the state is on disk but before its requests are sent, or after they were. */
type Crash = "saved" | "sent";

/** A venue that outlives processes, knows each id once, and fills at once. */
class Venue {
  readonly orders = new Map<string, OrderRequest>();
  readonly fills: { childId: string; quantity: Decimal; executionId: string }[] = [];

  place(request: AlgorithmRequest): void {
    if (request.type !== "place") return;
    const { clientOrderId, quantity } = request.order;
    expect(this.orders.has(clientOrderId), `${clientOrderId} is sent once`).toBe(false);
    this.orders.set(clientOrderId, request.order);
    this.fills.push({ childId: clientOrderId, quantity, executionId: `e-${clientOrderId}` });
  }
}

/** Works an order off over processes that die; returns the children's quantities. */
function work(path: string, hint: ExecutionHint, crashes: ReadonlyMap<number, Crash>): string[] {
  const venue = new Venue();
  let writer = new StateWriter(path, start("a"));
  let store: AlgorithmStore = algorithmStore<SavedAlgorithm>(writer);
  let run = startAlgorithm(hint, { id: "p", side: "buy", quantity: "1", instrument: BTC, price: 100 }, 0);
  let step = 0;
  const restart = (): void => {
    writer.close();
    abandonSession(path, "a");
    const view = openState(path);
    const kept = "algorithms" in view ? view.algorithms("a") : [];
    view.close();
    writer = new StateWriter(path, start("a"), { resume: true });
    store = algorithmStore<SavedAlgorithm>(writer, kept);
    run = restoreAlgorithm(store.all().get("p")!);
    // What the venue does not know is sent; what it has filled meanwhile is told again.
    for (const request of run.outstanding())
      if (request.type === "place" && !venue.orders.has(request.order.clientOrderId)) venue.place(request);
  };
  const send = (requests: readonly AlgorithmRequest[]): void => {
    store.put("p", run.save());
    const crash = crashes.get(step++);
    if (crash === "saved") restart();
    else {
      for (const request of requests) venue.place(request);
      if (crash === "sent") restart();
    }
  };
  send(run.take());
  let told = 0;
  for (let time = 0; time <= 12_000 && !run.isOver; time += 1_000) {
    send(run.process({ type: "trade", time, price: 100, quantity: 1 }));
    for (; told < venue.fills.length && !run.isOver; told++) {
      send(run.process({ type: "fill", time, price: 100, ...venue.fills[told]! }));
      const again = venue.fills[told]!;
      send(run.process({ type: "fill", time, price: 100, ...again })); // a venue says it twice: it counts once
    }
  }
  expect(run.status.state).toBe("done");
  store.delete("p");
  writer.end("completed");
  return [...venue.orders.values()].map(({ clientOrderId, quantity }) => `${clientOrderId} ${quantity.toFixed()}`);
}

test("a process that dies at any moment neither loses nor repeats a child", () => {
  for (const hint of HINTS) {
    const whole = work(join(scratch(), "whole.db"), hint, new Map());
    expect(whole.reduce((sum, line) => sum.plus(line.split(" ")[1]!), new Decimal(0)).toFixed()).toBe("1");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 40 }), fc.constantFrom<Crash>("saved", "sent")), { minLength: 1, maxLength: 5 }),
        (crashes) => {
          expect(work(join(scratch(), "broken.db"), hint, new Map(crashes))).toEqual(whole);
        },
      ),
      { numRuns: 3 },
    );
  }
});

test("what is put is on disk when it returns, under the order's id; what is over is taken out", () => {
  const path = join(scratch(), "state.db");
  const writer = new StateWriter(path, start("a"));
  const store = algorithmStore<SavedAlgorithm>(writer);
  const run = startAlgorithm(HINTS[0]!, { id: "p", side: "sell", quantity: "1", instrument: BTC }, 0);
  const kept = (): string[] => {
    const view = openState(path);
    const ids = "algorithms" in view ? view.algorithms("a").map(({ id }) => id) : [];
    view.close();
    return ids;
  };
  store.put("p", run.save());
  expect(kept()).toEqual(["p"]);
  expect(restoreAlgorithm(store.all().get("p")!).status).toEqual(run.status);
  store.delete("p");
  store.delete("p");
  expect([kept(), store.all().size]).toEqual([[], 0]);
  writer.close();
});
