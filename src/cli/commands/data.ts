import { describeData, generateSample, loadCandles, SAMPLE_NAME } from "../../data/index.js";
import { unknownName } from "../../errors/index.js";
import type { Command } from "../command.js";

export const data: Command = {
  name: "data",
  words: "inspect FILE | generate [FILE]",
  count: [1, 2],
  help: "inspect reads a file of candles (CSV, gzip, Parquet) and reports what is in it and what is wrong with it; exits with 1 if rows were left out.\ngenerate writes the seeded synthetic sample, labelled as such in its name.",
  options: {
    symbol: { type: "string", value: "SYMBOL", help: "inspect: the symbol, where the file does not say" },
    interval: { type: "string", value: "INTERVAL", help: "inspect: the candles' length, such as 5m" },
    bars: { type: "string", value: "N", help: "generate: number of candles, 20000 unless given" },
    seed: { type: "string", value: "N", help: "generate: the seed, 7 unless given" },
  },
  async run({ words, text, whole }) {
    const [action, path] = words;
    if (action === "inspect" && path !== undefined) {
      const symbol = text("symbol");
      const interval = text("interval");
      const { report } = await loadCandles(path, {
        ...(symbol === undefined ? {} : { symbol }),
        ...(interval === undefined ? {} : { interval }),
      });
      process.stdout.write(`${describeData(report).join("\n")}\n`);
      return report.badCount > 0 ? 1 : 0;
    }
    if (action !== "generate") throw unknownName("CLI_WORDS", "action of data", action ?? "", ["inspect FILE", "generate [FILE]"]);
    const target = path ?? `data/${SAMPLE_NAME}`;
    await generateSample(target, { bars: whole("bars", 20_000), seed: whole("seed", 7) });
    process.stdout.write(`${target}\n`);
    return 0;
  },
};
