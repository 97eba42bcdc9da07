import type { FileMetaData, SchemaElement } from "hyparquet";
import { exactText } from "./exact-number.js";
import { cellText, type NumberCell, numberCell, storedInteger, timeColumnUnit } from "./parquet-cells.js";
import { COMPRESSORS, RAW, unreadable, withoutDecimal } from "./parquet-raw.js";
import { assignRoles, type CandleField, type Roles } from "./roles.js";
import { type ReadCandles, type ReadRequest, RowSink } from "./row-sink.js";
import { detectTimeFormat, epochMs, readTime } from "./timestamp.js";

const DAY_MS = 86_400_000;

/**
 * Reads a whole Parquet file, among others Tesser's layout (timestamp int64 ns, symbol, interval, OHLCV decimal128(38,18)).
 * @throws LabError `DATA_FORMAT` when the file is damaged or of a kind that cannot be read, `DATA_HEADER`, `DATA_COLUMN`.
 */
export async function readParquetCandles(bytes: Buffer, request: ReadRequest): Promise<ReadCandles> {
  const { parquetMetadata } = await import("hyparquet"); // loaded at first use: a kernel that starts does not wait for it
  const metadata = parsed(request.file, () => parquetMetadata(bytes));
  const elements = topLevel(metadata.schema);
  const roles = assignRoles(
    elements.map((element) => element.name),
    request.columns,
    request.file,
  );
  const sink = new RowSink(roles, request, Number(metadata.num_rows));
  const columns = await readColumns(bytes, metadata, elements, roles, request.file);
  const time = timeCell(elements[roles.at.get("time")!]!, columns.get("time")!, request);
  const numbers = new Map<CandleField, NumberCell>();
  for (const field of ["open", "high", "low", "close", "volume"] as const)
    if (roles.at.has(field)) numbers.set(field, numberCell(elements[roles.at.get(field)!]!));

  const rowCount = columns.get("time")!.length;
  for (let row = 0; row < rowCount; row++)
    sink.add(
      {
        label: (field) => cellText(columns.get(field)![row]),
        time: () => time.read(columns.get("time")![row]),
        number: (field) => numbers.get(field)!(columns.get(field)![row]),
      },
      row + 1,
      () => [...columns].map(([field, values]) => `${field}=${shown(values[row], numbers.get(field))}`).join(" "),
    );
  return { sink, ignoredColumns: roles.ignored, timeFormat: time.format, notes: [] };
}

/** The columns of the file; a nested one counts by its outer name. */
function topLevel(schema: readonly SchemaElement[]): SchemaElement[] {
  const columns: SchemaElement[] = [];
  const skip = (at: number): number => {
    let next = at + 1;
    for (let child = 0; child < (schema[at]?.num_children ?? 0); child++) next = skip(next);
    return next;
  };
  for (let at = 1; at < schema.length; at = skip(at)) columns.push(schema[at]!);
  return columns;
}

type RawColumn = ArrayLike<unknown>;

async function readColumns(
  bytes: Buffer,
  metadata: FileMetaData,
  elements: readonly SchemaElement[],
  roles: Roles,
  file: string,
): Promise<Map<CandleField, RawColumn>> {
  const used = [...roles.at].map(([field, index]) => [field, elements[index]!.name] as const);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  try {
    const { parquetScan } = await import("hyparquet");
    const scan = await parquetScan({
      file: { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) },
      metadata: { ...metadata, schema: metadata.schema.map(withoutDecimal) },
      columns: used.map(([, name]) => name),
      compressors: COMPRESSORS,
      parsers: RAW,
      utf8: false,
      useOffsetIndex: false,
    });
    const columns = new Map<CandleField, RawColumn>();
    for (const [field, column] of used) {
      const values: unknown[] = [];
      for (const range of scan.ranges) for (const value of await scan.readColumn({ ...range, column })) values.push(value);
      columns.set(field, values);
    }
    return columns;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** How the time column is read: its declared unit, or else as text or by the size of its first and last value. */
function timeCell(
  element: SchemaElement,
  column: RawColumn,
  request: ReadRequest,
): { format: string; read(raw: unknown): number | string } {
  const unit = timeColumnUnit(element);
  const missing = (raw: unknown): boolean => raw === null || raw === undefined;
  if (unit !== undefined)
    return {
      format: unit === "days" ? "dates, taken as midnight UTC" : `Parquet timestamp in ${unit}`,
      read: (raw) => {
        if (missing(raw)) return "the timestamp is empty";
        return unit === "days" ? Number(raw) * DAY_MS : epochMs(storedInteger(raw), unit, true);
      },
    };
  const format = detectTimeFormat(cellText(column[0]), cellText(column[column.length - 1]), request.timeUnit);
  return {
    format: format === undefined ? "unreadable" : format.kind === "text" ? "RFC 3339" : `epoch ${format.unit}`,
    read: (raw) => {
      if (format === undefined) return "the timestamp is no epoch number and no RFC 3339 text";
      return typeof raw === "bigint" && format.kind === "epoch" ? epochMs(raw, format.unit, format.any) : readTime(cellText(raw), format);
    },
  };
}

function shown(raw: unknown, number: NumberCell | undefined): string {
  const value = number?.(raw);
  return typeof value === "object" ? exactText(value) : cellText(raw);
}

function parsed<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw unreadable(file, cause);
  }
}
