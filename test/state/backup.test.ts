import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { LabError } from "../../src/errors/index.js";
import { backupState, openState, restoreState, type SessionView, StateWriter } from "../../src/state/index.js";
import { order, scratch, start } from "./samples.js";

function view(path: string): SessionView {
  const opened = openState(path);
  if (opened.format !== "tesserlab") throw new Error("not ours");
  return opened;
}

function ids(path: string): string[] {
  const shown = view(path);
  const found = shown.orders().map((one) => one.id);
  shown.close();
  return found;
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

describe("backup and restore", () => {
  test("a copy taken while a session writes holds what was committed, in one file", async () => {
    const folder = scratch();
    const path = join(folder, "state.db");
    const writer = new StateWriter(path, start("a"));
    writer.write({ orders: [order("1")] });
    const copy = await backupState(path, join(folder, "copy.db"));
    writer.write({ orders: [order("2")] });
    expect(copy.bytes).toBeGreaterThan(4096);
    expect(ids(copy.path)).toEqual(["1"]);
    expect(readdirSync(folder).filter((name) => name.startsWith("copy"))).toEqual(["copy.db"]);
    expect(await code(() => backupState(path, copy.path))).toBe("FILE_EXISTS");
    // Nobody holds the copy: the session runs on the file it was made of.
    const copied = view(copy.path);
    expect(copied.record.status).toBe("interrupted");
    copied.close();
    expect(view(path).record.status).toBe("running");
    new StateWriter(copy.path, start("b")).close();
    expect(await code(() => new StateWriter(path, start("b")))).toBe("STATE_LOCKED");
    writer.close();
  });

  test("restore is refused while a session runs, keeps what it replaces and marks the file", async () => {
    const folder = scratch();
    const path = join(folder, "state.db");
    const writer = new StateWriter(path, start("a"));
    writer.write({ orders: [order("1")] });
    const copy = (await backupState(path, join(folder, "copy.db"))).path;
    writer.write({ orders: [order("2")] });
    expect(await code(() => restoreState(copy, path))).toBe("STATE_LOCKED");
    await expect(restoreState(copy, path)).rejects.toThrow('live.attach("a")');
    writer.close();
    const locked = new Sqlite(path);
    locked.exec("DELETE FROM lock");
    locked.close();

    const restored = await restoreState(copy, path);
    expect(ids(path)).toEqual(["1"]);
    expect(ids(restored.replaced!)).toEqual(["1", "2"]);
    const shown = view(path);
    expect(shown.record.status).toBe("interrupted");
    expect(shown.flags().get("restored")).toMatchObject({ from: "copy.db" });
    shown.close();
    // The backup itself is as it was.
    expect(ids(copy)).toEqual(["1"]);
  });

  test("a damaged or foreign backup is refused, and nothing changes", async () => {
    const folder = scratch();
    const path = join(folder, "state.db");
    new StateWriter(path, start("a")).end("completed", { orders: [order("1")] });
    const broken = join(folder, "broken.db");
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4096 * 2, 4096 * 12);
    writeFileSync(broken, bytes);
    expect(await code(() => restoreState(broken, path))).toBe("STATE_CORRUPT");
    const text = join(folder, "text.db");
    writeFileSync(text, "not a database");
    expect(await code(() => restoreState(text, path))).toBe("STATE_NOT_SQLITE");
    const tesser = join(folder, "tesser.db");
    const db = new Sqlite(tesser);
    db.exec("CREATE TABLE state (id INTEGER PRIMARY KEY, payload TEXT NOT NULL, updated_at TEXT)");
    db.close();
    expect(await code(() => restoreState(tesser, path))).toBe("STATE_FOREIGN");
    expect(ids(path)).toEqual(["1"]);
    // A reader of a WAL file makes companions beside it; nothing half restored is left.
    const names = readdirSync(folder).filter((name) => !/-(wal|shm)$/.test(name));
    expect(names.sort()).toEqual(["broken.db", "state.db", "tesser.db", "text.db"]);
  });
});
