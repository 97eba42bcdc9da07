import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadModule, localClosure, transpile } from "../../src/modules/index.js";

const sha = (text: string): string => createHash("sha256").update(text).digest("hex");

function folder(files: Record<string, string>): (name: string, text?: string) => string {
  const root = mkdtempSync(join(tmpdir(), "tesserlab-modules-"));
  const at = (name: string, text?: string): string => {
    const path = join(root, name);
    mkdirSync(join(path, ".."), { recursive: true });
    if (text !== undefined) writeFileSync(path, text);
    return path;
  };
  for (const [name, text] of Object.entries(files)) at(name, text);
  return at;
}

test("loads TypeScript, its .js-named .ts imports and JSON, and hashes one file as sha256sum does", async () => {
  const at = folder({
    "alone.ts": "export enum Side { Long = 1 }\nexport const side: Side = Side.Long;",
    "main.ts":
      'import { half, type Rate } from "./lib/half.js";\nimport c from "./c.json" with { type: "json" };\nexport const r: Rate = half(c.n);',
    "lib/half.ts": "export type Rate = number;\nexport const half = (n: number): Rate => n / 2;",
    "c.json": '{"n": 8}',
  });
  const alone = await loadModule(at("alone.ts"));
  expect(alone.module.side).toBe(1);
  expect(alone.sha256).toBe(sha("export enum Side { Long = 1 }\nexport const side: Side = Side.Long;"));
  const main = await loadModule(at("main.ts"));
  expect(main.module.r).toBe(4);
  expect(main.files).toEqual([at("main.ts"), at("c.json"), at("lib/half.ts")]);
});

test("keeps the instance while nothing changed, and reloads after an edit two levels down", async () => {
  const at = folder({
    "a.ts": 'export { value } from "./b";',
    "b.ts": 'import { c } from "./c.ts";\nexport const value = c + 1;',
    "c.ts": "export const c = 1;",
  });
  const first = await loadModule(at("a.ts"));
  const again = await loadModule(at("a.ts"));
  expect(again.module).toBe(first.module);
  at("c.ts", "export const c = 41;");
  const edited = await loadModule(at("a.ts"));
  expect(first.module.value).toBe(2);
  expect(edited.module.value).toBe(42);
  expect(edited.sha256).not.toBe(first.sha256);
});

test("the hash of several files is that of the listing sha256sum prints, wherever the folder lies", () => {
  const files = { "a.ts": 'import "./sub/b.js";', "sub/b.ts": "export const b = 1;" };
  const expected = sha(`${sha(files["a.ts"])}  a.ts\n${sha(files["sub/b.ts"])}  sub/b.ts\n`);
  expect(localClosure(folder(files)("a.ts")).sha256).toBe(expected);
  expect(localClosure(folder(files)("a.ts")).sha256).toBe(expected);
});

test("imports in a circle end", () => {
  const at = folder({ "a.ts": 'import "./b";', "b.ts": 'import "./a";' });
  expect(localClosure(at("a.ts")).files).toHaveLength(2);
});

test("an import used only as a type does not reach the loader", async () => {
  const at = folder({
    "t.ts": "export interface Candle { close: number }",
    "m.ts": 'import { Candle } from "./t";\nexport const c: Candle = { close: 3 };',
  });
  expect((await loadModule(at("m.ts"))).module.c).toEqual({ close: 3 });
});

test("misuse: missing file, syntax error below the entry, throwing module", async () => {
  const at = folder({
    "strategy.ts": "export const x = 1;",
    "entry.ts": 'export * from "./broken";',
    "broken.ts": "export const ok = 1;\nexport const bad: = 2;",
    "throws.ts": 'throw new RangeError("no candles");',
  });
  await expect(loadModule(at("strategi.ts"))).rejects.toMatchObject({
    code: "MODULE_NOT_FOUND",
    message: expect.stringContaining("strategy.ts"),
  });
  await expect(loadModule(at("entry.ts"))).rejects.toMatchObject({
    code: "MODULE_SYNTAX",
    details: { file: at("broken.ts"), line: 2, column: 19 },
  });
  await expect(loadModule(at("throws.ts"))).rejects.toMatchObject({ code: "MODULE_FAILED", cause: { message: "no candles" } });
});

test("an at-sign in a string or comment is not a decorator", () => {
  expect(transpile('const mail = "a@b.c"; // @here\nmail', "cell-1.ts").code).toContain("a@b.c");
});
