import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  analytics,
  backtest,
  compliance,
  data,
  defineStrategy,
  handleSignal,
  instrument,
  live,
  paper,
  replay,
  state,
} from "../../src/lab/index.js";
import type { SessionView } from "../../src/state/index.js";
import { btc, expectWhole, readable, type Shown, scratch, shown } from "./samples.js";

const BTC = instrument({ symbol: "BTCUSDT", tickSize: "0.1", lotSize: "0.001", minQuantity: "0.001", minNotional: "5" });
const at = { instrument: BTC, price: "60000", equity: "25000", sizer: "percent:0.05" } as const;

/** Every form a value is shown in says these. */
function says(all: Shown, ...words: readonly (string | RegExp)[]): void {
  expectWhole(all);
  for (const form of [all.console, all.text, readable(all.html)])
    for (const word of words)
      expect(form).toMatch(word instanceof RegExp ? word : new RegExp(word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")));
  expect(all.html).toContain("<table");
}

describe("a checked order", () => {
  const monitor = compliance.monitor(compliance.normalizer({ instruments: [BTC] }));

  test("clean: as asked for and on the venue's grid", async () => {
    const report = monitor.check({ symbol: "btc-usdt", side: "buy", quantity: "0.00125", price: "50000.19" });
    says(
      await shown(report),
      "Order in BTCUSDT: keeps every rule, may be sent",
      "tick 0.1, lot 0.001, at least 0.001, value at least 5",
      /Quantity\s+0\.00125\s+0\.001\b/,
      /Price\s+50000\.19\s+50000\.1\b/,
    );
  });

  test("blocked: every rule it breaks, with its numbers", async () => {
    const report = monitor.check({ symbol: "BTCUSDT", side: "buy", quantity: "0.0004", price: 0 });
    expect(report.violations.length).toBeGreaterThan(2);
    const all = await shown(report);
    says(all, `${report.violations.length} rules broken, blocked`);
    for (const { code, message, numbers } of report.violations) {
      says(all, `${code}: ${message}`);
      for (const [name, value] of Object.entries(numbers)) says(all, `${name} ${value}`);
    }
  });

  test("a market order without a specification", async () => {
    const all = await shown(monitor.check({ symbol: "DOGEUSDT", side: "sell", quantity: 1 }));
    says(all, "1 rule broken, blocked", "NO_SPECIFICATION", /Price\s+at the market\s+at the market/);
  });
});

describe("a signal by hand", () => {
  test("its order and its legs", async () => {
    const handled = handleSignal({ id: "s1", kind: "enterLong", stopLoss: "58800", takeProfit: "63000" }, at);
    says(
      await shown(handled),
      "Signal ordered: 1 order now, 2 protective legs once the entry is filled",
      /now\s+s1\s+buy market BTCUSDT\s+0\.02\b/,
      /once filled\s+s1-sl\s+sell stop BTCUSDT\s+0\.02\s+-\s+58800/,
      /once filled\s+s1-tp\s+sell limit BTCUSDT\s+0\.02\s+63000\s+-.*reduce-only/,
    );
  });

  test("its refusal, with code and numbers", async () => {
    const handled = handleSignal({ id: "s1", kind: "enterLong" }, { ...at, risk: { maxOrderQuantity: "0.001" }, sizer: "fixed:0.02" });
    const all = await shown(handled);
    expectWhole(all);
    const { code, numbers } = handled.refusal!;
    for (const form of [all.console, all.text, readable(all.html)]) {
      expect(form).toContain("Signal refused: no order");
      expect(form).toContain(`${code}: `);
      for (const [name, value] of Object.entries(numbers)) expect(form).toContain(`${name} ${value}`);
    }
  });
});

const script = defineStrategy({
  name: "Script",
  params: {},
  create: () => ({
    onCandle(bar, desk) {
      if (bar.index === 2) desk.enterLong({ stopLoss: 1 });
      if (bar.index === 4) desk.enterLong({ stopLoss: 1e9 });
      if (bar.index === 6) desk.exitLong();
    },
  }),
});
const run = await backtest({ data: data.resample(btc, "1h").slice(0, 40), strategy: script, sizer: "fixed:0.01", pyramiding: 1 });
const time = (bar: number): number => run.series[0]!.time[bar]!;

describe("a bar explained", () => {
  test("the signal and its order", async () => {
    const bar = run.explain(time(2));
    says(
      await shown(bar),
      "Bar 2, ",
      `close ${bar.candle.close.toFixed()}`,
      `equity ${bar.equity.toFixed()}`,
      "flat",
      /enterLong BTCUSDT\s+1\s+[\d.]+\s+ordered/,
      /buy market BTCUSDT\s+entry\s+0\.01/,
      new RegExp(`1\\s+BTCUSDT\\s+fixed:0\\.01\\s+10000\\s+${bar.candle.close.toFixed()}\\s+0\\.01\\s+0\\.001\\s+0\\.01\\b`),
      /1\s+risk basic\s+-\s+-\s+passes/,
      /1\s+venue minQuantity\s+0\.01\s+at least [\d.]+\s+passes/,
    );
  });

  test("the fill, the position and its stop", async () => {
    const bar = run.explain(time(3));
    says(
      await shown(bar),
      /position 0\.01 BTCUSDT at [\d.]+, unrealized -?[\d.]+/,
      new RegExp(`buy BTCUSDT\\s+0\\.01\\s+${bar.fills[0]!.price.toFixed()}`),
      "Working after the bar",
      "stopLoss",
    );
  });

  test("a refusal, with code and numbers", async () => {
    const bar = run.explain(time(4));
    const { code, message } = bar.orders[0]!.reason!;
    expect(code).toBe("STOP_WRONG_SIDE");
    says(await shown(bar), `order ${bar.orders[0]!.id}, ${code}: ${message}`, "refused");
  });

  test("a bar on which nothing happened says so", async () => {
    const all = await shown(run.explain(time(30)));
    expectWhole(all);
    for (const form of [all.console, all.text, readable(all.html)]) expect(form).toContain("no signal, order or fill");
  });
});

describe("a trading summary", () => {
  test("of a run: total, instrument, strategy and asset side by side, and why a figure is missing", async () => {
    const summary = analytics.tradingSummary(run, { riskFreeReturn: 0.03 });
    const all = await shown(summary);
    says(all, "risk-free return 3 % a year", "instrument BTCUSDT", "strategy main", "asset USDT");
    for (const { label, text } of summary.toRows()) says(all, label, text);
    for (const why of Object.values(summary.total.reasons)) says(all, why);
  });

  test("of a stored session as it is", async () => {
    const statePath = join(scratch(), "s.db");
    const candles = btc.slice(0, 1000);
    const session = await live.start({
      strategy: "SmaCross",
      venue: paper({ feed: replay(candles, { speed: "max" }) }),
      statePath,
      thread: "caller",
    });
    await session.done;
    const view = state.open(statePath);
    const summary = analytics.tradingSummary(view as SessionView, { riskFreeReturn: 0.03 });
    expect(summary.total.trades).toBe(view.trades.length);
    expect(summary.total.trades).toBeGreaterThan(0);
    says(await shown(summary), "asset USDT", "instrument BTCUSDT", "Win rate");
    view.close();
  });
});

describe("a router", () => {
  test("its style and what it counted; the market's too", async () => {
    const quoted = await backtest({
      data: btc,
      strategy: "SmaCross",
      params: { fastPeriod: 12, slowPeriod: 30 },
      router: { style: "maker_both" },
    });
    says(
      await shown(quoted.router),
      "Router maker_both, 0 working",
      new RegExp(`Entries resting\\s+${quoted.router.counters.makerEntries}\\b`),
    );
    says(await shown(run.router), "Router taker, 0 working", /Entries at the market\s+1\b/);
  });
});
