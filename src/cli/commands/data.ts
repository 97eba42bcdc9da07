import {
  describeData,
  downloadCandles,
  findData,
  generateSample,
  isRecording,
  loadCandles,
  loadRecording,
  SAMPLE_NAME,
} from "../../data/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import { bybit, envOfHost } from "../../venues/bybit/index.js";
import { type Command, type Invocation, refuseForeign } from "../command.js";
import { outputFile } from "../output-file.js";
import { DATA_ELSEWHERE, DATA_OPTIONS_ELSEWHERE } from "../tesser.js";

const OF_DOWNLOAD = ["exchange", "category", "start", "end", "output", "url"];

export const data: Command = {
  name: "data",
  words: "inspect|generate|download [FILE]",
  count: [1, 2],
  summary: "Reports on candles, downloads them, or writes the synthetic sample",
  help: "inspect reads a file of candles (CSV, gzip, Parquet), or the folder a session was recorded in, and reports what is in it and what is wrong with it; exits with 1 if rows were left out or are missing.\ngenerate writes the seeded synthetic sample, labelled as such in its name.\ndownload brings closed candles of an exchange page by page into data/EXCHANGE/SYMBOL/; interrupted, the same command goes on where it stopped.",
  options: {
    symbol: { type: "string", value: "SYMBOL", help: "inspect: the symbol, where the file does not say; download: the symbol" },
    interval: { type: "string", value: "INTERVAL", help: "inspect, download: the candles' length, such as 5m" },
    bars: { type: "string", value: "N", help: "generate: number of candles, 20000 unless given" },
    seed: { type: "string", value: "N", help: "generate: the seed, 7 unless given" },
    exchange: { type: "string", value: "NAME", help: "download: bybit, bybit unless given" },
    category: { type: "string", value: "KIND", help: "download: linear, spot or inverse; linear unless given" },
    start: { type: "string", value: "TIME", help: "download: the first candle's open, such as 2024-01-01" },
    end: { type: "string", value: "TIME", help: "download: the end, not part of it; now unless given" },
    output: { type: "string", short: "o", value: "FILE", help: "download: the file" },
    url: { type: "string", value: "URL", help: "download: another server that speaks Bybit's v5" },
  },
  elsewhere: DATA_OPTIONS_ELSEWHERE,
  async run(invocation) {
    const [action = "", path] = invocation.words;
    if (Object.hasOwn(DATA_ELSEWHERE, action))
      throw new LabError("CLI_ELSEWHERE", `tesserlab data has no ${action}. ${DATA_ELSEWHERE[action]!}`, { details: { action } });
    if (action === "inspect") return inspect(invocation, path);
    if (action === "generate") return generate(invocation, path);
    if (action === "download") return download(invocation, path);
    throw unknownName("CLI_WORDS", "action of data", action, ["inspect", "generate", "download"]);
  },
};

async function inspect({ text, flag }: Invocation, path: string | undefined): Promise<number> {
  refuseForeign("data", "inspect", ["bars", "seed", ...OF_DOWNLOAD], flag);
  if (path === undefined) throw new LabError("CLI_WORDS", "tesserlab data inspect needs a file: tesserlab data inspect FILE.");
  const symbol = text("symbol");
  const interval = text("interval");
  if (isRecording(findData(path).path)) {
    const recording = await loadRecording(path);
    process.stdout.write(`${recording}\n`);
    return recording.losses.length > 0 ? 1 : 0;
  }
  const { report } = await loadCandles(path, {
    ...(symbol === undefined ? {} : { symbol }),
    ...(interval === undefined ? {} : { interval }),
  });
  process.stdout.write(`${describeData(report).join("\n")}\n`);
  return report.badCount > 0 ? 1 : 0;
}

async function generate({ flag, whole }: Invocation, path: string = `data/${SAMPLE_NAME}`): Promise<number> {
  refuseForeign("data", "generate", ["symbol", "interval", ...OF_DOWNLOAD], flag);
  await outputFile("data generate", path);
  await generateSample(path, { bars: whole("bars", 20_000), seed: whole("seed", 7, 0) });
  process.stdout.write(`${path}\n`);
  return 0;
}

async function download({ text, flag }: Invocation, word: string | undefined): Promise<number> {
  refuseForeign("data", "download", ["bars", "seed"], flag);
  if (word !== undefined) throw new LabError("CLI_WORDS", `tesserlab data download takes no file: name it with --output ${word}.`);
  const exchange = text("exchange") ?? "bybit";
  if (exchange !== "bybit") throw unknownName("CLI_VALUE", "exchange", exchange, ["bybit"]);
  const needed = (name: string): string => {
    const value = text(name);
    if (value === undefined) throw new LabError("CLI_VALUE", `tesserlab data download needs --${name}.`);
    return value;
  };
  const [symbol, from, interval, to, file, url] = [
    needed("symbol"),
    needed("start"),
    text("interval") ?? "1m",
    text("end"),
    text("output"),
    text("url"),
  ];
  const category = (text("category") ?? "linear") as "linear";
  const link = await bybit(
    url === undefined ? { env: "mainnet", category } : { env: envOfHost(url) ?? "local", category, urls: url },
  ).connect();
  try {
    const done = await downloadCandles({
      market: link.market,
      symbol,
      interval: interval as `${number}m`,
      from,
      ...(to !== undefined && { to }),
      ...(file !== undefined && { file }),
      onProgress: (count, total) => void process.stderr.write(`${count} of ${total} candles\n`),
    });
    process.stdout.write(`${done.file}: ${done.candles} candles\n`);
    return 0;
  } finally {
    await link.close();
  }
}
