import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import type { CandleSeries } from "../../src/core/index.js";
import {
  candleRow,
  type KindRow,
  loadRecording,
  readEntries,
  segmentFolder,
  syntheticCandles,
  unfinishedSegments,
} from "../../src/data/index.js";
import { type RecorderParts, SessionRecorder, startLive } from "../../src/live/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { atClose, plain } from "./record-replay.js";
import { Market, openSession } from "./trader-support.js";

const MINUTE = 60_000;
const T0 = Date.UTC(2024, 4, 1, 12);

const row =
  (i: number) =>
  (place: { session: string; sequence: number }): KindRow =>
    candleRow(
      {
        symbol: "BTCUSDT",
        interval: "1m",
        time: T0 + i * MINUTE,
        open: "1",
        high: "2",
        low: "1",
        close: "2",
        volume: String(i),
        closed: true,
      },
      place,
    );

/** A recorder on a clock that stands unless it is moved, and what it tells. */
async function opened(
  folder: string,
  more: Partial<RecorderParts> = {},
): Promise<{ recorder: SessionRecorder; told: string[]; clock: { time: number } }> {
  const told: string[] = [];
  const clock = { time: T0 };
  const recorder = await SessionRecorder.open({
    folder,
    session: "abcdefghij",
    clock: { now: () => clock.time },
    started: { strategy: "S", venue: "paper", synthetic: true, params: {}, settings: {} },
    watch: {
      wrote: (rows) => told.push(`wrote ${[...rows].map(([kind, count]) => `${count} ${kind}`).join(", ")}`),
      failed: (from, reason) => told.push(`failed at ${from - T0}: ${reason.split(":")[0]}`),
      again: (from, to, lost) => told.push(`again, from ${from - T0} to ${to - T0}, ${lost} lost`),
      lost: (rows) => told.push(`lost ${rows}`),
      unsettled: (_segment, reason) => told.push(`unsettled: ${reason}`),
      recovered: ({ rows, tornBytes }) => told.push(`recovered ${rows} rows, ${tornBytes} bytes torn`),
    },
    ...more,
  });
  return { recorder, told, clock };
}

describe("a recorder", () => {
  test("has rows on disk after a flush, readable at once, and as Parquet alone once it is closed", async () => {
    const folder = join(scratch(), "rec");
    const { recorder, told } = await opened(folder);
    for (let i = 0; i < 10; i++) recorder.record(row(i));
    await recorder.flush();
    expect(told).toEqual(["wrote 10 candles"]);
    expect((await loadRecording(folder)).candles[0]!.length).toBe(10);
    recorder.record(row(10));
    await recorder.close();
    expect(unfinishedSegments(folder)).toEqual([]);
    const rec = await loadRecording(folder);
    expect(rec.candles[0]!.length).toBe(11);
    expect(rec.candles[0]!.source.synthetic).toBe(true);
    expect(rec.losses).toEqual([]);
    expect(rec.sessions).toMatchObject([{ id: "abcdefghij", strategy: "S", started: T0, closed: T0 }]);
    expect(readEntries(folder).at(-1)).toMatchObject({ code: "CLOSED", rows: 11 });
  });

  test("goes on in another segment when one is full, and loses nothing in between", async () => {
    const folder = join(scratch(), "rec");
    const { recorder } = await opened(folder, { segmentBytes: 400 });
    for (let i = 0; i < 10; i++) {
      recorder.record(row(i));
      await recorder.flush();
    }
    await recorder.close();
    const rec = await loadRecording(folder);
    expect([...rec.candles[0]!.volume]).toEqual(Array.from({ length: 10 }, (_, i) => i));
    expect(rec.rows.candles).toBe(10);
  });

  test("goes on without a disk: told once, with what waits kept, and says from when to when", async () => {
    const folder = join(scratch(), "rec");
    const { recorder, told, clock } = await opened(folder, { segmentBytes: 1 });
    // The folder becomes a file: the next segment cannot be made.
    const hidden = `${segmentFolder(folder)}.away`;
    renameSync(segmentFolder(folder), hidden);
    writeFileSync(segmentFolder(folder), "");
    recorder.record(row(0));
    await recorder.flush();
    expect(told[0]).toBe("wrote 1 candles");
    expect(told[1]).toMatch(/^failed at 0: (EEXIST|ENOTDIR)/);
    for (let i = 1; i < 4; i++) {
      clock.time += 10_000;
      recorder.record(row(i));
      await recorder.flush();
    }
    expect(recorder.outage).toMatchObject({ from: T0, lost: 0 });
    rmSync(segmentFolder(folder));
    renameSync(hidden, segmentFolder(folder));
    clock.time += 10_000;
    await recorder.flush();
    expect(recorder.outage).toBeUndefined();
    await recorder.close();
    expect(told.filter((line) => line.startsWith("failed"))).toHaveLength(1);
    expect(told).toContain("again, from 0 to 40000, 0 lost");
    const rec = await loadRecording(folder);
    expect(rec.candles[0]!.length).toBe(4);
    expect(rec.losses).toEqual([]);
  });

  test("keeps what waits within its memory: what does not fit is counted and said", async () => {
    const folder = join(scratch(), "rec");
    const { recorder, told, clock } = await opened(folder, { segmentBytes: 1, pendingBytes: 700 });
    recorder.record(row(0));
    const hidden = `${segmentFolder(folder)}.away`;
    renameSync(segmentFolder(folder), hidden);
    writeFileSync(segmentFolder(folder), "");
    await recorder.flush();
    for (let i = 1; i < 20; i++) recorder.record(row(i));
    const lost = told.filter((line) => line === "lost 1").length;
    expect(lost).toBeGreaterThan(10);
    expect(lost).toBeLessThan(19);
    rmSync(segmentFolder(folder));
    renameSync(hidden, segmentFolder(folder));
    clock.time += 10_000;
    await recorder.flush();
    await recorder.close();
    expect(told).toContain(`again, from 0 to 10000, ${lost} lost`);
    const rec = await loadRecording(folder);
    expect(rec.candles[0]!.length).toBe(20 - lost);
    expect(rec.losses).toMatchObject([{ cause: "notWritten", from: T0, to: T0 + 10_000, rows: lost }]);
    expect(rec.toString()).toContain(`${lost} rows are lost`);
  });

  test("puts in order what a crash left, at its next start", async () => {
    const folder = join(scratch(), "rec");
    const first = await opened(folder);
    for (let i = 0; i < 5; i++) first.recorder.record(row(i));
    await first.recorder.flush();
    // A process that was killed leaves its segment as it is, here with half a line.
    const [segment] = unfinishedSegments(folder);
    const path = join(segmentFolder(folder), `${segment}.segment`);
    writeFileSync(path, `${readFileSync(path, "utf8")}0badc0de [0,"BTC`);
    const second = await opened(folder);
    expect(second.told).toEqual(["recovered 5 rows, 16 bytes torn"]);
    expect(existsSync(join(segmentFolder(folder), `${segment}.torn`))).toBe(true);
    second.recorder.record(row(5));
    await second.recorder.close();
    const rec = await loadRecording(folder);
    expect(rec.candles[0]!.length).toBe(6);
    expect(rec.losses).toMatchObject([{ session: "abcdefghij", cause: "crash", from: T0, bytes: 16 }]);
  });

  test("is refused a folder that cannot be written, before anything is traded", async () => {
    const folder = join(scratch(), "rec");
    writeFileSync(folder, "a file");
    await expect(opened(folder)).rejects.toMatchObject({ code: "RECORD_UNUSABLE" });
  });
});

