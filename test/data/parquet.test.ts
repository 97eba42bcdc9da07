import { gzipSync } from "node:zlib";
import type { SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import type { LoadedCandles } from "../../src/data/index.js";
import { failure, load } from "./files.js";

const T = 1_704_067_200_000;
const FIELDS = ["open", "high", "low", "close", "volume"] as const;
type Column = { name: string; data: unknown[] };

/** Stored integers of 10^-18, as Tesser's decimal128(38,18) holds them. */
const e18 = (text: string): bigint => {
  const [whole, fraction = ""] = text.split(".");
  return BigInt(whole! + fraction.padEnd(18, "0"));
};

const decimal = (name: string, type: SchemaElement["type"], extra: Partial<SchemaElement>): SchemaElement => ({
  name,
  ...(type !== undefined && { type }),
  repetition_type: "OPTIONAL",
  converted_type: "DECIMAL",
  ...extra,
});

function parquet(schema: SchemaElement[], columnData: Column[], options: object = {}): Uint8Array {
  return new Uint8Array(
    parquetWriteBuffer({ columnData: columnData as never, schema: [{ name: "root", num_children: schema.length }, ...schema], ...options }),
  );
}

const TIME_NS: SchemaElement = {
  name: "timestamp",
  type: "INT64",
  repetition_type: "REQUIRED",
  logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "NANOS" },
};
const TEXT = (name: string): SchemaElement => ({ name, type: "BYTE_ARRAY", repetition_type: "REQUIRED", converted_type: "UTF8" });
const D128 = { type_length: 16, precision: 38, scale: 18 };

/** A file in Tesser's layout. */
function tesser(
  rows: readonly (readonly string[])[],
  options: { time?: SchemaElement; times?: bigint[]; write?: object } = {},
): Uint8Array {
  const schema = [
    options.time ?? TIME_NS,
    TEXT("symbol"),
    TEXT("interval"),
    ...FIELDS.map((field) => decimal(field, "FIXED_LEN_BYTE_ARRAY", { ...D128, repetition_type: "REQUIRED" })),
  ];
  const columns: Column[] = [
    { name: "timestamp", data: options.times ?? rows.map((_, i) => BigInt(T + i * 60_000) * 1_000_000n) },
    { name: "symbol", data: rows.map(() => "BTCUSDT") },
    { name: "interval", data: rows.map(() => "1m") },
    ...FIELDS.map((name, f) => ({ name, data: rows.map((row) => e18(row[f]!)) })),
  ];
  return parquet(schema, columns, options.write);
}

const ROWS = [
  ["60655.9", "60767.123456789", "60640", "60661.9", "322.495"],
  ["60661.9", "60792.2", "60645.1", "60742.2", "0"],
  ["0.000000001", "60792.2", "0.000000001", "60742.2", "90071.99254740991"],
];

const values = (series: LoadedCandles): string[][] =>
  Array.from({ length: series.length }, (_, i) => FIELDS.map((field) => series.at(i)![field].toFixed()));

test("Tesser's layout is read exactly", async () => {
  const series = await load(tesser(ROWS), { symbol: undefined as never }, "candles.parquet");
  expect(values(series)).toEqual(ROWS);
  expect([series.priceDp, series.volumeDp]).toEqual([9, 11]);
  expect([series.symbol, series.symbolSource, series.interval, series.intervalSource]).toEqual(["BTCUSDT", "column", "1m", "column"]);
  expect([...series.time]).toEqual([T, T + 60_000, T + 120_000]);
  expect([series.report.format, series.report.timeFormat]).toEqual(["parquet", "Parquet timestamp in ns"]);
});

test("timestamps as bare 64-bit nanoseconds, milliseconds or dates are told apart", async () => {
  const bare: SchemaElement = { name: "timestamp", type: "INT64", repetition_type: "REQUIRED" };
  expect((await load(tesser(ROWS, { time: bare }))).report.timeFormat).toBe("epoch ns");
  const millis = await load(
    tesser(ROWS, { time: { ...bare, converted_type: "TIMESTAMP_MILLIS" }, times: ROWS.map((_, i) => BigInt(T + i * 60_000)) }),
  );
  expect([millis.time[1], millis.report.timeFormat]).toEqual([T + 60_000, "Parquet timestamp in ms"]);
  const floats = FIELDS.map((name): SchemaElement => ({ name, type: "DOUBLE", repetition_type: "REQUIRED" }));
  const days = await load(
    parquet(
      [{ name: "date", type: "INT32", repetition_type: "REQUIRED", converted_type: "DATE" }, ...floats],
      [{ name: "date", data: [19723, 19724] }, ...FIELDS.map((name) => ({ name, data: [5, 5] }))],
    ),
  );
  expect([days.time[0], days.interval]).toEqual([Date.UTC(2024, 0, 1), "1d"]);
});

