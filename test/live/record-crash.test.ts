import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadRecording, readEntries, syntheticCandles, unfinishedSegments } from "../../src/data/index.js";
import { listSessions, startLive } from "../../src/live/index.js";
import { openState, type SessionView } from "../../src/state/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { ownSessions } from "./own-sessions.js";

const btc = syntheticCandles({ bars: 2_000, seed: 5, gaps: true });
const SMA = { strategy: "SmaCross", params: { fastPeriod: 3, slowPeriod: 8, minSamples: 9 } } as const;

/** Resolves when a process is gone. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

// At fixed places, so that the test is the same every time; where exactly the process is then is up to the machine.
for (const bars of [3, 17, 42])
  test(`a recording session killed after ${bars} candles: what it recorded is readable and whole up to its last flush, and it says what may be missing`, {
    timeout: 240_000,
  }, async () => {
    ownSessions();
    const folder = scratch();
    const [statePath, record] = [join(folder, "state.db"), join(folder, "rec")];
    const session = await startLive({ ...SMA, venue: paper({ feed: replay(btc, { speed: 3_000 }) }), statePath, record });
    const { pid } = listSessions()[0]!;
    onTestFinished(() => {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It is gone, as it should be.
      }
    });
    await new Promise<void>((resolve) => session.on("status", (report) => report.bars >= bars && resolve()));
    // Something has been flushed: without it there is nothing to compare.
    while ((await loadRecording(record)).rows.candles === 0) await new Promise<void>((resolve) => session.on("status", () => resolve()));
    process.kill(pid, "SIGKILL");
    await gone(pid);

    const rec = await loadRecording(record);
    const { length } = rec.candles[0]!;
    expect(length).toBeGreaterThan(0);
    // Candles without a hole from the first on, each exactly the market's.
    for (let i = 0; i < length; i++) expect(JSON.stringify(rec.candles[0]!.at(i))).toBe(JSON.stringify(btc.at(i)));
    // The session's own file, which loses nothing, says what there was: the recording holds it in order, up to its end.
    const view = openState(statePath) as SessionView;
    const fills = view.fills().map((fill) => JSON.stringify(fill));
    view.close();
    const kept = rec.fills.map((fill) => JSON.stringify(fill));
    expect(kept).toEqual(fills.slice(0, kept.length));
    expect(rec.losses).toMatchObject([{ session: session.id, cause: "crash" }]);
    expect(rec.losses[0]!.message).toContain("a second at most, is lost");
    const [loss] = rec.losses;

    // The next session in the same folder puts it in order: the same rows are then Parquet, and the loss stays told.
    const short = btc.slice(0, 12);
    const next = await startLive({ ...SMA, venue: paper({ feed: replay(short) }), statePath: join(folder, "next.db"), record });
    await next.done;
    expect(unfinishedSegments(record)).toEqual([]);
    expect(readEntries(record).map((entry) => entry.code)).toEqual(["STARTED", "RECOVERED", "STARTED", "CLOSED"]);
    const mended = await loadRecording(record, { session: session.id });
    expect(mended.candles[0]!.length).toBe(length);
    expect(mended.fills).toEqual(rec.fills);
    expect(mended.orders).toEqual(rec.orders);
    expect(mended.losses).toMatchObject([{ from: loss!.from, cause: "crash", bytes: loss!.bytes }]);
    expect(readdirSync(join(record, "candles")).length).toBeGreaterThan(0);
  });
