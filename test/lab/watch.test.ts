import { expect, onTestFinished, test } from "vitest";
import { charts, Decimal, paper, replay, watch } from "../../src/lab/index.js";
import { btc, expectWhole, shown } from "./samples.js";

async function connected() {
  const connection = await paper({ feed: replay(btc.slice(0, 30)) }).connect();
  for (let i = 0; i < 5; i++) connection.exchange.next();
  const order = { clientOrderId: "watched-1", symbol: btc.symbol, side: "buy", type: "market", quantity: new Decimal("0.010") } as const;
  return { ...connection, order };
}

test("a watched account follows what its venue tells, and stops when it is closed", async () => {
  const { venue, exchange, order, close } = await connected();
  const panel = await watch(venue);
  expect(panel.account.orders).toEqual([]);
  await venue.place(order);
  expect(panel.account.orders.map(({ status }) => status)).toEqual(["working"]);
  exchange.next();
  expect(panel.account.orders.map(({ status }) => status)).toEqual(["filled"]);
  expect(panel.account.positions.map(({ quantity }) => quantity.toFixed())).toEqual(["0.01"]);
  expect(panel.account.balances).toEqual(await venue.balances());
  await panel.close();
  await venue.place({ ...order, clientOrderId: "watched-2" });
  expect(panel.account.orders).toHaveLength(1);
  await close();
});

/** Plays the kernel that notebooks run in, and keeps what it is asked to show. */
function host(): {
  readonly painted: { readonly text: string; readonly id: string | undefined; readonly update: boolean }[];
  next(): Promise<void>;
} {
  const painted: { text: string; id: string | undefined; update: boolean }[] = [];
  let wake = (): void => {};
  const place = globalThis as Record<symbol, unknown>;
  const before = place[Symbol.for("tesserlab.host")];
  place[Symbol.for("tesserlab.host")] = {
    display(bundle: Record<string, unknown>, { id, update = false }: { id?: string; update?: boolean }) {
      painted.push({ text: String(bundle["text/plain"]), id, update });
      wake();
    },
  };
  onTestFinished(() => {
    place[Symbol.for("tesserlab.host")] = before;
  });
  return { painted, next: () => new Promise((resolve) => (wake = resolve)) };
}

test("in a notebook the panel is painted again in its place when its venue tells something, and once for much", async () => {
  const { venue, exchange, order, close } = await connected();
  const { painted, next } = host();
  const panel = await watch(venue, { everyMs: 0 });
  expect(painted).toMatchObject([{ update: false }]);
  expect(painted[0]!.text).not.toContain("watched-1");
  let repainted = next();
  await venue.place(order);
  await repainted;
  expect(painted.at(-1)!.text).toMatch(/watched-1 .* working/);
  repainted = next();
  // The order fills, which moves order, position and balance: one painting shows all of it.
  exchange.next();
  await repainted;
  expect(painted.at(-1)!.text).toMatch(/watched-1 .* filled/);
  expect(painted.at(-1)!.text).toMatch(/BTCUSDT +0\.01 /);
  expect(painted).toHaveLength(3);
  await panel.close();
  const { length } = painted;
  await venue.place({ ...order, clientOrderId: "watched-2" });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(painted).toHaveLength(length);
  expect(new Set(painted.map(({ id }) => id)).size).toBe(1);
  expect(painted.slice(1).every(({ update }) => update)).toBe(true);
  await close();
});

test("options of a panel are checked", async () => {
  const { venue, close } = await connected();
  await expect(watch(venue, { every: 1 } as never)).rejects.toMatchObject({ code: "OPTION_UNKNOWN" });
  await expect(watch(venue, { everyMs: -1 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  await close();
});

test("a venue is shown with its breaker, orders, positions and balances; its fills are marked on a chart", async () => {
  const { venue, exchange, order, close } = await connected();
  await venue.place(order);
  exchange.next();
  const limit = { ...order, clientOrderId: "resting-1", type: "limit", price: btc.at(0)!.close.times("0.5").toDecimalPlaces(1) } as const;
  await venue.place(limit);
  const all = await shown(venue);
  expectWhole(all);
  expect(all.console).toContain("paper, breaker closed");
  expect(all.text).toMatch(/resting-1 .* working/);
  expect(all.text).toMatch(/BTCUSDT +0\.01 /);
  expect(all.text).toMatch(/USDT +9\d{3}\./);
  const fills = await venue.executions({ since: 0 });
  const { data } = charts.candleChart(btc.slice(0, 30), { fills });
  expect(data.find(({ name }) => name === "bought")).toMatchObject({ x: [fills[0]!.time], y: [fills[0]!.price.toNumber()] });
  expect(JSON.stringify(charts.candleChart(btc.slice(10, 20), { fills }).layout)).toContain("1 fill outside it not drawn");
  await close();
  expect((await shown(venue)).text).toContain("closed");
});
