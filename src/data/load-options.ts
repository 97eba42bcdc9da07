import { type Interval, intervalMs, intervalName } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import type { RoundTo } from "./candle-rows.js";
import type { DuplicatePolicy } from "./duplicates.js";
import { type ColumnNames, FIELDS } from "./roles.js";
import { type TimeUnit, UNIT_POWER } from "./timestamp.js";

/** Options of {@link loadCandles}; all may be left out. */
export interface LoadOptions {
  /** Which symbol to read, or what to call the series when the file names none. */
  symbol?: string;
  /** Length of a candle, as in `"5m"`; checked against the data. */
  interval?: Interval | (string & {});
  /** Throw `DATA_BAD_ROWS` instead of leaving bad rows out. */
  strict?: boolean;
  /** Which row counts when two of one time disagree; by default that is an error. Equal rows are always kept once. */
  duplicates?: DuplicatePolicy;
  /** Unit of epoch timestamps, where their size would mislead. */
  timeUnit?: TimeUnit;
  /** Names of columns that are not called as usual: `{ volume: "Volume USDT" }`. */
  columns?: ColumnNames;
  /** Round to this many decimals (half away from zero), for files whose numbers carry binary noise. Rounded rows are counted. */
  decimals?: RoundTo;
}

/** Options checked and completed. */
export interface CheckedOptions {
  readonly symbol: string | undefined;
  readonly interval: Interval | undefined;
  readonly strict: boolean;
  readonly duplicates: DuplicatePolicy;
  readonly timeUnit: TimeUnit | undefined;
  readonly columns: ColumnNames;
  readonly roundTo: RoundTo;
}

const KNOWN = ["symbol", "interval", "strict", "duplicates", "timeUnit", "columns", "decimals"];
const POLICIES: readonly DuplicatePolicy[] = ["error", "first", "last"];

/** @throws LabError `OPTION_UNKNOWN`, `OPTION_INVALID`, `INTERVAL_UNKNOWN`. */
export function checkOptions(options: LoadOptions): CheckedOptions {
  knownKeys(options, KNOWN, "option of load");
  const { symbol, interval, strict = false, duplicates = "error", timeUnit, columns = {}, decimals = {} } = options;
  if (symbol !== undefined && (typeof symbol !== "string" || symbol.trim() === ""))
    throw new LabError("OPTION_INVALID", `symbol must be a name such as "BTCUSDT", got '${String(symbol)}'.`);
  if (typeof strict !== "boolean") throw new LabError("OPTION_INVALID", `strict must be true or false, got '${String(strict)}'.`);
  if (!POLICIES.includes(duplicates)) throw unknownName("OPTION_INVALID", "value of duplicates", String(duplicates), POLICIES);
  if (timeUnit !== undefined && !(timeUnit in UNIT_POWER))
    throw unknownName("OPTION_INVALID", "value of timeUnit", String(timeUnit), Object.keys(UNIT_POWER));
  knownKeys(columns, FIELDS, "field in columns");
  knownKeys(decimals, ["price", "volume"], "key of decimals");
  for (const [key, places] of Object.entries(decimals))
    if (!Number.isInteger(places) || places < 0 || places > 15)
      throw new LabError("OPTION_INVALID", `decimals.${key} must be a whole number from 0 to 15, got '${String(places)}'.`);
  return {
    symbol: symbol?.trim(),
    interval: interval === undefined ? undefined : intervalName(intervalMs(String(interval))),
    strict,
    duplicates,
    timeUnit,
    columns,
    roundTo: decimals,
  };
}

/** @throws LabError `OPTION_UNKNOWN` for a key that is not known, with the nearest one that is. */
export function knownKeys(options: object, known: readonly string[], what: string): void {
  for (const key of Object.keys(options)) if (!known.includes(key)) throw unknownName("OPTION_UNKNOWN", what, key, known);
}
