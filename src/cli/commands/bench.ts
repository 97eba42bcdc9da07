import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { promisify } from "node:util";
import {
  BENCH_BARS,
  type BenchPart,
  type BenchRequest,
  PARTS,
  runPart,
  runSoak,
  type Spread,
  soakText,
  type W4Result,
  type W5Result,
  w4Text,
  w5Text,
} from "../../bench/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import type { Command } from "../command.js";
import { outputFile } from "../output-file.js";
import { PACKAGE_ROOT, shown } from "../paths.js";

type Figures = Record<string, unknown>;

/** Runs a part in a process of its own: what another workload taught the compiler must not count. @throws LabError `BENCH_FAILED` with what that process said. */
async function apart(part: BenchPart, request: BenchRequest): Promise<Figures> {
  const args = [process.argv[1]!, "bench", "--part", part, "--request", JSON.stringify(request)];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 24 });
    return JSON.parse(stdout) as Figures;
  } catch (cause) {
    const { stderr = "", message } = cause as Error & { stderr?: string };
    throw new LabError("BENCH_FAILED", `Part ${part} failed: ${stderr.trim() || message}`, { cause });
  }
}

/** What --request holds. @throws LabError `CLI_VALUE`. */
function requestOf(text: string): BenchRequest {
  try {
    return JSON.parse(text) as BenchRequest;
  } catch (cause) {
    throw new LabError("CLI_VALUE", `--request is written by bench itself, as JSON; '${text}' is none.`, { cause });
  }
}

/** The figures of the JSON file: what was asked, without the spreads. */
function published(part: BenchPart, figures: Figures): Figures {
  const keys: Record<BenchPart, readonly string[]> = {
    w1: ["roundTrips", "finalEquity", "maxDrawdownPct", "ms", "floorMs", "ratio", "rssMb"],
    w1g: ["roundTrips", "finalEquity", "maxDrawdownPct"],
    w1b: ["roundTrips", "stops", "targets", "finalEquity", "maxDrawdownPct", "ms", "ratio"],
    w2: ["best", "bestEquity", "ms", "floorMs", "ratio"],
    w3: ["rows", "ms", "floorMs", "ratio"],
    w4: Object.keys(figures),
    w5: Object.keys(figures),
    rss: ["rssMb"],
  };
  return Object.fromEntries(keys[part].map((key) => [key, figures[key]]));
}

const TITLES: Record<BenchPart, string> = {
  w1: "W1  year of minute bars, SMA crossover",
  w1g: "W1g the same on a gapped series",
  w1b: "W1b with stop and target",
  w2: "W2  1,000 pairs over 10,000 bars",
  w3: "W3  load the year from CSV",
  w4: "W4  the Jupyter kernel, next to the others that are installed here",
  w5: "W5  the paper server under load: 1,000 orders and 10,000 market messages a second",
  rss: "",
};

function line(part: BenchPart, figures: Figures): string {
  if (part === "w4") return `${TITLES.w4}\n${w4Text(figures as W4Result)}`;
  if (part === "w5") return `${TITLES.w5}\n${w5Text(figures as unknown as W5Result)}`;
  const ms = (value: unknown): string => (value as number).toFixed(1);
  const range = (name: string): string => {
    const spread = figures[name] as Spread | undefined;
    return spread === undefined ? "" : ` (${ms(spread.min)} to ${ms(spread.max)})`;
  };
  const answer =
    part === "w2"
      ? `best ${JSON.stringify(figures.best)} ${figures.bestEquity}, ${figures.roundTrips} round trips`
      : part === "w3"
        ? `${figures.rows} rows`
        : `${figures.roundTrips} round trips, ${figures.finalEquity}, max drawdown ${figures.maxDrawdownPct} %${part === "w1b" ? `, ${figures.stops} stops, ${figures.targets} targets` : ""}`;
  return [
    `${TITLES[part]}`,
    `    ${answer}`,
    `    ${ms(figures.ms)} ms${range("engineSpread")}, floor ${ms(figures.floorMs)} ms${range("floorSpread")}, ratio ${(figures.ratio as number).toFixed(2)}${figures.rssMb === undefined ? "" : `, ${figures.rssMb} MB resident in a fresh process`}`,
  ].join("\n");
}

