import { expect, test } from "vitest";
import { folderWith, runCells } from "./run-cells.js";

test("a stack names the user's cells and lines only, with the line shown and causes below", async () => {
  const run = await runCells([
    "interface A {\n  x: number\n}\n\nfunction inner(a: A): never {\n  throw new RangeError('bad ' + a.x, { cause: new Error('root') });\n}",
    "const y: number = 1;\ntype T = string;\n\n  inner({ x: y });",
  ]);
  const error = run.results[1]!.error!;
  expect(error).toMatchObject({ ename: "RangeError", evalue: "bad 1" });
  expect(error.traceback.filter((line) => line.includes(" at "))).toEqual([
    "    at inner (cell-1.ts:6:9)",
    "    at cell-2.ts:4:3",
    "    at inner (cell-1.ts:6:47)",
    "    at cell-2.ts:4:3",
  ]);
  expect(error.traceback).toContain("> 6 |   throw new RangeError('bad ' + a.x, { cause: new Error('root') });");
  expect(error.traceback).toContain("Caused by: Error: root");
  expect(error.traceback.join("\n")).not.toMatch(/node:|dist\/kernel/);
});

test("an error that is printed or shown, not thrown, names the same lines", async () => {
  const folder = folderWith({ "boom.ts": "export interface X {\n  a: 1\n}\n\nexport const made = (): Error => new Error('from module');" });
  const run = await runCells(
    [
      [
        "// a comment, a type and empty lines, none of which are left when it runs",
        "interface A {}",
        "import { made } from './boom'",
        "",
        "console.error(new Error('printed'));",
        "console.trace('traced');",
        "await null;",
        "",
        "process.stdout.write(new Error('written').stack + '\\n');",
        "console.log(made());",
        "display(new Error('displayed'));",
        "const performance = () => new Error('result');",
        "performance()",
      ].join("\n"),
    ],
    { folder },
  );
  expect(run.text(1, "stderr").split("\n")).toEqual([
    "Error: printed",
    "    at cell-1.ts:5:15",
    "Trace: traced",
    "    at cell-1.ts:6:9",
    "",
  ]);
  expect(run.text(1).split("\n").slice(0, 5)).toEqual([
    "Error: written",
    "    at cell-1.ts:9:22",
    "Error: from module",
    expect.stringMatching(/^ {4}at made \(\S+\/boom\.ts:5:34\)$/),
    "    at cell-1.ts:10:13",
  ]);
  const displayed = run.outputs.find(({ type }) => type === "display_data");
  expect(displayed).toMatchObject({ data: { "text/plain": "Error: displayed\n    at cell-1.ts:11:9" } });
  expect(run.result(1)).toBe("Error: result\n    at performance (cell-1.ts:12:27)\n    at cell-1.ts:13:1");
});

test("a cell that is run again is the one its errors name", async () => {
  const source = "const limit: number = 2;\nif (limit > 1) throw new Error('over');";
  const run = await runCells([source, source, `\n${source}`]);
  const places = run.results.map(({ error }) => error!.traceback.filter((line) => line.includes(" at ")));
  expect(places).toEqual([["    at cell-1.ts:2:22"], ["    at cell-2.ts:2:22"], ["    at cell-3.ts:3:22"]]);
});

test("syntax errors have place and frame; top-level return is refused", async () => {
  const run = await runCells(["const ok = 1;\nconst bad: = 2;", "return 5", "let a = 1;\nlet a = 2;"]);
  expect(run.results[0]!.error!.traceback).toEqual([
    "SyntaxError: Unexpected token",
    "    at cell-1.ts:2:12",
    "",
    "  1 | const ok = 1;",
    "> 2 | const bad: = 2;",
    "    |            ^",
  ]);
  expect(run.error(2)).toContain("'return' statement can only be used within a function body");
  expect(run.results[2]!.error!.traceback[1]).toBe("    at cell-3.ts:2:5");
});

test("a local module's frames and syntax errors point into its TypeScript", async () => {
  const folder = folderWith({
    "boom.ts": "export interface X {\n  a: 1\n}\n\nexport function boom(x: X): never {\n  throw new Error('from module')\n}",
    "broken.ts": "export const a = 1;\nexport const = 3;",
  });
  const run = await runCells(["import { boom } from './boom';\nboom({ a: 1 })", "import './broken';"], { folder });
  expect(run.results[0]!.error!.traceback.filter((line) => line.includes(" at "))).toEqual([
    `    at boom (${folder}/boom.ts:6:9)`,
    "    at cell-1.ts:2:1",
  ]);
  expect(run.results[1]!.error!.traceback.join("\n")).toContain(`${folder}/broken.ts:2:14`);
});

test.each([
  ["'text'", "'text'"],
  ["42", "42"],
  ["10n", "10n"],
  ["NaN", "NaN"],
  ["null", "null"],
  ["undefined", "undefined"],
  ["{ code: 1 }", "{ code: 1 }"],
])("throw %s is shown as thrown", async (value, shown) => {
  const run = await runCells([`throw ${value}`, "1"]);
  expect(run.results[0]!.error).toMatchObject({ ename: "Uncaught", evalue: shown });
  expect(run.result(2)).toBe("1");
});

