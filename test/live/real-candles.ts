import { existsSync } from "node:fs";
import { join } from "node:path";

const name = "bybit_linear_BTCUSDT_5m_20240501-20240809.csv";
const path = join(process.env.TESSERLAB__DATA_DIR ?? "../shared/data", name);

/** Recorded candles outside the repository: tests that need them are skipped without. */
export const realCandles: { readonly name: string; readonly path: string; readonly found: boolean } = {
  name,
  path,
  found: existsSync(path),
};
