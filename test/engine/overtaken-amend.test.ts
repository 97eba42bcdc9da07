import { describe, expect, test } from "vitest";
import { Decimal, type OrderOutcome, type VenueOrder, type WorkingOrder } from "../../src/core/index.js";
import type { EdgeRequest } from "../../src/engine/index.js";
import { KeptOrders } from "../../src/live/index.js";
import { executionOf, type Place } from "./executed.js";
import { rig } from "./rig.js";

type Amend = Extract<EdgeRequest, { type: "amend" }>;

/** A position of 10, filled in two parts, whose stop of 4 is being amended to 10: nobody has told yet that the amend took. */
function amending() {
  const world = rig();
  const kept = new KeptOrders(world.engine.orders.orders);
  let time = 5;
  const asked = (): EdgeRequest[] => {
    const all = world.take();
    for (const one of all) if (one.type === "place") kept.add(one.order);
    return all;
  };
  const order = ({ request }: Place, more: Partial<VenueOrder>): VenueOrder => ({
    venueOrderId: "1",
    clientOrderId: request.clientOrderId,
    symbol: request.symbol,
    side: request.side,
    type: request.type,
    quantity: request.quantity,
    filledQuantity: new Decimal(0),
    averagePrice: undefined,
    price: request.price,
    triggerPrice: request.triggerPrice,
    timeInForce: "gtc",
    postOnly: false,
    reduceOnly: request.reduceOnly ?? false,
    status: request.triggerPrice === undefined ? "working" : "untriggered",
    createdAt: 5,
    updatedAt: ++time,
    reason: undefined,
    ...more,
  });
  const hear = (events: Parameters<typeof world.feed>[0]): void => {
    for (const event of events) {
      if ("order" in event && typeof event.order === "object") kept.take((event.order as WorkingOrder).id);
      world.feed([event]);
      kept.settle();
    }
  };
  const fills = (place: Place, quantity: number): void => hear(world.edge.execution(executionOf(place, new Decimal(quantity), ++time)));
  const answered = (request: EdgeRequest, outcome: OrderOutcome): void => hear(world.edge.outcome(request, outcome, ++time));
  const refused = { ok: false, definite: true, code: "REJECTED", message: "too late" } as const;
  world.say((desk) => desk.enterLong({ stopLoss: "95" }));
  const [entry] = asked() as [Place];
  fills(entry, 4);
  const [stop] = asked() as [Place];
  expect([stop.request.clientOrderId, stop.request.quantity.toNumber()]).toEqual(["abcdefghij-2-stopLoss", 4]);
  hear(world.edge.order(order(stop, {})));
  fills(entry, 6);
  const [amend] = asked() as [Amend];
  expect([amend.type, amend.request.quantity?.toNumber()]).toEqual(["amend", 10]);
  /** What the venue says of the amend that took, late: the stop is of 10 units, of which some are filled. */
  const took = (filled: number): void =>
    answered(amend, {
      ok: true,
      order: order(stop, { quantity: new Decimal(10), filledQuantity: new Decimal(filled), status: "partiallyFilled" }),
    });
  const said = (): string[] =>
    asked().map((one) => `${one.type} ${world.edge.idOf(one.order)} ${one.type === "place" ? one.request.quantity : ""}`.trim());
  return { ...world, kept, stop, amend, fills, order, hear, took, said, answered, refused };
}

describe("a stop that fills while the word that it was amended is on its way", () => {
  test("further than its old size: it works on with what is left, and no other takes its place", () => {
    const { fills, stop, said, held, took, kept, engine } = amending();
    fills(stop, 5);
    expect([held(), stop.order.remaining, stop.order.isLive, said()]).toEqual([5, 5, true, []]);
    took(5);
    expect([stop.order.quantity, said()]).toEqual([10, []]);
    fills(stop, 5);
    expect([held(), stop.order.isFinal, said(), kept.open(), engine.orders.open()]).toEqual([0, true, [], [], []]);
    expect(engine.orders.alerts.entries).toEqual([]);
  });

  test("and hears again what was said of it before: less than has filled is no news, it works on", () => {
    const { fills, stop, said, held, hear, edge, order, engine } = amending();
    fills(stop, 5);
    hear(edge.order(order(stop, {})));
    expect([held(), stop.order.quantity, stop.order.isLive, said()]).toEqual([5, 10, true, []]);
    fills(stop, 5);
    expect([held(), said(), engine.orders.open()]).toEqual([0, [], []]);
  });

  test("exactly its old size: another guards the rest, and once the venue tells that it works on it is taken back", () => {
    const { fills, stop, said, held, took, kept, hear, edge, order, engine } = amending();
    fills(stop, 4);
    expect([held(), stop.order.isFinal, said()]).toEqual([6, true, ["place abcdefghij-3-stopLoss 6"]]);
    took(4);
    expect([stop.order.isLive, said()]).toEqual([true, ["cancel abcdefghij-2-stopLoss"]]);
    expect(kept.open().map((one) => one.id)).toEqual([2, 3]);
    const gone = { quantity: new Decimal(10), filledQuantity: new Decimal(4), status: "cancelled" } as const;
    hear(edge.order(order(stop, gone)));
    expect([engine.orders.open().map((one) => one.id), kept.open().map((one) => one.id), said()]).toEqual([[3], [3], []]);
  });

  test("its old size first and more before the word: what has filled counts, and legs follow the position", () => {
    const { fills, stop, said, held, engine } = amending();
    fills(stop, 4);
    expect(said()).toEqual(["place abcdefghij-3-stopLoss 6"]);
    fills(stop, 3);
    expect([held(), stop.order.quantity, stop.order.remaining]).toEqual([3, 10, 3]);
    expect(said()).toEqual(["cancel abcdefghij-2-stopLoss"]);
    fills(stop, 3);
    expect([held(), stop.order.isFinal]).toEqual([0, true]);
    expect(engine.orders.open().map((one) => one.id)).toEqual([3]);
    expect(said()).toEqual(["cancel abcdefghij-3-stopLoss"]);
  });

  test("and the amend was refused: it has ended as it was", () => {
    const { fills, stop, said, held, answered, amend, refused, engine } = amending();
    fills(stop, 4);
    expect(said()).toEqual(["place abcdefghij-3-stopLoss 6"]);
    answered(amend, refused);
    expect([held(), stop.order.isFinal, stop.order.quantity, said()]).toEqual([6, true, 4, []]);
    expect(engine.orders.open().map((one) => one.id)).toEqual([3]);
  });

  test("and was cancelled before the word came: the word, older than the cancel, does not bring it back", () => {
    const { fills, stop, said, amend, order, hear, edge, answered, engine } = amending();
    fills(stop, 4);
    said();
    const partly = { quantity: new Decimal(10), filledQuantity: new Decimal(4) } as const;
    const word = order(stop, { ...partly, status: "partiallyFilled" });
    hear(edge.order(order(stop, { ...partly, status: "cancelled" })));
    answered(amend, { ok: true, order: word });
    expect([stop.order.isFinal, said(), engine.orders.open().map((one) => one.id)]).toEqual([true, [], [3]]);
  });
});
