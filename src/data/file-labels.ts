import { basename } from "node:path";
import { type Interval, intervalMs, intervalName, splitSymbol } from "../core/index.js";

/** The parts of a file's name, without folders and endings. */
function nameParts(file: string): string[] {
  return stem(file)
    .split(/[_\-.\s]+/)
    .filter((part) => part !== "");
}

function stem(file: string): string {
  return basename(file.replaceAll("\\", "/")).replace(/(\.(csv|tsv|txt|parquet|gz))+$/i, "");
}

/** The symbol a file's name tells: the first part that ends in a known quote currency, else the whole name without endings. */
export function symbolFromName(file: string): string {
  const known = nameParts(file).find((part) => /^[A-Z0-9]{5,24}$/.test(part) && splitSymbol(part).base !== part);
  return known ?? stem(file).toUpperCase();
}

/** The interval a file's name tells, as `5m` in `bybit_BTCUSDT_5m_2024.csv`. */
export function intervalFromName(file: string): Interval | undefined {
  const part = nameParts(file).find((candidate) => /^[1-9]\d{0,2}[smhdw]$/.test(candidate));
  return part === undefined ? undefined : intervalName(intervalMs(part));
}

/** Whether a file says in its name that it is synthetic. */
export function isSyntheticName(file: string): boolean {
  return /synthetic/i.test(basename(file.replaceAll("\\", "/")));
}
