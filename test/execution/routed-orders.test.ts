import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BacktestRun, backtest } from "../../src/backtest/index.js";
import { type Decimal, decimal, type Order, type StrategyContext } from "../../src/core/index.js";
import { defineSizer, positionSizing, type RiskChecker, type RouterConfigInput, risk, sizers } from "../../src/execution/index.js";
import { candles, MINUTE, type Row, START, scripted } from "../backtest/scripted.js";

const INSTRUMENT = { symbol: "TESTUSDT", tickSize: "0.5", lotSize: "0.01", minQuantity: "0.05", maxQuantity: "5", minNotional: "7" };
const LIMITS = { maxOrderQuantity: "1.5", maxOrderNotional: "140", maxPositionQuantity: "1.6" };

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
/** GeoSync's sizing as a sizer, as a cell would write it. */
const budgeted = (share: string) =>
  defineSizer({
    name: "budgeted",
    size: ({ equity, price }) => (equity.lt(0) ? 0 : positionSizing(equity, share, price, { maxLeverage: 1, lot: "0.01" })),
  });
/** Every sizer, with sizes on both sides of the limits. */
const SIZERS = [
  sizers.fixed("0.777"),
  sizers.fixed("1.49"),
  sizers.percent("0.015"),
  sizers.riskAdjusted("0.0002", { volatility: "0.02" }),
  sizers.riskAdjusted("0.0004", { volatility: sizers.atr(3) }),
  sizers.volatilityTarget("0.15", { volatility: sizers.realised(3) }),
  sizers.kelly({ winRate: "0.55", payoff: "1.5", fraction: "0.05" }),
  budgeted("0.013"),
];

/** What a composition of checkers is made of: each drawn by itself, with a limit that the runs below do reach. */
const maybe = <T>(...limits: readonly T[]): fc.Arbitrary<T | undefined> =>
  fc.option(fc.constantFrom(...limits), { nil: undefined, freq: 2 });
const checks = fc.record({
  heat: maybe<{ warn?: string; refuse?: string; reduce?: string; step?: string }>(
    { refuse: "0.012" },
    { warn: "0.005", refuse: "0.016" },
    { refuse: "0.012", reduce: "0.013", step: "0.3" },
    { reduce: "0.01" },
  ),
  balance: maybe<{ leverage: number; feeRate?: string }>({ leverage: 1, feeRate: "0.001" }, { leverage: 1, feeRate: "0.01" }),
  rate: maybe({ maxOrders: 1, perMs: 3 * MINUTE }, { maxOrders: 3, perMs: 10 * MINUTE }),
  drawdown: maybe("0.0003", "0.002"),
  collar: maybe("0.004", "0.02"),
  poor: fc.integer({ min: 0, max: 4 }).map((one) => one === 0),
  order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }),
});
type Checks = typeof checks extends fc.Arbitrary<infer T> ? T : never;

/** Cash of a run: where the balance is checked there is little of it, so that it is short; in some others the venue rejects what cannot be paid for. */
const cashOf = ({ balance, poor }: Checks): string => (balance === undefined && !poor ? "10000" : "60");

/** An order that every checker let pass, with what the account was then. */
interface Passed {
  readonly after: Decimal;
  readonly added: Decimal;
  readonly price: Decimal;
  readonly equity: Decimal;
}

/** The checkers as one, in the order drawn; the last of them refuses nothing and notes what came through. */
function composed({ heat, balance, rate, drawdown, collar, order }: Checks, passed: Passed[]): RiskChecker {
  const all = [
    risk.basic({ maxOrderQuantity: LIMITS.maxOrderQuantity, maxPositionQuantity: LIMITS.maxPositionQuantity }),
    risk.all(
      risk.noop(),
      risk.basic({ maxOrderNotional: LIMITS.maxOrderNotional }),
      ...(balance === undefined ? [] : [risk.balance(balance)]),
    ),
    heat === undefined ? undefined : risk.heat(heat),
    rate === undefined ? undefined : risk.rate(rate),
    drawdown === undefined ? undefined : risk.drawdown(drawdown),
    collar === undefined ? undefined : risk.collar(collar),
  ];
  const notes = risk.define({
    name: "notes",
    check: ({ side, quantity: added, price, position, equity }) => {
      passed.push({ after: side === "buy" ? position.plus(added) : position.minus(added), added, price, equity });
      return undefined;
    },
  });
  return risk.all(...order.flatMap((i) => all[i] ?? []), notes);
}

