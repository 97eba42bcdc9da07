import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { type CandleUpdate, Decimal } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { LabError } from "../../src/errors/index.js";
import { attachSession, CandleBuilder, compareSession, startLive } from "../../src/live/index.js";
import { backupState, openState, restoreState, SCHEMA_VERSION, type SessionView, StateWriter } from "../../src/state/index.js";
import { defineStrategy, param } from "../../src/strategies/index.js";
import { bybit } from "../../src/venues/bybit/index.js";
import { paperServer } from "../../src/venues/paper/index.js";
import { scratch, start } from "../state/samples.js";
import { refusesForAWhile } from "./refused-writes.js";
import { Busy, Market, openSession } from "./trader-support.js";

const btc = syntheticCandles({ bars: 160, seed: 5, gaps: true });

function view(path: string): SessionView {
  const opened = openState(path);
  if (opened.format !== "tesserlab") throw new Error("not ours");
  return opened;
}

function flagsOf(path: string): ReadonlyMap<string, unknown> {
  const shown = view(path);
  const flags = shown.flags();
  shown.close();
  return flags;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "nothing thrown",
    (error: unknown) => (error instanceof LabError ? error.code : String(error)),
  );
}

/** Enters every fifth candle of a symbol, two candles later leaves again; protected by nothing. */
const InAndOut = defineStrategy({
  name: "InAndOut",
  params: { symbols: param.texts({ default: ["BTCUSDT"] }) },
  create: () => {
    const seen = new Map<string, number>();
    return {
      onCandle(bar, desk) {
        const count = (seen.get(bar.symbol) ?? 0) + 1;
        seen.set(bar.symbol, count);
        if (count % 5 === 0) desk.enterLong({ quantity: "0.01" });
        else if (count % 5 === 2) desk.exitLong();
      },
    };
  },
});

