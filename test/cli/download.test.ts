import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { CandleSeries } from "../../src/core/index.js";
import { loadCandles, syntheticCandles } from "../../src/data/index.js";
import { type PaperServer, paperServer } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";
import { ROOT, tesserlab } from "./tesserlab.js";

/** Three pages and a half of Bybit's thousand. */
const BARS = 3_500;
const KLINE = "/v5/market/kline";
let btc: CandleSeries;
let server: PaperServer;
let folder: string;

beforeAll(async () => {
  btc = syntheticCandles({ bars: BARS, seed: 11 });
  server = await paperServer({ data: btc });
  server.next({ count: BARS });
});
afterAll(() => server.close());
beforeEach(() => {
  server.clearFaults();
  folder = scratch();
});

const iso = (bar: number): string => new Date(btc.time[0]! + bar * 60_000).toISOString();
const args = (...more: string[]): string[] => [
  "data",
  "download",
  "--url",
  server.url,
  "--symbol",
  "BTCUSDT",
  "--output",
  "btc.csv",
  ...more,
];
const whole = (): string[] => args("--start", iso(0), "--end", iso(BARS));
const download = (all: readonly string[]) => tesserlab(all, { cwd: folder });
/** Progress as it was told: candles done, of how many. */
const progress = (stderr: string): string[] => stderr.split("\n").filter((line) => / of \d+ candles$/.test(line));

/** The file holds every candle of the recording once, in order, as it was. */
async function expectWhole(): Promise<void> {
  const { series, report } = await loadCandles(join(folder, "btc.csv"), { interval: "1m" }).then((loaded) => ({
    series: loaded,
    report: loaded.report,
  }));
  expect(report.badCount).toBe(0);
  expect(series.length).toBe(BARS);
  expect([...series.time]).toEqual([...btc.time]);
  for (const column of ["open", "high", "low", "close"] as const)
    expect([...series[column]].map((units) => units / 10 ** series.priceDp)).toEqual(
      [...btc[column]].map((units) => units / 10 ** btc.priceDp),
    );
  const lines = readFileSync(join(folder, "btc.csv"), "utf8").trimEnd().split("\n");
  expect(lines).toHaveLength(BARS + 1);
  expect(new Set(lines).size).toBe(BARS + 1);
}

describe("tesserlab data download", { timeout: 300_000 }, () => {
  test("brings every candle once, and says how far it is", async () => {
    const { code, stdout, stderr } = await download(whole());
    expect([code, stdout]).toEqual([0, `btc.csv: ${BARS} candles\n`]);
    expect(progress(stderr)).toEqual([0, 1000, 2000, 3000, 3500].map((done) => `${done} of ${BARS} candles`));
    await expectWhole();
    expect(existsSync(join(folder, "btc.csv.part"))).toBe(false);
    const again = await download(whole());
    expect([again.code, again.stdout, progress(again.stderr)]).toEqual([0, `btc.csv: ${BARS} candles\n`, []]);
  });

  test("goes on where a server's failure stopped it", async () => {
    server.fault({ kind: "error", at: "rest", match: KLINE, after: 2, times: 100 });
    const stopped = await download(whole());
    expect(stopped.code).toBe(2);
    expect(stopped.stderr).toContain("VENUE_UNAVAILABLE");
    expect(progress(stopped.stderr)).toEqual(["0 of 3500 candles", "1000 of 3500 candles", "2000 of 3500 candles"]);
    expect(existsSync(join(folder, "btc.csv"))).toBe(false);
    server.clearFaults();
    const resumed = await download(whole());
    expect([resumed.code, resumed.stdout]).toEqual([0, `btc.csv: ${BARS} candles\n`]);
    expect(progress(resumed.stderr)).toEqual(["2000 of 3500 candles", "3000 of 3500 candles", "3500 of 3500 candles"]);
    await expectWhole();
  });

  test("goes on where it was killed, with half a line written", async () => {
    // The second page is never answered: there is all the time in the world to kill it.
    server.fault({ kind: "timeout", at: "rest", match: KLINE, after: 1 });
    const child = spawn(process.execPath, [join(ROOT, "dist", "cli", "main.js"), ...whole()], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const closed = new Promise((resolve) => child.once("close", resolve));
    let told = "";
    await new Promise<void>((resolve) =>
      child.stderr.on("data", (chunk) => {
        told += String(chunk);
        if (told.includes("1000 of 3500 candles")) resolve();
      }),
    );
    child.kill("SIGKILL");
    server.clearFaults();
    await closed;
    const part = join(folder, "btc.csv.part");
    const written = readFileSync(part, "utf8");
    writeFileSync(part, `${written}${written.split("\n")[1]!.slice(0, 20)}`);
    const resumed = await download(whole());
    expect([resumed.code, resumed.stdout]).toEqual([0, `btc.csv: ${BARS} candles\n`]);
    expect(progress(resumed.stderr)[0]).toBe("1000 of 3500 candles");
    await expectWhole();
  });

  test("gets through answers that are late, lost or refused for a while", async () => {
    server.fault({ kind: "rateLimit", at: "rest", match: KLINE });
    server.fault({ kind: "error", at: "rest", match: KLINE, after: 1 });
    server.fault({ kind: "drop", at: "rest", match: KLINE, after: 2 });
    server.fault({ kind: "delay", at: "rest", match: KLINE, ms: 20, times: 3 });
    const { code } = await download(whole());
    expect(code).toBe(0);
    await expectWhole();
  });

  test.each<[what: string, more: () => string[], code: string, says: RegExp]>([
    ["a symbol that there is not", () => args("--start", iso(0), "--end", iso(9), "--symbol", "BTCUSD"), "SYMBOL_UNKNOWN", /BTCUSDT/],
    ["an interval that there is not", () => args("--start", iso(0), "--end", iso(99), "--interval", "7m"), "INTERVAL_UNKNOWN", /7m/],
    ["an end before the start", () => args("--start", iso(9), "--end", iso(0)), "DOWNLOAD_OPTION", /from must come before to/],
    ["a time that is none", () => args("--start", "soon"), "TIME_INVALID", /soon/],
    ["no start", () => args(), "CLI_VALUE", /needs --start/],
    ["another exchange", () => args("--start", iso(0), "--exchange", "bibyt"), "CLI_VALUE", /bybit/],
    ["a category that there is not", () => args("--start", iso(0), "--category", "linar"), "CATEGORY_UNKNOWN", /linear/],
    ["more than has happened", () => args("--start", iso(BARS - 5), "--end", iso(BARS + 5)), "DOWNLOAD_INCOMPLETE", /ends at/],
    [
      "an address in clear of another machine",
      () => ["data", "download", "--symbol", "BTCUSDT", "--start", iso(0), "--url", "http://example.com"],
      "BYBIT_URL",
      /not encrypted/,
    ],
  ])("%s is refused by code", async (_what, more, code, says) => {
    const ended = await download(more());
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain(code);
    expect(ended.stderr).toMatch(says);
    expect(existsSync(join(folder, "btc.csv"))).toBe(false);
  });

  test("a file of another download is not gone on with", async () => {
    expect((await download(args("--start", iso(0), "--end", iso(100)))).code).toBe(0);
    const other = await download(args("--start", iso(0), "--end", iso(200)));
    expect([other.code === 0, other.stderr]).toEqual([false, expect.stringContaining("DOWNLOAD_PARTIAL")]);
  });
});
