import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { type RunNotebookResult, readNotebook, terminalProgress } from "../../src/kernel/index.js";
import { folderWith } from "./run-cells.js";

type Cell = [source: string, ...tags: string[]];

function notebook(cells: Cell[]): string {
  const json = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: "tslab", display_name: "TypeScript", language: "typescript" }, custom: 1 },
    cells: cells.map(([source, ...tags], n) => ({
      cell_type: "code",
      id: `c${n + 1}`,
      metadata: { tags },
      source,
      outputs: [],
      execution_count: null,
    })),
  };
  return join(folderWith({ "n.ipynb": JSON.stringify(json) }), "n.ipynb");
}

async function run(
  path: string,
  options: object = {},
): Promise<{ result: RunNotebookResult & { thrown?: string; message?: string }; lines: string[] }> {
  const driver = fileURLToPath(new URL("run-driver.mjs", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [driver, path, JSON.stringify(options)]);
  const lines = stdout.trimEnd().split("\n");
  return { result: JSON.parse(lines.pop()!), lines };
}

const outputsOf = (path: string) => readNotebook(path).cells.map((cell) => (cell.cell_type === "code" ? cell.outputs : []));

test("executes the cells, writes real outputs, counts and times, and prints a line a cell", async () => {
  const path = notebook([
    ["console.log('a'); console.log('b'); console.error('e');"],
    [""],
    ["display('0', { id: 'p' });\ndisplay('1', { id: 'p' });\n6 * 7"],
    ["console.log('gone'); display.clear(true); console.log('kept'); setTimeout(() => console.log('late'), 40);"],
    ["[import.meta.filename, process.cwd()].join()"],
  ]);
  const { result, lines } = await run(path);
  expect(result).toMatchObject({ ok: true, cells: 5, executed: 4, out: path.replace(".ipynb", ".executed.ipynb") });
  expect(lines).toHaveLength(6);
  expect(lines[1]).toMatch(/^✓ \[1\/5\] +\d+ ms {2}console\.log\('a'\)/);
  expect(lines.at(-1)).toMatch(/^ok in .* written to /);
  const [first, empty, third, fourth, fifth] = outputsOf(result.out);
  expect(first).toEqual([
    { output_type: "stream", name: "stdout", text: "a\nb\n" },
    { output_type: "stream", name: "stderr", text: "e\n" },
  ]);
  expect(empty).toEqual([]);
  expect(third).toEqual([
    { output_type: "display_data", data: { "text/plain": "1" }, metadata: {} },
    { output_type: "execute_result", execution_count: 2, data: { "text/plain": "42" }, metadata: {} },
  ]);
  expect(fourth).toEqual([{ output_type: "stream", name: "stdout", text: "kept\nlate\n" }]);
  expect(fifth).toMatchObject([{ data: { "text/plain": `${path},${join(path, "..")}` } }]);
  const json = JSON.parse(readFileSync(result.out, "utf8"));
  expect(json.metadata).toMatchObject({
    custom: 1,
    kernelspec: { name: "tesserlab", display_name: "TypeScript (Tesserlab)", language: "typescript" },
  });
  expect(json.cells[0]).toMatchObject({
    id: "c1",
    execution_count: 1,
    source: [expect.any(String)],
    outputs: [{ text: ["a\n", "b\n"] }, {}],
  });
  const times = json.cells[0].metadata.execution;
  expect(Date.parse(times["shell.execute_reply"])).toBeGreaterThanOrEqual(Date.parse(times["iopub.execute_input"]));
  expect(outputsOf(path)).toEqual([[], [], [], [], []]);
});

test("stops at the first failing cell, writes what there is; the tag raises-exception and allowErrors go on", async () => {
  const failing: Cell[] = [["1"], ["const x = 1;\n\nthrow new RangeError('stop')"], ["3"]];
  const stopped = await run(notebook(failing));
  expect(stopped.result).toMatchObject({
    ok: false,
    executed: 2,
    failed: { index: 2, id: "c2", error: { ename: "RangeError", evalue: "stop" } },
  });
  expect(stopped.result.failed?.error.traceback).toContain("    at cell-2.ts:3:7");
  expect(stopped.lines[2]).toMatch(/^✗ \[2\/3\]/);
  expect(outputsOf(stopped.result.out)).toMatchObject([
    [{ output_type: "execute_result" }],
    [{ output_type: "error", ename: "RangeError" }],
    [],
  ]);
  const expected = await run(notebook([["throw 1", "raises-exception"], ["2"]]));
  expect(expected.result).toMatchObject({ ok: true, executed: 2 });
  const allowed = await run(notebook(failing), { allowErrors: true });
  expect(allowed.result).toMatchObject({ ok: false, executed: 3, failed: { index: 2 } });
});

test("a failing timer, an endless await and an endless loop fail the run", async () => {
  const timer = await run(
    notebook([["setTimeout(() => { throw new Error('later') }, 5);"], ["await new Promise((r) => setTimeout(r, 60))"], ["3"]]),
  );
  expect(timer.result).toMatchObject({ ok: false, executed: 2, failed: { index: 1, error: { evalue: "later" } } });
  const dead = await run(notebook([["await new Promise(() => {})"]]));
  expect(dead.result.failed?.error.evalue).toContain("can no longer happen");
  const loop = await run(notebook([["for (;;) {}"]]), { timeoutMs: 100 });
  expect(loop.result.failed?.error.evalue).toContain("took longer than 100 ms");
});

test("parameters follow the tagged cell, replace injected ones, and unknown names are refused", async () => {
  const cells: Cell[] = [
    ["const fastPeriod = 5;\nlet symbol: string = 'ETHUSDT';\nvar big = '';", "parameters"],
    ["const fastPeriod = 99;", "injected-parameters"],
    ["[fastPeriod, symbol, typeof big, big].join()"],
  ];
  const parameters = { fastPeriod: "12", symbol: "BTCUSDT", big: "12345678901234567890" };
  const { result } = await run(notebook(cells), { parameters });
  const executed = readNotebook(result.out);
  expect(executed.cells.map((cell) => cell.metadata.tags)).toEqual([["parameters"], ["injected-parameters"], []]);
  expect(executed.cells[1]!.source).toBe('// Parameters\nlet fastPeriod = 12;\nlet symbol = "BTCUSDT";\nlet big = "12345678901234567890";');
  expect(outputsOf(result.out)[2]).toMatchObject([{ data: { "text/plain": "12,BTCUSDT,string,12345678901234567890" } }]);
  const unknown = await run(notebook(cells), { parameters: { fastPeriode: 1 } });
  expect(unknown.result).toMatchObject({ thrown: "PARAMETER_UNKNOWN", message: expect.stringContaining("Did you mean fastPeriod?") });
  const untagged = await run(notebook([["x + 1"]]), { parameters: { x: 1 } });
  expect(outputsOf(untagged.result.out)[1]).toMatchObject([{ data: { "text/plain": "2" } }]);
});

test("in place; and misuse writes nothing", async () => {
  const path = notebook([["1 + 1"]]);
  expect((await run(path, { out: "in-place" })).result.out).toBe(path);
  expect(outputsOf(path)).toMatchObject([[{ data: { "text/plain": "2" } }]]);
  const before = readFileSync(path, "utf8");
  expect((await run(path, { outt: "x" })).result).toMatchObject({ thrown: "RUN_OPTION_UNKNOWN", message: expect.stringContaining("out") });
  expect((await run(path, { lab: "./nothing.mjs", out: "in-place" })).result.thrown).toBe("KERNEL_LAB_INVALID");
  expect((await run(path.replace("n.ipynb", "m.ipynb"))).result).toMatchObject({
    thrown: "NOTEBOOK_NOT_FOUND",
    message: expect.stringContaining("n.ipynb"),
  });
  expect(readFileSync(path, "utf8")).toBe(before);
  expect(existsSync(path.replace(".ipynb", ".executed.ipynb"))).toBe(false);
  writeFileSync(path, "{");
  expect((await run(path)).result.thrown).toBe("NOTEBOOK_INVALID");
});

test("on a terminal the running cell has a live line, which its result replaces", () => {
  const written: string[] = [];
  const progress = terminalProgress({ isTTY: true, columns: 40, write: (text) => written.push(text) });
  progress({ type: "cell", index: 1, cells: 2, source: "// note\nconst long = 'a line far too long for this terminal';" });
  progress({ type: "cell-done", index: 1, cells: 2, source: "// note\nconst x = 1;", ms: 1234, ok: false });
  expect(written[0]).toContain("\r\u001b[2K⠋ [1/2]     0 ms  const long");
  expect(written[0]!.length).toBeLessThan(45);
  expect(written.slice(1)).toEqual(["\r\u001b[2K", "✗ [1/2]    1.2 s  const x = 1;\n"]);
});

test("a question is refused with what to do instead: nobody sits at a keyboard", async () => {
  const path = notebook([["prompt('How many?')"]]);
  const { result } = await run(path);
  expect(result.failed?.error).toMatchObject({ ename: "LabError" });
  expect(result.failed?.error.evalue).toContain("Nobody can be asked 'How many?' here");
  expect(result.failed?.error.evalue).toContain("tesserlab run -p name=value");
});
