import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { syntheticCandles } from "../../src/data/index.js";
import { attachSession, type CommandAnswer, listSessions, type SessionHandle, startLive } from "../../src/live/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";

const BTC = syntheticCandles({ bars: 6_000, seed: 5 });
const ETH = syntheticCandles({ bars: 6_000, seed: 6, symbol: "ETHUSDT" });

/** Two markets, ten bars a second, a strategy that only watches: what happens is what an operator says. */
const quiet = (folder: string, metricsAddr = "127.0.0.1:0") =>
  ({
    strategy: "SmaCross",
    params: { symbol: "BTCUSDT", fastPeriod: 2, slowPeriod: 3, minSamples: 1_000_000 },
    venue: paper({ feed: replay([BTC, ETH], { speed: 600 }) }),
    statePath: join(folder, "state.db"),
    risk: { maxOrderQuantity: "1" },
    cash: "100000",
    trade: { symbols: ["BTCUSDT", "ETHUSDT"], metricsAddr, logPath: join(folder, "log.json") },
  }) as const;

const folder = mkdtempSync(join(tmpdir(), "tesserlab-commands-"));
const before = process.env.TESSERLAB__SESSIONS_DIR;
let session: SessionHandle;

/** Resolves once the positions are as they are meant to be. */
async function positionsAre(wanted: Readonly<Record<string, string>>): Promise<void> {
  for (;;) {
    const positions = await session.positions();
    if (Object.entries(wanted).every(([symbol, size]) => positions.find((one) => one.symbol === symbol)?.quantity.eq(size))) return;
    await new Promise<void>((resolve) => {
      const stop = session.on("status", () => {
        stop();
        resolve();
      });
    });
  }
}

/** Resolves once an order stands as it is meant to. */
async function orderIs(id: string, status: string): Promise<void> {
  for (;;) {
    if ((await session.orders()).find((one) => one.id === id)?.status === status) return;
    await new Promise<void>((resolve) => {
      const stop = session.on("order", () => {
        stop();
        resolve();
      });
    });
  }
}

const refusals = ({ ok, refusals: all }: CommandAnswer) => [ok, ...all.map(({ code, numbers }) => ({ code, numbers }))];

