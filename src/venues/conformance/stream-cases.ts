import { LabError } from "../../errors/index.js";
import type { MakeMarketHarness, MarketCase } from "./harness.js";
import { type Ear, MarketDesk } from "./market-desk.js";
import { must } from "./watch.js";

const rule = (name: string, run: (desk: MarketDesk) => Promise<void>, needs?: MarketCase["needs"]): MarketCase => ({
  name,
  ...(needs !== undefined && { needs }),
  run: (make: MakeMarketHarness) => MarketDesk.use(make, run),
});

/** Open times of the closed candles that were told. */
const closedTimes = (ear: Ear): number[] =>
  ear
    .of("candle")
    .filter((one) => one.closed)
    .map((one) => one.time);

/** Waits until the book that was told shows the best prices of a quote at so many ticks. */
const showing = (ear: Ear, desk: MarketDesk, ticks: number): Promise<boolean> =>
  ear.until(
    `the book shows ${desk.at(ticks - 1)} and ${desk.at(ticks)}`,
    () => ear.best()?.join() === `${desk.at(ticks - 1)},${desk.at(ticks)}`,
  );

/** Waits until a number of candles from an index on were told as closed, once each and in order. */
async function candlesFrom(ear: Ear, desk: MarketDesk, first: number, count: number): Promise<void> {
  const { time } = desk.harness.candles.series;
  const wanted = Array.from({ length: count }, (_, i) => time[first + i]!);
  await ear.until(`${count} candles are told`, () => closedTimes(ear).length >= count);
  must(closedTimes(ear).join() === wanted.join(), "closed candles are told once, in order and without a hole", closedTimes(ear));
}