const btc = syntheticCandles({ bars: 400, seed: 5, gaps: true });
const SMA = { strategy: "SmaCross", params: { fastPeriod: 3, slowPeriod: 8, minSamples: 9 } } as const;

function same(a: CandleSeries, b: CandleSeries): void {
  const text = (series: CandleSeries) => Array.from({ length: series.length }, (_, i) => JSON.stringify(series.at(i)));
  expect(text(a)).toEqual(text(b));
}

describe("a recorded paper session of candles", () => {
  test("in a process of its own: the replay of its recording gives its orders and fills, every one", { timeout: 240_000 }, async () => {
    process.env.TESSERLAB__SESSIONS_DIR = scratch();
    const folder = scratch();
    const session = await startLive({
      ...SMA,
      slippageBps: 2,
      venue: paper({ feed: replay(btc) }),
      statePath: join(folder, "state.db"),
      record: true,
    });
    const summary = await session.done;
    expect(summary.status).toBe("completed");
    const rec = await loadRecording(join(folder, "state.recording"));
    expect(rec.sessions).toMatchObject([{ id: session.id, strategy: "SmaCross", venue: "paper", settings: { slippageBps: "2" } }]);
    expect(rec.losses).toEqual([]);
    same(rec.candles[0]!, btc);
    const run = backtest({ ...SMA, slippageBps: 2, data: rec });
    expect(run.fills.length).toBeGreaterThan(20);
    expect(plain(rec.fills)).toEqual(plain(run.fills));
    expect(plain(rec.orders)).toEqual(plain(run.orders.map(atClose)));
    expect(rec.signals.filter((signal) => signal.kind === "enterLong").length).toBeGreaterThan(10);
    expect(rec.signals.find((signal) => signal.kind === "enterLong")!.stopLoss).toBeDefined();
  });

  test("tells how the recorder fares: rows and bytes in its metrics", { timeout: 240_000 }, async () => {
    const folder = scratch();
    const record = join(folder, "rec");
    const { session, ended } = await openSession(new Market(btc.slice(0, 60)), join(folder, "state.db"), {
      ...SMA,
      trade: { record, metricsAddr: "127.0.0.1:0" },
    });
    let text = "";
    const metrics = session.metricsUrl!;
    const run = session.run();
    // The server closes with the session: it is asked while the market plays.
    while (!/tesserlab_recorder_rows_total\{kind="candles"\} [1-9]/.test(text)) text = await (await fetch(`${metrics}/metrics`)).text();
    await run;
    await ended;
    expect(text).toMatch(/tesserlab_recorder_bytes_total [1-9]/);
    expect(text).toContain("tesserlab_recorder_failures_total 0");
    expect(text).toContain("tesserlab_recorder_lost_rows_total 0");
  });

  test("with a record that is neither true nor a folder is refused", async () => {
    const options = { ...SMA, venue: paper({ feed: replay(btc) }), statePath: join(scratch(), "state.db") };
    await expect(startLive({ ...options, record: "" })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});