describe("an operator's commands, over the socket", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    process.env.TESSERLAB__SESSIONS_DIR = join(folder, "sessions");
    const started = await startLive(quiet(folder));
    await new Promise<void>((resolve) => started.on("status", ({ bars }) => bars >= 2 && resolve()));
    started.detach();
    session = await attachSession(started.id);
  }, 120_000);
  afterAll(async () => {
    for (const { id } of listSessions()) await (await attachSession(id)).stop();
    process.env.TESSERLAB__SESSIONS_DIR = before;
    rmSync(folder, { recursive: true, force: true });
  });

  test("place opens a position, with a stop that rests; a second entry is ignored and says so", async () => {
    const placed = await session.place({ symbol: "BTCUSDT", side: "buy", quantity: "0.02", stopLoss: "1000" });
    expect(placed).toMatchObject({
      ok: true,
      refusals: [],
      orders: [{ symbol: "BTCUSDT", side: "buy", type: "market", quantity: "0.02" }],
    });
    await positionsAre({ BTCUSDT: "0.02" });
    const [fill] = await session.fills();
    expect(fill?.orderId).toBe(placed.orders[0]!.id);
    const again = await session.place({ symbol: "BTCUSDT", side: "buy", quantity: "0.02" });
    expect(refusals(again)).toEqual([false, { code: "SIGNAL_IGNORED", numbers: { position: "0.02" } }]);
    expect((await session.orders({ status: "working" })).map(({ type, quantity }) => [type, quantity.toFixed()])).toEqual([
      ["stop", "0.02"],
    ]);
  });

  test("place is refused by risk with code and numbers; an override leaves and is audited", async () => {
    const order = { symbol: "ETHUSDT", side: "buy", quantity: "1.5" } as const;
    const refused = await session.place(order);
    expect(refused).toMatchObject({
      ok: false,
      orders: [],
      refusals: [{ code: "MAX_ORDER_QUANTITY", numbers: { asked: "1.5", limit: "1" } }],
    });
    const { id, reason } = (await session.orders({ status: "refused" }))[0]!;
    expect(refused.refusals[0]).toMatchObject({ order: id, code: reason?.code });
    // Nobody overrides what the venue cannot take.
    const small = await session.place({ ...order, quantity: "0.004", overrideRisk: true });
    expect(small.refusals).toMatchObject([{ code: "BELOW_LOT", numbers: { limit: "0.01" } }]);
    const forced = await session.place({ ...order, quantity: "1.2", overrideRisk: true });
    expect(forced).toMatchObject({ ok: true, alerts: [{ code: "RISK_OVERRIDDEN" }] });
    await positionsAre({ ETHUSDT: "1.2" });
    const view = openState(session.statePath) as SessionView;
    const alerts = view.journal({ kind: "alert" }).map(({ payload }) => (payload as { code: string }).code);
    expect(alerts).toContain("RISK_OVERRIDDEN");
    const commands = view.journal({ kind: "event" }).flatMap(({ payload }) => {
      const { event } = payload as { event: { type: string; command?: { overrideRisk?: boolean; quantity?: string } } };
      return event.command?.overrideRisk === true ? [event.command.quantity] : [];
    });
    expect(commands).toEqual(["0.004", "1.2"]);
    view.close();
  });

  test("close takes a filter of symbol, underlying or venue; what does not fit stays", async () => {
    expect(await session.close({ symbol: "SOLUSDT" })).toMatchObject({ ok: true, orders: [] });
    expect(await session.close({ venue: "elsewhere" })).toMatchObject({ ok: true, orders: [] });
    const closed = await session.close({ underlying: "ETH" });
    // Above the cap of an order it leaves as several.
    expect(closed.orders.map(({ symbol, side, quantity }) => [symbol, side, quantity])).toEqual([
      ["ETHUSDT", "sell", "1"],
      ["ETHUSDT", "sell", "0.2"],
    ]);
    await positionsAre({ ETHUSDT: "0", BTCUSDT: "0.02" });
    expect(await session.close({ underlying: { base: "ETH", quote: "USDT" } })).toMatchObject({ ok: true, orders: [] });
    expect(await session.close({ symbol: ["BTCUSDT", "ETHUSDT"] })).toMatchObject({ ok: true, orders: [{ symbol: "BTCUSDT" }] });
    await positionsAre({ ETHUSDT: "0", BTCUSDT: "0" });
    await expect(session.close({ symbl: "BTCUSDT" } as never)).rejects.toMatchObject({ code: "COMMAND_INVALID" });
  });

  test("cancel takes an order's id, cancelOrders a filter; an order that is not open is named", async () => {
    const placed = await session.place({ symbol: "BTCUSDT", side: "buy", quantity: "0.02", limit: "1000" });
    const other = await session.place({ symbol: "ETHUSDT", side: "buy", quantity: "0.02", limit: "1000" });
    const [id, rest] = [placed.orders[0]!.id, other.orders[0]!.id];
    expect(placed.orders[0]).toMatchObject({ type: "limit", price: "1000" });
    expect(await session.cancel(id)).toMatchObject({ ok: true, cancelling: [id] });
    await orderIs(id, "cancelled");
    await expect(session.cancel(id)).rejects.toMatchObject({ code: "ORDER_UNKNOWN" });
    expect(await session.cancelOrders({ symbol: "BTCUSDT" })).toMatchObject({ cancelling: [] });
    expect(await session.cancelOrders({ underlying: "ETH" })).toMatchObject({ cancelling: [rest] });
    await orderIs(rest, "cancelled");
  });

  test("disable lets nothing enter until enable; liquidateOnly until it is cleared", async () => {
    const entry = { symbol: "BTCUSDT", side: "buy", quantity: "0.01" } as const;
    await session.disable();
    expect(await session.health()).toMatchObject({ ok: true, tradingEnabled: false });
    expect((await session.place(entry)).refusals.map(({ code }) => code)).toEqual(["TRADING_DISABLED"]);
    await session.enable();
    await session.command({ type: "liquidateOnly", on: true });
    expect(await session.health()).toMatchObject({ ok: false, tradingEnabled: true, liquidateOnly: true });
    expect((await session.place(entry)).refusals.map(({ code }) => code)).toEqual(["LIQUIDATE_ONLY"]);
    await session.command({ type: "clearLiquidateOnly" });
    expect((await session.place(entry)).ok).toBe(true);
    await positionsAre({ BTCUSDT: "0.01" });
  });

  test("reconcile compares, resetBreaker closes, and what is no command is said with the nearest one", async () => {
    expect(await session.command({ type: "reconcile" })).toMatchObject({ agreed: true, problems: [] });
    expect(await session.command({ type: "resetBreaker" })).toMatchObject({ ok: true });
    await expect(session.command({ type: "opne" } as never)).rejects.toMatchObject({ code: "COMMAND_INVALID" });
    await expect(session.place({ symbol: "BTCUSD", side: "buy" })).rejects.toMatchObject({
      code: "SYMBOL_UNKNOWN",
      message: expect.stringContaining("Did you mean BTCUSDT?"),
    });
    await expect(session.place({ symbol: "BTCUSDT", side: "long" as never })).rejects.toMatchObject({ code: "COMMAND_INVALID" });
  });

  test("another session runs beside it with state, log and metrics of its own; a taken port and a held file are named", async () => {
    const { metrics } = listSessions()[0]!;
    const taken = metrics!.replace("http://", "");
    const own = scratch();
    await expect(startLive(quiet(own, taken))).rejects.toMatchObject({ code: "PORT_TAKEN", message: expect.stringContaining(taken) });
    await expect(startLive(quiet(folder))).rejects.toMatchObject({ code: "STATE_LOCKED" });
    const other = await startLive(quiet(own));
    expect(listSessions().map(({ id }) => id)).toEqual([other.id, session.id]);
    expect(new Set(listSessions().map((one) => one.metrics)).size).toBe(2);
    const [first, second] = await Promise.all([session.metrics(), other.metrics()]);
    expect(first).toMatch(/^tesserlab_position_quantity\{symbol="BTCUSDT"\} 0\.01$/m);
    expect(second).toMatch(/^tesserlab_position_quantity\{symbol="BTCUSDT"\} 0$/m);
    expect(first).toContain(`session="${session.id}"`);
    expect((await fetch(`${metrics}/health`)).status).toBe(200);
    await other.stop();
    expect(readFileSync(join(own, "log.json"), "utf8")).toContain(other.id);
    expect(readFileSync(join(folder, "log.json"), "utf8")).not.toContain(other.id);
    await expect(other.place({ symbol: "BTCUSDT", side: "buy" })).rejects.toMatchObject({ code: "SESSION_ENDED" });
  });

  test("a handle that was let go of says how to get another", async () => {
    const other = await attachSession(session.id);
    other.detach();
    await expect(other.health()).rejects.toMatchObject({ code: "SESSION_DETACHED", message: expect.stringContaining("live.attach(") });
  });

  test("stop closes every position first, when told to", async () => {
    const summary = await session.stop({ closePositions: true });
    expect([summary.status, summary.openPositions, summary.workingOrders]).toEqual(["stopped", 0, 0]);
  });
});