test("decimals stored as 32-bit, 64-bit and variable bytes are exact", async () => {
  const schema: SchemaElement[] = [
    TIME_NS,
    decimal("open", "INT32", { precision: 9, scale: 4 }),
    decimal("high", "INT64", { precision: 18, scale: 2 }),
    decimal("low", "BYTE_ARRAY", { precision: 20, scale: 8 }),
    decimal("close", "FIXED_LEN_BYTE_ARRAY", { type_length: 7, precision: 16, scale: 3 }),
  ];
  const series = await load(
    parquet(schema, [
      { name: "timestamp", data: [BigInt(T) * 1_000_000n, BigInt(T + 60_000) * 1_000_000n] },
      { name: "open", data: [123_4567n, 123_4567n] },
      { name: "high", data: [9_999_999_25n, 500_00n] },
      { name: "low", data: [99_00000001n, 1n] },
      { name: "close", data: [123_456n, 200_000n] },
    ]),
  );
  expect([0, 1].map((i) => FIELDS.slice(0, 4).map((field) => series.at(i)![field].toFixed()))).toEqual([
    ["123.4567", "9999999.25", "99.00000001", "123.456"],
    ["123.4567", "500", "0.00000001", "200"],
  ]);
});

test("doubles count at their shortest text, 32-bit floats at theirs", async () => {
  const floats = FIELDS.map((name): SchemaElement => ({ name, type: name === "volume" ? "FLOAT" : "DOUBLE", repetition_type: "REQUIRED" }));
  const series = await load(
    parquet(
      [TIME_NS, ...floats],
      [
        { name: "timestamp", data: [BigInt(T) * 1_000_000n, BigInt(T + 60_000) * 1_000_000n] },
        { name: "open", data: [0.1, 1e-7] },
        { name: "high", data: [60767.1, 0.3] },
        { name: "low", data: [0.1, 1e-7] },
        { name: "close", data: [0.3, 0.2] },
        { name: "volume", data: [Math.fround(0.1), Math.fround(16777.215)] },
      ],
    ),
  );
  expect(values(series)).toEqual([
    ["0.1", "60767.1", "0.1", "0.3", "0.1"],
    ["0.0000001", "0.3", "0.0000001", "0.2", "16777.215"],
  ]);
});

test("bad rows, repeats and order are reported by row number, as for CSV", async () => {
  const floats = FIELDS.map((name): SchemaElement => ({ name, type: "DOUBLE", repetition_type: "OPTIONAL" }));
  const times = [0, 2, 1, 3, 3, 4, 5].map((i) => BigInt(T + i * 60_000) * 1_000_000n);
  times[6] = times[6]! + 1n;
  const content = parquet(
    [TIME_NS, ...floats],
    [
      { name: "timestamp", data: times },
      { name: "open", data: [1, 1, 1, 1, 1, null, 1] },
      { name: "high", data: [2, 2, 2, 2, 2, 2, 2] },
      { name: "low", data: [1, 1, 1, 1, 1, 1, 1] },
      { name: "close", data: [1, 1, 1, 1, 1, 1, 1] },
      { name: "volume", data: [1, 1, 1, 1, 1, 1, 1] },
    ],
  );
  const { report, length } = await load(content);
  expect(length).toBe(4);
  expect(report.badRows.map(({ line, reason }) => [line, reason])).toEqual([
    [6, "open is empty"],
    [7, "the timestamp is not a whole millisecond"],
  ]);
  expect(report.duplicates.identical).toBe(1);
  expect(report.outOfOrder.lines).toEqual([3]);
  expect((await failure(load(content, { strict: true }))).message).toContain("row 6: open is empty");
  const nan = await load(
    parquet(
      [TIME_NS, ...floats],
      [{ name: "timestamp", data: times.slice(0, 3) }, ...FIELDS.map((name) => ({ name, data: [1, Number.NaN, 1] }))],
    ),
  );
  expect(nan.report.badRows[0]).toMatchObject({ line: 2, kind: "number" });
});

test("several row groups and gzip pages are read, and a column of no numbers is refused", async () => {
  const many = Array.from({ length: 2500 }, (_, i) => [`${100 + i}.5`, `${101 + i}`, "1", `${100 + i}`, `${i}`]);
  const series = await load(
    tesser(many, { write: { rowGroupSize: 1000, codec: "GZIP", compressors: { GZIP: (bytes: Uint8Array) => gzipSync(bytes) } } }),
  );
  expect(values(series)).toEqual(many);
  const bool: SchemaElement[] = [TIME_NS, ...FIELDS.map((name): SchemaElement => ({ name, type: "BOOLEAN", repetition_type: "REQUIRED" }))];
  const error = await failure(load(parquet(bool, [{ name: "timestamp", data: [1n] }, ...FIELDS.map((name) => ({ name, data: [true] }))])));
  expect([error.code, error.message.includes("BOOLEAN")]).toEqual(["DATA_FORMAT", true]);
});

test("missing columns are named", async () => {
  const error = await failure(load(parquet([TIME_NS], [{ name: "timestamp", data: [1n] }])));
  expect([error.code, error.message.includes("open, high, low, close")]).toEqual(["DATA_HEADER", true]);
});
