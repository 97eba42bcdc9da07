import { expect, test } from "vitest";
import { describeData } from "../../src/data/index.js";
import { csv, failure, load, minutes } from "./files.js";

const T = 1_704_067_200_000 + 60_000;

test.each([
  ["too few fields", `${T},1,2,1`, "fields", "the row has 4 fields, the header has 6"],
  ["too many fields", `${T},1,2,1,2,3,4`, "fields", "the row has 7 fields, the header has 6"],
  ["an open quote", `${T},"1,2,1,2,3`, "fields", "a quote is never closed"],
  ["text after a quote", `${T},"1"x,2,1,2,3`, "fields", "text follows a closing quote"],
  ["an empty timestamp", ",1,2,1,2,3", "timestamp", "the timestamp is empty"],
  ["no timestamp", "soon,1,2,1,2,3", "timestamp", "not an epoch timestamp in ms"],
  ["a date in a file of epochs", "2024-01-01T00:01:00Z,1,2,1,2,3", "timestamp", "not an epoch timestamp in ms"],
  [
    "seconds in a file of milliseconds",
    "1704067260,1,2,1,2,3",
    "timestamp",
    "the size of the timestamp is that of s, the file's unit is ms",
  ],
  ["half a millisecond", `${T}.5,1,2,1,2,3`, "timestamp", "the timestamp is not a whole millisecond"],
  ["an empty price", `${T},1,2,1,,3`, "number", "close is empty"],
  ["no number", `${T},1,2,1,n/a,3`, "number", "close is not a decimal number"],
  ["NaN", `${T},NaN,2,1,2,3`, "number", "open is not a decimal number"],
  ["infinity", `${T},1,Infinity,1,2,3`, "number", "high is not a decimal number"],
  ["a point alone", `${T},1,2,1,.,3`, "number", "close is not a decimal number"],
  ["hexadecimal", `${T},0x10,2,1,2,3`, "number", "open is not a decimal number"],
  ["two points", `${T},1.0.0,2,1,2,3`, "number", "open is not a decimal number"],
  ["an empty volume", `${T},1,2,1,2,`, "number", "volume is empty"],
  ["a negative volume", `${T},1,2,1,2,-3`, "number", "the volume is negative"],
  ["a zero price", `${T},1,2,0,2,3`, "price", "low is zero; a price is above zero"],
  ["a negative price", `${T},1,2,-1,2,3`, "price", "low is negative; a price is above zero"],
  ["high below low", `${T},2,1,2,2,3`, "ohlc", "high is below low"],
  ["high below open", `${T},3,2,1,2,3`, "ohlc", "high is below open"],
  ["high below close", `${T},1,2,1,3,3`, "ohlc", "high is below close"],
  ["low above open", `${T},1,4,2,3,3`, "ohlc", "low is above open"],
  ["low above close", `${T},3,4,2,1,3`, "ohlc", "low is above close"],
  ["low above close in the last decimal", `${T},3,4,2.00000002,2.00000001,3`, "ohlc", "low is above close"],
] as const)("%s is a bad row with its line and reason", async (_, row, kind, reason) => {
  const series = await load(csv(...minutes(0), row, ...minutes(2)));
  expect(series.report.badRows).toEqual([{ line: 3, kind, reason, text: row }]);
  expect(series.report.badByKind).toEqual({ [kind]: 1 });
  expect([series.length, series.report.rowsRead, series.report.badCount]).toEqual([2, 3, 1]);
  expect([...series.time]).toEqual([T - 60_000, T + 60_000]);
});

test("a number beyond 2^53 - 1 units is a bad row, whichever column it is in", async () => {
  const series = await load(
    csv(
      ...minutes(0),
      `${T},1,90071992547409921,1,2,3`,
      `${T + 60_000},1,2,1,2,9007199254740992`,
      ...minutes(3),
      `${T + 180_000},1,2,1,2,9007199254740991`,
    ),
  );
  expect(series.report.badRows.map(({ line, kind }) => [line, kind])).toEqual([
    [3, "range"],
    [4, "range"],
    [6, "range"],
  ]);
  expect(series.report.badRows[1]!.reason).not.toContain("would round");
  expect(series.report.badRows[2]!.reason).toContain("decimals: { volume: 0 } would round them");
  expect(series.volumeDp).toBe(2);
});

