import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { sharpe } from "../../src/analytics/index.js";
import { decimal } from "../../src/core/index.js";
import { LabError } from "../../src/errors/index.js";
import { openState, parseTesserPayload, StateWriter, type TesserView } from "../../src/state/index.js";
import { scratch, start } from "./samples.js";

const SAMPLE = join(process.env.TESSERLAB__DATA_DIR ?? "../shared/data", "tesser/live_state_payload.json");

/** A state file with the schema Tesser makes. */
function tesserFile(payload: string | undefined): string {
  const path = join(scratch(), "live_state.db");
  const db = new Sqlite(path);
  db.pragma("journal_mode = WAL");
  db.exec(
    "CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 1), payload TEXT NOT NULL, updated_at TEXT NOT NULL DEFAULT (datetime('now')))",
  );
  if (payload !== undefined) db.prepare("INSERT INTO state (id, payload, updated_at) VALUES (1, ?, '2024-05-01 00:05:01')").run(payload);
  db.close();
  return path;
}

function open(payload: object | string): TesserView {
  const view = openState(tesserFile(typeof payload === "string" ? payload : JSON.stringify(payload)));
  if (view.format !== "tesser") throw new Error("taken for ours");
  return view;
}

const balances = { USDT: { currency: "USDT", quantity: "21231.93", conversion_rate: "1" } };
const portfolio = {
  positions: {},
  balances,
  reporting_currency: "USDT",
  initial_equity: "25000",
  drawdown_limit: null,
  peak_equity: "25000.0",
  liquidate_only: true,
};
const S = { portfolio, open_orders: [], last_prices: {}, last_candle_ts: null, strategy_state: null };

