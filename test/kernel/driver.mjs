// Runs cells in the built executor, in a process of its own: it takes over console, streams and the inspector.
// stdin: { folder, cells: (string | { source, id, timeoutMs, interruptAfterMs, before: { file: text } })[], lab?, settleMs? }; stdout: the results.
import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Executor } from "../../dist/kernel/index.js";

const { folder, cells, lab, settleMs = 0 } = JSON.parse(readFileSync(0, "utf8"));
const outputs = [];
const sink = (cell, output) => outputs.push({ cell, ...output });
const executor = await Executor.start({ notebook: join(folder, "notebook.ipynb"), sink, ...(lab === undefined ? {} : { lab }) });
const results = [];
for (const cell of cells) {
  const { source, id, timeoutMs, interruptAfterMs, before = {} } = typeof cell === "string" ? { source: cell } : cell;
  for (const [name, text] of Object.entries(before)) writeFileSync(join(folder, name), text);
  if (interruptAfterMs !== undefined) setTimeout(() => executor.interrupt(), interruptAfterMs);
  results.push(await executor.execute(source, { ...(id && { id }), ...(timeoutMs && { timeoutMs }) }));
}
await new Promise((resolve) => setTimeout(resolve, settleMs));
const declarations = Object.fromEntries(executor.host.declarations);
executor.close();
const text = Buffer.from(JSON.stringify({ results, outputs, declarations }));
for (let at = 0; at < text.length; ) {
  try {
    at += writeSync(1, text, at);
  } catch (error) {
    if (error.code !== "EAGAIN") throw error;
  }
}
process.exit(0);
