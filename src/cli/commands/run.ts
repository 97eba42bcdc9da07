import { resolve } from "node:path";
import { LabError } from "../../errors/index.js";
import { type Parameters, runNotebook, terminalProgress, writeHtmlReport } from "../../kernel/index.js";
import type { Command } from "../command.js";
import { LAB_MODULE, shown } from "../paths.js";

/** `-p name=value`: JSON where it parses, else text. */
function parametersOf(pairs: readonly string[]): Parameters {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new LabError("CLI_VALUE", `-p takes name=value, got '${pair}'.`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

export const run: Command = {
  name: "run",
  words: "NOTEBOOK",
  count: [1, 1],
  help: "Executes a notebook's cells in order, with the helpers in scope, and writes it with its outputs. Exits with 1 when a cell fails.",
  options: {
    out: { type: "string", value: "FILE", help: "where the executed notebook goes; NOTEBOOK.executed.ipynb unless given" },
    "in-place": { type: "boolean", help: "write the outputs into NOTEBOOK itself" },
    param: { type: "string", short: "p", multiple: true, value: "NAME=VALUE", help: "value of a parameter, once for each" },
    html: { type: "string", value: "FILE", help: "also write a self-contained HTML report" },
    "allow-errors": { type: "boolean", help: "go on after a failing cell" },
    timeout: { type: "string", value: "SECONDS", help: "longest a cell may take" },
  },
  async run({ words, text, texts, flag, whole }) {
    const out = flag("in-place") ? "in-place" : text("out");
    const seconds = whole("timeout", 0);
    const stop = new AbortController();
    const interrupt = (): void => stop.abort();
    process.once("SIGINT", interrupt);
    const result = await runNotebook(words[0]!, {
      lab: LAB_MODULE,
      parameters: parametersOf(texts("param")),
      onProgress: terminalProgress(process.stderr),
      allowErrors: flag("allow-errors"),
      signal: stop.signal,
      ...(out === undefined ? {} : { out }),
      ...(seconds > 0 ? { timeoutMs: seconds * 1000 } : {}),
    });
    process.off("SIGINT", interrupt);
    process.stdout.write(`${shown(result.out)}\n`);
    const html = text("html");
    if (html !== undefined) {
      await writeHtmlReport(result.notebook, resolve(html), {});
      process.stdout.write(`${shown(resolve(html))}\n`);
    }
    return result.ok ? 0 : 1;
  },
};
