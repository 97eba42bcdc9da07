import { join } from "node:path";
import Sqlite from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sharpe } from "../../src/analytics/index.js";
import { Decimal, decimal } from "../../src/core/index.js";
import { LabError } from "../../src/errors/index.js";
import { fillOf, fillRow, openState, SCHEMA_VERSION, type SessionView, StateWriter } from "../../src/state/index.js";
import { fill, order, position, progress, scratch, start, T0, trade } from "./samples.js";

const refused = { code: "MAX_ORDER_QUANTITY", message: "too large", numbers: { asked: "2", limit: "1" } } as const;

function view(path: string): SessionView {
  const opened = openState(path);
  if (opened.format !== "tesserlab") throw new Error("not ours");
  return opened;
}

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof LabError) return error.code;
    throw error;
  }
  return "nothing thrown";
}

describe("round trip", () => {
  test("what a session writes is what a view shows, exactly", () => {
    const path = join(scratch(), "reports/state.db");
    const orders = [
      order("a-1-entry", { status: "filled", filledQuantity: decimal("0.010") }),
      order("a-2-stop", {
        type: "stop",
        side: "sell",
        role: "stopLoss",
        triggerPrice: decimal("58800.50"),
        reduceOnly: true,
        exitReason: "STOP_LOSS",
        entryId: "a-1-entry",
      }),
      order("a-3-entry", { status: "refused", type: "limit", price: decimal("1e-8"), timeInForce: "ioc", reason: refused }),
    ];
    const writer = new StateWriter(path, start("a"));
    const curve = { start: 0, time: Float64Array.of(T0, T0 + 3e5, T0 + 6e5), value: Float64Array.of(10000, 10001.1, 10000.66899945) };
    writer.write({ orders, fills: [fill("f1", "a-1-entry")], positions: [position], trades: [trade], equity: curve, progress: progress() });
    writer.end("completed", { events: [{ time: T0, level: "info", code: "ENDED", message: "the replay is over" }] });

    const shown = view(path);
    expect(shown.orders()).toEqual(orders);
    expect(shown.fills()).toEqual([fill("f1", "a-1-entry")]);
    expect(shown.positions()).toEqual([position]);
    expect(shown.trades).toEqual([trade]);
    expect(shown.equity).toEqual({ time: curve.time, value: curve.value, initial: 10000, periodsPerYear: 105_120 });
    expect(shown.orders()[0]!.quantity).toBeInstanceOf(Decimal);
    expect(shown.record).toMatchObject({ ...start("a"), ...progress(), status: "completed", error: undefined });
    expect(shown.record.ended).toBeGreaterThanOrEqual(shown.record.started);
    expect(shown.balances()).toEqual([{ currency: "USDT", quantity: decimal("9999.66999945"), rate: decimal(1) }]);
    expect(shown.events().map((event) => event.code)).toEqual(["ENDED"]);
    expect(shown.warnings).toEqual(["BTCUSDT is synthetic data, not a market."]);
    expect(shown.check()).toEqual([]);
    expect(shown.summary()).toMatchObject({
      session: "a",
      orders: 3,
      workingOrders: 1,
      refusedOrders: 1,
      fills: 1,
      trades: 1,
      wins: 1,
      openPositions: 1,
    });
    expect(shown.summary().maxDrawdown).toBeCloseTo((10001.1 - 10000.66899945) / 10001.1, 12);
    expect(sharpe(shown)).toBe(sharpe(shown.equity));
    shown.close();
  });

  test("filters, and their misuse", () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("a"));
    writer.end("stopped", {
      orders: [order("1"), order("2", { status: "filled" }), order("3", { symbol: "ETHUSDT" })],
      fills: [fill("f", "2")],
    });
    const shown = view(path);
    expect(shown.orders({ status: "working" }).map((one) => one.id)).toEqual(["1", "3"]);
    expect(shown.orders({ symbol: "ETHUSDT" }).map((one) => one.id)).toEqual(["3"]);
    expect(shown.fills({ symbol: "ETHUSDT" })).toEqual([]);
    expect(() => shown.orders({ status: "canceled" as "cancelled" })).toThrow(/Did you mean cancelled/);
    expect(() => shown.orders({ stauts: "filled" } as object)).toThrow(/Did you mean status/);
    expect(() => shown.positions("b")).toThrow(/Unknown session 'b'.*Known: a/);
    shown.close();
    expect(code(() => shown.orders())).toBe("STATE_CLOSED");
  });

  test("any decimal survives as text", () => {
    const amount = fc.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 30 }));
    fc.assert(
      fc.property(amount, amount, ([a, dpA], [b, dpB]) => {
        const one = fill("f", "o", { fee: new Decimal(`${a}e-${dpA}`), price: new Decimal(`${b}e-${dpB}`) });
        expect(fillOf(JSON.parse(JSON.stringify(fillRow(one))))).toEqual(one);
      }),
    );
  });

  test("a curve of many flushes is put together from its chunks", () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("a"));
    const time = Float64Array.from({ length: 10_000 }, (_, i) => T0 + i * 60_000);
    const value = time.map((_, i) => 10_000 + Math.sin(i));
    for (let from = 0; from < 10_000; from += 700)
      writer.write({ equity: { start: from, time: time.slice(from, from + 700), value: value.slice(from, from + 700) } });
    writer.end("completed");
    expect(view(path).equity).toMatchObject({ time, value });
    const rows = new Sqlite(path, { readonly: true }).prepare("SELECT count(*) FROM equity").pluck().get();
    expect(rows).toBe(3);
  });
});

