import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Decimal, decimal, type Order } from "../../src/core/index.js";
import { LabError } from "../../src/errors/index.js";
import { openState, type SessionBatch, type SessionView, StateWriter, type StoredIntent, stableJson } from "../../src/state/index.js";
import { fill, order, position, progress, scratch, start, T0 } from "./samples.js";

function view(path: string): SessionView {
  const opened = openState(path);
  if (opened.format !== "tesserlab") throw new Error("not ours");
  return opened;
}

async function code(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof LabError) return error.code;
    throw error;
  }
  return "nothing thrown";
}

function intent(clientOrderId: string, more: Partial<StoredIntent> = {}): StoredIntent {
  return {
    clientOrderId,
    symbol: "BTCUSDT",
    request: { clientOrderId, side: "buy", quantity: "0.010" },
    created: T0,
    state: "intended",
    outcome: undefined,
    ...more,
  };
}

describe("stable JSON", () => {
  test("sorted keys, exact decimals, no undefined members", () => {
    const value = { b: decimal("1.50"), a: [1n, undefined, new Map([["y", 1]])], c: undefined, d: { z: null, f: true } };
    expect(stableJson(value)).toBe('{"a":["1",null,{"y":1}],"b":"1.5","d":{"f":true,"z":null}}');
  });

  test("what JSON cannot hold exactly is refused by its place", async () => {
    expect(await code(() => stableJson({ a: [{ b: Number.NaN }] }))).toBe("NOT_JSON");
    expect(() => stableJson({ a: [{ b: Number.NaN }] })).toThrow("$.a[0].b is NaN");
    expect(await code(() => stableJson({ run: () => 1 }))).toBe("NOT_JSON");
    expect(await code(() => stableJson(new Decimal(Number.POSITIVE_INFINITY)))).toBe("NOT_JSON");
  });

  test("property: the order in which keys were set does not show", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (record) => {
        const reversed = Object.fromEntries(Object.entries(record).reverse());
        expect(stableJson(reversed)).toBe(stableJson(record));
        expect(JSON.parse(stableJson(record))).toEqual(JSON.parse(JSON.stringify(record)));
      }),
    );
  });
});

