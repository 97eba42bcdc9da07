import { describe, expect, test } from "vitest";
import { intervalMs, intervalName, parseTime, seededRandom, type TimeInput, timeText } from "../../src/core/index.js";
import { expectMisuse } from "../misuse.js";

describe("intervals", () => {
  test.each([
    ["1s", 1000],
    ["1m", 60_000],
    ["5m", 300_000],
    ["4h", 14_400_000],
    ["1D", 86_400_000],
    ["2w", 1_209_600_000],
  ])("%s", (name, ms) => {
    expect(intervalMs(name)).toBe(ms);
    expect(intervalName(ms)).toBe(name.toLowerCase());
  });

  test("the shortest name wins", () => {
    expect(intervalName(3_600_000)).toBe("1h");
    expect(intervalName(5_400_000)).toBe("90m");
    expectMisuse(() => intervalName(1500), "INTERVAL_UNKNOWN", "1500 ms is not a whole number of seconds");
  });

  test.each(["5", "m5", "0m", "1.5h", "", "1mo"])("'%s' is none", (text) => {
    expectMisuse(() => intervalMs(text), "INTERVAL_UNKNOWN", /Unknown interval/);
  });

  test("1M is a month elsewhere, so it is not taken for a minute", () => {
    expectMisuse(() => intervalMs("1M"), "INTERVAL_UNKNOWN", "Did you mean 1m?");
  });
});

describe("moments", () => {
  test.each<[TimeInput, string]>([
    ["2024-05-01", "2024-05-01T00:00:00Z"],
    ["2024-05-01 12:30", "2024-05-01T12:30:00Z"],
    ["2024-05-01T12:30:15.250Z", "2024-05-01T12:30:15.250Z"],
    ["2024-05-01T12:30:00+02:00", "2024-05-01T10:30:00Z"],
    ["2024-02-29", "2024-02-29T00:00:00Z"],
    [1_714_521_600_000, "2024-05-01T00:00:00Z"],
    [new Date(0), "1970-01-01T00:00:00Z"],
  ])("%s", (input, text) => {
    expect(timeText(parseTime(input))).toBe(text);
  });

  test.each<[string, TimeInput]>([
    ["a day that is not in the calendar", "2024-02-30"],
    ["29 February of a common year", "2023-02-29T00:00:00Z"],
    ["a month too many", "2024-13-01"],
    ["an American date", "05/01/2024"],
    ["a fraction of a millisecond", 0.5],
    ["a number no Date holds", 9e15],
    ["an invalid Date", new Date(Number.NaN)],
    ["text", "yesterday"],
  ])("refuses %s", (_what, input) => {
    expectMisuse(() => parseTime(input, "start"), "TIME_INVALID", /^start must be epoch milliseconds or RFC 3339 text/);
  });
});

test("seeded numbers are those of mulberry32 (first values for seed 1 of an independent implementation)", () => {
  const random = seededRandom(1);
  expect([random(), random(), random()]).toEqual([0.6270739405881613, 0.002735721180215478, 0.5274470399599522]);
});
