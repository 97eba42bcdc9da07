import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { folderWith, PACKAGES, runCells } from "./run-cells.js";

const LAB = fileURLToPath(new URL("fixture-lab.mjs", import.meta.url));

describe("state across cells", () => {
  test("anything may be declared again, closures see the new value, initialisers the old one", async () => {
    const run = await runCells([
      "let count = 0; const up = () => ++count;",
      "const count = 100; up()",
      "const count = count + 1; count",
      "function count() { return 'fn' }\ncount()",
      "class count { kind = 'class' }\nnew count().kind",
      "var count = 7; count",
      "import { sep as count } from 'node:path'; count",
      "const { count, ...others } = { count: 'bound', a: 1 }; [count, others.a].join()",
    ]);
    expect(run.results.map(({ status }) => status)).toEqual(Array(8).fill("ok"));
    expect([2, 3, 4, 5, 6, 7, 8].map((n) => run.result(n))).toEqual(["101", "102", "fn", "class", "7", "/", "bound,1"]);
  });

  test("a cell that is run again sees what has changed since", async () => {
    const again = ["typeof performance.now", "next()", "{ n }", "enum Side { Buy = 3 }\nSide.Buy + n"];
    const run = await runCells([
      "let n = 1; const next = () => n + 1;",
      ...again,
      "n = 5; const performance = { now: 1 };",
      ...again,
      "let n = 'text'; const Side = { Buy: 4 };",
      ...again,
    ]);
    const results = [2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 14, 15].map((number) => run.result(number));
    expect(results).toEqual([
      "function",
      "2",
      "{ n: 1 }",
      "4",
      "number",
      "6",
      "{ n: 5 }",
      "8",
      "number",
      "text1",
      "{ n: 'text' }",
      "3text",
    ]);
  });

  test("an initialiser that throws leaves the old value, and a new name can be declared after it failed", async () => {
    const run = await runCells([
      "const kept = 1;",
      "const kept = (() => { throw new Error('no') })();",
      "kept",
      "const fresh = await Promise.reject(new Error('never'));",
      "fresh",
      "var fresh = 3; fresh",
    ]);
    expect(run.result(3)).toBe("1");
    expect(run.error(5)).toBe("fresh is not defined");
    expect(run.result(6)).toBe("3");
  });

  test("top-level await, for await, results, `_`, object literals, bigint; nothing for undefined and declarations", async () => {
    const run = await runCells([
      "await new Promise((r) => setTimeout(() => r(5), 5))",
      "_ * 2",
      "async function* n() { yield 1; yield 2 }\nlet total = 0;\nfor await (const x of n()) total += x;\ntotal",
      "{ a: 1 }",
      "10n ** 20n",
      "undefined",
      "const quiet = 1",
      "null",
    ]);
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((n) => run.result(n))).toEqual([
      "5",
      "10",
      "3",
      "{ a: 1 }",
      "100000000000000000000n",
      undefined,
      undefined,
      "null",
    ]);
  });

  test("a cell may start with a hashbang; positions stay", async () => {
    const run = await runCells(["#!/usr/bin/env node\nlet shebang = 4;\nshebang", "#! x\n  throw new Error('here')"]);
    expect(run.result(1)).toBe("4");
    expect(run.results[1]!.error!.traceback).toContain("    at cell-2.ts:2:9");
  });

  test("enums start afresh, namespaces and parameter properties work, functions are hoisted, var leaks from blocks", async () => {
    const run = await runCells([
      "enum Side { Long, Short }",
      "enum Side { Flat }\nObject.keys(Side).join()",
      "namespace N { export const one = 1 }\nclass P { constructor(readonly x: number) {} }\nN.one + new P(2).x",
      "early()\nfunction early() { return 'hoisted' }",
      "for (var i = 0, j: number; i < 3; i++) { var inner = i }\n[i, inner, j!].join()",
      "interface Bar { close: number }\ntype B = Bar;\nconst bar = <T extends B>(b: T) => b satisfies B;\nbar({ close: 1 }).close",
    ]);
    expect([2, 3, 4, 5, 6].map((n) => run.result(n))).toEqual(["0,Flat", "3", "hoisted", "3,2,", "1"]);
  });

  test("a variable named as a global is the notebook's alone", async () => {
    const run = await runCells([
      "const performance = typeof performance.now;\nconst window = 20;\nconst signal = 'buy';",
      "const { URL = 1 } = {} as { URL?: number };\n({ performance, window, signal, URL })",
      "[typeof globalThis.performance.now, typeof globalThis.URL, 'window' in globalThis].join()",
      "const shadow = (performance: number) => performance + 1;\nshadow(1)",
      "performance.nothing()",
    ]);
    expect(run.result(2)).toBe("{ performance: 'function', window: 20, signal: 'buy', URL: 1 }");
    expect(run.result(3)).toBe("function,function,false");
    expect(run.result(4)).toBe("2");
    expect(run.error(5)).toBe("performance.nothing is not a function");
  });
});

