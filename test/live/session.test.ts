import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import type { Fill, Order } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { LabError } from "../../src/errors/index.js";
import { defineRisk, defineSizer } from "../../src/execution/index.js";
import { exportStrategy, loadStrategy } from "../../src/handoff/index.js";
import { type SessionClock, type SessionOptions, type SessionReport, startSession } from "../../src/live/index.js";
import { openState, type SessionView, StateWriter } from "../../src/state/index.js";
import { defineStrategy, param } from "../../src/strategies/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch, start } from "../state/samples.js";

const btc = syntheticCandles({ bars: 3_000, seed: 5, gaps: true });

async function failure(promise: Promise<unknown>): Promise<LabError> {
  const error = await promise.then(
    () => new Error("did not fail"),
    (reason: unknown) => reason,
  );
  if (error instanceof LabError) return error;
  throw error;
}

function view(path: string): SessionView {
  const opened = openState(path);
  if (opened.format !== "tesserlab") throw new Error("not ours");
  return opened;
}

/** A folder inside the package, where modules find `tesserlab/strategies`. */
function moduleFolder(): string {
  mkdirSync("reports", { recursive: true });
  const folder = mkdtempSync(resolve("reports", "live-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const FLIPPER = `
import { defineStrategy, param } from "tesserlab/strategies";

export const Flipper = defineStrategy({
  name: "Flipper",
  params: { every: param.integer({ default: 50, min: 2 }), failAt: param.integer({ default: -1 }), exitAt: param.integer({ default: -1 }) },
  create({ params }) {
    return {
      onCandle(bar: { index: number }, desk: { isFlat: boolean; enterLong(): void; exitLong(): void }): void {
        if (bar.index === params.failAt) throw new TypeError("cannot read the future");
        if (bar.index === params.exitAt) process.exit(3);
        if (bar.index % params.every === 0) desk.isFlat ? desk.enterLong() : desk.exitLong();
      },
    };
  },
});
`;

function flipperFile(): string {
  const path = join(moduleFolder(), "flipper.ts");
  writeFileSync(path, FLIPPER);
  return path;
}

/** The same strategy, defined here: it cannot leave this thread. */
const Flipper = defineStrategy({
  name: "Flipper",
  params: { every: param.integer({ default: 50, min: 2 }) },
  create: ({ params }) => ({
    onCandle(bar, desk) {
      if (bar.index % params.every === 0) desk.isFlat ? desk.enterLong() : desk.exitLong();
    },
  }),
});

/** Time that passes only by being waited for. */
class FakeClock implements SessionClock {
  time = 1_000_000;
  readonly sleeps: number[] = [];
  now(): number {
    return this.time;
  }
  async sleep(ms: number): Promise<void> {
    this.sleeps.push(ms);
    this.time += ms;
  }
}

describe("where a session runs", () => {
  test("a strategy module runs on a worker, as the same definition in a backtest", async () => {
    const statePath = join(scratch(), "state.db");
    const session = await startSession({
      data: btc,
      strategy: { module: flipperFile() },
      params: { every: 40 },
      statePath,
      thread: "worker",
    });
    const summary = await session.done;
    expect(session.warnings.map((warning) => warning.code)).not.toContain("RUNS_IN_THIS_THREAD");
    expect(summary.equity).toEqual(backtest({ data: btc, strategy: Flipper, params: { every: 40 } }).finalEquity);
  });

  test("a definition of a cell stays on this thread and says so; timers still run", async () => {
    const long = syntheticCandles({ bars: 200_000, seed: 1 });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const session = await startSession({ data: long, strategy: Flipper, statePath: join(scratch(), "state.db") });
    expect(session.warnings).toMatchObject([{ code: "RUNS_IN_THIS_THREAD" }, { code: "SYNTHETIC_DATA" }]);
    const summary = await session.done;
    clearInterval(timer);
    expect(summary.equity).toEqual(backtest({ data: long, strategy: Flipper }).finalEquity);
    expect(summary.warnings.map((warning) => warning.code)).toContain("RUNS_IN_THIS_THREAD");
    expect(ticks).toBeGreaterThan(3);
  });

  test("so do a sizer and a risk check of a cell; insisting on a worker is an error that names them", async () => {
    const half = defineSizer({ name: "half", size: ({ equity, price }) => equity.div(price).div(2) });
    const calm = defineRisk({ name: "calm", check: () => undefined });
    const base = { data: btc, strategy: "SmaCross", thread: "worker" } as const;
    const statePath = join(scratch(), "state.db");
    expect(await failure(startSession({ ...base, sizer: half, statePath }))).toMatchObject({
      code: "NOT_PORTABLE",
      message: expect.stringContaining("half"),
    });
    expect(await failure(startSession({ ...base, risk: calm, statePath }))).toMatchObject({
      code: "NOT_PORTABLE",
      message: expect.stringContaining("calm"),
    });
    expect((await failure(startSession({ ...base, strategy: Flipper, statePath }))).message).toContain("Flipper");
    const session = await startSession({ data: btc, strategy: "SmaCross", sizer: half, statePath });
    expect((await session.done).equity).toEqual(backtest({ data: btc, strategy: "SmaCross", sizer: half }).finalEquity);
  });

  test("a busy caller does not hold up a worker", async () => {
    const statePath = join(scratch(), "state.db");
    const session = await startSession({ data: btc, strategy: "SmaCross", statePath });
    await new Promise((done) => setTimeout(done, 5));
    // A caller that never lets go; the bound only ends a run that hangs.
    const until = Date.now() + 60_000;
    while (view(statePath).record.status === "running" && Date.now() < until);
    expect(view(statePath).record.status).toBe("completed");
    await session.done;
  });
});

describe("the handle", () => {
  test("tells orders, fills and progress as they happen, and answers while it runs", async () => {
    const clock = new FakeClock();
    const venue = paper({ feed: replay(btc.slice(0, 1_000), { speed: 1 }) });
    const session = await startSession({ venue, strategy: "SmaCross", statePath: join(scratch(), "state.db"), thread: "caller", clock });
    const orders: Order[] = [];
    const fills: Fill[] = [];
    const reports: SessionReport[] = [];
    session.on("order", (order) => orders.push(order));
    session.on("fill", (fill) => fills.push(fill));
    const off = session.on("status", (report) => {
      reports.push(report);
      if (reports.length === 500) off();
    });
    await new Promise((done) => setTimeout(done, 30));
    const midway = await session.status();
    expect(midway.status).toBe("running");
    expect((await session.equity()).value.length).toBeGreaterThanOrEqual(midway.bars);
    expect((await session.summary()).status).toBe("running");
    await session.done;
    expect(fills).toEqual(await session.fills());
    expect(new Set(orders.map((order) => order.id)).size).toBe((await session.orders()).length);
    expect(reports).toHaveLength(500);
    expect(reports.map((report) => report.bars)).toEqual(reports.map((report) => report.bars).toSorted((a, b) => a - b));
    expect(await session.status()).toMatchObject({ status: "completed", bars: 1_000, length: 1_000 });
  });

  test("a listener that throws does not harm the session", async () => {
    const warnings: string[] = [];
    const note = (warning: Error): number => warnings.push(warning.message);
    process.on("warning", note);
    for (const thread of ["caller", "worker"] as const) {
      const session = await startSession({ data: btc, strategy: "SmaCross", statePath: join(scratch(), "state.db"), thread });
      session.on("status", () => {
        throw new Error(`from ${thread}`);
      });
      expect((await session.done).status).toBe("completed");
    }
    await new Promise((done) => setTimeout(done, 5));
    process.off("warning", note);
    expect(warnings.filter((text) => /A listener to 'status' of session .* threw: from (caller|worker)/.test(text)).length).toBeGreaterThan(
      1,
    );
  });

  test("misuse", async () => {
    const session = await startSession({ data: btc, strategy: "SmaCross", statePath: join(scratch(), "state.db") });
    expect(() => session.on("fils" as "fill", () => {})).toThrow(/Did you mean fill/);
    expect((await failure(session.stop({ closePosition: true } as object))).message).toContain("Did you mean closePositions");
    await session.done;
    expect((await failure(session.orders({ status: "open" as "working" }))).code).toBe("ORDER_STATUS");
  });
});

describe("pace", () => {
  test("speed is a multiple of real time, by the clock", async () => {
    const clock = new FakeClock();
    const venue = paper({ feed: replay(btc.slice(0, 61), { speed: 60 }) });
    const session = await startSession({ venue, strategy: "SmaCross", statePath: join(scratch(), "state.db"), thread: "caller", clock });
    await session.done;
    expect(clock.time - 1_000_000).toBe(61_000);
    expect(clock.sleeps.every((ms) => ms <= 1_000)).toBe(true);
  });

  test("waiting sessions show that they are alive", async () => {
    const clock = new FakeClock();
    const hours = syntheticCandles({ bars: 3, interval: "1h" });
    const venue = paper({ feed: replay(hours, { speed: 1 }) });
    const statePath = join(scratch(), "state.db");
    const session = await startSession({ venue, strategy: "SmaCross", statePath, thread: "caller", clock });
    await session.done;
    expect(clock.time - 1_000_000).toBe(3 * 3_600_000);
    expect(Math.max(...clock.sleeps)).toBe(5_000);
  });

  test("bad speeds and feeds", async () => {
    expect(() => replay(btc, { speed: 0 })).toThrow(/above 0, got 0/);
    expect(() => replay(btc, { sped: 2 } as object)).toThrow(/Did you mean speed/);
    expect(() => replay(Promise.resolve(btc) as never)).toThrow(/await data.load/);
    expect(() => paper({ feed: btc as never })).toThrow(/replay\(btc\)/);
  });
});

describe("stop", () => {
  test("mid-way leaves a consistent file: the backtest of the bars it saw", async () => {
    const statePath = join(scratch(), "state.db");
    const venue = paper({ feed: replay(btc, { speed: 60_000 }) });
    const session = await startSession({ venue, strategy: "SmaCross", statePath });
    while ((await session.status()).bars < 100) await new Promise((done) => setTimeout(done, 5));
    const summary = await session.stop();
    expect(summary.status).toBe("stopped");
    expect(summary.bars).toBeLessThan(3_000);
    const run = backtest({ data: btc.slice(0, summary.bars), strategy: "SmaCross" });
    expect(summary.equity).toEqual(run.finalEquity);
    const shown = view(statePath);
    expect(shown.check()).toEqual([]);
    expect(shown.equity.value).toEqual(run.equity.value);
    expect(shown.trades).toEqual(run.trades);
    expect(shown.fills().map((fill) => [fill.time, fill.price, fill.quantity, fill.fee])).toEqual(
      run.fills.map((fill) => [fill.time, fill.price, fill.quantity, fill.fee]),
    );
    expect(await session.stop()).toEqual(summary);
  });

  test("closePositions leaves the market at the next open and opens nothing", async () => {
    const Holder = defineStrategy({
      name: "Holder",
      params: {},
      create: () => ({ onCandle: (_, desk) => (desk.isFlat ? desk.enterLong() : undefined) }),
    });
    const clock = new FakeClock();
    const venue = paper({ feed: replay(btc, { speed: 1 }) });
    const session = await startSession({ venue, strategy: Holder, statePath: join(scratch(), "state.db"), thread: "caller", clock });
    while ((await session.status()).bars < 10) await new Promise((done) => setTimeout(done, 1));
    expect((await session.positions())[0]!.quantity.gt(0)).toBe(true);
    const summary = await session.stop({ closePositions: true });
    expect(summary).toMatchObject({ status: "stopped", openPositions: 0 });
    const fills = await session.fills();
    expect(fills.at(-1)).toMatchObject({ side: "sell", role: "exit" });
    expect((await session.trades()).at(-1)!.exitReason).toBe("signal");
  });
});

describe("failure", () => {
  test("a strategy that throws: done rejects with the reason, what was written stays", async () => {
    const statePath = join(scratch(), "state.db");
    const session = await startSession({ data: btc, strategy: { module: flipperFile() }, params: { failAt: 1_234 }, statePath });
    const errors: LabError[] = [];
    session.on("error", (error) => errors.push(error));
    const error = await failure(session.done);
    expect(error.code).toBe("STRATEGY_FAILED");
    expect(error.message).toMatch(/Flipper threw on the bar of 2023-01-01T20:34:00Z: cannot read the future/);
    expect(String(error.details.stack)).toContain("flipper.ts");
    expect(errors).toEqual([error]);
    expect((await session.status()).status).toBe("failed");
    expect(await failure(session.stop())).toBe(error);
    const shown = view(statePath);
    expect(shown.record).toMatchObject({ status: "failed", bars: 1_234, error: { code: "STRATEGY_FAILED", message: error.message } });
    const run = backtest({ data: btc.slice(0, 1_234), strategy: Flipper });
    expect(shown.equity.value).toEqual(run.equity.value);
    expect(await session.fills()).toHaveLength(run.fills.length);
    expect((await startSession({ data: btc, strategy: "SmaCross", statePath })).id).not.toBe(session.id);
  });

  test("a session whose thread disappears: interrupted, and the file is free again", async () => {
    const statePath = join(scratch(), "state.db");
    const session = await startSession({ data: btc, strategy: { module: flipperFile() }, params: { exitAt: 2_000 }, statePath });
    const error = await failure(session.done);
    expect(error.code).toBe("SESSION_LOST");
    expect(error.message).toContain("ended on its own");
    expect((await session.status()).status).toBe("interrupted");
    expect(view(statePath).record.status).toBe("interrupted");
    await (await startSession({ data: btc, strategy: "SmaCross", statePath })).done;
    expect(
      view(statePath)
        .sessions()
        .map((one) => one.status),
    ).toEqual(["completed", "interrupted"]);
  });

  test("an asynchronous handler is refused as in a backtest", async () => {
    const Async = defineStrategy({ name: "Async", params: {}, create: () => ({ onCandle: (async () => {}) as () => void }) });
    const session = await startSession({ data: btc, strategy: Async, statePath: join(scratch(), "state.db") });
    expect((await failure(session.done)).code).toBe("STRATEGY_ASYNC");
  });

  test("one session a file at a time, whoever holds it", async () => {
    const statePath = join(scratch(), "state.db");
    const holder = new StateWriter(statePath, start("holder"));
    for (const thread of ["worker", "caller"] as const) {
      const error = await failure(startSession({ data: btc, strategy: "SmaCross", statePath, thread }));
      expect(error).toMatchObject({ code: "STATE_LOCKED", message: expect.stringContaining("session holder") });
    }
    holder.end("completed");
    await (await startSession({ data: btc, strategy: "SmaCross", statePath })).done;
  });

  test("wrong options are told before anything starts", async () => {
    const statePath = join(scratch(), "state.db");
    const cases: [Partial<SessionOptions>, string, RegExp][] = [
      [{ statPath: "x" } as object, "OPTION_UNKNOWN", /Did you mean statePath/],
      [{ strategy: "SmaCros" }, "STRATEGY_UNKNOWN", /Did you mean SmaCross/],
      [{ params: { fastPeriood: 3 } }, "PARAM_UNKNOWN", /Did you mean fastPeriod/],
      [{ data: undefined } as object, "SESSION_NO_FEED", /replay/],
      [{ venue: paper({ feed: replay(btc) }) }, "OPTION_INVALID", /leave data out/],
      [{ venue: { kind: "bybit" } as never }, "VENUE_UNSUPPORTED", /bybit/],
      [{ config: "x.toml" }, "OPTION_INVALID", /either strategy or config/],
      [{ clock: new FakeClock() }, "OPTION_INVALID", /thread: "caller"/],
      [{ thread: "other" as "worker" }, "OPTION_INVALID", /process, worker, caller/],
      [{ strategy: { module: "nowhere.ts" } }, "MODULE_NOT_FOUND", /nowhere/],
    ];
    for (const [options, code, message] of cases) {
      const error = await failure(startSession({ data: btc, strategy: "SmaCross", statePath, ...options }));
      expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
    }
    expect(() => openState(statePath)).toThrow(/no state file/);
  });
});

describe("strategy files", () => {
  test("exported, loaded again and traded: equal to the backtest", async () => {
    const folder = scratch();
    const run = backtest({
      data: btc,
      strategy: "SmaCross",
      params: { fastPeriod: 4, slowPeriod: 11 },
      sizer: "percent:0.25",
      slippageBps: 1,
    });
    const path = join(folder, "sma.toml");
    await exportStrategy(run, path);
    for (const config of [path, await loadStrategy(path)]) {
      const session = await startSession({ config, venue: paper({ feed: replay(btc) }), statePath: join(folder, "state.db") });
      expect((await session.done).equity).toEqual(run.finalEquity);
      expect(await session.equity()).toEqual(run.equity);
    }
    const other = await startSession({ config: path, data: btc, sizer: "fixed:0.01", statePath: join(folder, "state.db") });
    expect(other.warnings).toContainEqual({ code: "SETTINGS_OVERRIDDEN", message: `Not as ${path} says, but as given: sizer.` });
    await other.done;
    expect((await failure(startSession({ config: path, data: btc, params: { fastPeriod: 5 } }))).message).toContain("config file");
  });

  test("a file with a module of its own runs on a worker", async () => {
    const module = flipperFile();
    const path = module.replace(/\.ts$/, ".toml");
    writeFileSync(path, 'strategy_name = "Flipper"\nstrategy_module = "./flipper.ts"\n\n[params]\nevery = 30\n');
    const session = await startSession({ config: path, data: btc, statePath: join(scratch(), "state.db"), thread: "worker" });
    expect((await session.done).equity).toEqual(backtest({ data: btc, strategy: Flipper, params: { every: 30 } }).finalEquity);
    expect(session.warnings.map((warning) => warning.code)).toContain("STRATEGY_UNPROVEN");
  });

  test("one edited after it was tested is refused unless told otherwise", async () => {
    const folder = scratch();
    const path = join(folder, "sma.toml");
    await exportStrategy(backtest({ data: btc, strategy: "SmaCross" }), path);
    writeFileSync(path, (await loadStrategy(path)).toml().replace(/fast_period = \d+/, "fast_period = 9"));
    const options = { config: path, data: btc, statePath: join(folder, "state.db") };
    expect((await failure(startSession(options))).code).toBe("STRATEGY_EDITED");
    const session = await startSession({ ...options, allowEdited: true });
    expect(session.warnings.filter((warning) => warning.code === "STRATEGY_EDITED")).toHaveLength(1);
    await session.done;
  });
});