/** Sets environment variables for one test. */
function withEnv(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    const before = process.env[name];
    process.env[name] = value;
    onTestFinished(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
}

describe("candles built from trades", () => {
  test("property: equal those resampled offline from the same trades, whenever time is noticed to have passed", () => {
    const trade = fc.record({
      gap: fc.integer({ min: 0, max: 90_000 }),
      ticks: fc.integer({ min: 1, max: 500 }),
      lots: fc.integer({ min: 1, max: 99 }),
      look: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(trade, { minLength: 1, maxLength: 80 }), (drawn) => {
        const built: CandleUpdate[] = [];
        const builder = new CandleBuilder({
          symbol: "BTCUSDT",
          interval: "1m",
          priceDp: 1,
          volumeDp: 3,
          from: 0,
          done: (candle) => built.push(candle),
        });
        let time = 0;
        const trades = drawn.map(({ gap, ticks, lots, look }) => {
          time += gap;
          const one = { time, price: (ticks / 10).toFixed(1), quantity: (lots / 1000).toFixed(3) };
          // A timer that looks in between changes nothing: what is whole closes a little earlier.
          if (look) builder.passed(time);
          builder.trade({ time, price: new Decimal(one.price), quantity: new Decimal(one.quantity) } as unknown as Parameters<
            CandleBuilder["trade"]
          >[0]);
          return one;
        });
        builder.passed(time + 60_000);
        // Offline, by the definition: all trades of a minute, in exact decimals.
        const minutes = [...new Set(trades.map((one) => Math.floor(one.time / 60_000)))];
        const expected = minutes.map((minute) => {
          const own = trades.filter((one) => Math.floor(one.time / 60_000) === minute);
          const prices = own.map((one) => new Decimal(one.price));
          return [
            minute * 60_000,
            prices[0]!.toFixed(1),
            Decimal.max(...prices).toFixed(1),
            Decimal.min(...prices).toFixed(1),
            prices.at(-1)!.toFixed(1),
            Decimal.sum(...own.map((one) => one.quantity)).toFixed(3),
          ];
        });
        expect(built.map(({ time, open, high, low, close, volume }) => [time, open, high, low, close, volume].map(String))).toEqual(
          expected.map((row) => row.map(String)),
        );
        expect(builder.late).toBe(0);
      }),
    );
  });
});

describe("the drawdown switch", () => {
  test("once tripped it is tripped after a restart, too, until an operator clears it; then it counts from the equity of that moment", {
    timeout: 120_000,
  }, async () => {
    const market = new Market(btc);
    const path = join(scratch(), "state.db");
    const options = { strategy: Busy, trade: { maxDrawdown: "0.0001" } };
    let events = 0;
    const first = await openSession(market, path, { ...options, until: () => events++ > 60 });
    await first.session.run();
    expect((await first.ended).error).toBeUndefined();
    expect(flagsOf(path).has("liquidateOnly")).toBe(true);
    expect(first.session.health()).toMatchObject({ liquidateOnly: true });

    const count = (): number => {
      const shown = view(path);
      const entries = shown.orders().filter((order) => order.role === "entry" && order.status !== "refused").length;
      shown.close();
      return entries;
    };
    const entered = count();
    events = 0;
    const again = { ...options, trade: { ...options.trade, resume: true } };
    const second = await openSession(market, path, { ...again, until: () => events++ > 15 });
    await second.session.run();
    await second.ended;
    expect(second.session.health()).toMatchObject({ liquidateOnly: true });
    expect(count()).toBe(entered);

    const third = await openSession(market, path, { ...again, play: false });
    await third.session.run();
    expect(third.session.health()).toMatchObject({ liquidateOnly: true, ok: false });
    await third.session.command({ type: "clearLiquidateOnly" });
    expect(third.session.health()).toMatchObject({ liquidateOnly: false });
    const { equity } = (await third.session.answer({ kind: "status" })) as { equity: string };
    await third.session.stop(false);
    expect(flagsOf(path).has("liquidateOnly")).toBe(false);
    expect(flagsOf(path).get("peakEquity")).toBe(equity);

    const fourth = await openSession(market, path, { ...again, play: false });
    await fourth.session.run();
    expect(fourth.session.health()).toMatchObject({ liquidateOnly: false });
    await fourth.session.stop(false);
  });

  test("an operator's disable outlives a restart, and agreeing with the venue does not undo it", { timeout: 120_000 }, async () => {
    const market = new Market(btc);
    const path = join(scratch(), "state.db");
    const first = await openSession(market, path, { strategy: Busy, play: false });
    await first.session.run();
    await first.session.command({ type: "disable" });
    await first.session.command({ type: "reconcile" });
    expect(first.session.health()).toMatchObject({ tradingEnabled: false, blocked: false });
    await first.session.stop(false);
    const second = await openSession(market, path, { strategy: Busy, trade: { resume: true }, play: false });
    await second.session.run();
    expect(second.session.health()).toMatchObject({ tradingEnabled: false, blocked: false });
    await second.session.command({ type: "enable" });
    expect(second.session.health()).toMatchObject({ tradingEnabled: true });
    await second.session.stop(false);
    expect(flagsOf(path).has("disabled")).toBe(false);
  });
});

test("several symbols in one session: the same fills as the backtest of both, each symbol at its own prices", {
  timeout: 120_000,
}, async () => {
  const eth = syntheticCandles({ bars: 160, seed: 9, symbol: "ETHUSDT" });
  const path = join(scratch(), "state.db");
  const market = new Market([btc, eth]);
  const { session, ended } = await openSession(market, path, {
    strategy: InAndOut,
    params: { symbols: ["BTCUSDT", "ETHUSDT"] },
    trade: { symbols: ["BTCUSDT", "ETHUSDT"] },
  });
  await session.run();
  expect((await ended).error).toBeUndefined();
  const run = backtest({ data: [btc, eth], strategy: InAndOut, params: { symbols: ["BTCUSDT", "ETHUSDT"] } });
  const shown = view(path);
  const plain = ({ symbol, side, quantity, price, fee, time }: (typeof run.fills)[number]) => ({
    symbol,
    side,
    quantity,
    price,
    fee,
    time,
  });
  expect(new Set(run.fills.map((fill) => fill.symbol))).toEqual(new Set(["BTCUSDT", "ETHUSDT"]));
  expect(shown.fills().map(plain)).toEqual(run.fills.map(plain));
  expect(shown.record.equity).toEqual(run.finalEquity);
  expect(shown.replay()).toEqual([]);
  // One point of equity a time, however many symbols close then: statistics count by it.
  expect([...shown.equity.time]).toEqual([...run.equity.time]);
  expect([...shown.equity.value]).toEqual([...run.equity.value]);
  expect(shown.record.bars).toBe(run.equity.time.length);
  const known = { data: [btc, eth], strategy: InAndOut, params: { symbols: ["BTCUSDT", "ETHUSDT"] } };
  expect(compareSession(shown, known, {})).toMatchObject({ equal: true, differences: [] });
  shown.close();
});

describe("a start from an older backup", () => {
  async function restored(goesOn: number): Promise<{ market: Market; path: string }> {
    const market = new Market(btc);
    const folder = scratch();
    const path = join(folder, "state.db");
    let events = 0;
    const first = await openSession(market, path, { strategy: Busy, until: () => events++ > 30 });
    await first.session.run();
    await first.ended;
    const copy = join(folder, "copy.db");
    await backupState(path, copy);
    if (goesOn > 0) {
      events = 0;
      const second = await openSession(market, path, { strategy: Busy, trade: { resume: true }, until: () => events++ > goesOn });
      await second.session.run();
      await second.ended;
    }
    await restoreState(copy, path);
    return { market, path };
  }

  test("with which the venue agrees: it trades on by itself", { timeout: 120_000 }, async () => {
    const { market, path } = await restored(0);
    const again = await openSession(market, path, { strategy: Busy, trade: { resume: true } });
    await again.session.run();
    expect((await again.ended).error).toBeUndefined();
    expect(flagsOf(path).has("restored")).toBe(false);
    const shown = view(path);
    const venue = (await market.connect()).venue;
    expect(shown.executions()).toHaveLength((await venue.executions({ since: 0 })).length);
    expect(shown.replay()).toEqual([]);
    shown.close();
  });

  test("with which it does not: nothing is entered while it does not, however long the market goes on", { timeout: 120_000 }, async () => {
    const { market, path } = await restored(24);
    const { venue } = await market.connect();
    const entriesOf = async (): Promise<number> =>
      (await venue.executions({ since: 0 })).filter((one) => one.clientOrderId.endsWith("-entry")).length;
    const before = await entriesOf();
    let events = 0;
    const again = await openSession(market, path, { strategy: Busy, trade: { resume: true }, until: () => events++ > 20 });
    await again.session.run();
    await again.ended;
    expect(again.session.health()).toMatchObject({ blocked: true });
    expect(await entriesOf()).toBe(before);
    expect(flagsOf(path).has("restored")).toBe(true);
    // An operator who has looked may say so.
    const confirmed = await openSession(market, path, { strategy: Busy, trade: { resume: true }, play: false });
    await confirmed.session.run();
    await expect(confirmed.session.command({ type: "enable" })).rejects.toThrow("do not agree");
    await confirmed.session.command({ type: "confirm" });
    expect(confirmed.session.health()).toMatchObject({ blocked: false, tradingEnabled: true });
    // What he has accepted is found again by every comparison and does not undo his word, nor does a restart.
    await confirmed.session.command({ type: "reconcile" });
    expect(confirmed.session.health()).toMatchObject({ blocked: false, tradingEnabled: true });
    await confirmed.session.stop(false);
    const later = await openSession(market, path, { strategy: Busy, trade: { resume: true }, play: false });
    await later.session.run();
    expect(later.session.health()).toMatchObject({ blocked: false, tradingEnabled: true });
    await later.session.stop(false);
  });
});

const Bystander = defineStrategy({ name: "Bystander", params: {}, create: () => ({ onCandle: () => {} }) });

test("a listener that throws at what was written keeps no order from leaving", { timeout: 120_000 }, async () => {
  const warned: string[] = [];
  const warn = (warning: Error): void => void warned.push(warning.message);
  process.on("warning", warn);
  onTestFinished(() => void process.off("warning", warn));
  const market = new Market(btc);
  const path = join(scratch(), "state.db");
  const { session, ended } = await openSession(market, path, {
    strategy: InAndOut,
    heard: ({ kind }) => {
      if (kind === "order" && warned.length === 0) throw new Error("a listener of the test");
    },
  });
  await session.run();
  expect((await ended).error).toBeUndefined();
  const shown = view(path);
  // Whatever was written down has reached the venue, the order whose telling threw among it.
  const left = shown
    .orders()
    .filter(({ status }) => status !== "refused")
    .map(({ id }) => id);
  shown.close();
  const there = market.exchange
    .account("main")
    .all()
    .map((order) => order.report().clientOrderId);
  expect(there).toEqual(left);
  expect(left.length).toBeGreaterThan(10);
  expect(warned).toContain("a listener of the test");
});

test("a state file that refuses writes for a while lacks nothing of the equity afterwards", { timeout: 120_000 }, async () => {
  const market = new Market(btc);
  const path = join(scratch(), "state.db");
  const { session, ended } = await openSession(market, path, {
    strategy: Bystander,
    until: refusesForAWhile(path),
  });
  await session.run();
  expect((await ended).error).toBeUndefined();
  const shown = view(path);
  const { time, value } = shown.equity;
  expect([...time]).toEqual([...btc.time].slice(-time.length));
  expect(shown.record.bars).toBe(time.length);
  expect(new Set(value)).toEqual(new Set([10_000]));
  shown.close();
});

describe("a mismatch with the venue", () => {
  test("alerts once for as long as it lasts, however often the two are compared", { timeout: 120_000 }, async () => {
    const market = new Market(btc);
    const path = join(scratch(), "state.db");
    const { session } = await openSession(market, path, { strategy: Bystander, play: false });
    await session.run();
    const alerts = (): readonly string[] => session.health().alerts.map((one) => `${one.kind}: ${one.message}`);
    // Somebody else trades on the account.
    const { venue } = await market.connect();
    const place = (clientOrderId: string): Promise<unknown> =>
      venue.place({ clientOrderId, symbol: "BTCUSDT", side: "buy", type: "market", quantity: new Decimal("0.01") });
    await place("somebody-else");
    market.exchange.next();
    market.exchange.next();
    for (let i = 0; i < 3; i++) await session.command({ type: "reconcile" });
    expect(alerts().filter((one) => one.includes("holds 0.01"))).toHaveLength(1);
    expect(session.health()).toMatchObject({ blocked: true, tradingEnabled: false });
    // Another difference is another alert.
    await place("somebody-else-again");
    market.exchange.next();
    market.exchange.next();
    for (let i = 0; i < 3; i++) await session.command({ type: "reconcile" });
    expect(alerts().filter((one) => one.includes("holds 0.02"))).toHaveLength(1);
    expect(alerts().filter((one) => one.startsWith("reconcileMismatch") && one.includes("holds"))).toHaveLength(2);
    // Somebody takes it away again: the two agree, and entries may leave. Should it come back, that is news.
    await venue.place({ clientOrderId: "somebody-leaves", symbol: "BTCUSDT", side: "sell", type: "market", quantity: new Decimal("0.02") });
    market.exchange.next();
    market.exchange.next();
    expect(await session.command({ type: "reconcile" })).toMatchObject({ agreed: true });
    expect(session.health()).toMatchObject({ blocked: false, tradingEnabled: true });
    await session.stop(false);
  });
});

describe("a session on a venue in its process", () => {
  test("a second one on the same account and symbol is refused, and names the one that runs; another symbol is not", {
    timeout: 120_000,
  }, async () => {
    const eth = syntheticCandles({ bars: 160, seed: 9, symbol: "ETHUSDT" });
    const server = await paperServer({ data: [btc, eth], limits: "none" });
    onTestFinished(() => server.close());
    withEnv({
      TESSERLAB__SESSIONS_DIR: scratch(),
      TESSERLAB__BYBIT__API_KEY: server.key.apiKey,
      TESSERLAB__BYBIT__API_SECRET: server.key.apiSecret,
    });
    const venue = bybit({ env: "local", urls: server.url });
    const risk = { maxOrderQuantity: "0.01", maxPositionQuantity: "0.02" };
    const confirm = { venue: venue.name, env: "local", ...risk };
    const open = (symbols: string) =>
      startLive({
        strategy: "SmaCross",
        venue,
        statePath: join(scratch(), "state.db"),
        risk,
        confirm,
        trade: { symbols, interval: "1m", history: 0 },
      });
    const first = await open("BTCUSDT");
    const second = await open("BTCUSDT").catch((error: unknown) => error as LabError);
    expect(second).toMatchObject({ code: "SESSION_HELD", message: expect.stringContaining(`live.attach("${first.id}")`) as string });
    const other = await open("ETHUSDT");
    await Promise.all([first.stop(), other.stop()]);
    // Once it has ended, the symbol is free.
    await (await open("BTCUSDT")).stop();
  });

  test("its starter is interrupted and killed in the middle of a fill: nothing changes, the run is the backtest's", {
    timeout: 120_000,
  }, async () => {
    withEnv({ TESSERLAB__SESSIONS_DIR: scratch() });
    const statePath = join(scratch(), "state.db");
    const program = `
      import { syntheticCandles } from "tesserlab/data";
      import { startLive } from "tesserlab/live";
      import { paper, replay } from "tesserlab/venues/paper";
      const btc = syntheticCandles({ bars: 200, seed: 5, gaps: true });
      const venue = paper({ feed: replay(btc, { speed: 1_200 }) });
      const session = await startLive({ strategy: "SmaCross", venue, statePath: process.argv[1], trade: {} });
      process.on("SIGINT", () => console.log("interrupted"));
      session.on("fill", () => console.log(session.id));
    `;
    const starter = spawn(process.execPath, ["--input-type=module", "-e", program, statePath], { stdio: ["ignore", "pipe", "inherit"] });
    const [first] = (await once(starter.stdout, "data")) as [Buffer];
    starter.kill("SIGINT");
    starter.kill("SIGKILL");
    await once(starter, "exit");
    const session = await attachSession(first.toString().trim().split("\n")[0]!);
    const { status, equity } = await session.done;
    const run = backtest({ data: syntheticCandles({ bars: 200, seed: 5, gaps: true }), strategy: "SmaCross" });
    expect([status, equity]).toEqual(["completed", run.finalEquity]);
    expect((await session.fills()).length).toBe(run.fills.length);
  });
});

describe("a state file that is not as it should be", () => {
  const open = (path: string): Promise<unknown> => openSession(new Market(btc), path, { strategy: Busy, play: false });

  test("of a newer release, damaged, or of something else: named, and left as it was", async () => {
    const folder = scratch();
    const made = (name: string, change: (db: Sqlite.Database) => void): string => {
      const path = join(folder, name);
      new StateWriter(path, start("a")).end("completed");
      const db = new Sqlite(path);
      change(db);
      db.pragma("wal_checkpoint(TRUNCATE)");
      db.close();
      return path;
    };
    const newer = made("newer.db", (db) => db.pragma(`user_version = ${SCHEMA_VERSION + 1}`));
    const damaged = made("damaged.db", () => {});
    const bytes = readFileSync(damaged);
    bytes.fill(0xa5, 100);
    writeFileSync(damaged, bytes);
    const foreign = join(folder, "foreign.db");
    writeFileSync(foreign, "time,open,high,low,close\n");
    for (const [path, code] of [
      [newer, "STATE_NEWER"],
      [damaged, "STATE_CORRUPT"],
      [foreign, "STATE_NOT_SQLITE"],
    ] as const) {
      const before = readFileSync(path);
      expect(await codeOf(open(path))).toBe(code);
      expect(readFileSync(path).equals(before)).toBe(true);
    }
  });

  test("locked by another session: the holder is named", async () => {
    const path = join(scratch(), "state.db");
    const holder = new StateWriter(path, start("holder"));
    onTestFinished(() => holder.close());
    await expect(open(path)).rejects.toThrow("in use by session holder");
  });

  test("that can no longer be written while orders are about: entries are held back, exits leave, and an operator hears of it", {
    timeout: 120_000,
  }, async () => {
    const market = new Market(btc);
    const path = join(scratch(), "state.db");
    let events = 0;
    let stolen = -1;
    const account = market.exchange.account("main");
    const { session, ended } = await openSession(market, path, {
      strategy: InAndOut,
      until: () => {
        events++;
        if (stolen < 0 && events > 10 && account.positions().length > 0) {
          // As if the disk had failed: no write is accepted from here on.
          const db = new Sqlite(path);
          db.exec("DELETE FROM lock");
          db.close();
          stolen = account.all().length;
        }
        return events > 60;
      },
    });
    await session.run();
    const end = await ended;
    expect(end.status.status).toBe("failed");
    expect(end.error?.message).toContain("no longer holds");
    const alerts = session.health().alerts;
    expect(alerts.some((one) => one.kind === "journalFailed" && one.message.includes("Entries are held back"))).toBe(true);
    const after = account
      .all()
      .slice(stolen)
      .map((order) => order.report());
    expect(after.length).toBeGreaterThan(0);
    expect(after.filter((order) => order.reduceOnly !== true)).toEqual([]);
    expect(account.positions()).toEqual([]);
  });
});
