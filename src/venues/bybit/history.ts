import { CandleSeries, type EpochMs, type Interval, intervalMs, intervalName, pow10, timeText } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import { type Category, parseKlines, type WireCandle, wireInterval } from "../bybit-wire/index.js";
import type { BybitClient } from "./client.js";

/** Candles that one answer may hold. */
const PAGE = 1_000;

/** Asks for the history of candles. */
export class CandleHistory {
  readonly #client: BybitClient;
  readonly #category: Category;

  constructor(client: BybitClient, category: Category) {
    this.#client = client;
    this.#category = category;
  }

  /**
   * Closed candles with open times in [from, to), oldest first. Pages are asked for from the newest back, each ending one millisecond before the oldest candle of the last (the end
   * that is asked for is part of the answer, so a page that ends at that candle brings it twice). The candle that is not closed yet is left out by the server's time.
   * @throws LabError `CANDLES_GAP` where the exchange has left candles out, `INTERVAL_UNKNOWN`, `VENUE_UNAVAILABLE`.
   */
  async rows(symbol: string, interval: string, from: EpochMs, to: EpochMs): Promise<WireCandle[]> {
    const step = intervalMs(interval);
    const found = new Map<EpochMs, WireCandle>();
    let now = this.#client.clock.now();
    for (let end = to - 1; end >= from; ) {
      const { candles: page, time } = await this.#page(symbol, { interval: wireInterval(interval), start: from, end, limit: PAGE });
      now = Math.min(now, time ?? now);
      let oldest = Number.POSITIVE_INFINITY;
      for (const candle of page) {
        oldest = Math.min(oldest, candle.time);
        if (candle.time >= from && candle.time < to && candle.time + step <= now && !found.has(candle.time)) found.set(candle.time, candle);
      }
      if (page.length === 0 || oldest > end) break;
      end = oldest - 1;
    }
    const rows = [...found.values()].sort((a, b) => a.time - b.time);
    assertContiguous(rows, symbol, step);
    return rows;
  }

  /**
   * Open time of the newest closed candle; undefined where there is none.
   * @throws LabError `INTERVAL_UNKNOWN`, `VENUE_UNAVAILABLE`.
   */
  async newest(symbol: string, interval: string): Promise<EpochMs | undefined> {
    const step = intervalMs(interval);
    // The newest may be open, and so may the one before it by a clock that is a little behind.
    const reply = await this.#page(symbol, { interval: wireInterval(interval), limit: 3 });
    const now = Math.min(this.#client.clock.now(), reply.time ?? Number.POSITIVE_INFINITY);
    return reply.candles
      .map(({ time }) => time)
      .reduce<EpochMs | undefined>((most, time) => (time + step <= now ? Math.max(most ?? time, time) : most), undefined);
  }

  async #page(
    symbol: string,
    params: Readonly<Record<string, string | number>>,
  ): Promise<{ readonly candles: readonly WireCandle[]; readonly time: EpochMs | undefined }> {
    const reply = await this.#client.get("/v5/market/kline", { category: this.#category, symbol, ...params }, false);
    if (!reply.ok)
      throw new LabError("VENUE_UNAVAILABLE", `Candles of ${symbol}: no answer from Bybit. ${reply.failure.message}`, {
        details: { failure: reply.failure },
      });
    return { candles: parseKlines(reply.envelope.result.list), time: reply.envelope.time };
  }

  /** The same as an exact series. */
  async series(symbol: string, interval: Interval, from: EpochMs, to: EpochMs): Promise<CandleSeries> {
    return seriesOf(symbol, intervalName(intervalMs(interval)), await this.rows(symbol, interval, from, to), `Bybit ${this.#category}`);
  }

  /** Funding payments in [from, to), oldest first: rates as exact text. @throws LabError `VENUE_UNAVAILABLE`. */
  async funding(symbol: string, from: EpochMs, to: EpochMs): Promise<{ readonly time: EpochMs; readonly rate: string }[]> {
    const found = new Map<EpochMs, string>();
    for (let end = to - 1; end >= from; ) {
      const params = { category: this.#category, symbol, startTime: from, endTime: end, limit: 200 };
      const reply = await this.#client.get("/v5/market/funding/history", params, false);
      if (!reply.ok)
        throw new LabError("VENUE_UNAVAILABLE", `Funding of ${symbol}: no answer from Bybit. ${reply.failure.message}`, {
          details: { failure: reply.failure },
        });
      const list = Array.isArray(reply.envelope.result.list) ? (reply.envelope.result.list as Record<string, unknown>[]) : [];
      let oldest = Number.POSITIVE_INFINITY;
      for (const row of list) {
        const time = Number(row.fundingRateTimestamp);
        if (!Number.isSafeInteger(time) || typeof row.fundingRate !== "string") continue;
        oldest = Math.min(oldest, time);
        if (time >= from && time < to) found.set(time, row.fundingRate);
      }
      if (list.length === 0 || oldest > end) break;
      end = oldest - 1;
    }
    return [...found].map(([time, rate]) => ({ time, rate })).sort((a, b) => a.time - b.time);
  }
}

function assertContiguous(rows: readonly WireCandle[], symbol: string, step: number): void {
  for (let i = 1; i < rows.length; i++) {
    const expected = rows[i - 1]!.time + step;
    if (rows[i]!.time !== expected)
      throw new LabError(
        "CANDLES_GAP",
        `${symbol}: Bybit has no candle from ${timeText(expected)} to ${timeText(rows[i]!.time)}. Ask for the parts before and after.`,
        {
          details: { symbol, from: expected, to: rows[i]!.time },
        },
      );
  }
}

const dp = (text: string): number => (text.includes(".") ? text.length - text.indexOf(".") - 1 : 0);

/** Exact text as whole units. @throws LabError `UNITS_OVERFLOW`. */
function units(text: string, places: number): number {
  const value = Number(text.replace(".", "")) * pow10(places - dp(text));
  if (!Number.isSafeInteger(value)) throw new LabError("UNITS_OVERFLOW", `${text} is too large for units of 1e-${places}.`);
  return value;
}

/** Candles of exact text as a series, in the finest decimals that they have. */
function seriesOf(symbol: string, interval: Interval, rows: readonly WireCandle[], source: string): CandleSeries {
  let [priceDp, volumeDp] = [0, 0];
  for (const { open, high, low, close, volume } of rows) {
    priceDp = Math.max(priceDp, dp(open), dp(high), dp(low), dp(close));
    volumeDp = Math.max(volumeDp, dp(volume));
  }
  const column = (read: (row: WireCandle) => number): Float64Array => Float64Array.from(rows, read);
  return new CandleSeries({
    symbol,
    interval,
    priceDp,
    volumeDp,
    time: column((row) => row.time),
    open: column((row) => units(row.open, priceDp)),
    high: column((row) => units(row.high, priceDp)),
    low: column((row) => units(row.low, priceDp)),
    close: column((row) => units(row.close, priceDp)),
    volume: column((row) => units(row.volume, volumeDp)),
    source: { name: source, synthetic: false },
  });
}