// W4 measures what this gives: a loop over such a variable is as fast as in a script of node:vm.
test("top-level variables are the engine's own bindings, the very ones that scripts of node:vm declare and see", async () => {
  const run = await runCells([
    "let sum = 0;\nconst step = 2;\nimport { runInThisContext as script } from 'node:vm';",
    "for (let i = 0; i < 5; i++) sum += step;",
    "[script('sum'), script('sum = 7, sum + step'), 'sum' in globalThis, 'step' in globalThis].join()",
    "sum",
    "script('let made = 1; made'); made++; script('made')",
  ]);
  expect(run.results.map(({ error }) => error?.evalue)).toEqual(Array(5).fill(undefined));
  expect([3, 4, 5].map((n) => run.result(n))).toEqual(["10,9,false,false", "7", "2"]);
});

describe("helpers", () => {
  const names = ["data", "backtest", "tune", "live", "state", "range", "sizers", "charts", "fetch", "performance", "display"];
  const usual = names.filter((name) => name !== "display");
  const forms: [string, (name: string) => string, (name: string) => string][] = [
    ["const", (n) => `const ${n} = await ${n}.load("x");`, (n) => `${n} loaded x`],
    ["let", (n) => `let ${n} = await ${n}.load("x");`, (n) => `${n} loaded x`],
    ["var", (n) => `var ${n} = await ${n}.load("x");`, (n) => `${n} loaded x`],
    ["function", (n) => `function ${n}() {}\n${n}.value = 1`, (n) => `[Function: ${n}] { value: 1 }`],
    ["class", (n) => `class ${n} {}`, (n) => `[class ${n}]`],
    ["object pattern", (n) => `const { ${n} } = { ${n}: await ${n}.load("x") };`, (n) => `${n} loaded x`],
    ["array pattern", (n) => `const [${n} = 0] = [await ${n}.load("x")];`, (n) => `${n} loaded x`],
    ["import", (n) => `import { sep as ${n} } from "node:path";`, () => "/"],
    ["default import", (n) => `import ${n} from "./five.ts";`, () => "5"],
    ["namespace import", (n) => `import * as ${n} from "./five.ts"; ${n}.default`, () => "[Module: null prototype] { default: 5 }"],
  ];

  test.each(forms)("every helper's name may be declared by %s, and lab still has the helper", async (_form, declare, shown) => {
    const folder = folderWith({ "five.ts": "export default 5;" });
    const cells = usual.flatMap((name) => [declare(name), `console.log(${name})`, `lab.${name}("kept")`]);
    const run = await runCells(cells, { lab: LAB, folder });
    expect(run.results.filter(({ status }) => status === "error").map(({ error }) => error?.traceback.join("\n"))).toEqual([]);
    for (const [index, name] of usual.entries()) {
      expect(run.text(3 * index + 2)).toContain(shown(name));
      expect(run.result(3 * index + 3)).toBe(`${name}(kept)`);
    }
  });

  test("a throwing initialiser leaves the helper", async () => {
    const run = await runCells(
      usual.flatMap((name) => [`const ${name} = ${name}.fail();`, `${name}("still")`]),
      { lab: LAB },
    );
    for (const [index, name] of usual.entries()) {
      expect(run.error(2 * index + 1)).toBe("no such series");
      expect(run.result(2 * index + 2)).toBe(`${name}(still)`);
    }
  });

  test("even display may be a variable", async () => {
    const run = await runCells(["display('shown'); const display = 5;", "display"]);
    expect(run.result(2)).toBe("5");
    expect(run.outputs.map(({ type }) => type)).toEqual(["display_data", "execute_result"]);
  });

  test("the names cells declare and use are on record", async () => {
    const run = await runCells(["const fast = 5;", "import { sep } from 'node:path';\nconst s = () => fast + data.name + Math.PI + sep;"], {
      lab: LAB,
    });
    expect(Object.values(run.declarations)).toEqual([
      { declares: ["fast"], uses: [], imports: [] },
      { declares: ["sep", "s"], uses: ["fast", "data"], imports: [{ specifier: "node:path", names: ["sep"] }] },
    ]);
  });

  test("the host tells code, also late code, which cell it belongs to", async () => {
    const ask = "const host = (globalThis as any)[Symbol.for('tesserlab.host')];";
    const run = await runCells(
      [
        {
          source: `${ask}\nsetTimeout(() => console.log(host.currentCellSource().split('\\n').length, host.currentCellId()), 30);`,
          id: "first",
        },
        "await new Promise((r) => setTimeout(r, 60));\n[host.sourceOf('first') === host.currentCellSource(), host.typeMode, host.helpers.slice(0, 3), host.cellFolder === process.cwd()].join()",
        "host.display({ 'text/plain': 'bundle' }, { id: 'x' });",
      ],
      { lab: LAB },
    );
    expect(run.text(1)).toBe("2 first\n");
    expect(run.result(2)).toBe("false,off,display,lab,data,false");
    expect(run.outputs.at(-1)).toEqual({ cell: "cell-3", type: "display_data", data: { "text/plain": "bundle" }, displayId: "x" });
  });

  test("a module without scope() is refused", async () => {
    const folder = folderWith({ "bad.mjs": "export const x = 1;" });
    await expect(runCells(["1"], { lab: join(folder, "bad.mjs") })).rejects.toThrow("KERNEL_LAB_INVALID");
  });
});

