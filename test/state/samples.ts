import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { decimal, type Fill, type Order, type Position, type Trade } from "../../src/core/index.js";
import type { SessionProgress, SessionStart } from "../../src/state/index.js";

/** A folder for one test's files, removed after it. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "tesserlab-state-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const T0 = Date.parse("2024-05-01T00:00:00Z");

export function start(id: string, overrides: Partial<SessionStart> = {}): SessionStart {
  return {
    id,
    strategy: "SmaCross",
    params: { fastPeriod: 12, threshold: "0.1000000000000000000001" },
    settings: { sizer: "percent:0.10", fees: { taker: "0.00055" } },
    data: [{ symbol: "BTCUSDT", interval: "5m", name: "made up", synthetic: true, bars: 3, from: T0, to: T0 + 600_000 }],
    venue: "paper",
    currency: "USDT",
    initialCash: decimal("10000"),
    periodsPerYear: 105_120,
    warnings: [{ code: "SYNTHETIC_DATA", message: "BTCUSDT is synthetic data, not a market." }],
    ...overrides,
  };
}

export function order(id: string, overrides: Partial<Order> = {}): Order {
  return {
    id,
    symbol: "BTCUSDT",
    side: "buy",
    type: "market",
    role: "entry",
    quantity: decimal("0.010"),
    filledQuantity: decimal(0),
    price: undefined,
    triggerPrice: undefined,
    reduceOnly: false,
    timeInForce: "gtc",
    status: "working",
    createdAt: T0,
    updatedAt: T0,
    reason: undefined,
    ...overrides,
  };
}

export function fill(id: string, orderId: string, overrides: Partial<Fill> = {}): Fill {
  return {
    id,
    orderId,
    symbol: "BTCUSDT",
    side: "buy",
    role: "entry",
    quantity: decimal("0.010"),
    price: decimal("60000.10"),
    fee: decimal("0.33000055"),
    feeCurrency: "USDT",
    liquidity: "taker",
    time: T0 + 300_000,
    ...overrides,
  };
}

export const position: Position = {
  symbol: "BTCUSDT",
  quantity: decimal("0.010"),
  averageEntry: decimal("60000.10"),
  markPrice: decimal("60100"),
  unrealizedPnl: decimal("0.999"),
  realizedPnl: decimal("-1.5"),
  fees: decimal("0.33000055"),
};

export const trade: Trade = {
  index: 0,
  symbol: "BTCUSDT",
  side: "long",
  quantity: decimal("0.010"),
  entryTime: T0,
  entryPrice: decimal("60000.10"),
  exitTime: T0 + 600_000,
  exitPrice: decimal("60100"),
  grossPnl: decimal("0.999"),
  fees: decimal("0.66"),
  netPnl: decimal("0.339"),
  return: 0.000565,
  bars: 2,
  exitReason: "signal",
};

export function progress(overrides: Partial<SessionProgress> = {}): SessionProgress {
  return {
    bars: 3,
    marketTime: T0 + 600_000,
    equity: decimal("10000.66899945"),
    balance: decimal("9999.66999945"),
    fees: decimal("0.33000055"),
    funding: decimal(0),
    ...overrides,
  };
}
