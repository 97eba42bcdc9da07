import { describe, expect, test } from "vitest";
import type { BacktestRun } from "../../src/backtest/index.js";
import { candles, MINUTE, play, START, still } from "./scripted.js";

const told = (run: BacktestRun, code: string): string[] => run.warnings.filter((one) => one.code === code).map(({ message }) => message);
const enters = { 0: (desk: { enterLong(): void }): void => desk.enterLong() };
const flat = (count: number, of: Parameters<typeof candles>[1] = {}): Parameters<typeof play>[2] => ({
  data: candles(
    Array.from({ length: count }, () => still(100)),
    of,
  ),
});

describe("what candles leave out stands with every result", () => {
  test("missing ones: how many, and where the most", () => {
    const run = play([], enters, flat(5, { times: [0, 1, 5, 6, 9] }));
    expect(told(run, "CANDLES_MISSING")).toEqual([
      "TESTUSDT: 5 candles are missing, none is filled in; the most, 3, between 2024-05-01T00:01:00Z and 2024-05-01T00:05:00Z. Orders wait for the next candle there.",
    ]);
    expect(told(run, "CANDLES_OFF_GRID")).toEqual([]);
    expect(told(play([], enters, flat(5)), "CANDLES_MISSING")).toEqual([]);
  });

  test("candles between those of the interval", () => {
    const run = play([], enters, flat(4, { times: [0, 1, 1.5, 2] }));
    expect(told(run, "CANDLES_OFF_GRID")).toEqual([expect.stringMatching(/^TESTUSDT: 2 distances between candles are no multiple of 1m;/)]);
  });

  test("weekends of a market that closes on them are no hole", () => {
    // From Wednesday 1 May 2024: two weeks of working days.
    const days = [0, 1, 2, 5, 6, 7, 8, 9, 12, 13].map((day) => day * 1440);
    expect(told(play([], enters, flat(10, { times: days, interval: "1d" })), "CANDLES_MISSING")).toEqual([]);
  });
});

describe("funding that was given and does not cover the run", () => {
  const HOUR = 60 * MINUTE;
  /** A day and a half of hours. */
  const hours = flat(36, { times: Array.from({ length: 36 }, (_, i) => i * 60), interval: "1h" });
  const run = (...at: readonly number[]): BacktestRun =>
    play([], enters, { ...hours, funding: at.map((hour) => ({ time: START + hour * HOUR, rate: "0.0001" })) });

  test("all of it: nothing is said", () => {
    const whole = run(8, 16, 24, 32);
    expect([told(whole, "NO_FUNDING"), told(whole, "FUNDING_PARTIAL")]).toEqual([[], []]);
    expect(whole.funding.toFixed()).toBe("0.04");
  });

  test("none of it: of another year", () => {
    expect(told(run(-9_000, -8_992), "NO_FUNDING")).toEqual(["None of the 2 funding payments of TESTUSDT given falls into the run."]);
  });

  test.each([
    ["a payment between is missing", [8, 24, 32], /none between 2024-05-01T08:00:00Z and 2024-05-02T00:00:00Z/],
    ["the first are missing", [24, 32], /none between 2024-05-01T00:00:00Z and 2024-05-02T00:00:00Z/],
    ["the last are missing", [8, 16], /none between 2024-05-01T16:00:00Z and 2024-05-02T12:00:00Z/],
  ] as const)("%s", (_, at, message) => {
    expect(told(run(...at), "FUNDING_PARTIAL")).toEqual([expect.stringMatching(message)]);
  });

  test("payments at which no candle opens are paid at the next open, after the last one at its close", () => {
    const every8 = {
      ...flat(2, { times: [0, 1440], interval: "1d" }),
      funding: [0, 8, 16, 24, 32, 40].map((hour) => ({ time: START + hour * HOUR, rate: "0.0001" })),
    };
    const days = play([], enters, every8);
    expect(told(days, "FUNDING_INSIDE")).toEqual([expect.stringMatching(/^At 4 of 6 funding payments of TESTUSDT no candle opens:/)]);
    expect(told(run(8, 16, 24, 32), "FUNDING_INSIDE")).toEqual([]);
    // Bought on the second day: what was due before it is not paid, what is due later in it is.
    expect(days.funding.toFixed()).toBe("0.02");
  });

  test("of a symbol that was not traded nothing is missed", () => {
    const both = ["AUSDT", "BUSDT"].map((symbol) => candles([100, 100, 100].map(still), { symbol }));
    const instrument = both.map(({ symbol }) => ({ symbol, tickSize: "0.1", lotSize: "0.001" }));
    const bought = play([], { 0: (desk) => (desk.symbol === "AUSDT" ? desk.enterLong() : undefined) }, { data: both, instrument });
    expect(told(bought, "NO_FUNDING")).toEqual([expect.stringContaining("perpetual AUSDT")]);
  });
});
