import { dirname, resolve } from "node:path";
import { LabError } from "../../errors/index.js";
import { type Parameters, writeHtmlReport } from "../../kernel/index.js";
import type { Command } from "../command.js";
import { outputFile } from "../output-file.js";
import { shown } from "../paths.js";
import { execute } from "../run-notebook.js";

/** `-p name=value`, the value as text: the notebook's own value decides what it is read as. */
function parametersOf(pairs: readonly string[]): Parameters {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new LabError("CLI_VALUE", `-p takes NAME=VALUE, as in -p fastPeriod=12, got '${pair}'.`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

export const run: Command = {
  name: "run",
  words: "NOTEBOOK",
  count: [1, 1],
  summary: "Executes a notebook and writes it with its outputs",
  help: "Executes a notebook's cells in order, with the helpers in scope, and writes it with its outputs. Exits with 1 when a cell fails.",
  options: {
    out: { type: "string", value: "FILE", help: "where the executed notebook goes; NOTEBOOK.executed.ipynb unless given" },
    "in-place": { type: "boolean", help: "write the outputs into NOTEBOOK itself" },
    param: { type: "string", short: "p", multiple: true, value: "NAME=VALUE", help: "value of a parameter, once for each" },
    html: { type: "string", value: "FILE", help: "also write a self-contained HTML report" },
    "allow-errors": { type: "boolean", help: "go on after a failing cell" },
    timeout: { type: "string", value: "SECONDS", help: "longest a cell may take" },
  },
  runsCells: true,
  async run({ words, text, texts, flag, whole }) {
    if (flag("in-place") && text("out") !== undefined)
      throw new LabError("CLI_OPTION", "--out and --in-place say two places for the executed notebook; give one of them.");
    const given = text("out");
    const out = flag("in-place") ? "in-place" : given === undefined ? undefined : await outputFile("--out", given);
    const page = text("html");
    const html = page === undefined ? undefined : await outputFile("--html", page);
    const seconds = whole("timeout", 0);
    const result = await execute(words[0]!, process.stderr, {
      parameters: parametersOf(texts("param")),
      allowErrors: flag("allow-errors"),
      ...(out === undefined ? {} : { out }),
      ...(seconds > 0 ? { timeoutMs: seconds * 1000 } : {}),
    });
    process.stdout.write(`${shown(result.out)}\n`);
    if (html !== undefined) {
      writeHtmlReport(result.notebook, html, { folder: dirname(resolve(words[0]!)) });
      process.stdout.write(`${shown(html)}\n`);
    }
    return result.ok ? 0 : 1;
  },
};
