import { type CandleColumns, CandleSeries, Decimal, MarketTape, type TapeColumns } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { limitsOf, parseRisk, parseSizer, type RiskChecker, type RiskLimits, type SizerInput } from "../execution/index.js";
import type { Json } from "../state/index.js";

/** A value as JSON can hold it: decimals become text. @throws LabError `NOT_PORTABLE` for a function or another thing that only lives in this thread. */
function plain(value: unknown, name: string): Json {
  if (Decimal.isDecimal(value)) return value.toFixed();
  if (typeof value === "bigint") return value.toString();
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item, index) => plain(item, `${name}[${index}]`));
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype)
    return plainRecord(value as Record<string, unknown>, name);
  throw new LabError(
    "NOT_PORTABLE",
    `${name} cannot be sent to another thread: it is ${typeof value === "function" ? "a function" : `a ${typeof value}`}.`,
    { details: { name } },
  );
}

/** The same for an object; what is undefined is left out. */
export function plainRecord(record: Readonly<Record<string, unknown>>, name: string): Record<string, Json> {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, plain(value, `${name}.${key}`)]));
}

/** A sizer as Tesser's notation. @throws LabError `NOT_PORTABLE` for one written in a cell. */
export function sizerText(input: SizerInput): string {
  if (typeof input === "string") return input;
  const same = (): boolean => {
    try {
      return parseSizer(input.text).name === input.name;
    } catch {
      return false;
    }
  };
  if (same()) return input.text;
  throw new LabError("NOT_PORTABLE", `The sizer '${input.name}' is a function of this notebook.`, { details: { sizer: input.name } });
}

/** Risk limits as text. @throws LabError `NOT_PORTABLE` for a check written in a cell. */
export function riskLimits(input: RiskLimits | RiskChecker): Readonly<Record<string, string>> {
  const checker = parseRisk(input);
  const limits = limitsOf(checker);
  if (limits !== undefined) return limits;
  throw new LabError(
    "NOT_PORTABLE",
    `The risk check '${checker.name}' is more than limits: it is defined in code, or made of parts that say different things of the same. Pass limits, such as { maxOrderQuantity: "1" }.`,
    { details: { risk: checker.name } },
  );
}

/** Candles, or trades and books, as columns of their own, ready to be moved to another thread. */
export function columnsOf(data: CandleSeries | MarketTape): CandleColumns | TapeColumns {
  return data instanceof CandleSeries ? candleColumns(data) : tapeColumns(data);
}

/** What columns hold. */
export function dataOf(columns: CandleColumns | TapeColumns): CandleSeries | MarketTape {
  return "open" in columns ? new CandleSeries(columns) : new MarketTape(columns);
}

function tapeColumns(tape: MarketTape): TapeColumns {
  const { symbol, priceDp, quantityDp, time, kind, side, start, bids, price, size, source } = tape;
  return {
    symbol,
    priceDp,
    quantityDp,
    time: time.slice(),
    kind: kind.slice(),
    side: side.slice(),
    start: start.slice(),
    bids: bids.slice(),
    price: price.slice(),
    size: size.slice(),
    source: { ...source },
  };
}

function candleColumns(series: CandleSeries): CandleColumns {
  const { symbol, interval, priceDp, volumeDp, time, open, high, low, close, volume, source } = series;
  return {
    symbol,
    interval,
    priceDp,
    volumeDp,
    time: time.slice(),
    open: open.slice(),
    high: high.slice(),
    low: low.slice(),
    close: close.slice(),
    volume: volume.slice(),
    source: { ...source },
  };
}

/** The memory of columns, to move rather than copy it. */
export function buffersOf(columns: CandleColumns | TapeColumns): ArrayBuffer[] {
  return Object.values(columns).flatMap((column: unknown) => (ArrayBuffer.isView(column) ? [column.buffer as ArrayBuffer] : []));
}
