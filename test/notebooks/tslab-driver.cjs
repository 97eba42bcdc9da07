// Executes a notebook's code cells in stock tslab: its converter (TypeScript 5.0, with type checks) and its executor, without Jupyter around them.
// argv: notebook; the working directory is its folder, as a kernel has it. stdout: a line of JSON per cell after a mark, other lines are the cells' own.
const { readFileSync } = require("node:fs");
const { inspect, format } = require("node:util");
const { createConverter } = require("tslab/dist/converter.js");
const { createExecutor } = require("tslab/dist/executor.js");

const MARK = "\u0001";
const cells = JSON.parse(readFileSync(process.argv[2], "utf8")).cells.filter((cell) => cell.cell_type === "code");
let logs = [];
let errors = [];
const converter = createConverter({ isJS: false, isBrowser: false });
const executor = createExecutor(
  process.cwd(),
  { node: converter, browser: converter, close() {} },
  // tslab's kernel prints a cell's value through console.log, with its colours off where the front end is no terminal.
  {
    log: (...values) => logs.push(values.map((value) => (typeof value === "string" ? value : inspect(value))).join(" ")),
    error: (...values) => errors.push(format(...values)),
  },
);

(async () => {
  for (const cell of cells) {
    logs = [];
    errors = [];
    const ok = await executor.execute([cell.source].flat().join(""));
    process.stdout.write(`\n${MARK}${JSON.stringify({ id: cell.id, ok, logs, errors })}\n`);
  }
  process.exit(0);
})();
