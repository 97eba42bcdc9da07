import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import Sqlite from "better-sqlite3";
import { expect, onTestFinished } from "vitest";
import type { CandleSeries } from "../../src/core/index.js";
import { toBundle } from "../../src/display/index.js";
import { data } from "../../src/lab/index.js";

/** A folder for one test's files, removed after it. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "tesserlab-lab-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Made-up five-minute candles; the generator's minutes, relabelled by resampling, so that nothing here needs a file. */
export const btc: CandleSeries = data.resample(data.synthetic({ bars: 20_000, seed: 3, gaps: true }), "5m");

/** A value as a notebook and as a console show it, HTML without the bytes of its pictures and the chart library. */
export interface Shown {
  readonly console: string;
  readonly text: string;
  readonly html: string;
}

export async function shown(value: unknown): Promise<Shown> {
  const bundle = await toBundle(value);
  const html = String(bundle["text/html"]);
  const bare = html.replaceAll(/base64,[\w+/=]+/g, "base64,").replaceAll(/atob\("[\w+/=]+"\)/g, "atob()");
  return { console: inspect(value), text: String(bundle["text/plain"]), html: bare };
}

/** The HTML a person reads: no scripts, no styles, no tags. */
export function readable(html: string): string {
  return html
    .replaceAll(/<(script|style)[\s\S]*?<\/\1>/g, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

/** Nothing a person reads may show a hole in a value, or a display that broke. */
export function expectWhole({ console, text, html }: Shown): void {
  for (const form of [console, text, readable(html)])
    expect(form).not.toMatch(/\bNaN\b|\bundefined\b|\bnull\b|\[object |Infinity|could not be shown|function \(/);
}

/** A Tesser state file of the multi-portfolio era, with a position, an open order and two balances. */
export function tesserFile(): string {
  const path = join(scratch(), "live_state.db");
  const db = new Sqlite(path);
  db.exec(
    "CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), payload TEXT NOT NULL, updated_at TEXT NOT NULL DEFAULT (datetime('now')))",
  );
  const position = {
    symbol: "ETHUSDT",
    side: "Buy",
    quantity: "1.25",
    entry_price: "3012.80",
    unrealized_pnl: "-11.0000",
    updated_at: "2024-05-01T00:05:00Z",
  };
  const portfolio = {
    positions: { ETHUSDT: position },
    balances: { USDT: { currency: "USDT", quantity: "21231.93", conversion_rate: "1" } },
    reporting_currency: "USDT",
    initial_equity: "25000",
    drawdown_limit: null,
    peak_equity: "25000.0",
    liquidate_only: true,
  };
  const payload = { portfolio, open_orders: [], last_prices: { ETHUSDT: "3004.00" }, last_candle_ts: null, strategy_state: null };
  db.prepare("INSERT INTO state (id, payload, updated_at) VALUES (1, ?, '2024-05-01 00:05:01')").run(JSON.stringify(payload));
  db.close();
  return path;
}
