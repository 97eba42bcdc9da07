import type { CandleSeries, EpochMs } from "../../core/index.js";
import type { MakeMarketHarness, MarketCase } from "./harness.js";
import { MarketDesk } from "./market-desk.js";
import { code, must } from "./watch.js";

const rule = (name: string, run: (desk: MarketDesk) => Promise<void>): MarketCase => ({
  name,
  run: (make: MakeMarketHarness) => MarketDesk.use(make, run),
});

/** Candles as exact text, so that series of other units compare. */
function shown(series: CandleSeries): string[] {
  return Array.from({ length: series.length }, (_, i) => {
    const { open, high, low, close, volume } = series;
    const units = [open, high, low, close].map((column) => column[i]! / 10 ** series.priceDp);
    return [series.time[i]!, ...units, volume[i]! / 10 ** series.volumeDp].join(" ");
  });
}

/** Instruments and candles of the past. */
export const HISTORY_CASES: readonly MarketCase[] = [
  rule(
    "instruments have filters above zero, and symbols that there are not are misuse",
    async ({ harness: { market }, instrument: one }) => {
      must(one.tickSize.gt(0) && one.lotSize.gt(0) && one.minQuantity.gt(0), "tick, lot and minimum are above zero", one.symbol);
      const topic = { type: "trades", symbol: "NOSUCHSYMBOL" } as const;
      must((await code(() => market.subscribe([topic], () => {}))) === "SYMBOL_UNKNOWN", "streams of an unknown symbol are SYMBOL_UNKNOWN");
      const range = { symbol: "NOSUCHSYMBOL", interval: "1m", from: 0, to: 60_000 } as const;
      must((await code(() => market.candles(range))) === "SYMBOL_UNKNOWN", "candles of an unknown symbol are SYMBOL_UNKNOWN");
    },
  ),
  rule("history is what was recorded: oldest first, [from, to), over a thousand candles and more", async ({ harness }) => {
    const { series, closed } = harness.candles;
    const { symbol, interval } = series;
    const ask = (from: EpochMs, to: EpochMs): Promise<CandleSeries> => harness.market.candles({ symbol, interval, from, to });
    must(closed() > 1_000, "more than a thousand candles have closed", closed());
    const whole = await ask(series.time[0]!, series.time[closed()]!);
    must(shown(whole).join() === shown(series.slice(0, closed())).join(), "every candle is there once, as it was", whole.length);
    const part = await ask(series.time[3]!, series.time[7]!);
    must(shown(part).join() === shown(series.slice(3, 7)).join(), "the first is the one at from, the last the one before to", shown(part));
    must((await ask(series.time[5]!, series.time[5]!)).length === 0, "an empty range has no candles");
  }),
  rule("a candle that has not closed is not history", async ({ harness }) => {
    const { series, closed, close } = harness.candles;
    const { symbol, interval } = series;
    const ask = async (): Promise<number> => {
      const from = series.time[closed() - 1]!;
      return (await harness.market.candles({ symbol, interval, from, to: series.time.at(-1)! })).length;
    };
    must((await ask()) === 1, "the last that closed is the last of the history");
    const from = series.time[closed() - 1]!;
    await close(2);
    const now = await harness.market.candles({ symbol, interval, from, to: series.time.at(-1)! });
    must(now.length === 3, "what closed since then is history", now.length);
  }),
  rule("an interval that there is not is misuse", async ({ harness }) => {
    const { symbol } = harness.candles.series;
    const got = await code(() => harness.market.candles({ symbol, interval: "7m" as never, from: 0, to: 60_000 }));
    must(got === "INTERVAL_UNKNOWN", "candles of 7m are INTERVAL_UNKNOWN", got ?? "no error");
  }),
  rule("nothing works after closing", async ({ harness }) => {
    const { market, candles } = harness;
    const { symbol, interval } = candles.series;
    await market.close();
    await market.close();
    const asked = await code(() => market.candles({ symbol, interval, from: 0, to: 60_000 }));
    must(asked === "VENUE_CLOSED", "candles after closing are VENUE_CLOSED", asked ?? "no error");
    const streamed = await code(() => market.subscribe([{ type: "trades", symbol: harness.symbol }], () => {}));
    must(streamed === "VENUE_CLOSED", "a subscription after closing is VENUE_CLOSED", streamed ?? "no error");
  }),
];