/** What is told as it happens. */
export const STREAM_CASES: readonly MarketCase[] = [
  rule("trades are told as they were, in their order", async (desk) => {
    const ear = await desk.listen([desk.trades]);
    await desk.trade(1, "buy");
    await desk.trade(-2, "sell");
    await desk.trade(3, "buy");
    await ear.until("three trades are told", () => ear.of("trade").length >= 3);
    const { quantity, symbol } = desk.harness;
    const told = ear.of("trade").map((one) => `${one.symbol} ${one.side} ${one.quantity} @ ${one.price}`);
    const wanted = [`buy ${quantity} @ ${desk.at(1)}`, `sell ${quantity} @ ${desk.at(-2)}`, `buy ${quantity} @ ${desk.at(3)}`];
    must(told.join() === wanted.map((one) => `${symbol} ${one}`).join(), "each is told as it was", told);
    must(new Set(ear.of("trade").map((one) => one.id)).size === 3, "trades have ids of their own");
    must(
      ear.events.length === 3,
      "nothing is told that was not asked for",
      ear.events.map((one) => one.type),
    );
  }),
  rule("a book begins with a snapshot, and its changes lead to the market's", async (desk) => {
    await desk.quote(0);
    const ear = await desk.listen([desk.book]);
    await showing(ear, desk, 0);
    for (const ticks of [5, -5, 1]) await desk.quote(ticks);
    await showing(ear, desk, 1);
  }),
  rule(
    "a book of which a message was lost begins anew with a snapshot",
    async (desk) => {
      await desk.quote(0);
      const ear = await desk.listen([desk.book]);
      await showing(ear, desk, 0);
      await desk.harness.loseBook!();
      await desk.quote(10);
      await desk.quote(20);
      await showing(ear, desk, 20);
      must(ear.of("book").filter((one) => one.kind === "snapshot").length >= 2, "it begins anew");
      await desk.quote(-3);
      await showing(ear, desk, -3);
    },
    "loseBook",
  ),
  rule("a ticker has the last price and the best ones, and a contract its mark", async (desk) => {
    await desk.quote(0);
    const ear = await desk.listen([desk.ticker]);
    await desk.trade(0, "buy");
    const ticker = await ear.until("a ticker is told", () => ear.of("ticker").at(-1));
    must(ticker.last === desk.at(0) && ticker.bid === desk.at(-1) && ticker.ask === desk.at(0), "it has last, bid and ask", ticker);
    must((ticker.mark !== undefined) === (desk.instrument.kind !== "spot"), "a contract has a mark price, a coin has none", ticker);
    await desk.quote(4);
    await desk.trade(4, "buy");
    await ear.until("what changed is told beside what did not", () => {
      const last = ear.of("ticker").at(-1)!;
      return last.last === desk.at(4) && last.ask === desk.at(4) && last.bid === desk.at(3);
    });
  }),
  rule("a candle is told when it closes, as history has it", async (desk) => {
    const { series, closed, close } = desk.harness.candles;
    const first = closed();
    const ear = await desk.listen([desk.candles]);
    for (let i = 0; i < 4; i++) await close(1);
    await candlesFrom(ear, desk, first, 4);
    const told = ear.of("candle").filter((one) => one.closed);
    const { symbol, interval } = series;
    const past = await desk.harness.market.candles({ symbol, interval, from: series.time[first]!, to: series.time[first + 4]! });
    for (const [i, one] of told.entries()) {
      must(one.symbol === symbol && one.interval === interval, "it has symbol and interval", one);
      for (const key of ["open", "high", "low", "close"] as const)
        must(Number(one[key]) === past[key][i]! / 10 ** past.priceDp, `its ${key} is the history's`, one);
    }
  }),
  rule(
    "what closed while the link was broken is told when it is back, and the book begins anew",
    async (desk) => {
      const { closed, close } = desk.harness.candles;
      const first = closed();
      await desk.quote(0);
      const ear = await desk.listen([desk.candles, desk.book]);
      await close(1);
      await candlesFrom(ear, desk, first, 1);
      await showing(ear, desk, 0);
      await desk.harness.breakLink!();
      await close(3);
      await desk.quote(7);
      await ear.until("the break is told, and its end", () => {
        const broken = ear.states.indexOf("reconnecting");
        return broken >= 0 && ear.states.indexOf("healthy", broken) > broken;
      });
      await candlesFrom(ear, desk, first, 4);
      await showing(ear, desk, 7);
      await close(1);
      await candlesFrom(ear, desk, first, 5);
    },
    "breakLink",
  ),
  rule(
    "what closed while the link was broken is told when it is back, though nothing was told before",
    async (desk) => {
      const { closed, close } = desk.harness.candles;
      const first = closed();
      const ear = await desk.listen([desk.candles]);
      await desk.harness.breakLink!();
      await close(2);
      await candlesFrom(ear, desk, first, 2);
      await close(1);
      await candlesFrom(ear, desk, first, 3);
    },
    "breakLink",
  ),
  rule("subscriptions know nothing of each other, and one that was closed hears nothing", async (desk) => {
    const [stays, leaves] = [await desk.listen([desk.trades]), await desk.listen([desk.trades, desk.book])];
    must(stays.states.includes("healthy"), "the link is told healthy", stays.states);
    await desk.trade(0, "buy");
    await leaves.until("both hear", () => leaves.of("trade").length === 1 && stays.of("trade").length === 1);
    await leaves.subscription!.close();
    await leaves.subscription!.close();
    must(leaves.states.at(-1) === "closed", "closing is told", leaves.states);
    await desk.trade(1, "buy");
    await stays.until("who stayed hears", () => stays.of("trade").length === 2);
    must(leaves.of("trade").length === 1, "who left does not", leaves.of("trade").length);
  }),
  rule("a listener that throws stops nobody", async (desk) => {
    await desk.harness.market.subscribe([desk.trades], () => {
      throw new LabError("LISTENER_OF_THE_SUITE", "This listener throws on purpose.");
    });
    const ear = await desk.listen([desk.trades]);
    await desk.trade(0, "buy");
    await desk.trade(1, "sell");
    await ear.until("others hear everything", () => ear.of("trade").length === 2);
  }),
];
