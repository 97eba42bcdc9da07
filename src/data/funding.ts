import { basename } from "node:path";
import { Decimal, type EpochMs } from "../core/index.js";
import { LabError, suggest, unknownName } from "../errors/index.js";
import { type BadRow, BadRows } from "./bad-rows.js";
import { lineEnd, lineText, splitLine } from "./csv-record.js";
import { exactText, parseExact } from "./exact-number.js";
import { findData } from "./find-data.js";
import { knownKeys } from "./load-options.js";
import { readDataFile } from "./read-file.js";
import { detectTimeFormat, readTime, type TimeFormat } from "./timestamp.js";

/** One funding payment of a perpetual: longs pay shorts `rate` of the position's value, or are paid it when negative. */
export interface FundingRate {
  readonly time: EpochMs;
  /** Exact fraction: 0.0001 is one hundredth of a percent. */
  readonly rate: Decimal;
}

/** Funding rates of one symbol in time order. */
export interface FundingRates {
  readonly symbol: string;
  readonly rates: readonly FundingRate[];
  readonly source: { readonly name: string; readonly sha256: string };
  /** Rows left out, and why. */
  readonly badRows: readonly BadRow[];
  readonly badCount: number;
}

/** Options of {@link loadFunding}. */
export interface FundingOptions {
  symbol?: string;
  /** Throw `DATA_BAD_ROWS` instead of leaving bad rows out. */
  strict?: boolean;
}

const COLUMNS = ["symbol", "timestamp", "funding_rate"] as const;
const DELIMITER = ",";

/**
 * Reads funding rates from a CSV file with the columns `symbol,timestamp,funding_rate` in any order (symbol may be absent).
 * @throws LabError as `loadCandles`: `DATA_HEADER`, `DATA_SYMBOL`, `DATA_CONFLICT`, `DATA_EMPTY`, `DATA_BAD_ROWS`, ...
 */
export async function loadFunding(path: string, options: FundingOptions = {}): Promise<FundingRates> {
  knownKeys(options, ["symbol", "strict"], "option of loadFunding");
  const found = findData(path);
  const file = await readDataFile(found.path, found.name);
  if (file.format !== "csv") throw new LabError("DATA_FORMAT", `${found.name} is Parquet; funding rates are read from CSV.`);
  const rows = tableRows(file.content, found.name);
  const bad = new BadRows();
  const bySymbol = new Map<string, FundingRate[]>();
  let format: TimeFormat | undefined;
  for (const { line, text, cells } of rows) {
    format ??= detectTimeFormat(cells.timestamp, cells.timestamp);
    const time = format === undefined ? "the timestamp is no epoch number and no RFC 3339 text" : readTime(cells.timestamp, format);
    const rate = parseExact(cells.funding_rate);
    if (cells.problem !== undefined) bad.add(line, { kind: "fields", reason: cells.problem }, text);
    else if (typeof time === "string") bad.add(line, { kind: "timestamp", reason: time }, text);
    else if (rate === undefined) bad.add(line, { kind: "number", reason: "funding_rate is not a decimal number" }, text);
    else addTo(bySymbol, cells.symbol, { time, rate: new Decimal(exactText(rate)) });
  }
  if (options.strict === true && bad.count > 0)
    throw new LabError("DATA_BAD_ROWS", `${found.name} has ${bad.count} bad rows:\n${bad.first(5)}`, { details: { count: bad.count } });
  const symbol = pickSymbol(bySymbol, options.symbol, found.name, bad);
  const rates = inOrder(bySymbol.get(symbol)!, found.name);
  return {
    symbol: symbol || options.symbol || "",
    rates,
    source: { name: found.name, sha256: file.sha256 },
    badRows: bad.rows,
    badCount: bad.count,
  };
}

interface FundingCells {
  readonly symbol: string;
  readonly timestamp: string;
  readonly funding_rate: string;
  /** Why the line could not be split into the header's columns. */
  readonly problem?: string;
}

function* tableRows(bytes: Buffer, name: string): Generator<{ line: number; text: string; cells: FundingCells }> {
  let start = bytes[0] === 0xef ? 3 : 0;
  let at: readonly number[] | undefined;
  let width = 0;
  for (let line = 1; start < bytes.length; line++) {
    const end = lineEnd(bytes, start);
    const text = lineText(bytes, start, end);
    start = end + 1;
    if (text.trim() === "") continue;
    const fields = splitLine(text, DELIMITER);
    if (at === undefined) {
      at = headerPositions(fields, name);
      width = fields.length;
      continue;
    }
    const problem =
      typeof fields === "string"
        ? fields
        : fields.length !== width
          ? `the row has ${fields.length} fields, the header has ${width}`
          : undefined;
    const [symbol = "", timestamp = "", funding_rate = ""] = problem === undefined ? at.map((index) => fields[index] ?? "") : [];
    yield { line, text, cells: { symbol, timestamp, funding_rate, ...(problem !== undefined && { problem }) } };
  }
  if (at === undefined) throw new LabError("DATA_EMPTY", `${name} is empty: a header ${COLUMNS.join(",")} and rows are needed.`);
}

function headerPositions(fields: string[] | string, name: string): number[] {
  const names = typeof fields === "string" ? [] : fields.map((field) => field.toLowerCase());
  const at = COLUMNS.map((column) => names.indexOf(column));
  const missing = COLUMNS.find((column, i) => column !== "symbol" && at[i]! < 0);
  if (missing === undefined) return at;
  const near = suggest(missing, names);
  throw new LabError(
    "DATA_HEADER",
    `${name} has no column ${missing}.${near === undefined ? "" : ` Did you mean to call ${near} so?`} Its columns: ${names.join(", ") || "none"}.`,
  );
}

function addTo(bySymbol: Map<string, FundingRate[]>, symbol: string, rate: FundingRate): void {
  const rates = bySymbol.get(symbol);
  if (rates === undefined) bySymbol.set(symbol, [rate]);
  else rates.push(rate);
}

function pickSymbol(bySymbol: Map<string, unknown>, given: string | undefined, name: string, bad: BadRows): string {
  const symbols = [...bySymbol.keys()];
  if (symbols.length === 0)
    throw new LabError(
      "DATA_EMPTY",
      `${basename(name)} has no good row${bad.count > 0 ? `; all ${bad.count} are bad:\n${bad.first()}` : ""}.`,
    );
  if (given === undefined && symbols.length > 1)
    throw new LabError("DATA_SYMBOL", `${name} holds several symbols: ${symbols.join(", ")}. Say which: symbol: "${symbols[0]}".`);
  if (given === undefined || bySymbol.has(given)) return given ?? symbols[0]!;
  if (symbols.length === 1 && symbols[0] === "") return "";
  throw unknownName("DATA_SYMBOL", `symbol in ${name}`, given, symbols);
}

/** Sorted by time, equal rows once. */
function inOrder(rates: readonly FundingRate[], name: string): FundingRate[] {
  const sorted = [...rates].sort((a, b) => a.time - b.time);
  return sorted.filter((rate, i) => {
    const before = sorted[i - 1];
    if (before?.time !== rate.time) return true;
    if (before.rate.eq(rate.rate)) return false;
    throw new LabError(
      "DATA_CONFLICT",
      `${name} has two funding rates for ${new Date(rate.time).toISOString()}: ${before.rate} and ${rate.rate}.`,
    );
  });
}
