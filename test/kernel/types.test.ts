import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelClient, Run } from "./kernel-client.js";
import { folderWith } from "./run-cells.js";

const LAB = fileURLToPath(new URL("fixture-lab.mjs", import.meta.url));

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start({ args: ["--lab", "tesserlab/lab"] });
  // The language service starts once the helpers are loaded.
  while (!(await complete("backt")).matches.includes("backtest"));
});
afterAll(() => kernel.close());

const complete = (code: string, cursor_pos = [...code].length) => kernel.ask("complete_request", { code, cursor_pos });

describe("the language service", () => {
  test("completes variables of earlier cells, in code points, with the names of kinds", async () => {
    await kernel.run("const grüße = { länge: 1, breite: 'x' };");
    const reply = await complete("'😀'; grüße.lä");
    expect(reply).toMatchObject({ status: "ok", matches: ["länge"], cursor_start: 11, cursor_end: 13 });
    const [type] = reply.metadata._jupyter_types_experimental;
    expect(type).toMatchObject({ text: "länge", start: 11, end: 13 });
    expect(typeof type.type).toBe("string");
  });

  test("answers while a cell runs", async () => {
    const busy = kernel.execute("while (true) {}");
    await kernel.published("execute_input", 2);
    expect((await complete("Math.hyp")).matches).toContain("hypot");
    await kernel.interrupt();
    await busy.idle;
  });

  test("inspects with documentation, at a position in code points", async () => {
    await kernel.run("/** Adds one. */\nfunction inc(n: number): number { return n + 1 }");
    const found = await kernel.ask("inspect_request", { code: "'😀'; inc(1)", cursor_pos: 7, detail_level: 0 });
    expect(found).toMatchObject({ status: "ok", found: true });
    expect(found.data["text/plain"]).toContain("Adds one.");
    expect(await kernel.ask("inspect_request", { code: "  ", cursor_pos: 1 })).toMatchObject({ status: "ok", found: false });
  });

  test("warns of type errors in the cell, and runs it", async () => {
    const cell = kernel.execute("console.log('runs'); const wrong: number = 'text'; 7");
    await cell.idle;
    // Before the cell runs, or, where the check takes longer than a cell is held back, under the same cell when it is done.
    const said = (name: string): string =>
      cell.published.flatMap(({ type, content }) => (type === "stream" && content.name === name ? [content.text] : [])).join("");
    await expect.poll(() => said("stderr"), { timeout: 60_000 }).toMatch(/^1:\d+ TS2322: Type 'string' is not assignable to type 'number'/);
    expect([said("stdout"), new Run(await cell.reply, cell.published).result]).toEqual(["runs\n", "7"]);
  });

  test("a hashbang at the start of a cell is no type error", async () => {
    const cell = kernel.execute("#!/usr/bin/env node\nconst hashed: number = 'text';");
    await cell.idle;
    const said = (): string => cell.published.flatMap(({ type, content }) => (type === "stream" ? [content.text] : [])).join("");
    await expect.poll(said, { timeout: 60_000 }).toMatch(/^2:\d+ TS2322: [^\n]*\n$/);
  });

  test("a cell that failed leaves the names it made, one that was not run leaves none", async () => {
    await kernel.run("const madeBefore = { width: 1 };\nthrow new Error('stop')");
    expect((await complete("madeBefore.")).matches).toEqual(["width"]);
    await kernel.run("globalThis[Symbol.for('tesserlab.host')].typeMode = 'block'; 0");
    const refused = await kernel.run("const neverMade = 1;\nneverMade.foo");
    expect(refused.error?.ename).toBe("TypeCheckError");
    expect((await complete("neverMa")).matches).toEqual([]);
    await kernel.run("(globalThis as any)[Symbol.for('tesserlab.host')].typeMode = 'warn'; 0");
  });

  test("in block mode a type error keeps the cell from running", async () => {
    await kernel.run("globalThis[Symbol.for('tesserlab.host')].typeMode = 'block'; 0");
    const run = await kernel.run("globalThis.traded = true;\nconst price: number = 'high';");
    expect(run.error).toMatchObject({ ename: "TypeCheckError" });
    expect(run.error?.evalue).toContain("2:7 TS2322");
    expect(run.reply.status).toBe("error");
    expect((await kernel.run("(globalThis as { traded?: boolean }).traded")).result).toBeUndefined();
    await kernel.run("(globalThis as any)[Symbol.for('tesserlab.host')].typeMode = 'off'; 0");
    const off = await kernel.run("const price: number = 'high'; price");
    expect([off.result, off.text("stderr")]).toEqual(["high", ""]);
  });

  test("local modules: an edit is seen by the next cell and by the checker", async () => {
    const cwd = folderWith({ "tools.ts": "export const size: number = 1;" });
    const local = await KernelClient.start({ cwd });
    expect((await local.run("import { size } from './tools.ts'; size")).result).toBe("1");
    writeFileSync(join(cwd, "tools.ts"), "export const size: string = 'two';");
    expect((await local.run("import { size } from './tools'; size")).result).toBe("two");
    local.close();
  });
});

