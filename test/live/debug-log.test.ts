import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { candlesOf } from "../../src/backtest/index.js";
import { defineStrategy } from "../../src/strategies/index.js";
import { bybit } from "../../src/venues/bybit/index.js";
import { paperServer } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { market } from "./record-replay.js";
import { openOn } from "./trader-support.js";

/** In and out at every close, while it hears of every trade. */
const Restless = defineStrategy({
  name: "Restless",
  params: {},
  feeds: ["candles", "trades"],
  create: () => ({
    onCandle(_bar, desk) {
      if (desk.isFlat) desk.enterLong({ quantity: "0.003" });
      else desk.exitLong();
    },
    onTrade() {},
  }),
});

const HOOK = "http://127.0.0.1:9/hook-with-a-token";
type Line = Readonly<Record<string, unknown>> & { readonly code: string; readonly level: string };

/** The log of a session through our connector and the paper server, and what must not be in it. */
async function logOf(logLevel: "debug" | "info"): Promise<{ text: string; lines: readonly Line[]; secrets: readonly string[] }> {
  const tape = market(160);
  const server = await paperServer({ data: [candlesOf(tape, "1m"), tape], lockStep: true, limits: 1_000_000 });
  onTestFinished(() => server.close());
  const connected = await bybit({ env: "local", urls: server.url, requestsPer5s: 1_000_000 }).connect({ credentials: server.key });
  await connected.venue.connect();
  const folder = scratch();
  const logPath = join(folder, "live.json");
  const { session, ended } = await openOn(connected, join(folder, "state.db"), {
    strategy: Restless,
    trade: { logPath, logLevel, alerting: { webhookUrl: HOOK } },
    clock: { now: () => server.exchange.clock.now(), sleep: (ms) => new Promise((done) => setTimeout(done, ms)) },
    play: async (settled) => {
      for (let done = false; !done; ) {
        done = server.next().done === true;
        for (let round = 0; round < 2; round++) {
          await Promise.all([connected.venue.synced(), connected.market.synced()]);
          await settled();
        }
      }
    },
  });
  await session.run();
  expect((await ended).error).toBeUndefined();
  const text = readFileSync(logPath, "utf8");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  return { text, lines, secrets: [server.key.apiKey, server.key.apiSecret, HOOK] };
}

test("at level debug the log has every event of the engine with its number, every question to the venue with its answer, every comparison, and no secret", {
  timeout: 120_000,
}, async () => {
  const { text, lines, secrets } = await logOf("debug");
  const of = (code: string): readonly Line[] => lines.filter((line) => line.code === code && line.level === "debug");
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(8);
    expect(text).not.toContain(secret);
  }
  // The engine's numbers leave nothing out.
  const events = of("EVENT");
  const numbers = events.map(({ sequence }) => sequence as number);
  const types = events.map(({ event }) => (event as { type: string }).type);
  expect(types).toEqual(expect.arrayContaining(["link", "trading", "candle", "trade", "order", "fill"]));
  expect(numbers.length).toBeGreaterThan(150);
  expect(numbers).toEqual(Array.from(numbers, (_, i) => numbers[0]! + i));
  const entering = events.find(({ said }) => (said as readonly unknown[]).length > 0)!;
  expect(entering).toMatchObject({ event: { type: "candle" }, said: [{ kind: "enterLong" }], requests: [{ kind: "open" }] });
  // Every question has its answer.
  const [asked, answered] = [of("REQUEST"), of("ANSWER")];
  const waited = asked.filter(({ request }) => request !== "venue.subscribe" && request !== "venue.synced" && request !== "market.synced");
  expect(answered.map(({ number }) => number).sort()).toEqual(waited.map(({ number }) => number).sort());
  const placed = asked.find(({ request }) => request === "venue.place")!;
  expect(placed).toMatchObject({ given: [{ symbol: "BTCUSDT", side: "buy", quantity: "0.003", clientOrderId: "abcdefghij-1-entry" }] });
  expect(answered.find(({ number }) => number === placed.number)).toMatchObject({ answer: { ok: true } });
  expect(asked.map(({ request }) => request)).toEqual(expect.arrayContaining(["market.candles", "venue.positions", "venue.balances"]));
  expect(of("RECONCILE")[0]).toMatchObject({ found: { agreed: true, problems: [] } });
});

test("at level info none of it is there", { timeout: 120_000 }, async () => {
  const { lines } = await logOf("info");
  expect(lines.some(({ code }) => code === "FILL")).toBe(true);
  expect(lines.filter(({ level }) => level === "debug")).toEqual([]);
});