describe("journal", () => {
  test("everything written has a line, numbered without gaps, and can be asked for by kind, symbol, time and number", async () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("a"));
    writer.write({ orders: [order("1")], lines: [{ kind: "signal", symbol: "ETHUSDT", time: T0, payload: { side: decimal("0.10") } }] });
    await writer.commit({ intents: [intent("a-2-entry")], fills: [fill("f", "1")], positions: [position], progress: progress() });
    // Unchanged positions and progress are no news.
    writer.write({ positions: [position], progress: progress() });
    writer.end("stopped");

    const shown = view(path);
    expect(shown.journal().map((entry) => [entry.sequence, entry.kind])).toEqual([
      [1, "session"],
      [2, "order"],
      [3, "signal"],
      [4, "intent"],
      [5, "fill"],
      [6, "position"],
      [7, "progress"],
      [8, "session"],
    ]);
    expect(shown.journal({ kind: "signal" })).toEqual([
      { sequence: 3, time: T0, kind: "signal", symbol: "ETHUSDT", payload: { side: "0.1" } },
    ]);
    expect(shown.journal({ symbol: "BTCUSDT", kind: ["order", "fill"] }).map((entry) => entry.sequence)).toEqual([2, 5]);
    expect(shown.journal({ from: T0, to: T0 + 1 }).map((entry) => entry.sequence)).toEqual([3]);
    expect(shown.journal({ after: 2, until: 5 }).map((entry) => entry.sequence)).toEqual([3, 4, 5]);
    expect(shown.journal({ last: true, limit: 2 }).map((entry) => entry.sequence)).toEqual([7, 8]);
    expect(shown.replay()).toEqual([]);
    expect(await code(() => shown.journal({ kinds: "x" } as never))).toBe("OPTION_UNKNOWN");
    expect(await code(() => shown.journal({ limit: 1.5 }))).toBe("OPTION_INVALID");
    shown.close();
  });

  test("time travel shows each line's state, and a diff what changed", async () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("a"));
    writer.write({ orders: [order("1")] });
    writer.write({ flags: [{ name: "liquidateOnly", value: true }] });
    const filled = order("1", { status: "filled", filledQuantity: decimal("0.010") });
    writer.write({ orders: [filled], fills: [fill("f", "1")], positions: [position] });
    writer.write({ flags: [{ name: "liquidateOnly", value: null }] });
    writer.close();

    const shown = view(path);
    expect(shown.at(2).orders()).toEqual([order("1")]);
    expect(shown.at(2).positions()).toEqual([]);
    expect(shown.at(2).equity).toBeUndefined();
    expect(shown.at(3).flags).toEqual(new Map([["liquidateOnly", true]]));
    expect(shown.at(6).orders()).toEqual([filled]);
    expect(shown.at(6).fills()).toEqual([fill("f", "1")]);
    expect(shown.at(6).positions()).toEqual([position]);
    expect(shown.flags()).toEqual(new Map());
    expect(shown.diff(2, 4)).toEqual([
      { path: "flags.liquidateOnly", before: undefined, after: true },
      { path: "orders.1.filled_quantity", before: "0", after: "0.01" },
      { path: "orders.1.status", before: "working", after: "filled" },
    ]);
    expect(shown.diff(2, 2)).toEqual([]);
    expect(() => shown.at(99)).toThrow("The journal has the lines 1 to 7, got 99.");
    shown.close();
  });

  test("property: any history folds to what the tables hold, across snapshots and restarts", () => {
    const change = fc.record({
      id: fc.integer({ min: 1, max: 40 }),
      status: fc.constantFrom<Order["status"]>("working", "partiallyFilled", "filled", "cancelled"),
      quantity: fc.integer({ min: 1, max: 9 }),
      restart: fc.integer({ min: 0, max: 30 }).map((roll) => roll === 0),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 60 }), (changes) => {
        const path = join(scratch(), "state.db");
        let writer = new StateWriter(path, start("a"));
        const filler = Array.from({ length: 300 }, (_, i) => ({ kind: "audit", payload: { i } }));
        for (const { id, status, quantity, restart } of changes) {
          writer.write({
            orders: [order(String(id), { status, filledQuantity: decimal(quantity).times("0.001") })],
            positions: [{ ...position, quantity: decimal(quantity) }],
            lines: filler,
          });
          if (!restart) continue;
          writer.end("stopped");
          writer = new StateWriter(path, start("a"), { resume: true });
        }
        writer.close();
        const shown = view(path);
        expect(shown.replay()).toEqual([]);
        expect(
          shown
            .at(shown.sequence)
            .orders()
            .map((one) => stableJson(one)),
        ).toEqual(shown.orders().map((one) => stableJson(one)));
        shown.close();
      }),
      { numRuns: 8 },
    );
  });

  test("a journal that lost a line, or a table that was edited, is found out", () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("a"));
    writer.end("stopped", { orders: [order("1"), order("2")], lines: [{ kind: "audit", payload: 1 }] });
    const db = new Sqlite(path);
    db.exec("DELETE FROM journal WHERE kind = 'audit'; UPDATE orders SET status = 'filled' WHERE id = '2'");
    db.close();
    const shown = view(path);
    expect(shown.replay()).toEqual([
      "The journal's newest line is 5, but it has 4 lines: 1 are missing.",
      "The journal and the table differ on order 2.",
    ]);
    shown.close();
  });
});