describe("before the language service is there", () => {
  test("cells already executed are known, and so are helpers that a running cell keeps from being loaded", async () => {
    const early = await KernelClient.start({ args: ["--lab", "tesserlab/lab"] });
    const first = early.execute("const candlesticks: { openPrice: number } = { openPrice: 'none' };");
    const loop = early.execute("console.log('runs'); while (true) {}");
    await early.published("stream");
    const found = (code: string): Promise<string[]> =>
      early.ask("complete_request", { code, cursor_pos: code.length }).then(({ matches }) => matches);
    expect(await found("candlesticks.op")).toEqual(["openPrice"]);
    expect(await found("backt")).toContain("backtest");
    // The first cell was checked too, as soon as there was somebody to check it.
    const warned = (): string => first.published.flatMap(({ type, content }) => (type === "stream" ? [content.text] : [])).join("");
    await expect.poll(warned, { timeout: 60_000 }).toMatch(/^1:\d+ TS2322/);
    await early.interrupt();
    expect((await loop.reply).ename).toBe("KeyboardInterrupt");
    early.close();
  });

  test("in block mode the first cell waits to be checked", async () => {
    const strict = await KernelClient.start({ args: ["--lab", LAB], env: { TESSERLAB__TYPES: "block" } });
    const run = await strict.run("const price: number = 'high'; price");
    expect(run.error?.ename).toBe("TypeCheckError");
    expect((await strict.run("const price: number = 5; price")).result).toBe("5");
    strict.close();
  });

  test("an interrupt ends a cell that waits to be checked: it never runs, and the kernel goes on", async () => {
    // Helpers that are never there, so that the checker never starts; where a process of its own looks for them, it ends with the kernel.
    const never = "const { ppid } = process; await new Promise(() => setInterval(() => process.ppid === ppid || process.exit(), 50));";
    const cwd = folderWith({ "never.mjs": never });
    const strict = await KernelClient.start({ cwd, args: ["--lab", join(cwd, "never.mjs")], env: { TESSERLAB__TYPES: "block" } });
    const cells = [strict.execute("console.log('traded')"), strict.execute("console.log('traded, too')")];
    await strict.seen(cells[0]!, "execute_input");
    await strict.ask("comm_info_request"); // answered in turn: both have been received
    expect((await strict.interrupt()).status).toBe("ok");
    expect(await cells[0]!.reply).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
    expect(await cells[1]!.reply).toMatchObject({ status: "aborted" });
    await Promise.all(cells.map(({ idle }) => idle));
    expect((await strict.run("1 + 1")).result).toBe("2");
    const said = cells.flatMap(({ published }) => published.map(({ type }) => type));
    expect(said).toEqual(["status", "execute_input", "error", "status", "status", "status"]);
    strict.close();
  });
});
