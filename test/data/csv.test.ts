import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { CandleSeries } from "../../src/core/index.js";
import { describeData, isClean, LoadedCandles, loadCandles } from "../../src/data/index.js";
import { csv, failure, file, HEADER, load, minutes } from "./files.js";

const texts = (series: CandleSeries, field: "open" | "high" | "low" | "close" | "volume"): string[] =>
  Array.from({ length: series.length }, (_, i) => series.at(i)![field].toFixed());

test("a plain file becomes an exact series that is usable where a series is", async () => {
  const series = await load(
    csv("1704067200000,60655.9,60767.1,60640.0,60661.9,322.495", "1704067260000,60661.9,60792.2,60645.1,60742.2,211.995"),
  );
  expect(series).toBeInstanceOf(CandleSeries);
  expect(series).toBeInstanceOf(LoadedCandles);
  expect([series.symbol, series.interval, series.length, series.priceDp, series.volumeDp]).toEqual(["BTCUSDT", "1m", 2, 1, 3]);
  expect([...series.open]).toEqual([606559, 606619]);
  expect([...series.volume]).toEqual([322495, 211995]);
  expect([...series.time]).toEqual([1704067200000, 1704067260000]);
  expect([series.symbolSource, series.intervalSource]).toEqual(["given", "inferred"]);
  expect(isClean(series.report)).toBe(true);
  expect(series.slice(1)).not.toBeInstanceOf(LoadedCandles);
});

test("columns are found by name, in any order and case; others are reported", async () => {
  const series = await load("Close,VOLUME,extra,Low,High,Open,Open Time\n11,3,x,9,12,10,1704067200000\n11,3,y,9,12,10,1704067260000\n");
  expect(texts(series, "open")).toEqual(["10", "10"]);
  expect(texts(series, "low")).toEqual(["9", "9"]);
  expect(series.report.ignoredColumns).toEqual(["extra"]);
  expect(describeData(series.report)).toContain("columns not read: extra");
});

test("timestamp goes before open_time, time and date where a file has several", async () => {
  const series = await load("date,time,open,high,low,close,volume,timestamp\nx,y,1,1,1,1,1,1704067200000\nx,y,1,1,1,1,1,1704067260000\n");
  expect(series.time[0]).toBe(1704067200000);
  expect(series.report.ignoredColumns).toEqual(["date", "time"]);
});

test.each([
  [";", ";"],
  ["tab", "\t"],
])("the delimiter %s is detected", async (_, delimiter) => {
  const series = await load(csv(...minutes(0, 1)).replaceAll(",", delimiter));
  expect(series.length).toBe(2);
  expect(series.report.delimiter).toBe(delimiter);
});

test("byte order mark, CRLF, blank lines, quotes and spaces change nothing", async () => {
  const plain = await load(csv(...minutes(0, 1, 2)));
  const [a, b, c] = minutes(0, 1, 2);
  const quoted = b!
    .split(",")
    .map((field) => `"${field}"`)
    .join(",");
  const dressed = await load(`\ufeff\r\n${HEADER}\r\n${a}\r\n\r\n${quoted}\r\n ${c!.replaceAll(",", " , ")} \r\n\r\n`);
  for (const field of ["time", "open", "high", "low", "close", "volume"] as const) expect(dressed[field]).toEqual(plain[field]);
  expect(dressed.report.rowsRead).toBe(3);
  expect(isClean(dressed.report)).toBe(true);
});

test("a quoted field may hold the delimiter and doubled quotes", async () => {
  const series = await load(`note,${HEADER}\n"a, ""b""",${minutes(0)}\nplain,${minutes(1)}\n`);
  expect(series.length).toBe(2);
  expect(series.report.badCount).toBe(0);
});

test("gzip is told by content, and the hash is that of the file on disk", async () => {
  const packed = gzipSync(csv(...minutes(0, 1, 2)));
  const path = file(packed, "no-ending");
  const series = await loadCandles(path, { symbol: "BTCUSDT" });
  expect(series.length).toBe(3);
  expect(series.report.compression).toBe("gzip");
  expect(series.source.sha256).toBe(createHash("sha256").update(readFileSync(path)).digest("hex"));
  expect(series.report.bytes).toBe(packed.length);
});

test("a name is shown as written, without the folders of an absolute path", async () => {
  const series = await load(csv(...minutes(0, 1)), {}, "some.csv");
  expect(series.source.name).toMatch(/^\d+-some\.csv$/);
  expect(JSON.stringify(series.report)).not.toContain("/tmp");
});

test("a file without volume is read with zero volumes and says so", async () => {
  const series = await load("date,open,high,low,close\n2024-01-01,1,2,1,2\n2024-01-02,1,2,1,2\n");
  expect([...series.volume]).toEqual([0, 0]);
  expect(series.report.notes).toContain("the file has no volume column; every volume is zero");
});

test("columns may be named", async () => {
  const content = "Unix,open,high,low,close,Volume USDT\n1704067200,1,2,1,2,5\n1704067260,1,2,1,2,6\n";
  const series = await load(content, { columns: { time: "Unix", volume: "Volume USDT" } });
  expect([...series.volume]).toEqual([5, 6]);
  const error = await failure(load(content, { columns: { time: "unixx" } }));
  expect(error.code).toBe("DATA_COLUMN");
  expect(error.message).toContain("Did you mean Unix?");
});

test("an estimate of rows that is too small grows", async () => {
  const long = Array.from({ length: 100 }, (_, i) => `${minutes(i)}${" ".repeat(400)}`);
  const short = Array.from({ length: 20_000 }, (_, i) => minutes(i + 100)[0]!);
  const series = await load(csv(...long, ...short));
  expect(series.length).toBe(20_100);
  expect(isClean(series.report)).toBe(true);
});

test("a synthetic file says so by its name", async () => {
  const series = await load(csv(...minutes(0, 1)), {}, "Synthetic_x.csv");
  expect(series.source.synthetic).toBe(true);
  expect(describeData(series.report)[0]).toContain("SYNTHETIC");
});

test("a last line without line end is read, with a note that it may be cut", async () => {
  const series = await load(csv(...minutes(0, 1)).trimEnd());
  expect(series.length).toBe(2);
  expect(series.report.notes.join()).toContain("no line end");
});
