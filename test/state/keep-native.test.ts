import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const MODULE = new URL("../../dist/state/keep-native.js", import.meta.url).href;

// The end of a process on Node 24 cannot be seen on every version: what is tested is that nothing is collected whose collection causes it.
test("for Node 24 SQLite's connections and statements live on when nobody has them; for others the library is as it is", () => {
  const script = `import { createRequire } from "node:module";
const { keepNative } = await import(${JSON.stringify(MODULE)});
const library = createRequire(${JSON.stringify(MODULE)})("better-sqlite3");
const Sqlite = keepNative(library, 24);
function work() {
  const db = new Sqlite(":memory:");
  db.exec("CREATE TABLE a (b)");
  const statement = db.prepare("INSERT INTO a VALUES (?)");
  db.transaction(() => statement.run(7))();
  const answers = [db.pragma("user_version", { simple: true }), db.prepare("SELECT b FROM a").pluck().all(), db instanceof Sqlite];
  try {
    db.prepare("SELEC");
  } catch (error) {
    answers.push(error instanceof Sqlite.SqliteError);
  }
  db.close();
  return { answers, connection: new WeakRef(db), statement: new WeakRef(statement) };
}
const { answers, connection, statement } = work();
await new Promise(setImmediate); // until then what was looked at is held
gc();
const isKept = (reference) => reference.deref() !== undefined;
console.log(JSON.stringify({ answers, kept: [isKept(connection), isKept(statement)], same: keepNative(library, 22) === library }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", "--input-type=module", "--eval", script], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({ answers: [0, [7], true, true], kept: [true, true], same: true });
});