describe("writing", () => {
  test("the same batch twice changes nothing; an order moves on", () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("a"));
    const curve = { start: 0, time: Float64Array.of(T0), value: Float64Array.of(1) };
    const batch = { orders: [order("1")], fills: [fill("f", "1")], positions: [position], trades: [trade], equity: curve };
    writer.write(batch);
    writer.write(batch);
    writer.write({ orders: [order("1", { status: "filled", filledQuantity: decimal("0.010"), updatedAt: T0 + 1 })] });
    const shown = view(path);
    expect(shown.orders()).toHaveLength(1);
    expect(shown.orders()[0]).toMatchObject({ status: "filled", updatedAt: T0 + 1 });
    expect([shown.fills().length, shown.positions().length, shown.trades.length, shown.equity.value.length]).toEqual([1, 1, 1, 1]);
    writer.close();
  });

  test("a fill that changes is refused, and with it the whole batch", () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("a"));
    writer.write({ orders: [order("1")], fills: [fill("f", "1")] });
    expect(code(() => writer.write({ orders: [order("2")], fills: [fill("f", "1", { price: decimal("60000.11") })] }))).toBe(
      "STATE_CONFLICT",
    );
    expect(
      view(path)
        .orders()
        .map((one) => one.id),
    ).toEqual(["1"]);
    writer.close();
  });

  test("a fill without its order is refused", () => {
    const writer = new StateWriter(join(scratch(), "state.db"), start("a"));
    expect(code(() => writer.write({ fills: [fill("f", "nowhere")] }))).toBe("STATE_IO");
    writer.close();
  });

  test("equity points that leave a gap are refused", () => {
    const writer = new StateWriter(join(scratch(), "state.db"), start("a"));
    const points = (from: number) => ({ equity: { start: from, time: Float64Array.of(1), value: Float64Array.of(1) } });
    writer.write(points(0));
    expect(code(() => writer.write(points(2)))).toBe("STATE_EQUITY_GAP");
    writer.write(points(1));
    writer.close();
    expect(code(() => writer.write(points(2)))).toBe("STATE_CLOSED");
  });

  test("commits are durable and readable by other programs: WAL, synchronous FULL, foreign keys, schema version", () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("a"));
    const other = new Sqlite(path, { readonly: true });
    expect(other.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(other.pragma("user_version", { simple: true })).toBe(SCHEMA_VERSION);
    expect(other.prepare("SELECT initial_cash FROM session").pluck().get()).toBe("10000");
    other.close();
    writer.close();
  });

  test("a view opened before follows what is written", () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("a"));
    const shown = view(path);
    expect(shown.fills()).toEqual([]);
    expect(shown.record.status).toBe("running");
    for (let i = 0; i < 5; i++) {
      writer.write({ orders: [order(`${i}`)], fills: [fill(`f${i}`, `${i}`)] });
      expect(shown.fills()).toHaveLength(i + 1);
    }
    writer.end("completed");
    expect(shown.record.status).toBe("completed");
  });
});

describe("several sessions in one file", () => {
  test("the newest is looked at unless another is named", () => {
    const path = join(scratch(), "state.db");
    new StateWriter(path, start("first"), { clock: { now: () => T0 } }).end("completed", { orders: [order("1")] });
    new StateWriter(path, start("second"), { clock: { now: () => T0 + 1 } }).end(
      "failed",
      { orders: [order("1"), order("2")] },
      { code: "STRATEGY_THREW", message: "boom" },
    );
    const shown = view(path);
    expect(shown.sessions().map((one) => one.id)).toEqual(["second", "first"]);
    expect(shown.orders()).toHaveLength(2);
    expect(shown.orders({ session: "first" })).toHaveLength(1);
    expect(shown.session("first").orders()).toHaveLength(1);
    expect(shown.record).toMatchObject({ status: "failed", error: { code: "STRATEGY_THREW", message: "boom" } });
    expect(() => shown.session("secnd")).toThrow(/Did you mean second/);
  });

  test("one at a time: the error names the session that holds the file", () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("first"));
    expect(() => new StateWriter(path, start("second"))).toThrow(/in use by session first \(process \d+, since .*another statePath/);
    writer.end("completed");
    expect(code(() => new StateWriter(path, start("first")))).toBe("SESSION_EXISTS");
    new StateWriter(path, start("second")).end("completed");
    expect(view(path).sessions()).toHaveLength(2);
  });

  test("a silent session is taken over, found interrupted, and may not write on", () => {
    const path = join(scratch(), "state.db");
    let now = Date.now() - 120_000;
    const silent = new StateWriter(path, start("silent"), { clock: { now: () => now } });
    expect(view(path).record.status).toBe("interrupted");
    now += 30_000;
    silent.heartbeat();
    const next = new StateWriter(path, start("next"));
    expect(view(path).session("silent").record.status).toBe("interrupted");
    expect(code(() => silent.write({ orders: [order("1")] }))).toBe("STATE_LOCK_LOST");
    expect(() => silent.heartbeat()).toThrow(/session next took it over/);
    next.end("completed");
    silent.close();
  });

  test("the lock of a dead process is taken over at once", () => {
    const path = join(scratch(), "state.db");
    new StateWriter(path, start("crashed")).close();
    const db = new Sqlite(path);
    db.prepare("UPDATE lock SET pid = ?").run(2 ** 30);
    db.close();
    new StateWriter(path, start("next")).end("completed");
    expect(view(path).session("crashed").record.status).toBe("interrupted");
  });
});