describe("group commit", () => {
  test("what one turn of the event loop asks for is one transaction, on disk when the promise resolves", async () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("a"));
    const reader = view(path);
    const promises = Array.from({ length: 50 }, (_, i) => writer.commit({ intents: [intent(`a-${i}-entry`)] }));
    expect(reader.intents()).toEqual([]);
    await promises[0];
    // The first promise resolves with all of them on disk.
    expect(reader.intents()).toHaveLength(50);
    await Promise.all(promises);
    await writer.commit({ intents: [intent("a-0-entry", { state: "landed", outcome: { ok: true } })] });
    expect(reader.intents()[0]).toEqual(intent("a-0-entry", { state: "landed", outcome: { ok: true } }));
    expect(reader.intents()).toHaveLength(50);
    writer.close();
    reader.close();
  });

  test("one contradiction does not take the others with it", async () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("a"));
    await writer.commit({ intents: [intent("x")] });
    const other = { ...intent("x"), request: { clientOrderId: "x", side: "sell" } };
    const results = await Promise.allSettled([
      writer.commit({ intents: [intent("y")] }),
      writer.commit({ intents: [other] }),
      writer.commit({ intents: [intent("z")] }),
    ]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    writer.close();
    const shown = view(path);
    expect(shown.intents().map((one) => one.clientOrderId)).toEqual(["x", "y", "z"]);
    expect(shown.replay()).toEqual([]);
    shown.close();
  });

  test("an execution is taken in once, and never with other values", async () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("a"));
    const execution = { executionId: "e1", clientOrderId: "a-1", symbol: "BTCUSDT", time: T0, payload: { price: "1" } };
    await writer.commit({ executions: [execution] });
    await writer.commit({ executions: [execution] });
    expect(await code(() => writer.commit({ executions: [{ ...execution, payload: { price: "2" } }] }))).toBe("STATE_CONFLICT");
    await writer.commit({
      algorithms: [
        { id: "twap-1", payload: { left: decimal("0.50") } as never },
        { id: "x", payload: 1 },
      ],
    });
    await writer.commit({ algorithms: [{ id: "x", payload: undefined }] });
    writer.close();
    const shown = view(path);
    expect(shown.executions()).toEqual([execution]);
    expect(shown.algorithms()).toEqual([{ id: "twap-1", payload: { left: "0.5" } }]);
    expect(JSON.parse(shown.raw())).toMatchObject({ executions: [{ executionId: "e1" }], algorithms: [{ id: "twap-1" }] });
    expect(shown.raw()).toBe(shown.raw());
    shown.close();
  });
});

describe("a file that cannot be written", () => {
  test("no room: the batch fails, what was there stays, and a later batch that fits goes in", async () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("a"), { maxBytes: 200 * 1024 });
    await writer.commit({ orders: [order("1")] });
    const large: SessionBatch = { lines: Array.from({ length: 400 }, (_, i) => ({ kind: "audit", payload: "x".repeat(1000) + i })) };
    expect(await code(() => writer.commit(large))).toBe("STATE_FULL");
    await expect(writer.commit(large)).rejects.toThrow("Make room on its disk; the file is as it was.");
    await writer.commit({ orders: [order("2")] });
    writer.end("stopped");
    const shown = view(path);
    expect(shown.orders().map((one) => one.id)).toEqual(["1", "2"]);
    expect(shown.check()).toEqual([]);
    expect(shown.replay()).toEqual([]);
    shown.close();
  });

  test("no room for the first of two in a turn: the second, for which there is some, is not written before it", async () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("a"), { maxBytes: 200 * 1024 });
    const large: SessionBatch = { lines: Array.from({ length: 400 }, (_, i) => ({ kind: "audit", payload: "x".repeat(1000) + i })) };
    const small: SessionBatch = { lines: [{ kind: "audit", payload: "later" }] };
    expect(await Promise.all([large, small].map((batch) => code(() => writer.commit(batch))))).toEqual(["STATE_FULL", "STATE_FULL"]);
    expect(writer.sequence).toBe(1);
    await writer.commit(small);
    writer.end("stopped");
    const shown = view(path);
    expect(shown.journal({ kind: "audit" }).map(({ payload }) => payload)).toEqual(["later"]);
    expect(shown.replay()).toEqual([]);
    shown.close();
  });

  test("a newer schema is named and left alone", async () => {
    const path = join(scratch(), "state.db");
    new StateWriter(path, start("a")).end("completed");
    const db = new Sqlite(path);
    db.pragma("user_version = 99");
    db.pragma("wal_checkpoint(TRUNCATE)");
    db.close();
    const before = readFileSync(path);
    expect(await code(() => new StateWriter(path, start("b")))).toBe("STATE_NEWER");
    expect(await code(() => openState(path))).toBe("STATE_NEWER");
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(existsSync(`${path}-wal`) && readFileSync(`${path}-wal`).length > 0).toBe(false);
  });

  test("a session to go on with must be there", async () => {
    const path = join(scratch(), "state.db");
    new StateWriter(path, start("abc")).end("completed");
    expect(await code(() => new StateWriter(path, start("abd"), { resume: true }))).toBe("SESSION_UNKNOWN");
    expect(() => new StateWriter(path, start("abd"), { resume: true })).toThrow("Did you mean abc?");
  });
});
