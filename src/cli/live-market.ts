import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { CandleSeries, Interval, MarketTape } from "../core/index.js";
import { isRecording, loadBook, loadCandles, loadRecording, sampleCandles, syntheticCandles } from "../data/index.js";
import { LabError } from "../errors/index.js";
import type { LoadedStrategy } from "../handoff/index.js";
import type { Config } from "../live/index.js";
import type { Invocation } from "./command.js";

/** Candles of a market that is made up because nobody named one. */
const MADE_UP_BARS = 2_000;

/** A recorded market, and what there is to say about it. */
export interface PaperMarket {
  readonly data: readonly (CandleSeries | MarketTape)[];
  readonly notice?: string;
}

/**
 * The recorded market of a paper session: `--data` (candles, or the folder a session was recorded in) and `--book`; without either a synthetic one, said to be one.
 * @throws LabError `CLI_VALUE` for a strategy that needs order books or trades where none are named, and what loading throws.
 */
export async function paperMarket(loaded: LoadedStrategy, { text, texts }: Invocation, config: Config): Promise<PaperMarket> {
  const symbols = texts("symbol");
  const interval = text("interval") as Interval | undefined;
  const [candles, books] = [texts("data"), [...texts("book"), ...texts("lob-data")]];
  if (candles.length + books.length === 0) return madeUp(loaded, symbols, interval);
  // With one symbol it is every file's; of several, candles are named in turn.
  const named = (index: number): { readonly symbol?: string } => {
    const symbol = symbols.length === 1 ? symbols[0] : symbols[index];
    return symbol === undefined ? {} : { symbol };
  };
  const data: (CandleSeries | MarketTape)[] = [];
  for (const [index, given] of candles.entries()) {
    const path = inDataFolder(given, config);
    if (existsSync(path) && isRecording(path)) data.push(...(await loadRecording(path)).market);
    else data.push(await loadCandles(path, { ...named(index), ...(interval === undefined ? {} : { interval }) }));
  }
  for (const [index, given] of books.entries()) data.push(await loadBook(inDataFolder(given, config), named(index)));
  return { data };
}

/** A file of the working folder, else of the configured folder of data files. */
function inDataFolder(path: string, config: Config): string {
  const folder = config.text("data_path")!;
  return isAbsolute(path) || existsSync(path) || !existsSync(join(folder, path)) ? path : join(folder, path);
}

async function madeUp(
  { strategy, params, settings }: LoadedStrategy,
  given: readonly string[],
  asked: Interval | undefined,
): Promise<PaperMarket> {
  const missing = strategy.feeds.filter((feed) => feed !== "candles");
  if (missing.length > 0)
    throw new LabError("CLI_VALUE", `${strategy.name} is fed with ${missing.join(" and ")}: paper needs a recording of them, --book FILE.`);
  const named = strategy.symbolsOf(params).map((symbol) => symbol.slice(symbol.indexOf(":") + 1));
  const symbols = given.length > 0 ? given : named.length > 0 ? named : ["BTCUSDT"];
  const interval = asked ?? settings.interval ?? "1m";
  const shipped = symbols.length === 1 && symbols[0] === "BTCUSDT" && interval === "5m";
  const data = shipped
    ? [(await sampleCandles()).slice(0, MADE_UP_BARS)]
    : symbols.map((symbol, index) => syntheticCandles({ bars: MADE_UP_BARS, seed: 7 + index, symbol, interval }));
  return {
    data,
    notice: `SYNTHETIC MARKET: no --data was given, so this session trades on ${data[0]!.length} made-up candles of ${interval} of ${symbols.join(" and ")}. --data FILE names a recording; tesserlab data download brings one.`,
  };
}
