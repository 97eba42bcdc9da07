import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { lessonCandles } from "../../data/index.js";
import { durationText } from "../../display/index.js";
import { writeHtmlReport } from "../../kernel/index.js";
import type { Command } from "../command.js";
import { outputFile } from "../output-file.js";
import { PACKAGE_ROOT, shown } from "../paths.js";
import { execute } from "../run-notebook.js";

/** Strategy files written since a moment. */
async function exportedSince(since: number): Promise<string[]> {
  const folder = join(PACKAGE_ROOT, "strategies");
  const found: string[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (name.endsWith(".toml") && (await stat(path)).mtimeMs >= since) found.push(path);
  }
  return found;
}

export const start: Command = {
  name: "start",
  words: "",
  count: [0, 0],
  summary: "Executes the lesson: the whole research loop, with an HTML report",
  help: "The main job: executes the lesson notebooks/01-research-loop.ipynb (load, backtest, tune, doubt, export, trade on paper) on real candles where they are, else on the sample.",
  options: { "out-dir": { type: "string", value: "DIR", help: "where the executed notebook and the report go; reports/ unless given" } },
  runsCells: true,
  async run({ text }) {
    const begin = Date.now();
    const folder = text("out-dir") ?? join(PACKAGE_ROOT, "reports");
    const out = await outputFile("--out-dir", join(folder, "01-research-loop.executed.ipynb"));
    const { source } = await lessonCandles();
    process.stdout.write(
      source.synthetic
        ? `No real candles (TESSERLAB__DATA_DIR): the lesson uses the synthetic sample ${source.name} and says so on every chart.\n`
        : `Real candles: ${source.name}\n`,
    );
    const result = await execute(join(PACKAGE_ROOT, "notebooks", "01-research-loop.ipynb"), process.stdout, { out });
    const report = join(folder, "01-research-loop.html");
    writeHtmlReport(result.notebook, report, { title: "The research loop", folder: join(PACKAGE_ROOT, "notebooks") });
    const lines = [
      "",
      result.ok
        ? `Done: ${result.executed} cells in ${durationText(Date.now() - begin)}.`
        : `A cell failed after ${durationText(Date.now() - begin)}.`,
      `  executed notebook  ${shown(result.out)}`,
      `  HTML report        ${shown(report)}`,
      ...(await exportedSince(begin)).map((path) => `  exported strategy  ${shown(path)}`),
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
    return result.ok ? 0 : 1;
  },
};
