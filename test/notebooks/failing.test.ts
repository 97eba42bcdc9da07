import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readNotebook } from "../../src/kernel/index.js";
import { tesserlab } from "../cli/tesserlab.js";
import { nbformatProblems } from "./nbformat.js";

const folder = mkdtempSync(join(tmpdir(), "tesserlab-failing-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function notebook(name: string, ...sources: string[]): string {
  const cells = sources.map((source, i) => ({
    cell_type: "code",
    id: `c${i + 1}`,
    metadata: {},
    source,
    outputs: [],
    execution_count: null,
  }));
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
  return path;
}

const outputsOf = (path: string) => readNotebook(path).cells.map((cell) => (cell.cell_type === "code" ? cell.outputs : []));

test("a failing cell ends the run with 1; what was shown so far is kept and the error names the cell and its line", async () => {
  const path = notebook(
    "loop.ipynb",
    "const btc = data.synthetic({ bars: 500 });\nbtc",
    'console.log("before");\n\nawait backtest({\n  data: btc,\n  strategy: "SmaCros",\n});',
    '"never"',
  );
  const { code, stdout, stderr } = await tesserlab(["run", path, "--html", join(folder, "loop.html")], { cwd: folder });
  expect(code).toBe(1);
  expect(stdout).toBe("loop.executed.ipynb\nloop.html\n");
  expect(stderr).toMatch(/^✗ \[2\/3\]/m);
  expect(stderr).toContain("LabError [STRATEGY_UNKNOWN]: Unknown strategy 'SmaCros'. Did you mean SmaCross?");
  expect(stderr).toContain("> 3 | await backtest({");
  expect(stderr).toMatch(/at cell-2\.ts:3:7/);
  const executed = join(folder, "loop.executed.ipynb");
  const [first, second, third] = outputsOf(executed);
  expect(first).toMatchObject([{ output_type: "execute_result", data: { "text/plain": expect.stringContaining("500 candles") } }]);
  expect(second).toMatchObject([
    { name: "stdout", text: "before\n" },
    { output_type: "error", ename: "LabError" },
  ]);
  expect(third).toEqual([]);
  expect(nbformatProblems(JSON.parse(readFileSync(executed, "utf8")))).toEqual([]);
  expect(readFileSync(join(folder, "loop.html"), "utf8")).toContain("Did you mean SmaCross?");
});

test("the structure check of these tests sees what breaks the format", () => {
  const output = { output_type: "execute_result", data: { "text/plain": ["a\n", "b"] }, metadata: {}, execution_count: 1 };
  const cell = { id: "a", cell_type: "code", metadata: {}, source: ["1"], outputs: [output], execution_count: 1 };
  const metadata = { kernelspec: { name: "k", display_name: "K" }, language_info: { name: "typescript" } };
  const sound = { nbformat: 4, nbformat_minor: 5, metadata, cells: [cell] };
  expect(nbformatProblems(sound)).toEqual([]);
  expect(nbformatProblems({ ...sound, nbformat_minor: 4, extra: 1 })).toEqual([
    "the notebook has an unknown extra",
    "nbformat_minor is below 5: cells have ids",
  ]);
  const broken = {
    ...cell,
    id: "a b",
    outputs: [
      { ...output, data: { "text/html": 5 } },
      { output_type: "stream", name: "std", text: "" },
    ],
  };
  expect(nbformatProblems({ ...sound, cells: [cell, cell, broken] })).toEqual([
    "cell ids repeat",
    "cell a b: the id is not 1 to 64 of [a-zA-Z0-9_-]",
    "cell a b, output 1: text/html is no text",
    "cell a b, output 2: the stream is neither stdout nor stderr",
  ]);
});