describe("imports", () => {
  test("ESM-only and CommonJS packages, JSON, local TypeScript in every spelling, import.meta, require, dynamic import", async () => {
    const folder = folderWith({
      "lib/one.ts": "export const one: number = 1;",
      "old.cjs": "module.exports = { old: true };",
      "c.json": '{"n": 3}',
    });
    symlinkSync(PACKAGES, join(folder, "node_modules"));
    const run = await runCells(
      [
        "import MagicString from 'magic-string';\nnew MagicString('x').append('y').toString()", // has no CommonJS form
        "import seedrandom from 'seedrandom';\ntypeof seedrandom", // has no ESM form
        "import c from './c.json' with { type: 'json' };\nc.n",
        "import { one } from './lib/one';\nimport { one as b } from './lib/one.ts';\nimport { one as d } from './lib/one.js';\none + b + d",
        "(await import('./lib/one')).one",
        "import old from './old.cjs';\nold.old",
        "[import.meta.dirname === process.cwd(), typeof require('magic-string')].join()",
      ],
      { folder },
    );
    expect(run.results.map(({ error }) => error?.evalue)).toEqual(Array(7).fill(undefined));
    expect([1, 2, 3, 4, 5, 6].map((n) => run.result(n))).toEqual(["xy", "function", "3", "3", "1", "true"]);
  });

  test("an edit two levels down, and one of a CommonJS file, is seen by the next import; nothing else is loaded anew", async () => {
    const folder = folderWith({
      "a.ts": "export { v } from './b';",
      "b.ts": "import { c } from './c';\nexport const v = c * 10;",
      "c.ts": "export const c = 1;",
      "still.ts": "export const loaded = { at: performance.now() };",
      "old.cjs": "module.exports = 1;",
    });
    const cell = "import { v } from './a';\nimport { loaded } from './still';\nimport old from './old.cjs';\n[v, old].join()";
    const run = await runCells(
      [
        cell,
        "const first = loaded;",
        { source: cell, before: { "c.ts": "export const c = 2;", "old.cjs": "module.exports = 'new';" } },
        "first === loaded",
      ],
      { folder },
    );
    expect([run.result(1), run.result(3), run.result(4)]).toEqual(["10,1", "20,new", "true"]);
  });

  test("our own package is one copy for cells and local files, in any folder", async () => {
    const folder = folderWith({ "own.ts": "export { LabError as Local } from 'tesserlab/errors';" });
    const run = await runCells(["import { LabError } from 'tesserlab/errors';\nimport { Local } from './own';\nLabError === Local"], {
      folder,
    });
    expect(run.result(1)).toBe("true");
  });

  test("missing exports, packages and files are errors; a type needs no mark where it is used as one", async () => {
    const folder = folderWith({ "t.ts": "export interface Bar { close: number }\nexport const ok = 1;" });
    const run = await runCells(
      [
        "import { okay } from './t';",
        "import { Bar, ok } from './t';\nconst bar: Bar = { close: ok };\nbar.close",
        "import x from 'not-a-package';",
        "import y from './missing';",
      ],
      { folder },
    );
    expect(run.error(1)).toContain("does not provide an export named 'okay'. It exports: ok.");
    expect(run.result(2)).toBe("1");
    expect(run.error(3)).toContain("Cannot find package 'not-a-package'");
    expect(run.error(4)).toContain("missing");
  });
});
