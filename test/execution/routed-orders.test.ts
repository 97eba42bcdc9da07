import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BacktestRun, backtest } from "../../src/backtest/index.js";
import { type Decimal, decimal, type Order, type StrategyContext } from "../../src/core/index.js";
import type { RouterConfigInput } from "../../src/execution/index.js";
import { candles, type Row, scripted } from "../backtest/scripted.js";

const INSTRUMENT = { symbol: "TESTUSDT", tickSize: "0.5", lotSize: "0.01", minQuantity: "0.05", maxQuantity: "5", minNotional: "7" };
const LIMITS = { maxOrderQuantity: "1.5", maxOrderNotional: "250", maxPositionQuantity: "2" };

const bars = fc.array(
  fc.record({
    open: fc.integer({ min: -20, max: 20 }),
    up: fc.nat({ max: 30 }),
    down: fc.nat({ max: 30 }),
    close: fc.integer({ min: -30, max: 30 }),
  }),
  { minLength: 25, maxLength: 40 },
);
const routers = fc.record<RouterConfigInput>({
  style: fc.constantFrom("taker", "maker_entry", "maker_exit", "maker_both"),
  entryTtlS: fc.constantFrom(1, 61, 200),
  exitTtlS: fc.constantFrom(1, 200),
  entryMiss: fc.constantFrom("skip", "retry", "market"),
  entryRetries: fc.integer({ min: 0, max: 3 }),
  retryExhaust: fc.constantFrom("skip", "market"),
  offsetTicks: fc.integer({ min: 0, max: 3 }),
  postOnly: fc.boolean(),
  tickOverrides: fc.constantFrom({}, { TESTUSDT: "0.3" }),
});
const hints = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      { algorithm: "twap", durationMs: 180_000 },
      { algorithm: "vwap", durationMs: 240_000, participationRate: "0.0007" },
      { algorithm: "iceberg", displayQuantity: "0.13" },
      { algorithm: "pegged", offsetBps: "20", clipQuantity: "0.4", refreshMs: 0 },
      { algorithm: "sniper", triggerPrice: "100", timeoutMs: 180_000 },
      { algorithm: "trailingStop", callbackRate: "0.01" },
    ),
  },
);
const actions = fc.array(
  fc.record({
    bar: fc.nat({ max: 30 }),
    what: fc.constantFrom("enterLong", "enterShort", "enterLong", "exitLong", "exitShort", "flatten"),
    reason: fc.constantFrom("TAKE_PROFIT", "take_profit", "STOP_LOSS", "moon"),
    hint: hints,
    brackets: fc.boolean(),
    quantity: fc.constantFrom(undefined, "0.337", "0.8", "1.9", "0.02"),
  }),
  { minLength: 8, maxLength: 24 },
);
const sizers = fc.constantFrom("fixed:0.777", "percent:0.015", "fixed:1.49");

/** Candles of a walk around 100, at least 20. */
function walk(list: readonly { open: number; up: number; down: number; close: number }[]): Row[] {
  let last = 1000;
  return list.map(({ open, up, down, close }) => {
    const o = Math.max(200, last + open);
    const c = Math.max(200, o + close);
    last = c;
    const text = (tenths: number): string => String(tenths / 10);
    return [text(o), text(Math.max(o, c) + up), text(Math.max(100, Math.min(o, c) - down)), text(c)];
  });
}

/** Position of the account before each order was made, from the fills. */
function held(run: BacktestRun): Decimal {
  return run.fills.reduce((sum, fill) => (fill.side === "buy" ? sum.plus(fill.quantity) : sum.minus(fill.quantity)), decimal(0));
}

