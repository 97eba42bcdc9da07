import fc from "fast-check";
import { expect, test } from "vitest";
import { Decimal } from "../../src/core/index.js";
import type { LoadedCandles } from "../../src/data/index.js";
import { csv, HEADER, load, minutes } from "./files.js";

const FIELDS = ["open", "high", "low", "close", "volume"] as const;
const T = 1_704_067_200_000;

const values = (series: LoadedCandles): string[][] =>
  Array.from({ length: series.length }, (_, i) => FIELDS.map((field) => series.at(i)![field].toFixed()));

test("a coin of 1e-8 and huge volumes are exact", async () => {
  const series = await load(
    csv(`${T},0.00000001,0.00000012,0.00000001,0.00000003,9007199254740991`, `${T + 60_000},1e-8,1.2E-7,1e-8,3e-08,123456789012`),
  );
  expect(series.priceDp).toBe(8);
  expect(values(series)).toEqual([
    ["0.00000001", "0.00000012", "0.00000001", "0.00000003", "9007199254740991"],
    ["0.00000001", "0.00000012", "0.00000001", "0.00000003", "123456789012"],
  ]);
});

test("doubles would lose these digits", async () => {
  const series = await load(csv(`${T},0.1,0.30000000000001,0.1,0.2,4503599627370.497`, ...minutes(1)));
  expect(series.at(0)!.high.toFixed()).toBe("0.30000000000001");
  expect(series.at(0)!.volume.toFixed()).toBe("4503599627370.497");
  expect(series.priceDp).toBe(14);
});

test("zeros after the point cost no decimals, as many as a venue may print", async () => {
  const padded = [0, 1, 2].map((i) => `${T + i * 60_000},30000.10000000,30000.20000000,30000.00000000,30000.10000000,1234567890.00000000`);
  const series = await load(csv(...padded));
  expect([series.priceDp, series.volumeDp]).toEqual([1, 0]);
  expect(values(series)[2]).toEqual(["30000.1", "30000.2", "30000", "30000.1", "1234567890"]);
});

test("a finer price late in the file refines all before it", async () => {
  const series = await load(csv(...minutes(0, 1, 2), `${T + 180_000},10,12.50001,9.5,11,3.25`, ...minutes(4)));
  expect(series.priceDp).toBe(5);
  expect(values(series).map((row) => row[1])).toEqual(["12.5", "12.5", "12.5", "12.50001", "12.5"]);
});

test("signs, exponents and bare points are read exactly", async () => {
  const series = await load(csv(`${T},+1.5e1,.25E2,15.,1.6e+1,0e5`, ...minutes(1)));
  expect(values(series)[0]).toEqual(["15", "25", "15", "16", "0"]);
});

test("a volume of minus zero is zero", async () => {
  const series = await load(csv(...minutes(0), "1704067260000,10,12,9,11,-0.0"));
  expect(Object.is(series.volume[1], 0)).toBe(true);
});

test("binary noise may be rounded on request, and is counted", async () => {
  const content = csv(...minutes(0), `${T + 60_000},10,12,9,11,12345.000000000002`, `${T + 120_000},10,12,9,11,0.5`);
  expect((await load(content)).report.badRows[0]).toMatchObject({ line: 3, kind: "range" });
  const series = await load(content, { decimals: { volume: 8 } });
  expect(values(series).map((row) => row[4])).toEqual(["3.25", "12345", "0.5"]);
  expect([series.report.rounded, series.report.badCount]).toEqual([1, 0]);
});

/** A price or volume as text, with its digits and decimals. */
const decimalText = (max: bigint): fc.Arbitrary<string> =>
  fc
    .tuple(fc.bigInt({ min: 1n, max }), fc.integer({ min: 0, max: 6 }))
    .map(([units, dp]) => new Decimal(units.toString()).div(new Decimal(10).pow(dp)).toFixed());
const row = fc.tuple(
  decimalText(999_999_999n),
  decimalText(999_999_999n),
  decimalText(999_999_999n),
  decimalText(999_999_999n),
  decimalText(10n ** 9n),
);

function ordered([a, b, c, d, volume]: readonly string[]): string[] {
  const sorted = [a!, b!, c!, d!].sort((x, y) => new Decimal(x).cmp(y));
  return [sorted[1]!, sorted[3]!, sorted[0]!, sorted[2]!, volume!];
}

test("any decimals come back as the same text", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 2, maxLength: 20 }), async (rows) => {
      const candles = rows.map(ordered);
      const series = await load(csv(...candles.map((candle, i) => [T + i * 60_000, ...candle].join(","))));
      expect(series.report.badRows).toEqual([]);
      expect(values(series)).toEqual(candles);
      const finest = Math.max(...candles.flatMap((candle) => candle.slice(0, 4).map((text) => new Decimal(text).decimalPlaces())));
      expect(series.priceDp).toBe(finest);
    }),
    { numRuns: 150 },
  );
});

test("the fast and the slow path agree on every row, good or bad", async () => {
  const odd = fc.constantFrom(
    "",
    ".",
    "-1",
    "0",
    "0.0",
    "1e2",
    "x",
    "1.5.2",
    "9007199254740993",
    "0.123456789012345678",
    "00012.50",
    "12.50000000",
  );
  const cell = fc.oneof({ weight: 6, arbitrary: decimalText(99_999n) }, { weight: 1, arbitrary: odd });
  const anyRow = fc.oneof(
    { weight: 3, arbitrary: row.map(ordered) },
    { weight: 1, arbitrary: fc.array(cell, { minLength: 4, maxLength: 6 }) },
  );
  const quoted = (text: string): string => `"${text}"`;
  await fc.assert(
    fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 12 }), fc.boolean(), async (rows, asText) => {
      const time = (i: number): string => (asText ? new Date(T + i * 60_000).toISOString().replace(".000", "") : String(T + i * 60_000));
      const lines = [minutes(0)[0]!.split(",").slice(1), ...rows, minutes(0)[0]!.split(",").slice(1)].map((cells, i) => [
        time(i),
        ...cells,
      ]);
      const fast = await load(`${HEADER}\n${lines.map((line) => line.join(",")).join("\n")}\n`, { interval: "1m" }).catch(String);
      const slow = await load(`${HEADER}\n${lines.map((line) => line.map(quoted).join(",")).join("\n")}\n`, { interval: "1m" }).catch(
        String,
      );
      if (typeof fast === "string" || typeof slow === "string") {
        expect(String(fast).replace(/\d+-candles/, "")).toBe(String(slow).replace(/\d+-candles/, ""));
        return;
      }
      for (const field of ["time", ...FIELDS] as const) expect([...fast[field]]).toEqual([...slow[field]]);
      expect([fast.priceDp, fast.volumeDp]).toEqual([slow.priceDp, slow.volumeDp]);
      const reasons = ({ report }: LoadedCandles): unknown[] => report.badRows.map(({ line, kind, reason }) => [line, kind, reason]);
      expect(reasons(fast)).toEqual(reasons(slow));
    }),
    { numRuns: 300 },
  );
});