describe("a Tesser state file", () => {
  test.skipIf(!existsSync(SAMPLE))("era S, the recorded payload (skipped without the shared data folder)", () => {
    const view = open(readFileSync(SAMPLE, "utf8"));
    expect(view.positions()).toEqual([
      {
        symbol: "ETHUSDT",
        quantity: decimal("1.25"),
        averageEntry: decimal("3012.80"),
        markPrice: decimal("3004.00"),
        unrealizedPnl: decimal("-11.0000"),
        realizedPnl: undefined,
        fees: undefined,
      },
    ]);
    expect(view.orders()).toMatchObject([
      {
        id: "7f3c",
        symbol: "ETHUSDT",
        side: "sell",
        type: "stop",
        role: "stopLoss",
        status: "working",
        timeInForce: "gtc",
        createdAt: Date.parse("2024-05-01T00:05:00.250Z"),
      },
    ]);
    expect(view.orders()[0]!.triggerPrice!.toFixed()).toBe("2952.54");
    expect(view.orders({ status: "filled" })).toEqual([]);
    expect(view.balances().map((one) => [one.currency, one.quantity.toFixed(), one.rate.toFixed()])).toEqual([
      ["USDT", "21231.93", "1"],
      ["ETH", "0", "3004"],
    ]);
    expect(view.summary()).toMatchObject({
      era: "S",
      reportingCurrency: "USDT",
      liquidateOnly: false,
      openOrders: 1,
      openPositions: 1,
      updatedAt: "2024-05-01 00:05:01",
    });
    expect(view.summary().drawdownLimit!.toFixed()).toBe("0.2");
    expect(view.warnings.join()).toContain("notional as cash");
    view.close();
    expect(() => view.positions()).toThrow(LabError);
  });

  test("era S: decimals as text keep every digit, a short is negative, a resting stop and a limit order are open", () => {
    const position = {
      symbol: "BTCUSDT",
      side: "Sell",
      quantity: "0.30000000",
      entry_price: "42000.10",
      unrealized_pnl: "-0.12",
      updated_at: "2024-05-01T00:00:00Z",
    };
    const request = {
      symbol: "BTCUSDT",
      side: "Buy",
      order_type: "Limit",
      quantity: "0.1",
      price: "41000.5",
      trigger_price: null,
      time_in_force: "GoodTilCanceled",
      client_order_id: "c1",
      take_profit: null,
      stop_loss: null,
      display_quantity: null,
    };
    const limit = {
      id: "a1",
      request,
      status: "PartiallyFilled",
      filled_quantity: "0.04",
      avg_fill_price: "41000.5",
      created_at: "2024-05-01T00:00:00Z",
      updated_at: "2024-05-01T00:01:00Z",
    };
    const view = open({
      ...S,
      portfolio: { ...portfolio, positions: { BTCUSDT: position } },
      open_orders: [limit],
      last_prices: { BTCUSDT: "42000.50" },
    });
    expect(view.summary()).toMatchObject({ era: "S", openOrders: 1, openPositions: 1, liquidateOnly: true });
    expect(view.positions()).toMatchObject([
      {
        symbol: "BTCUSDT",
        quantity: decimal("-0.3"),
        averageEntry: decimal("42000.1"),
        markPrice: decimal("42000.5"),
        unrealizedPnl: decimal("-0.12"),
      },
    ]);
    expect(view.orders()).toMatchObject([
      { id: "a1", side: "buy", type: "limit", status: "partiallyFilled", price: decimal("41000.5"), quantity: decimal("0.1") },
    ]);
    expect(view.balances().map((one) => one.quantity.toFixed())).toEqual(["21231.93"]);
    view.close();
  });

  test("era R: numbers, one cash figure", () => {
    const position = {
      symbol: "BTCUSDT",
      side: "Sell",
      quantity: 0.3,
      entry_price: 42000.1,
      unrealized_pnl: -0.1,
      updated_at: "2024-05-01T00:00:00Z",
    };
    const view = open({
      portfolio: {
        positions: { BTCUSDT: position },
        cash: 9579.58,
        realized_pnl: -420.42,
        initial_equity: 10000,
        drawdown_limit: 0.05,
        peak_equity: 10000,
        liquidate_only: false,
      },
      open_orders: [],
      last_prices: { BTCUSDT: 42000.5 },
      last_candle_ts: "2024-05-01T00:05:00.123456789Z",
    });
    expect(view.summary()).toMatchObject({ era: "R", reportingCurrency: "USDT", marketTime: Date.parse("2024-05-01T00:05:00.123Z") });
    expect(view.positions()[0]).toMatchObject({
      quantity: decimal("-0.3"),
      averageEntry: decimal("42000.1"),
      markPrice: decimal("42000.5"),
    });
    expect(view.balances()).toEqual([{ currency: "USDT", quantity: decimal("9579.58"), rate: decimal(1) }]);
  });

  test("era H: sub-accounts and checkpoint", () => {
    const flat = {
      symbol: "BTCUSDT",
      side: null,
      quantity: "0",
      entry_price: null,
      unrealized_pnl: "0",
      updated_at: "2024-05-01T00:00:00Z",
    };
    const account = { exchange: "bybit_linear", positions: { BTCUSDT: flat }, balances };
    const view = open({
      ...S,
      portfolio: { ...portfolio, sub_accounts: { bybit_linear: account } },
      execution_checkpoint: { last_timestamp: null, exec_ids: [] },
    });
    expect(view.summary()).toMatchObject({ era: "H", liquidateOnly: true, drawdownLimit: undefined });
    expect(view.summary().subAccounts[0]).toMatchObject({
      exchange: "bybit_linear",
      positions: [{ symbol: "BTCUSDT", quantity: decimal(0) }],
    });
    expect(view.warnings.join()).toContain("without their venue");
  });

  test("no portfolio yet, and nothing written yet", () => {
    const view = open({ ...S, portfolio: null });
    expect([view.positions(), view.balances(), view.orders(), view.warnings]).toEqual([[], [], [], []]);
    expect(() => openState(tesserFile(undefined))).toThrow(/nothing has been written/);
  });

  test("a malformed payload names the field", () => {
    expect(() => open("{")).toThrow(/not JSON/);
    expect(() => open({ ...S, open_orders: {} })).toThrow(/open_orders must be a list/);
    expect(() => open({ ...S, last_prices: { X: "dear" } })).toThrow(/last_prices.X/);
    expect(() => open({ ...S, open_orders: [{ id: "1", request: { symbol: "X", side: "Long" } }] })).toThrow(
      /open_orders\[0\].request.side must be one of Buy, Sell/,
    );
    expect(() => parseTesserPayload('{"portfolio":{"cash":"lots"}}')).toThrow(LabError);
  });

  test("what it does not hold is an error, not an empty list that reads as zero", () => {
    const view = open(S);
    expect(() => view.fills()).toThrow(/no fills/);
    expect(() => view.trades).toThrow(/no trades/);
    expect(() => sharpe(view)).toThrow(/no equity curve/);
    expect(view.sessions()).toEqual([]);
  });

  test("is never written to; its algorithm store points to it", () => {
    const path = tesserFile(JSON.stringify(S));
    expect(() => new StateWriter(path, start("a"))).toThrow(/Tesser state file; sessions are written to a file of their own/);
    const algos = path.replace(/\.db$/, ".algos.db");
    const db = new Sqlite(algos);
    db.exec("CREATE TABLE algo_states (id TEXT PRIMARY KEY, payload TEXT NOT NULL)");
    db.close();
    expect(() => openState(algos)).toThrow(path);
  });
});
