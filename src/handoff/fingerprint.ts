import { createHash } from "node:crypto";
import type { AnyStrategy, RunSettings } from "../backtest/index.js";
import { type CandleSeries, Decimal } from "../core/index.js";
import { snakeCase } from "./names.js";
import { hashedFiles } from "./param-files.js";
import { type StrategySettings, settingsSections } from "./settings.js";
import { mapSymbols, parseSymbol } from "./symbols.js";

const sha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");

/** A value as canonical JSON: numbers of every kind at their shortest exact text, so that `28`, `28.0` and a Decimal 28 agree. */
function canonical(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint") return new Decimal(String(value)).toFixed();
  if (Decimal.isDecimal(value)) return value.isZero() ? "0" : value.toFixed();
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  return JSON.stringify(value);
}

/**
 * SHA-256 of what decides a strategy's signals: its name, its checked parameters and, for a strategy of one's own, the hash of its module.
 * A file that a parameter names counts by its contents. The hashed text is one line of JSON with sorted snake_case keys and without the venue of symbols, so that spelling and order do not count.
 */
export function paramsSha256(strategy: AnyStrategy, params: Readonly<Record<string, unknown>>, moduleSha256?: string): string {
  const plain = hashedFiles(
    strategy.params,
    mapSymbols(strategy.params, params, (symbol) => parseSymbol(symbol).code),
  );
  const pairs = Object.entries(plain).filter(([, value]) => value !== undefined);
  const lines = pairs.map(([name, value]) => `${JSON.stringify(snakeCase(name))}:${canonical(value)}`).sort();
  const module = moduleSha256 === undefined ? "" : `"module_sha256":${JSON.stringify(moduleSha256)},`;
  return sha256(`{${module}"params":{${lines.join(",")}},"strategy_name":${JSON.stringify(strategy.name)}}`);
}

/** SHA-256 of how a strategy is run: the meaning of `[execution]` and `[risk_management]`, whatever their order, and that hooks looked in, which no file can hold. */
export function settingsSha256(settings: StrategySettings | RunSettings): string {
  const lines = settingsSections(settings).flatMap(({ path, entries }) =>
    entries.map(([key, { value }]) => `${path.join(".")}.${key}=${canonical(value)}`),
  );
  const { hooks = [] } = settings as Partial<RunSettings>;
  if (hooks.length > 0) lines.push(`hooks=${canonical(hooks)}`);
  return sha256(lines.sort().join("\n"));
}

/**
 * SHA-256 of a series' numbers: interval, times, prices and volumes in the coarsest decimal units that hold them, little-endian doubles.
 * The same candles hash alike whatever file or format they came from.
 */
export function candlesSha256(series: CandleSeries): string {
  const hash = createHash("sha256").update(series.interval);
  const { columns: prices, dp: priceDp } = coarsest([series.open, series.high, series.low, series.close], series.priceDp);
  const { columns: volumes, dp: volumeDp } = coarsest([series.volume], series.volumeDp);
  hash.update(`|${priceDp}|${volumeDp}|`);
  for (const column of [series.time, ...prices, ...volumes])
    hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  return hash.digest("hex");
}

/** Whole numbers in the fewest decimals that lose nothing. */
function coarsest(columns: readonly Float64Array[], dp: number): { columns: readonly Float64Array[]; dp: number } {
  let factor = 1;
  let places = dp;
  while (places > 0 && columns.every((column) => column.every((units) => units % (factor * 10) === 0))) {
    factor *= 10;
    places--;
  }
  return { columns: factor === 1 ? columns : columns.map((column) => column.map((units) => units / factor)), dp: places };
}