test("the largest exact number is read, one more is not", async () => {
  const series = await load(csv(`${T},1,9007199254740991,1,2,9007199254740991`, `${T + 60_000},1,9007199254740992,1,2,3`), {
    interval: "1m",
  });
  expect(series.high[0]).toBe(Number.MAX_SAFE_INTEGER);
  expect(series.report.badRows.map(({ line }) => line)).toEqual([3]);
});

test("lines count blank ones, as an editor does", async () => {
  const series = await load(csv(...minutes(0), "", "", "x", ...minutes(2)));
  expect(series.report.badRows[0]!.line).toBe(5);
});

test("a last line cut off in the middle is a bad row", async () => {
  const series = await load(csv(...minutes(0, 1, 2)).slice(0, -15));
  expect(series.length).toBe(2);
  expect(series.report.badRows[0]).toMatchObject({ line: 4, kind: "fields" });
  expect(series.report.notes.join()).toContain("no line end");
});

test("a long bad row is cut, and thousands are counted though the first thousand are kept", async () => {
  const bad = Array.from({ length: 1500 }, () => "z".repeat(500));
  const series = await load(csv(...minutes(0, 1), ...bad));
  expect([series.report.badCount, series.report.badRows.length]).toEqual([1500, 1000]);
  expect(series.report.badRows[0]!.text).toHaveLength(120);
  expect(describeData(series.report).join("\n")).toContain("1,500 bad rows left out (fields 1,500)");
  expect(describeData(series.report).join("\n")).toContain("and 1,495 more");
});

test("strict throws with the first few", async () => {
  const error = await failure(load(csv(...minutes(0), "junk", ...minutes(2)), { strict: true }));
  expect(error.code).toBe("DATA_BAD_ROWS");
  expect(error.message).toContain("line 3: the row has 1 fields");
  await expect(load(csv(...minutes(0, 1)), { strict: true })).resolves.toHaveLength(2);
});

test.each([
  ["an empty file", "", "DATA_EMPTY", "is empty"],
  ["blank lines only", "\n\n\n", "DATA_EMPTY", "is empty"],
  ["a header only", csv(), "DATA_EMPTY", "a header and no candles"],
  ["a header without line end", "timestamp,open,high,low,close", "DATA_EMPTY", "a header and no candles"],
  ["bad rows only", csv("a", "b"), "DATA_EMPTY", "all 2 rows are bad"],
  ["unreadable timestamps only", csv("01/02/2024,1,2,1,2,3"), "DATA_EMPTY", "no epoch number"],
  ["no header", `${minutes(0, 1).join("\n")}\n`, "DATA_HEADER", "is data, not column names"],
  ["a missing column", "timestamp,open,high,low,closed,volume\n", "DATA_HEADER", 'Did you mean columns: { close: "closed" }?'],
  ["a name twice", "timestamp,open,high,low,close,Close\n", "DATA_HEADER", "2 columns named 'close'"],
  ["UTF-16", Buffer.from(`\ufeff${csv(...minutes(0))}`, "utf16le"), "DATA_ENCODING", "not UTF-8"],
  ["carriage returns alone", csv(...minutes(0)).replaceAll("\n", "\r"), "DATA_ENCODING", "carriage return alone"],
  ["a zip archive", Buffer.from("PK\x03\x04rest"), "DATA_FORMAT", "zip archive"],
  ["zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]), "DATA_FORMAT", "zstd"],
  ["damaged gzip", Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]), "DATA_FORMAT", "damaged or cut off"],
  ["damaged Parquet", Buffer.from("PAR1 and no footer"), "DATA_FORMAT", "cannot be read as Parquet"],
] as const)("%s is an error", async (_, content, code, said) => {
  const error = await failure(load(content));
  expect(error.code).toBe(code);
  expect(error.message).toContain(said);
});
