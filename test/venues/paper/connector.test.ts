import { expect, test } from "vitest";
import type { AccountEvent, OrderOutcome, OrderRequest } from "../../../src/core/index.js";
import { bybit } from "../../../src/venues/bybit/index.js";
import { paper, paperServer, replay } from "../../../src/venues/paper/index.js";
import { candles, START } from "../../backtest/scripted.js";
import { inBacktest, PLAN, ROWS, ScriptedClient } from "./scripted-client.js";
import { INSTRUMENT } from "./support.js";

type Execution = Extract<AccountEvent, { type: "execution" }>;

/** The orders a venue was given, by client id, as far as a client can tell them: what they were and where they ended. */
const shown = (orders: readonly (OrderOutcome & { ok: true })["order"][]): string[] =>
  orders.map(
    (one) =>
      `${one.clientOrderId} ${one.side} ${one.type} ${one.status} ${one.filledQuantity.toFixed()} ${one.averagePrice?.toFixed() ?? "-"}`,
  );

test("one client over backtest, paper in process, and our connector with the server: the same orders, fills and cash", async () => {
  const ids: string[] = [];
  const local = await paper({ feed: replay(candles(ROWS)), instruments: INSTRUMENT }).connect();
  const inside = new ScriptedClient(
    PLAN,
    {
      place: (request) => {
        ids.push(request.clientOrderId);
        void local.venue.place(request);
      },
      cancel: (id) => void local.venue.cancel("TESTUSDT", id),
    },
    START,
  );
  local.venue.subscribe((event) => event.type === "execution" && inside.onExecution(event));
  await local.market.subscribe(
    [{ type: "candles", symbol: "TESTUSDT", interval: "1m" }],
    (event) => event.type === "candle" && inside.onCandle(event),
  );
  await local.play();

  const server = await paperServer({ data: candles(ROWS), instruments: INSTRUMENT, lockStep: true, limits: 1_000_000 });
  const { venue, market, close } = await bybit({ env: "local", urls: server.url, requestsPer5s: 1_000_000 }).connect({
    credentials: server.key,
  });
  try {
    await venue.connect();
    const requests: (() => Promise<unknown>)[] = [];
    const outside = new ScriptedClient(
      PLAN,
      {
        place: (request: OrderRequest) => requests.push(() => venue.place(request)),
        cancel: (id) => requests.push(() => venue.cancel("TESTUSDT", id)),
      },
      START,
    );
    const executions: Execution[] = [];
    let closed = 0;
    venue.subscribe((event) => event.type === "execution" && executions.push(event));
    await market.subscribe([{ type: "candles", symbol: "TESTUSDT", interval: "1m" }], (event) => {
      if (event.type === "candle" && event.closed) closed++;
    });
    const account = server.exchange.account();
    let answered = 0;
    let acted = 0;
    for (let done = false; !done; ) {
      done = server.next().done === true;
      // Everything the server has told must have come through the connector before it is answered.
      while (executions.length < account.executions.length || closed < server.exchange.markets[0]!.closed)
        await new Promise((resolve) => setImmediate(resolve));
      while (answered < executions.length) outside.onExecution(executions[answered++]!);
      for (; acted < closed; acted++) outside.onCandle({ symbol: "TESTUSDT" });
      for (let request = requests.shift(); request !== undefined; request = requests.shift()) await request();
    }
    expect(outside.fills).toEqual(inBacktest());
    expect(inside.fills).toEqual(inBacktest());
    const both = await Promise.all(
      [local.venue, venue].map(async (one) =>
        shown((await Promise.all(ids.map((id) => one.order("TESTUSDT", id)))).map((order) => order!)),
      ),
    );
    expect(both[1]).toEqual(both[0]);
    expect(both[0]).toHaveLength(10);
    const cash = async (one: typeof venue | typeof local.venue): Promise<string> => (await one.balances())[0]!.total.toFixed();
    expect(await cash(venue)).toBe(await cash(local.venue));
  } finally {
    await close();
    await server.close();
    await local.close();
  }
});
