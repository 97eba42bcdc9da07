import { expect, test } from "vitest";
import { failure, load } from "./files.js";

const T = Date.UTC(2024, 4, 1);
const rows = (...times: string[]): string => `time,open,high,low,close,volume\n${times.map((time) => `${time},1,2,1,2,3\n`).join("")}`;

test.each([
  ["epoch s", ["1714521600", "1714521900"], "epoch s"],
  ["epoch s with decimals", ["1714521600.000", "1714521900.0"], "epoch s"],
  ["epoch ms", ["1714521600000", "1714521900000"], "epoch ms"],
  ["epoch us", ["1714521600000000", "1714521900000000"], "epoch us"],
  ["epoch ns", ["1714521600000000000", "1714521900000000000"], "epoch ns"],
  ["epoch ms in exponent form", ["1.7145216e12", "1.7145219e12"], "epoch ms"],
  ["RFC 3339 in UTC", ["2024-05-01T00:00:00Z", "2024-05-01T00:05:00Z"], "RFC 3339"],
  ["RFC 3339 as Tesser writes it", ["2024-05-01T00:00:00+00:00", "2024-05-01T00:05:00+00:00"], "RFC 3339"],
  ["other offsets", ["2024-05-01T02:00:00+02:00", "2024-04-30T18:35:00.000-05:30"], "RFC 3339"],
  ["fractions", ["2024-05-01T00:00:00.000Z", "2024-05-01T00:05:00.000000Z"], "RFC 3339"],
  ["lower case", ["2024-05-01t00:00:00z", "2024-05-01t00:05:00z"], "RFC 3339"],
  ["date and time", ["2024-05-01 00:00:00", "2024-05-01 00:05:00"], "dates and times, taken as UTC"],
  ["date, hour and minute", ["2024-05-01 00:00", "2024-05-01 00:05"], "dates and times, taken as UTC"],
])("%s", async (_, times, format) => {
  const series = await load(rows(...times));
  expect([...series.time]).toEqual([T, T + 300_000]);
  expect(series.report.timeFormat).toBe(format);
  expect(series.interval).toBe("5m");
});

test("dates are midnight UTC", async () => {
  const series = await load(rows("2024-02-28", "2024-02-29", "2024-03-01"));
  expect([...series.time]).toEqual([Date.UTC(2024, 1, 28), Date.UTC(2024, 1, 29), Date.UTC(2024, 2, 1)]);
  expect(series.report.timeFormat).toBe("dates, taken as midnight UTC");
});

test("milliseconds survive", async () => {
  const series = await load(rows("2024-05-01T00:00:00.250Z", "2024-05-01T00:00:01.250Z"));
  expect(series.time[0]).toBe(T + 250);
});

test.each([
  "2024-02-30T00:00:00Z",
  "2023-02-29",
  "2024-13-01T00:00:00Z",
  "2024-05-01T24:00:00Z",
  "2024-05-01T00:60:00Z",
  "2024-05-01T00:00:60Z",
  "2024-05-01T00:00:00+25:00",
  "01/05/2024 00:00",
  "2024-5-1",
  "1714521600",
])("%s in a file of dates is a bad row", async (text) => {
  const series = await load(rows("2024-05-01T00:00:00Z", text, "2024-05-01T00:10:00Z"));
  expect(series.length).toBe(2);
  expect(series.report.badRows[0]).toMatchObject({ line: 3, kind: "timestamp" });
});

test("a time finer than a millisecond is a bad row, not a rounded one", async () => {
  const series = await load(rows("2024-05-01T00:00:00Z", "2024-05-01T00:05:00.0001Z"), { interval: "5m" });
  expect(series.report.badRows[0]!.reason).toBe("the timestamp is not a whole millisecond");
});

test("nanoseconds that are no whole milliseconds are bad rows", async () => {
  const series = await load(rows("1714521600000000000", "1714521600000000001", "1714521900000000000"));
  expect(series.length).toBe(2);
  expect(series.report.badRows[0]).toMatchObject({ line: 3, kind: "timestamp" });
});

test("milliseconds around 1970 and before keep their unit", async () => {
  const series = await load(rows("-315619200000", "0", "315619200000"), { timeUnit: "ms", interval: "3653d" });
  expect([...series.time]).toEqual([-315619200000, 0, 315619200000]);
  const spanning = await load(rows("86400000", "172800000", "1714521600000"));
  expect([...spanning.time].slice(0, 2)).toEqual([86_400_000, 172_800_000]);
});

test("a given unit goes before the size", async () => {
  const series = await load(rows("0", "60000", "120000"), { timeUnit: "ms" });
  expect([...series.time]).toEqual([0, 60_000, 120_000]);
  expect(series.interval).toBe("1m");
});

test("a year beyond what a date can hold is a bad row", async () => {
  const series = await load(rows("1714521600", "9999999999999999999999", "1714521660"), { timeUnit: "s" });
  expect(series.report.badRows[0]!.reason).toContain("275760");
});

test("the first row may be bad", async () => {
  const series = await load(rows("n/a", "1714521600", "1714521900"));
  expect(series.length).toBe(2);
  expect(series.report.timeFormat).toBe("epoch s");
});

test("a wrong unit is refused with the ones there are", async () => {
  const error = await failure(load(rows("0"), { timeUnit: "sec" as "s" }));
  expect(error.code).toBe("OPTION_INVALID");
  expect(error.message).toContain("s, ms, us, ns");
});

test.each([
  ["dates without hyphens", ["20240327", "20240328", "20240329"]],
  ["day numbers of a spreadsheet", ["45378", "45379", "45380"]],
  ["day numbers with a time", ["45378.25", "45378.5", "45378.75"]],
])("%s are not taken for seconds in 1970", async (_, times) => {
  const error = await failure(load(rows(...times)));
  expect(error.code).toBe("DATA_TIME");
  expect(error.message).toContain(`'${times[0]}' is too small`);
  expect(error.message).toContain('timeUnit: "s"');
});

test("small numbers are epoch times where their unit is given", async () => {
  expect([...(await load(rows("86400", "86460"), { timeUnit: "s" })).time]).toEqual([86_400_000, 86_460_000]);
});
