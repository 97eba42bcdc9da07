import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { LabError } from "../../src/errors/index.js";
import { openState, SCHEMA_VERSION, StateWriter } from "../../src/state/index.js";
import { order, scratch, start } from "./samples.js";

function failure(run: () => unknown): LabError {
  try {
    run();
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("files that are no state", () => {
  test("a missing file: the nearest one is named", () => {
    const folder = scratch();
    new StateWriter(join(folder, "live_state.db"), start("a")).end("completed");
    const error = failure(() => openState(join(folder, "live_sate.db")));
    expect(error.code).toBe("STATE_MISSING");
    expect(error.message).toContain(`Did you mean ${join(folder, "live_state.db")}?`);
    expect(failure(() => openState(join(folder, "no/where.db"))).message).toContain("does not exist");
  });

  test("a text file, a folder, an empty file, a foreign database", () => {
    const folder = scratch();
    writeFileSync(join(folder, "notes.db"), "these are not the rows you are looking for");
    writeFileSync(join(folder, "empty.db"), "");
    const foreign = new Sqlite(join(folder, "foreign.db"));
    foreign.exec("CREATE TABLE recipes (name TEXT)");
    foreign.close();
    expect(failure(() => openState(join(folder, "notes.db"))).code).toBe("STATE_NOT_SQLITE");
    expect(failure(() => openState(folder)).code).toBe("STATE_NOT_SQLITE");
    expect(failure(() => openState(join(folder, "empty.db"))).code).toBe("STATE_EMPTY");
    const error = failure(() => openState(join(folder, "foreign.db")));
    expect(error.code).toBe("STATE_FOREIGN");
    expect(error.message).toContain("recipes");
    for (const name of ["notes.db", "foreign.db"]) {
      const before = readFileSync(join(folder, name));
      expect(failure(() => new StateWriter(join(folder, name), start("a"))).code).toMatch(/STATE_NOT_SQLITE|STATE_FOREIGN/);
      expect(readFileSync(join(folder, name)).equals(before)).toBe(true);
    }
  });

  test("a newer schema is refused to readers and writers", () => {
    const path = join(scratch(), "state.db");
    new StateWriter(path, start("a")).end("completed");
    const db = new Sqlite(path);
    db.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    db.close();
    expect(failure(() => openState(path)).message).toContain(`schema ${SCHEMA_VERSION + 1}`);
    expect(failure(() => openState(path)).code).toBe("STATE_NEWER");
    expect(failure(() => new StateWriter(path, start("b"))).code).toBe("STATE_NEWER");
  });

  test("a damaged file", () => {
    const path = join(scratch(), "state.db");
    const writer = new StateWriter(path, start("a"));
    writer.end("completed", { orders: Array.from({ length: 2_000 }, (_, i) => order(`order-${i}`)) });
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 100);
    writeFileSync(path, bytes);
    expect(failure(() => openState(path).orders()).code).toBe("STATE_CORRUPT");
    // Neither a reader nor a session that wants to write makes it worse.
    expect(failure(() => new StateWriter(path, start("b"))).code).toMatch(/^STATE_/);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    bytes.fill(0x11, 0, 16);
    writeFileSync(path, bytes);
    expect(failure(() => openState(path)).code).toBe("STATE_NOT_SQLITE");
  });
});
