import { describe, expect, test } from "vitest";
import { ROLE, STATUS, type WorkingOrder } from "../../src/core/index.js";
import { FillEvent, OrderEvent, REPORT } from "../../src/engine/index.js";
import { REQUEST } from "../../src/execution/index.js";
import { KeptOrders, RecentIds } from "../../src/live/index.js";
import { rig } from "../engine/rig.js";

/** An engine on a venue that does at once what it is asked for. */
function traded(kept: number): {
  readonly world: ReturnType<typeof rig>;
  readonly orders: KeptOrders;
  readonly leave: () => WorkingOrder[];
  readonly fill: (order: WorkingOrder, quantity: number) => void;
  readonly cancel: (order: WorkingOrder) => void;
} {
  const world = rig();
  const { engine } = world;
  const orders = new KeptOrders(engine.orders.orders, kept);
  const leave = (): WorkingOrder[] => {
    const left: WorkingOrder[] = [];
    for (let order = engine.outbox.take(); order !== undefined; order = engine.outbox.take())
      if (engine.outbox.kind === REQUEST.open) left.push(order);
    for (const order of left) orders.add(order);
    return left;
  };
  const fill = (order: WorkingOrder, quantity: number): void => {
    const event = Object.assign(new FillEvent(), { order, quantity, price: 1000, fee: 0, maker: false, time: engine.time + 1 });
    engine.process(event);
    orders.settle();
  };
  const cancel = (order: WorkingOrder): void => {
    engine.process(Object.assign(new OrderEvent(), { order, report: REPORT.cancelled, time: engine.time + 1 }));
    orders.settle();
  };
  return { world, orders, leave, fill, cancel };
}

describe("the orders a session holds", () => {
  test("are those that are open and the newest of those that have ended, however many there were", () => {
    const { world, orders, leave, fill } = traded(10);
    for (let trip = 0; trip < 200; trip++) {
      world.say((desk) => desk.enterLong());
      for (const order of leave()) fill(order, order.quantity);
      world.say((desk) => desk.exitLong());
      for (const order of leave()) fill(order, order.quantity);
      expect(world.held()).toBe(0);
    }
    expect(world.engine.orders.orders.length).toBe(400);
    expect([orders.size, orders.open().length]).toEqual([10, 0]);
    world.say((desk) => desk.enterLong());
    const [entry] = leave();
    expect(orders.open()).toEqual([entry]);
    expect(orders.size).toBe(11);
  });

  test("one that ended long ago is made again as it was; a number that no order has is none", () => {
    const { world, orders, leave, fill } = traded(2);
    world.say((desk) => desk.enterLong({ quantity: 7 }));
    const first = leave()[0]!;
    fill(first, 7);
    for (let trip = 0; trip < 5; trip++) {
      world.say((desk) => (desk.isFlat ? desk.enterLong() : desk.exitLong()));
      for (const order of leave()) fill(order, order.quantity);
    }
    const again = orders.get(1)!;
    expect(again).not.toBe(first);
    const plain = ({ id, slot, direction, type, role, quantity, price, filled, status, reference, time }: WorkingOrder) => [
      id,
      slot,
      direction,
      type,
      role,
      quantity,
      price,
      filled,
      status,
      reference,
      time,
    ];
    expect(plain(again)).toEqual(plain(first));
    expect([again.status, again.filled]).toEqual([STATUS.filled, 7]);
    expect([0, -1, 1.5, world.engine.orders.orders.length + 1].map((id) => orders.get(id))).toEqual(Array(4).fill(undefined));
  });

  test("what still fills of an entry that ended long ago is booked, said and closed at once", () => {
    const { world, orders, leave, fill, cancel } = traded(2);
    world.say((desk) => desk.enterLong({ stopLoss: "90" }));
    const first = leave()[0]!;
    cancel(first);
    for (let trip = 0; trip < 6; trip++) {
      world.say((desk) => (desk.isFlat ? desk.enterLong() : desk.exitLong()));
      for (const order of leave()) fill(order, order.quantity);
    }
    expect(world.held()).toBe(0);
    const late = orders.take(first.id)!;
    expect(late).not.toBe(first);
    expect(orders.get(first.id)).toBe(late);
    fill(late, 4);
    expect(world.held()).toBe(4);
    const closing = leave();
    expect(closing.map((order) => [order.role, order.direction, order.quantity, order.reduceOnly])).toEqual([[ROLE.exit, -1, 4, true]]);
    expect(world.engine.orders.alerts.entries.map((one) => one.code)).toEqual(["LATE_FILL"]);
    expect(world.engine.orders.orders.read(first.id - 1).filled).toBe(4);
    fill(closing[0]!, 4);
    expect(world.held()).toBe(0);
  });
});

test("alerts let go of the oldest, and tell what came after a number of them all the same", () => {
  const { alerts } = rig().engine.orders;
  for (let i = 1; i <= 30; i++) {
    const before = alerts.length;
    alerts.about(0, i, "RISK_WARNING", `warning ${i}`);
    expect(alerts.since(before).map((one) => one.message)).toEqual([`warning ${i}`]);
    alerts.keep(10);
  }
  expect([alerts.length, alerts.entries.length]).toEqual([30, 10]);
  expect(alerts.since(28).map((one) => one.time)).toEqual([29, 30]);
  expect(alerts.since(5).map((one) => one.time)).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
});

test("ids are remembered up to a number, the newest ones", () => {
  const ids = new RecentIds(3);
  for (const id of ["a", "b"]) ids.add(id);
  expect(ids.isFull).toBe(false);
  for (const id of ["b", "c", "d", "e"]) ids.add(id);
  expect([ids.size, ids.isFull]).toEqual([3, true]);
  expect(["a", "b", "c", "d", "e"].filter((id) => ids.has(id))).toEqual(["c", "d", "e"]);
});
