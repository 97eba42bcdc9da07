import { expect, test } from "vitest";
import { runCells } from "./run-cells.js";

test("20,000 lines arrive complete and in order", async () => {
  const run = await runCells(["for (let i = 0; i < 20_000; i++) console.log(i)"]);
  expect(run.text(1)).toBe(`${Array.from({ length: 20_000 }, (_, i) => i).join("\n")}\n`);
});

test("a promise shows what it came to, and an error that is printed ends at its cell", async () => {
  const run = await runCells([
    "Promise.resolve(5)",
    "const late = (): Error => new TypeError('printed', { cause: new Error('root') });\nconsole.error(late());\nconsole.log('stack', late().stack)",
  ]);
  expect(run.result(1)).toBe("Promise { 5 }");
  for (const text of [run.text(2, "stderr"), run.text(2, "stdout")]) {
    expect(text).toMatch(/TypeError: printed\n +at late \(cell-2\.ts:1:\d+\)\n +at cell-2\.ts:\d:\d+/);
    expect(text).not.toMatch(/Session\.post|dist\/kernel|AsyncLocalStorage/);
  }
  expect(run.text(2, "stderr")).toContain("[cause]: Error: root");
});

test("console and streams keep their order and name, without colours", async () => {
  const run = await runCells([
    "console.log('a', { n: 1 }); process.stdout.write('b\\n'); console.error('c'); console.group('g'); console.log('in'); console.groupEnd();",
    "process.stdout.write(Buffer.from([0xe2, 0x82])); process.stdout.write(Buffer.from([0xac, 0x0a]));",
    "process.stdout.write('6869', 'hex'); process.stdout.write('4oKs', 'base64'); process.stdout.write('é', 'latin1')",
    "await new Promise<void>((done) => process.stdout.write('written', () => done())); console.table([{ a: 1 }])",
  ]);
  expect(run.text(1)).toBe("a { n: 1 }\nb\ng\n  in\n");
  expect(run.text(1, "stderr")).toBe("c\n");
  expect(run.text(2)).toBe("€\n");
  expect(run.text(3)).toBe("hi€é");
  expect(run.text(4)).toContain("written┌");
});

test("display: the protocol sync and async, in order; ids update; unknown options are refused", async () => {
  const run = await runCells([
    "const shown = (b: object, ms: number) => ({ [Symbol.for('Jupyter.display')]: () => new Promise((r) => setTimeout(() => r(b), ms)) });\ndisplay(shown({ 'text/html': 'slow' }, 30)); console.log('after'); display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': 'fast' }) });",
    "display('0 %', { id: 'p' }); display('50 %', { id: 'p' });",
    "display(1, { idd: 'x' } as never)",
    "({ [Symbol.for('Jupyter.display')]: () => ({ 'application/json': { a: 1 } }) })",
    "display({ 'text/html': '<b>' }, { raw: true }); display.clear(true);",
  ]);
  const of = (cell: string) => run.outputs.filter((output) => output.cell === cell);
  expect(of("cell-1")).toMatchObject([{ data: { "text/html": "slow" } }, { text: "after\n" }, { data: { "text/html": "fast" } }]);
  expect(of("cell-2")).toMatchObject([
    { type: "display_data", displayId: "p" },
    { type: "update_display_data", displayId: "p" },
  ]);
  expect(run.error(3)).toContain("Did you mean id?");
  expect(of("cell-4")).toMatchObject([{ type: "execute_result", data: { "application/json": { a: 1 } } }]);
  expect(of("cell-5")).toMatchObject([{ data: { "text/html": "<b>" } }, { type: "clear_output", wait: true }]);
});

test("HTML has a text form, for front ends that show none", async () => {
  const run = await runCells([
    "display.html('<h3>Fees &amp; funding</h3><style>b{}</style><table><tr><th>symbol<th>paid<tr><td>BTCUSDT<td>12.5<tr><td>ETH<td>3</table>')",
    "display.raw('text/html', '<p>one<br>two'); display.html('<svg><path d=\"M0 0\"/></svg>')",
  ]);
  const texts = run.outputs.flatMap((output) => ("data" in output ? [output.data["text/plain"]] : []));
  expect(texts).toEqual([
    "Fees & funding\nsymbol   paid\n───────  ────\nBTCUSDT  12.5\nETH         3",
    "one\ntwo",
    "(HTML without text, 27 characters)",
  ]);
});

test("an error that is shown, not thrown, has the frames of its cell only", async () => {
  const run = await runCells(["const lost = (): Error => new RangeError('shown');\nlost()"]);
  expect(String(run.result(1)).split("\n")).toEqual([
    "RangeError: shown",
    expect.stringMatching(/^ {4}at lost \(cell-1\.ts:1:\d+\)$/),
    expect.stringMatching(/^ {4}at cell-1\.ts:2:\d+$/),
  ]);
});

test("notebooks written for tslab find its display here", async () => {
  const run = await runCells([
    "import { display, newDisplay } from 'tslab';\ndisplay.html('<i>1</i>'); display.png(new Uint8Array([1, 2])); display.raw('application/json', '{\"a\":1}');",
    "const d = newDisplay(); d.text('one'); d.text('two');",
    "import * as tslab from 'tslab';\nObject.keys(tslab).join()",
  ]);
  const bundles = run.outputs.flatMap((output) => ("data" in output ? [output.data] : []));
  expect(bundles.slice(0, 3)).toEqual([
    { "text/html": "<i>1</i>", "text/plain": "1" },
    { "image/png": "AQI=" },
    { "application/json": { a: 1 } },
  ]);
  expect(run.outputs.filter(({ cell }) => cell === "cell-2").map(({ type }) => type)).toEqual(["display_data", "update_display_data"]);
  expect(run.result(3)).toBe("display,newDisplay,versions");
});

test("process.exit does not take the notebook along", async () => {
  const run = await runCells(["process.exit(3)", "'alive'"]);
  expect(run.error(1)).toContain("disabled in a notebook");
  expect(run.result(2)).toBe("alive");
});

test("the chart library goes out with the first figure, and once more when the cell that shows it is run again", async () => {
  const display = JSON.stringify(new URL("../../dist/display/index.js", import.meta.url).href);
  const figure = `(await import(${display})).figure({ data: [{ y: [1, 2] }], displayMode: "interactive" })`;
  const run = await runCells([
    { id: "a", source: figure },
    { id: "b", source: figure },
    { id: "b", source: figure },
    { id: "a", source: "'no figure any more'" },
    { id: "b", source: figure },
    { id: "b", source: figure },
    { id: "c", source: figure },
  ]);
  const brings = run.outputs.flatMap((output) =>
    "data" in output && "text/html" in output.data ? [[output.cell, String(output.data["text/html"]).includes("DecompressionStream")]] : [],
  );
  expect(brings).toEqual([
    ["a", true],
    ["b", false],
    ["b", false],
    ["b", true],
    ["b", true],
    ["c", false],
  ]);
});