test("an error of ours names the cell that is to be mended, any other of a helper where it came from", async () => {
  const display = new URL("../../dist/display/index.js", import.meta.url).href;
  const run = await runCells([
    `const { table, lttb } = await import(${JSON.stringify(display)});`,
    "const show = (rows: any) =>\n  table(rows);\nshow([{ a: 1 }, 5]);",
    "table({ get a(): never { throw new RangeError('inside') } })",
  ]);
  const frames = (number: number): string[] => run.results[number - 1]!.error!.traceback.filter((line) => line.includes(" at "));
  expect(run.results[1]!.error!.ename).toBe("LabError");
  expect(frames(2)).toEqual(["    at show (cell-2.ts:2:3)", "    at cell-2.ts:3:1"]);
  expect(frames(3).join("\n")).toMatch(/at .*cell-3\.ts:1:\d+[\s\S]*dist\/display[\s\S]*at cell-3\.ts:1:1/);
});

test("codes, aggregates and causes in a circle", async () => {
  const run = await runCells([
    "throw Object.assign(new Error('limit'), { name: 'LabError', code: 'SIZE_INVALID' })",
    "throw new AggregateError([new Error('one'), 'two'], 'both')",
    "const e = new Error('loop'); e.cause = e; throw e",
  ]);
  expect(run.results[0]!.error!.traceback[0]).toBe("LabError [SIZE_INVALID]: limit");
  expect(run.results[1]!.error!.traceback).toEqual(expect.arrayContaining(["    Error 1 of 2: Error: one", "    Error 2 of 2: 'two'"]));
  expect(run.results[2]!.error!.traceback.at(-1)).toBe("Caused by: (the same error again)");
});

test("errors and prints of timers and forgotten promises go to the cell they came from", async () => {
  const run = await runCells(
    [
      "setTimeout(() => { console.log('late'); throw new TypeError('timer') }, 60);",
      "void Promise.reject(new Error('forgotten'));\nvoid Promise.reject('bare');",
      "await new Promise((r) => setTimeout(r, 120)); console.log('third')",
    ],
    { settleMs: 50 },
  );
  expect(run.text(1)).toBe("late\n");
  const late = run.outputs.flatMap((output) => (output.type === "error" ? [[output.cell, output.error.evalue]] : []));
  expect(late).toHaveLength(3);
  expect(late).toEqual(
    expect.arrayContaining([
      ["cell-1", "timer"],
      ["cell-2", "forgotten"],
      ["cell-2", "'bare'"],
    ]),
  );
  expect(run.results.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
});

test("a signal that is first looked at after the interrupt is aborted, with its reason", async () => {
  const run = await runCells([
    { source: "try { await new Promise(() => {}) } catch {}\nconsole.log(signal.aborted, signal.reason.name);", interruptAfterMs: 50 },
  ]);
  expect(run.text(1)).toContain("true KeyboardInterrupt");
});

test("an interrupt rejects the await, aborts the signal, and keeps the state", async () => {
  const run = await runCells([
    "let steps = 0;",
    {
      source: "signal.addEventListener('abort', () => steps += 100);\nsteps++;\nawait new Promise(() => {});\nsteps = -1;",
      interruptAfterMs: 50,
    },
    "steps",
    { source: "for await (const _x of (async function* () { await new Promise(() => {}); yield 1 })()) {}", timeoutMs: 50 },
    { source: "for (;;) {}", timeoutMs: 100 },
    "await new Promise(() => {})",
    "steps + 1",
  ]);
  expect(run.results[1]!.error?.ename).toBe("KeyboardInterrupt");
  expect(run.result(3)).toBe("101");
  expect(run.error(4)).toContain("took longer than 50 ms");
  expect(run.error(5)).toContain("took longer than 100 ms");
  expect(run.error(6)).toContain("can no longer happen");
  expect(run.result(7)).toBe("102");
});

test("an error that throws when it is read ends its cell with what can be read of it, also in a timer", async () => {
  const run = await runCells(
    [
      "const hostile = () => Object.defineProperty(new RangeError('too far'), 'stack', { get() { throw new Error('no stack') } });\nthrow hostile();",
      "throw new Proxy({}, { get() { throw new Error('trapped') } });",
      "throw Object.defineProperty(new Error(), 'message', { get() { throw null } });",
      "throw new Error('outer', { cause: Object.defineProperty(new Error('inner'), 'name', { get() { throw 1 } }) });",
      "setTimeout(() => { throw hostile() }, 1);\nawait new Promise((done) => setTimeout(done, 50));\n1 + 1",
      "2 + 2",
    ],
    { settleMs: 50 },
  );
  expect(run.results[0]!.error).toEqual({
    ename: "RangeError",
    evalue: "too far",
    traceback: ["RangeError: too far", "(its stack cannot be shown, reading it throws: no stack)"],
  });
  expect([2, 3, 4].map((n) => run.results[n - 1]!.status)).toEqual(["error", "error", "error"]);
  expect(run.error(4)).toBe("outer");
  expect(run.outputs.filter(({ type }) => type === "error").map((output) => output.cell)).toContain(run.results[4]!.id);
  expect([5, 6].map((n) => run.result(n))).toEqual(["2", "4"]);
});

test("a result that throws when it is read is shown as such; it is no error of its cell", async () => {
  const run = await runCells([
    "const { proxy, revoke } = Proxy.revocable({}, {});\nrevoke();\nproxy",
    "new Proxy({}, { get() { throw new Error('trap') } })",
    "1 + 1",
  ]);
  expect(run.results.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
  expect(run.result(1)).toMatch(/^\[object that cannot be printed: .*revoked\]$/);
  expect(run.result(2)).toBe("[object that cannot be printed: trap]");
  expect(run.result(3)).toBe("2");
});
