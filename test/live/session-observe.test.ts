import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { candlesOf } from "../../src/backtest/index.js";
import { Decimal } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { startLive } from "../../src/live/index.js";
import { defineStrategy } from "../../src/strategies/index.js";
import { bybit } from "../../src/venues/bybit/index.js";
import { connectPaper, paper, paperServer, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { receiver } from "./receiver.js";
import { market } from "./record-replay.js";
import { openOn } from "./trader-support.js";

/** In and out at every close, while it hears of every trade. */
const Restless = defineStrategy({
  name: "Restless",
  params: {},
  feeds: ["candles", "trades", "book"],
  create: () => ({
    onCandle(_bar, desk) {
      if (desk.isFlat) desk.enterLong({ quantity: "0.003" });
      else desk.exitLong();
    },
    onTrade() {},
  }),
});

const kindOf = (body: unknown): string => (body as { kind: string }).kind;
const lineOf = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

test("a session on a venue counts and tells everything that happens to it: every metric, its log, and its alerts at the wire", {
  timeout: 240_000,
}, async () => {
  const folder = scratch();
  const hook = await receiver({ status: 200 });
  const tape = market(220);
  const server = await paperServer({ data: [candlesOf(tape, "1m"), tape], lockStep: true, limits: 1_000_000 });
  onTestFinished(() => server.close());
  const timing = { reconcile: 1_000, settle: 200 };
  const connected = await bybit({ env: "local", urls: server.url, requestsPer5s: 1_000_000, timing }).connect({
    credentials: server.key,
    onAlert: () => {},
  });
  await connected.venue.connect();
  const logPath = join(folder, "live.json");
  const { session, ended } = await openOn(connected, join(folder, "state.db"), {
    strategy: Restless,
    clock: { now: () => Date.now(), sleep: (ms) => new Promise((done) => setTimeout(done, ms)) },
    trade: { metricsAddr: "127.0.0.1:0", logPath, alerting: { webhookUrl: hook.url, maxOrderFailures: 1, maxDrawdown: 1e-9 } },
    play: undefined,
  });
  const address = session.metricsUrl!;
  const metrics = async (): Promise<string> => (await fetch(`${address}/metrics`)).text();
  /** What a metric is once it is as expected: events are waited for, however long they take. */
  const until = async (expected: RegExp): Promise<string> => {
    for (;;) {
      const text = await metrics();
      if (expected.test(text)) return text;
      await new Promise((done) => setTimeout(done, 20));
    }
  };
  await session.run();
  await until(/tesserlab_trading_enabled 1/);
  expect(new URL(address).hostname).toBe("127.0.0.1");

  // The market goes on until something has been bought and sold, and an order is over; after each event what the session made of it has left and been answered.
  let text = await metrics();
  const fills = (): number => Number(/tesserlab_fills_total\{[^}]*\} (\d+)/.exec(text)?.[1] ?? 0);
  while (fills() < 2 || !/tesserlab_fill_ratio (1|0\.\d+)\b/.test(text)) {
    if (server.next().done === true) throw new Error("the market has ended without fills");
    await Promise.all([connected.market.synced(), connected.venue.synced()]);
    await session.answer({ kind: "flush" });
    text = await metrics();
  }
  expect(text).toMatch(/tesserlab_ticks_received_total\{symbol="BTCUSDT"\} [1-9]/);
  expect(text).toMatch(/tesserlab_books_received_total\{symbol="BTCUSDT"\} [1-9]/);
  expect(text).toMatch(/tesserlab_candles_received_total\{symbol="BTCUSDT"\} [1-9]/);
  expect(text).toMatch(/tesserlab_orders_sent_total\{symbol="BTCUSDT"\} [1-9]/);
  expect(text).toMatch(/tesserlab_equity (?!10000\b)\d+/);
  expect(text).toMatch(/tesserlab_shortfall_bps\{symbol="BTCUSDT"\} -?\d/);
  expect(text).toMatch(/tesserlab_data_gap_seconds\{symbol="BTCUSDT"\} \d/);
  expect(text).toMatch(/tesserlab_journal_commit_seconds_count [1-9]/);
  expect(text).toContain("tesserlab_breaker_state 0");
  // Silence grows while nothing comes.
  await until(/tesserlab_data_gap_seconds\{symbol="BTCUSDT"\} (0\.[1-9]|[1-9])/);
  expect(kindOf((await hook.heard((hit) => kindOf(hit.body) === "drawdown")).body)).toBe("drawdown");

  // A link that breaks is counted, and comes back.
  server.disconnect("public");
  await until(/tesserlab_reconnects_total\{link="market"\} [1-9]/);
  await until(/tesserlab_link_up\{link="market"\} 1/);

  // Somebody else trades on the account: the two do not agree, and an operator hears of it.
  const other = await connectPaper(paper({ feed: replay(tape) }), server.exchange);
  await other.venue.place({ clientOrderId: "stranger-1", symbol: "BTCUSDT", side: "buy", type: "market", quantity: new Decimal("0.05") });
  await session.command({ type: "reconcile" });
  const mismatch = await hook.heard((hit) => kindOf(hit.body) === "reconcileMismatch");
  expect(mismatch.body).toMatchObject({ severity: "critical", session: "abcdefghij", title: "The session and its venue do not agree" });
  expect(await metrics()).toMatch(/tesserlab_reconciles_total\{outcome="mismatch"\} [1-9]/);
  expect((await fetch(`${address}/health`)).status).toBe(503);

  // A venue that fails opens the breaker; the failure is an order error and an alert.
  server.fault({ kind: "error", at: "rest", match: "/v5/order/create", times: 100 });
  await session.command({ type: "open", symbol: "BTCUSDT", side: "sell", quantity: "0.001", overrideRisk: true } as never).catch(() => {});
  const failing = Array.from({ length: 6 }, (_, i) => `fails-${i}`).map((clientOrderId) =>
    connected.venue.place({ clientOrderId, symbol: "BTCUSDT", side: "buy", type: "market", quantity: new Decimal("0.001") }),
  );
  await until(/tesserlab_breaker_state [12]/);
  server.clearFaults();
  await Promise.allSettled(failing);

  await session.stop(false);
  await ended;
  await session.closed;
  const lines = readFileSync(logPath, "utf8").trimEnd().split("\n").map(lineOf);
  for (const line of lines) {
    expect(line).toMatchObject({ session: "abcdefghij", code: expect.any(String), message: expect.any(String) });
    expect(["debug", "info", "warning", "error"]).toContain(line.level);
    expect(new Date(line.time as string).toISOString()).toBe(line.time);
  }
  const codes = new Set(lines.map((line) => line.code));
  for (const code of ["STARTED", "ORDER", "FILL", "LINK", "ALERT", "COMMAND", "ENDED"]) expect(codes, code).toContain(code);
});

