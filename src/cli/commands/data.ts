import { describeData, generateSample, loadCandles, SAMPLE_NAME } from "../../data/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import type { Command, Invocation } from "../command.js";
import { outputFile } from "../output-file.js";

export const data: Command = {
  name: "data",
  words: "inspect FILE | generate [FILE]",
  count: [1, 2],
  summary: "Reports on a file of candles, or writes the synthetic sample",
  help: "inspect reads a file of candles (CSV, gzip, Parquet) and reports what is in it and what is wrong with it; exits with 1 if rows were left out.\ngenerate writes the seeded synthetic sample, labelled as such in its name.",
  options: {
    symbol: { type: "string", value: "SYMBOL", help: "inspect: the symbol, where the file does not say" },
    interval: { type: "string", value: "INTERVAL", help: "inspect: the candles' length, such as 5m" },
    bars: { type: "string", value: "N", help: "generate: number of candles, 20000 unless given" },
    seed: { type: "string", value: "N", help: "generate: the seed, 7 unless given" },
  },
  async run(invocation) {
    const [action = "", path] = invocation.words;
    if (action === "inspect") return inspect(invocation, path);
    if (action === "generate") return generate(invocation, path);
    throw unknownName("CLI_WORDS", "action of data", action, ["inspect", "generate"]);
  },
};

async function inspect({ text }: Invocation, path: string | undefined): Promise<number> {
  refuse("inspect", { text }, ["bars", "seed"]);
  if (path === undefined) throw new LabError("CLI_WORDS", "tesserlab data inspect needs a file: tesserlab data inspect FILE.");
  const symbol = text("symbol");
  const interval = text("interval");
  const { report } = await loadCandles(path, {
    ...(symbol === undefined ? {} : { symbol }),
    ...(interval === undefined ? {} : { interval }),
  });
  process.stdout.write(`${describeData(report).join("\n")}\n`);
  return report.badCount > 0 ? 1 : 0;
}

async function generate({ text, whole }: Invocation, path: string = `data/${SAMPLE_NAME}`): Promise<number> {
  refuse("generate", { text }, ["symbol", "interval"]);
  await outputFile("data generate", path);
  await generateSample(path, { bars: whole("bars", 20_000), seed: whole("seed", 7, 0) });
  process.stdout.write(`${path}\n`);
  return 0;
}

/** An option of the other action would be silently without effect. */
function refuse(action: string, { text }: Pick<Invocation, "text">, foreign: readonly string[]): void {
  const given = foreign.find((name) => text(name) !== undefined);
  if (given !== undefined)
    throw new LabError("CLI_OPTION", `tesserlab data ${action} has no option --${given}; see tesserlab data --help.`);
}
