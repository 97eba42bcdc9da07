import { once } from "node:events";
import { CandleSeries, decimal, type InstrumentKind, type MarketTape } from "../../core/index.js";
import { loadBook, loadCandles } from "../../data/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import { type PaperServer, paperServer } from "../../venues/paper/index.js";
import type { Command, Invocation } from "../command.js";
import { apiKeyFile } from "../key-file.js";
import { shown } from "../paths.js";

const KINDS: readonly InstrumentKind[] = ["linear", "spot", "inverse"];
/** Where the keys go unless a file is named. */
const KEY_FILE = "reports/paper-server-key.json";

export const paper: Command = {
  name: "paper",
  words: "serve",
  count: [1, 1],
  summary: "Serves the paper exchange as Bybit's v5 on this machine",
  help: "serve listens on 127.0.0.1 and speaks Bybit's v5: REST, streams and order entry, with signatures and rate limits, on a recording of candles (CSV, Parquet) and of order books and trades (JSON lines). Any Bybit client can trade there with the key of --api-key-file; it is made, readable to you alone, where there is none. Ends with Ctrl-C.",
  options: {
    data: { type: "string", multiple: true, value: "FILE", help: "candles; give several for several symbols" },
    book: { type: "string", multiple: true, value: "FILE", help: "a recording of order books and trades" },
    port: { type: "string", value: "N", help: "port to listen on; a free one unless given" },
    speed: { type: "string", value: "N", help: "times as fast as it happened, or max; 1 unless given" },
    "lock-step": { type: "boolean", help: "release events by POST /_control/next alone" },
    category: { type: "string", value: "KIND", help: "linear, spot or inverse; linear unless given" },
    symbol: { type: "string", value: "SYMBOL", help: "the symbol, where a file does not say" },
    interval: { type: "string", value: "INTERVAL", help: "the candles' length, where a file does not say" },
    balance: { type: "string", multiple: true, value: "CUR=AMOUNT", help: "what an account starts with, such as USDT=10000" },
    leverage: { type: "string", value: "N", help: "leverage of contracts until a client sets it; 1 unless given" },
    limits: { type: "string", value: "LIMITS", help: "bybit, none, or so many requests a second; bybit unless given" },
    "api-key-file": { type: "string", value: "FILE", help: `where key and secret lie; ${KEY_FILE} unless given` },
  },
  async run(invocation) {
    const [action = ""] = invocation.words;
    if (action !== "serve") throw unknownName("CLI_WORDS", "action of paper", action, ["serve"]);
    const server = await serve(invocation);
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    await server.close();
    process.stdout.write("The paper exchange is closed.\n");
    return 0;
  },
};

async function serve(invocation: Invocation): Promise<PaperServer> {
  const { text, texts, flag, whole } = invocation;
  const category = (text("category") ?? "linear") as InstrumentKind;
  if (!KINDS.includes(category)) throw unknownName("CLI_VALUE", "category", category, KINDS);
  const lockStep = flag("lock-step");
  if (lockStep && text("speed") !== undefined)
    throw new LabError("CLI_VALUE", "--lock-step releases events one by one: leave --speed out.");
  const data = await load(invocation);
  const key = await apiKeyFile(text("api-key-file") ?? KEY_FILE);
  const port = text("port") === undefined ? 0 : whole("port", 0);
  const leverage = whole("leverage", 1);
  const balances = balancesOf(texts("balance"));
  const speed = speedOf(text("speed"));
  const server = await paperServer({
    data,
    category,
    port,
    lockStep,
    leverage,
    keys: key.key,
    limits: limitsOf(text("limits")),
    ...(balances !== undefined && { balances }),
    ...(!lockStep && { speed }),
  });
  const lines = [
    `Paper exchange at ${server.url} (Bybit v5), streams at ${server.access.wsPublicUrl}/${category}, ${server.access.wsPrivateUrl} and ${server.access.wsTradeUrl}`,
    ...data.map((one) => `  ${one instanceof CandleSeries ? `${one.length} candles of ${one.interval} of ${one.symbol}` : String(one)}`),
    `  ${lockStep ? "lock-step: POST /_control/next releases the next event" : `played at ${speed === "max" ? "full speed" : `${speed}x`}`}`,
    `  key and secret ${key.made ? "were made and lie" : "are those"} in ${shown(key.path)}, readable to you alone`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return server;
}

/** @throws LabError `CLI_VALUE` where there is nothing to serve. */
async function load({ text, texts }: Invocation): Promise<(CandleSeries | MarketTape)[]> {
  const symbol = text("symbol");
  const interval = text("interval");
  const named = { ...(symbol !== undefined && { symbol }) };
  const data: (CandleSeries | MarketTape)[] = [];
  for (const path of texts("data")) data.push(await loadCandles(path, { ...named, ...(interval !== undefined && { interval }) }));
  for (const path of texts("book")) data.push(await loadBook(path, named));
  if (data.length === 0) throw new LabError("CLI_VALUE", "tesserlab paper serve needs a recording: --data FILE or --book FILE.");
  return data;
}

function speedOf(text: string | undefined): "max" | number {
  if (text === "max") return "max";
  const speed = Number(text ?? 1);
  if (!(speed > 0 && Number.isFinite(speed))) throw new LabError("CLI_VALUE", `--speed must be max or a number above 0, got '${text}'.`);
  return speed;
}

function limitsOf(text: string | undefined): "bybit" | "none" | number {
  if (text === undefined || text === "bybit" || text === "none") return text ?? "bybit";
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new LabError("CLI_VALUE", `--limits must be bybit, none or requests a second, got '${text}'.`);
  return Number(text);
}

function balancesOf(texts: readonly string[]): Record<string, string> | undefined {
  if (texts.length === 0) return undefined;
  return Object.fromEntries(
    texts.map((text) => {
      const match = /^([A-Z0-9]{2,12})=(.+)$/.exec(text);
      if (match === null) throw new LabError("CLI_VALUE", `--balance must be like USDT=10000, got '${text}'.`);
      return [match[1]!, decimal(match[2]!, `balance of ${match[1]}`).toFixed()];
    }),
  );
}
