import { expect, test } from "vitest";
import { folderWith, runCells } from "./run-cells.js";

test("standard decorators, accessor and private state work, and each cell's class keeps its own", async () => {
  const run = await runCells([
    "const log: string[] = [];\nfunction traced(f: Function, c: ClassMethodDecoratorContext) { return function (this: unknown, ...a: unknown[]) { log.push(String(c.name)); return f.apply(this, a); } }\nfunction twice(_: unknown, c: ClassFieldDecoratorContext) { return (v: number) => v * 2; }",
    "class A { @twice n: number = 2; accessor x = 5; @traced add(b: number) { return this.n + this.x + b; } }\nnew A().add(1)",
    "class B { @twice m: number = 10; @traced sub() { return this.m; } }\nnew B().sub()",
    "[new A().n, new A().add(1), new B().m, log.join()].join(' ')",
  ]);
  expect(run.results.map(({ status }) => status)).toEqual(Array(4).fill("ok"));
  expect([2, 3, 4].map((n) => run.result(n))).toEqual(["10", "20", "4 10 20 add,sub,add"]);
});

test("experimental decorators: where a parameter is decorated, or a comment asks for them", async () => {
  const run = await runCells([
    "const seen: string[] = [];\nconst inject = (t: any, k: any, i: number): void => { seen.push('parameter ' + i) };\nclass P { constructor(@inject a: number, @inject b: number) {} }\nseen.join()",
    "// @experimentalDecorators\nconst mark = (target: any, key: string): void => { seen.push(key) };\nclass Q { @mark field = 1 }\nseen.at(-1)",
  ]);
  expect(run.result(1)).toBe("parameter 1,parameter 0");
  expect(run.result(2)).toBe("field");
});

test("`using` and `await using` dispose at the end of the cell, of a block and of a failure; the cell's result stays", async () => {
  const run = await runCells([
    "const order: string[] = [];\nconst thing = (name: string) => ({ name, [Symbol.dispose]() { order.push(name) }, async [Symbol.asyncDispose]() { order.push('async ' + name) } });",
    "using a = thing('a');\nconst kept = 7;\na.name",
    "order.join()",
    "await using b = thing('b');\n{ using inner = thing('inner'); }\nkept",
    "order.join()",
    "using c = thing('c');\nthrow new RangeError('no')",
    "order.join()",
  ]);
  expect([2, 3, 4, 5, 7].map((n) => run.result(n))).toEqual(["a", "a", "7", "a,inner,async b", "a,inner,async b,c"]);
  expect(run.error(6)).toBe("no");
});

test("positions in errors stay those of the cell and of the module as written", async () => {
  const folder = folderWith({
    "shapes.ts":
      "const dec = (v: unknown, c: unknown): void => {};\n\n@dec\nexport class Shape {\n  area(): number {\n    throw new Error('none');\n  }\n}",
  });
  const run = await runCells(
    [
      "import { Shape } from './shapes';\nnew Shape().area()",
      "const none = (v: unknown, c: unknown): void => {};\n@none\nclass Local {\n  fail() {\n    throw new TypeError('here');\n  }\n}\nnew Local().fail()",
    ],
    { folder },
  );
  expect(run.results[0]!.error!.traceback.join("\n")).toContain(`${folder}/shapes.ts:6:11`);
  expect(run.results[1]!.error!.traceback.join("\n")).toMatch(/cell-2\.ts:5:11/);
});

test("namespaces export variables that change, in cells and modules, beside imports for later cells", async () => {
  const folder = folderWith({ "count.ts": "export namespace Count { export let n = 5; export const more = () => ++n }" });
  const run = await runCells(
    [
      "import { sep } from 'node:path';\nnamespace A.B { export let v: number = 1; export function inc() { return ++v } }\nA.B.inc()",
      "A.B.inc() + sep",
      "import { Count } from './count';\nCount.more();\nCount.n",
      "namespace A { export var w = 'again' }\nA.w",
      "namespace Bad { export let a = 1 }\n\nthrow new Error('line three')",
    ],
    { folder },
  );
  expect([1, 2, 3, 4].map((n) => run.result(n))).toEqual(["2", "3/", "6", "again"]);
  expect(run.results[4]!.error!.traceback).toContain("    at cell-5.ts:3:7");
});
