import { describe, expect, test } from "vitest";
import { CandleMatcher, connectPaper, PaperExchange, paper, replay } from "../../../src/venues/paper/index.js";
import { candles, play, START } from "../../backtest/scripted.js";
import { inBacktest, PLAN, ROWS, ScriptedClient } from "./scripted-client.js";
import { INSTRUMENT } from "./support.js";

describe("backtest and paper exchange", () => {
  test("in process, reacting at once", async () => {
    const { venue, market, exchange, play: run, close } = await paper({ feed: replay(candles(ROWS)), instruments: INSTRUMENT }).connect();
    const client = new ScriptedClient(
      PLAN,
      { place: (request) => void venue.place(request), cancel: (id) => void venue.cancel("TESTUSDT", id) },
      START,
    );
    venue.subscribe((event) => event.type === "execution" && client.onExecution(event));
    await market.subscribe(
      [{ type: "candles", symbol: "TESTUSDT", interval: "1m" }],
      (event) => event.type === "candle" && client.onCandle(event),
    );
    await run();
    expect(client.fills).toEqual(inBacktest());
    expect(client.fills).toHaveLength(6);
    const equity = play(ROWS, {
      0: (desk) => desk.enterLong({ stopLoss: 95, takeProfit: 110 }),
      3: (desk) => desk.enterLong({ stopLoss: 95, takeProfit: 110 }),
      5: (desk) => desk.exitLong(),
      7: (desk) => desk.enterLong({ stopLoss: 95, takeProfit: 110, limit: 97 }),
    }).finalEquity;
    expect((await venue.balances())[0]!.total.toFixed()).toBe(equity.toFixed());
    expect(await venue.orders()).toEqual([]);
    expect(exchange.progress).toEqual({ released: ROWS.length, total: ROWS.length });
    await close();
  });

  test("step by step, answering only after each pause: as over a wire", () => {
    const exchange = new PaperExchange({ data: candles(ROWS), instruments: INSTRUMENT });
    const account = exchange.account();
    const mailbox: (() => void)[] = [];
    const client = new ScriptedClient(
      PLAN,
      { place: (request) => account.place(request), cancel: (id) => account.cancel("TESTUSDT", id) },
      START,
    );
    account.subscribe((event) => event.type === "execution" && mailbox.push(() => client.onExecution(event)));
    exchange.subscribe((event) => event.type === "candle" && mailbox.push(() => client.onCandle(event)));
    while (exchange.next({ fills: true }) !== undefined)
      for (let letter = mailbox.shift(); letter !== undefined; letter = mailbox.shift()) letter();
    expect(client.fills).toEqual(inBacktest());
  });

  test("without the pauses, what is answered late acts a bar later", () => {
    const exchange = new PaperExchange({ data: candles(ROWS), instruments: INSTRUMENT });
    const account = exchange.account();
    const mailbox: (() => void)[] = [];
    const client = new ScriptedClient(
      PLAN,
      { place: (request) => account.place(request), cancel: (id) => account.cancel("TESTUSDT", id) },
      START,
    );
    account.subscribe((event) => event.type === "execution" && mailbox.push(() => client.onExecution(event)));
    exchange.subscribe((event) => event.type === "candle" && mailbox.push(() => client.onCandle(event)));
    while (exchange.next() !== undefined) for (let letter = mailbox.shift(); letter !== undefined; letter = mailbox.shift()) letter();
    expect(client.fills).not.toEqual(inBacktest());
  });
});

describe("a descriptor", () => {
  test("is plain data, and opens where it was sent", async () => {
    const sent = structuredClone({
      ...paper({ feed: replay(candles(ROWS)), balances: { USDT: "5000" }, instruments: INSTRUMENT }),
      feed: undefined,
    });
    const { venue, close } = await connectPaper(sent);
    expect((await venue.balances()).map((one) => `${one.total.toFixed()} ${one.currency}`)).toEqual(["5000 USDT"]);
    await close();
    await expect(venue.orders()).rejects.toThrow(/closed/);
  });

  test("the matcher of a backtest is that of the exchange", () => {
    expect(
      new PaperExchange({ data: candles(ROWS), instruments: INSTRUMENT })
        .account()
        .pools[0]!.candles(new PaperExchange({ data: candles(ROWS), instruments: INSTRUMENT }).markets[0]!),
    ).toBeInstanceOf(CandleMatcher);
  });
});