test("an order that the venue refuses is an order error and an alert", { timeout: 240_000 }, async () => {
  const hook = await receiver({ status: 200 });
  const btc = syntheticCandles({ bars: 10, seed: 5 });
  let address = "";
  let text = "";
  const connection = await connectPaper(paper({ feed: replay(btc), balances: { USDT: "50" } }));
  const { session, ended } = await openOn(connection, join(scratch(), "state.db"), {
    strategy: Restless,
    settings: { sizer: "fixed:1" },
    clock: { now: () => connection.exchange.clock.now(), sleep: () => Promise.resolve() },
    // The session is told of more money than there is.
    trade: { cash: "10000000", metricsAddr: "127.0.0.1:0", alerting: { webhookUrl: hook.url, maxOrderFailures: 1 } },
    play: async (settled) => {
      while (connection.exchange.next({ fills: true }) !== undefined) {
        await settled();
        text = await (await fetch(`${address}/metrics`)).text();
      }
    },
  });
  address = session.metricsUrl!;
  await session.run();
  await ended;
  const failed = await hook.heard((hit) => kindOf(hit.body) === "orderFailures");
  expect(failed.body).toMatchObject({ title: "1 orders failed in a row" });
  expect(text).toMatch(/tesserlab_order_errors_total\{code="\w+"\} [1-9]/);
});

test("silence of the market is an alert at the wire, once, though nothing else happens", { timeout: 240_000 }, async () => {
  const hook = await receiver({ status: 200 });
  const connection = await connectPaper(paper({ feed: replay(syntheticCandles({ bars: 10, seed: 5 })) }));
  const { session, ended } = await openOn(connection, join(scratch(), "state.db"), {
    strategy: Restless,
    clock: { now: () => Date.now(), sleep: (ms) => new Promise((done) => setTimeout(done, ms)) },
    trade: { alerting: { webhookUrl: hook.url, maxDataGapSecs: 1 } },
    play: undefined,
  });
  await session.run();
  const gap = await hook.heard((hit) => kindOf(hit.body) === "dataGap");
  expect(gap.body).toMatchObject({ severity: "warning", session: "abcdefghij", title: "No market data of BTCUSDT" });
  await session.stop(false);
  await ended;
  expect(hook.hits.filter((hit) => kindOf(hit.body) === "dataGap")).toHaveLength(1);
});

test("the last alert of a session that failed is delivered although its process ends", { timeout: 240_000 }, async () => {
  process.env.TESSERLAB__SESSIONS_DIR = scratch();
  mkdirSync("reports", { recursive: true });
  const modules = mkdtempSync(resolve("reports", "live-test-"));
  onTestFinished(() => rmSync(modules, { recursive: true, force: true }));
  const module = join(modules, "failing.ts");
  writeFileSync(
    module,
    `import { defineStrategy } from "tesserlab/strategies";
export const Failing = defineStrategy({ name: "Failing", params: {}, create: () => ({ onCandle(bar) { if (bar.index === 3) throw new TypeError("cannot read the future"); } }) });`,
  );
  // The receiver is busy at first: the process waits for the second try.
  const hook = await receiver({ status: 503 }, { status: 200 });
  const session = await startLive({
    strategy: { module },
    venue: paper({ feed: replay(syntheticCandles({ bars: 20, seed: 5 })) }),
    statePath: join(scratch(), "state.db"),
    trade: { alerting: { webhookUrl: hook.url } },
  });
  await expect(session.done).rejects.toThrow("cannot read the future");
  const told = await hook.heard((hit) => kindOf(hit.body) === "sessionFailed");
  expect(told.body).toMatchObject({ severity: "critical", message: expect.stringContaining("Protective orders stay at the venue") });
  while (hook.hits.length < 2) await new Promise((done) => setTimeout(done, 20));
});
