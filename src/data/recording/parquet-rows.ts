import { createRequire } from "node:module";
import type { SchemaElement } from "hyparquet";
import { Decimal } from "../../core/index.js";
import { exactText } from "../exact-number.js";
import { cellText, numberCell, storedInteger } from "../parquet-cells.js";
import { COMPRESSORS, RAW, unreadable, withoutDecimal } from "../parquet-raw.js";
import { type Cell, type ColumnType, KINDS, type Levels, type RecordKind, type RecordRow } from "./kinds.js";

/** Tesser's decimals: 38 digits, 18 of them after the point. */
const PRECISION = 38;
const SCALE = 18;
const LARGEST = 10n ** BigInt(PRECISION);
const NANOS = 1_000_000n;

const REQUIRED = { repetition_type: "REQUIRED" } as const;
const TEXT = { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } } as const;
const DECIMAL = {
  type: "FIXED_LEN_BYTE_ARRAY",
  type_length: 16,
  converted_type: "DECIMAL",
  scale: SCALE,
  precision: PRECISION,
  logical_type: { type: "DECIMAL", scale: SCALE, precision: PRECISION },
} as const;

/** Exact text as whole units of 10^-18, undefined where it does not fit. */
function units(text: string): bigint | undefined {
  const value = new Decimal(text);
  if (value.decimalPlaces() > SCALE) return undefined;
  const scaled = BigInt(value.times(new Decimal(10).pow(SCALE)).toFixed(0));
  return scaled < LARGEST && scaled > -LARGEST ? scaled : undefined;
}

interface Column {
  readonly elements: readonly SchemaElement[];
  readonly data: unknown[];
}

/** A decimal column; as text where a value does not fit Tesser's type: nothing is ever rounded. */
function decimals(name: string, cells: readonly Cell[], optional: boolean): Column {
  const repetition_type = optional ? "OPTIONAL" : "REQUIRED";
  const data = cells.map((cell) => (cell === null ? null : units(cell as string)));
  if (data.includes(undefined)) return { elements: [{ name, ...TEXT, repetition_type }], data: [...cells] };
  return { elements: [{ name, ...DECIMAL, repetition_type }], data };
}

function levels(name: string, cells: readonly Cell[]): Column {
  const sides = cells as readonly Levels[];
  const scaled = sides.map((side) => side.map(([price, size]) => ({ price: units(price), size: units(size) })));
  const fits = scaled.every((side) => side.every((level) => level.price !== undefined && level.size !== undefined));
  const type = fits ? DECIMAL : TEXT;
  return {
    elements: [
      { name, ...REQUIRED, num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "item", ...REQUIRED, num_children: 2 },
      { name: "price", ...type, ...REQUIRED },
      { name: "size", ...type, ...REQUIRED },
    ] as SchemaElement[],
    data: fits ? scaled : sides.map((side) => side.map(([price, size]) => ({ price, size }))),
  };
}

function column(name: string, type: ColumnType, cells: readonly Cell[]): Column {
  const one = (element: Omit<SchemaElement, "name">, data: unknown[] = [...cells]): Column => ({
    elements: [{ name, ...element } as SchemaElement],
    data,
  });
  switch (type) {
    case "text":
      return one({ ...TEXT, ...REQUIRED });
    case "text?":
      return one({ ...TEXT, repetition_type: "OPTIONAL" });
    case "decimal":
      return decimals(name, cells, false);
    case "decimal?":
      return decimals(name, cells, true);
    case "time":
      return one(
        { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "NANOS" }, ...REQUIRED },
        cells.map((cell) => BigInt(cell as number) * NANOS),
      );
    case "int8":
      return one({ type: "INT32", converted_type: "INT_8", ...REQUIRED });
    case "int64":
      return one(
        { type: "INT64", ...REQUIRED },
        cells.map((cell) => BigInt(cell as number)),
      );
    case "double":
      return one({ type: "DOUBLE", ...REQUIRED });
    case "flag":
      return one({ type: "BOOLEAN", ...REQUIRED });
    case "levels":
      return levels(name, cells);
  }
}

/** Rows of one kind as a Parquet file in Tesser's layout: decimal128(38,18), times in nanoseconds, `item` lists of levels. */
export function encodeRows(kind: RecordKind, rows: readonly RecordRow[]): Uint8Array {
  const names = Object.entries(KINDS[kind].columns);
  const columns = names.map(([name, type]) =>
    column(
      name,
      type,
      rows.map((row) => row[name]!),
    ),
  );
  const schema: SchemaElement[] = [{ name: "root", num_children: names.length }, ...columns.flatMap((one) => one.elements)];
  const columnData = names.map(([name], i) => ({ name, data: columns[i]!.data }));
  // Loaded at first use: a kernel that starts does not wait for it.
  const { parquetWriteBuffer } = createRequire(import.meta.url)("hyparquet-writer") as typeof import("hyparquet-writer");
  return new Uint8Array(parquetWriteBuffer({ schema, columnData, createdBy: "tesserlab" }));
}

/** Rows of a part, ours or Tesser's: columns that are only ours are empty in Tesser's. @throws LabError `DATA_FORMAT` for a file that cannot be read. */
export async function decodeRows(kind: RecordKind, bytes: Buffer, file: string): Promise<RecordRow[]> {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  try {
    const { parquetMetadata, parquetReadObjects } = await import("hyparquet");
    const metadata = parquetMetadata(buffer);
    const records = await parquetReadObjects({
      file: buffer,
      metadata: { ...metadata, schema: metadata.schema.map(withoutDecimal) },
      compressors: COMPRESSORS,
      parsers: RAW,
      utf8: false,
      useOffsetIndex: false,
    });
    const readers = Object.entries(KINDS[kind].columns).map(([name, type]) => [name, reader(name, type, metadata.schema)] as const);
    return records.map((record) => Object.fromEntries(readers.map(([name, read]) => [name, read(record[name])])));
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function reader(name: string, type: ColumnType, schema: readonly SchemaElement[]): (raw: unknown) => Cell {
  const place = schema.findIndex((one) => one.name === name);
  const element = schema[place];
  if (element === undefined) return () => null;
  const number = (of: SchemaElement): ((raw: unknown) => string) => {
    const cell = numberCell(of);
    return (raw) => {
      const value = cell(raw);
      if (typeof value === "string") throw new Error(`${of.name} ${value}`);
      return exactText(value);
    };
  };
  const present =
    (read: (raw: unknown) => Cell) =>
    (raw: unknown): Cell =>
      raw === null || raw === undefined ? null : read(raw);
  switch (type) {
    case "text":
    case "text?":
      return present(cellText);
    case "decimal":
    case "decimal?":
      return present(number(element));
    case "time":
      return present((raw) => Number(storedInteger(raw) / NANOS));
    case "int8":
    case "int64":
    case "double":
      return present(Number);
    case "flag":
      return present(Boolean);
    case "levels": {
      const inside = (child: string): SchemaElement => schema.find((one, at) => at > place && one.name === child)!;
      const [price, size] = [number(inside("price")), number(inside("size"))];
      return (raw) => (raw as { price: unknown; size: unknown }[]).map((level) => [price(level.price), size(level.size)] as const);
    }
  }
}
