import type { EpochMs } from "../../core/index.js";
import { wireInvalid } from "./fields.js";

/** A candle of REST, exact text. Whether it is closed only the time tells. */
export interface WireCandle {
  readonly time: EpochMs;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  /** In base; of an inverse contract in quote. */
  readonly volume: string;
}

const DECIMAL = /^\d+(\.\d+)?$/;

/** Reads rows of `/v5/market/kline`, as they come: newest first. @throws LabError `WIRE_INVALID` for a row that is no candle. */
export function parseKlines(list: unknown): WireCandle[] {
  if (!Array.isArray(list)) throw wireInvalid("a kline result has no list", {});
  return list.map((row: unknown) => {
    const cells = Array.isArray(row) ? row : [];
    const [start, open, high, low, close, volume] = cells as string[];
    const time = Number(start);
    if (
      !Number.isSafeInteger(time) ||
      time <= 0 ||
      ![open, high, low, close, volume].every((text) => typeof text === "string" && DECIMAL.test(text))
    )
      throw wireInvalid(`a kline row is ${JSON.stringify(row)}`, {});
    return { time, open: open!, high: high!, low: low!, close: close!, volume: volume! };
  });
}

/** A candle as REST writes it; turnover is what the venue counted, in quote (inverse: in base). */
export function klineRow(candle: WireCandle, turnover: string): string[] {
  return [String(candle.time), candle.open, candle.high, candle.low, candle.close, candle.volume, turnover];
}
