import zlib from "node:zlib";
import type { Compressors, SchemaElement } from "hyparquet";
import { LabError } from "../errors/index.js";
import { decimalScale } from "./parquet-cells.js";

/** Stored values reach us as they are; the library's own forms (Date, double) would lose digits. */
export const RAW: {
  readonly timestampFromMilliseconds: (stored: bigint) => bigint;
  readonly timestampFromMicroseconds: (stored: bigint) => bigint;
  readonly timestampFromNanoseconds: (stored: bigint) => bigint;
  readonly dateFromDays: (days: number) => number;
} = {
  timestampFromMilliseconds: (stored: bigint): bigint => stored,
  timestampFromMicroseconds: (stored: bigint): bigint => stored,
  timestampFromNanoseconds: (stored: bigint): bigint => stored,
  dateFromDays: (days: number): number => days,
};

/** Snappy is the library's own. */
export const COMPRESSORS: Compressors = {
  GZIP: (input) => zlib.gunzipSync(input),
  BROTLI: (input) => zlib.brotliDecompressSync(input),
  ...("zstdDecompressSync" in zlib ? { ZSTD: zlib.zstdDecompressSync as (input: Uint8Array) => Uint8Array } : {}),
};

/** A decimal column declared as what it is stored as, so that it is not turned into doubles on the way. */
export function withoutDecimal(element: SchemaElement): SchemaElement {
  if (decimalScale(element) === undefined) return element;
  const { converted_type: _converted, logical_type: _logical, ...stored } = element;
  return stored;
}

/** That a file is damaged, or of a kind that cannot be read. */
export function unreadable(file: string, cause: unknown): LabError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const hint = /zstd/i.test(said) ? " ZSTD needs Node 22.15 or later; write the file with snappy or gzip instead." : "";
  return new LabError("DATA_FORMAT", `${file} cannot be read as Parquet: ${said}.${hint}`, { cause });
}
