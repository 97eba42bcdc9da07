import { rename, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { type CandleSeries, timeText } from "../core/index.js";
import { LabError } from "../errors/index.js";

/** The header of Tesser's candle files. */
const HEADER = "symbol,timestamp,open,high,low,close,volume";

/**
 * Candles as CSV text in Tesser's layout: RFC 3339 timestamps in UTC, every number exact with all decimals of its column.
 * Loading it again gives the same series.
 */
export function candlesCsv(series: CandleSeries): string {
  const { symbol, priceDp, volumeDp, time, open, high, low, close, volume } = series;
  const label = /[",;\t\r\n]/.test(symbol) ? `"${symbol.replaceAll('"', '""')}"` : symbol;
  const lines = [HEADER];
  for (let i = 0; i < series.length; i++) {
    const prices = [open, high, low, close].map((column) => fixedText(column[i]!, priceDp));
    lines.push(`${label},${timeText(time[i]!)},${prices.join(",")},${fixedText(volume[i]!, volumeDp)}`);
  }
  lines.push("");
  return lines.join("\n");
}

/**
 * Writes candles as {@link candlesCsv}, packed when the name ends in `.gz`. The file appears whole or not at all.
 * @throws LabError `DATA_WRITE` when it cannot be written.
 */
export async function writeCandlesCsv(series: CandleSeries, path: string): Promise<void> {
  const text = candlesCsv(series);
  const partial = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(partial, path.toLowerCase().endsWith(".gz") ? gzipSync(text) : text);
    await rename(partial, path);
  } catch (cause) {
    throw new LabError("DATA_WRITE", `${basename(path)} cannot be written: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}.`, {
      cause,
    });
  }
}

/** Units of 10^-dp as text, like `unitsText` of core without a Decimal a number. */
function fixedText(units: number, dp: number): string {
  if (dp === 0) return String(units);
  const digits = String(units).padStart(dp + 1, "0");
  return `${digits.slice(0, -dp)}.${digits.slice(-dp)}`;
}