/** What went through the checkers, held against their limits by the formulas of their documentation. */
function checkPassed({ heat, balance }: Checks, passed: readonly Passed[]): void {
  for (const { after, added, price, equity } of passed) {
    expect(added.lte(LIMITS.maxOrderQuantity) && after.abs().lte(LIMITS.maxPositionQuantity), "quantities").toBe(true);
    expect(added.times(price).lte(LIMITS.maxOrderNotional), "notional").toBe(true);
    if (heat?.refuse !== undefined) expect(after.abs().times(price).lte(equity.times(heat.refuse)), "heat").toBe(true);
    if (balance !== undefined) {
      const value = added.times(price);
      expect(
        value
          .div(balance.leverage)
          .plus(value.times(balance.feeRate ?? 0))
          .lte(equity),
        "balance",
      ).toBe(true);
    }
  }
}

/** The entries that left, held against the limits that span orders: by their times, the candles and the equity of the run alone. */
function checkEntries(check: Checks, run: BacktestRun, rows: readonly Row[]): void {
  const { rate, drawdown, collar } = check;
  const entries = run.orders.filter(({ role, status }) => role === "entry" && status !== "refused");
  if (rate !== undefined)
    for (const [i, { createdAt }] of entries.entries()) {
      const within = entries.slice(i).filter((later) => later.createdAt - createdAt < rate.perMs);
      expect(within.length, `entries from ${createdAt} on`).toBeLessThanOrEqual(rate.maxOrders);
    }
  if (drawdown !== undefined) {
    const { time, value } = run.equity;
    let peak = Number(cashOf(check));
    const tripped = value.findIndex((equity) => {
      peak = Math.max(peak, equity);
      // Doubles: a fall within a millionth of the limit says nothing.
      return peak - equity > peak * Number(drawdown) + 1e-6;
    });
    if (tripped >= 0)
      expect(
        entries.filter(({ createdAt }) => createdAt > time[tripped]!),
        "after the stop",
      ).toEqual([]);
  }
  if (collar !== undefined)
    for (const { id, price, createdAt, updatedAt, route } of entries) {
      if (price === undefined) continue;
      // What a signal sends goes by the close; what is sent while a candle trades, by some price of it or of the next one; what follows the market, by one of its candles.
      const bar = (createdAt - START) / MINUTE;
      const last = route?.startsWith("pegged") === true ? Math.floor((updatedAt - START) / MINUTE) : bar;
      const around = route === undefined || route === "maker_entry" ? [rows[bar]![3]] : rows.slice(bar, last + 2).flat();
      const [low, high] = [Math.min(...around.map(Number)), Math.max(...around.map(Number))];
      const reach = decimal(collar);
      const within = price.gte(decimal(low).times(decimal(1).minus(reach))) && price.lte(decimal(high).times(reach.plus(1)));
      expect(within, `collar of ${id} ${route ?? ""}`).toBe(true);
    }
}

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
    const sized = new Set<string>();
    const refused = new Set<string>();
    fc.assert(
      fc.property(bars, routers, actions, fc.constantFrom(...SIZERS), checks, (list, router, script, sizer, check) => {
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
        const passed: Passed[] = [];
        const run = backtest({
          data: candles([...rows, ...still]),
          cash: cashOf(check),
          strategy: scripted(byBar),
          sizer,
          risk: composed(check, passed),
          router,
          instrument: INSTRUMENT,
          pyramiding: 1,
          reverse: false,
        });
        for (const order of run.orders) checkOrder(order);
        checkPassed(check, passed);
        checkEntries(check, run, [...rows, ...still]);
        const left = run.orders.filter(({ role, status }) => role === "entry" && status !== "refused");
        expect(passed.length, "no entry leaves unasked").toBeGreaterThanOrEqual(left.length);
        if (left.length > 0) sized.add(sizer.text);
        for (const { reason, status } of run.orders) if (status === "refused") refused.add(reason!.code);
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
      { numRuns: 350 },
    );
    // Every sizer had an entry leave and every checker refused one, so that the property says something of each.
    expect([...sized].sort()).toEqual(SIZERS.map(({ text }) => text).sort());
    expect([...refused]).toEqual(
      expect.arrayContaining([
        "MAX_ORDER_QUANTITY",
        "MAX_ORDER_NOTIONAL",
        "PORTFOLIO_HEAT",
        "INSUFFICIENT_BALANCE",
        "ORDER_RATE",
        "DRAWDOWN_STOP",
        "PRICE_COLLAR",
      ]),
    );
  });
});