async function machine(): Promise<string> {
  const { version } = JSON.parse(await readFile(resolve(PACKAGE_ROOT, "package.json"), "utf8")) as { version: string };
  return `tesserlab ${version}, Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} x ${cpus()[0]?.model.trim() ?? "unknown CPU"}`;
}

export const bench: Command = {
  name: "bench",
  words: "",
  count: [0, 0],
  summary: "Measures the engine next to its physical floors",
  help: "Measures the engine next to its physical floors in the same run; every answer is checked against the hand loop first.\nWithout options it runs W1, W1g, W1b, W2, W3, W4 and W5; with --seed, --fast, --slow or --gaps W1 (or W1g) and W1b on another series or other periods.",
  options: {
    json: { type: "string", value: "FILE", help: "also write the figures as JSON" },
    all: { type: "boolean", help: "all workloads, the default" },
    seed: { type: "string", value: "N", help: "seed of the generator, 42 unless given" },
    fast: { type: "string", value: "N", help: "bars of the fast average, 10 unless given" },
    slow: { type: "string", value: "N", help: "bars of the slow average, 30 unless given" },
    gaps: { type: "boolean", help: "W1g instead of W1" },
    bars: { type: "string", value: "N", help: `bars of the series, ${BENCH_BARS} unless given` },
    soak: { type: "string", value: "MINUTES", help: "only the soak: a live session on the paper server at 20x while streams are cut" },
    part: { type: "string", value: "PART", help: `only this part, in this process, as JSON: ${PARTS.join(", ")}` },
    request: { type: "string", value: "JSON", help: "seed, periods and length for --part" },
  },
  async run({ text, flag, whole }) {
    const own = ["seed", "fast", "slow"].some((name) => text(name) !== undefined) || flag("gaps");
    const request: BenchRequest = {
      seed: whole("seed", 42, 0),
      fast: whole("fast", 10),
      slow: whole("slow", 30),
      bars: whole("bars", BENCH_BARS),
      gaps: flag("gaps"),
    };
    if (text("soak") !== undefined) {
      const result = await runSoak({ minutes: whole("soak", 30), progress: (told) => process.stdout.write(`${told}\n`) });
      process.stdout.write(`${soakText(result)}\n`);
      return result.mismatches.length === 0 ? 0 : 1;
    }
    const part = text("part");
    if (part !== undefined) {
      if (!(PARTS as readonly string[]).includes(part)) throw unknownName("CLI_VALUE", "part of bench", part, PARTS);
      const given = text("request");
      process.stdout.write(`${JSON.stringify(await runPart(part as BenchPart, given === undefined ? request : requestOf(given)))}\n`);
      return 0;
    }
    const json = text("json");
    const file = json === undefined ? undefined : await outputFile("--json", json);
    const first: BenchPart = request.gaps ? "w1g" : "w1";
    const parts: readonly BenchPart[] = own ? [first, "w1b"] : ["w1", "w1g", "w1b", "w2", "w3", "w4", "w5"];
    process.stdout.write(`${await machine()}\n`);
    const results: Record<string, Figures> = {};
    for (const name of parts) {
      const figures = await apart(name, request);
      if (name === first) figures.rssMb = (await apart("rss", request)).rssMb;
      process.stdout.write(`${line(name, figures)}\n`);
      results[name] = own && name === "w1g" ? published("w1", figures) : published(name, figures);
    }
    if (file !== undefined) {
      await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
      process.stdout.write(`${shown(file)}\n`);
    }
    return 0;
  },
};