function checkOrder(order: Order): void {
  if (order.status === "refused") return;
  const label = `${order.id} ${order.role} ${order.route ?? ""}`;
  expect(order.quantity.mod(INSTRUMENT.lotSize).isZero() && order.quantity.gt(0), `${label} lot`).toBe(true);
  expect(order.quantity.lte(INSTRUMENT.maxQuantity), `${label} maximum`).toBe(true);
  if (order.price !== undefined) expect(order.price.mod(INSTRUMENT.tickSize).isZero() && order.price.gt(0), `${label} tick`).toBe(true);
  expect(order.reduceOnly, `${label} reduce-only`).toBe(order.role !== "entry");
  if (order.role !== "entry") return;
  expect(order.quantity.gte(INSTRUMENT.minQuantity), `${label} minimum`).toBe(true);
  expect(order.quantity.lte(LIMITS.maxOrderQuantity), `${label} order limit`).toBe(true);
  if (order.price !== undefined) {
    expect(order.price.times(order.quantity).lte(LIMITS.maxOrderNotional), `${label} notional limit`).toBe(true);
    expect(order.price.times(order.quantity).gte(INSTRUMENT.minNotional), `${label} least value`).toBe(true);
  }
}

describe("no composition of sizer, risk, compliance, router and algorithm", () => {
  test("yields an order that breaks a limit, a tick, a lot or reduce-only, or leaves a position behind that nobody closes", () => {
    fc.assert(
      fc.property(bars, routers, actions, sizers, (list, router, script, sizer) => {
        const byBar: Record<number, (desk: StrategyContext) => void> = {};
        for (const { bar, what, reason, hint, brackets, quantity } of script) {
          const before = byBar[bar];
          byBar[bar] = (desk) => {
            before?.(desk);
            const way = hint === undefined ? {} : { hint };
            if (what === "exitLong" || what === "exitShort" || what === "flatten") desk[what]({ reason, ...way });
            else {
              const wide = what === "enterLong" ? { stopLoss: "15", takeProfit: "400" } : { stopLoss: "400", takeProfit: "15" };
              desk[what]({ ...way, ...(brackets ? wide : {}), ...(quantity === undefined ? {} : { quantity }) });
            }
          };
        }
        const rows = walk(list);
        // At the end everything is left at once, with bars to spare: whatever rested or was under way makes way.
        const still = Array.from({ length: 4 }, (): Row => [rows.at(-1)![3], rows.at(-1)![3], rows.at(-1)![3], rows.at(-1)![3]]);
        const end = byBar[rows.length];
        byBar[rows.length] = (desk) => {
          end?.(desk);
          desk.flatten({ reason: "KILL_SWITCH" });
        };
        for (const at of Object.keys(byBar)) if (Number(at) > rows.length) delete byBar[Number(at)];
        const run = backtest({
          data: candles([...rows, ...still]),
          strategy: scripted(byBar),
          sizer,
          risk: LIMITS,
          router,
          instrument: INSTRUMENT,
          pyramiding: 1,
          reverse: false,
        });
        for (const order of run.orders) checkOrder(order);
        let position = decimal(0);
        const byId = new Map(run.orders.map((order) => [order.id, order]));
        for (const fill of run.fills) {
          const next = fill.side === "buy" ? position.plus(fill.quantity) : position.minus(fill.quantity);
          const order = byId.get(fill.orderId)!;
          if (order.reduceOnly) expect(next.abs().lt(position.abs()) && !next.times(position).lt(0), "only reduces").toBe(true);
          else expect(next.abs().lte(LIMITS.maxPositionQuantity), "position limit").toBe(true);
          expect(
            order.price === undefined ||
              order.role === "stopLoss" ||
              (fill.side === "buy" ? fill.price.lte(order.price) : fill.price.gte(order.price)),
            "no worse than its limit",
          ).toBe(true);
          position = next;
        }
        expect(held(run).toFixed()).toBe("0");
        expect(run.router.working).toEqual([]);
        for (const order of run.orders)
          expect(["filled", "cancelled", "rejected", "refused"], `order ${order.id} is over`).toContain(order.status);
      }),
      { numRuns: 250 },
    );
  });
});
