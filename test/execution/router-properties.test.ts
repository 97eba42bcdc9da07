import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Decimal } from "../../src/core/index.js";
import { type ExecutionPlan, Router, type RouterConfigInput, type RouterHook, type RouterOrder } from "../../src/execution/index.js";

const configs = fc.record<RouterConfigInput>({
  style: fc.constantFrom("taker", "maker_entry", "maker_exit", "maker_both"),
  entryMiss: fc.constantFrom("skip", "retry", "market"),
  entryRetries: fc.integer({ min: 0, max: 3 }),
  retryExhaust: fc.constantFrom("skip", "market"),
  offsetTicks: fc.integer({ min: 0, max: 5 }),
});
const hooks = fc.constantFrom<RouterHook | undefined>(
  undefined,
  () => {
    throw new Error("broken");
  },
  (plan: ExecutionPlan) => ({ ...plan, suppress: true }),
  (plan: ExecutionPlan) => ({ ...plan, orderType: "market", metadata: {} }),
  (plan: ExecutionPlan) => ({ ...plan, orderType: "limit", limitPrice: "123.456", ttlS: -1 }),
  () => "nonsense",
);
const steps = fc.array(
  fc.record({
    what: fc.constantFrom("enter", "take", "stop", "fill", "late", "cancel", "poll", "tick"),
    trade: fc.integer({ min: 0, max: 2 }),
    symbol: fc.constantFrom("BTCUSDT", "ETHUSDT"),
    side: fc.constantFrom("LONG", "SHORT"),
    price: fc.integer({ min: 1, max: 200_000 }),
    part: fc.integer({ min: 1, max: 100 }),
    seconds: fc.integer({ min: 0, max: 9 }),
  }),
  { maxLength: 60 },
);
const guards = fc.constantFrom("global", "strategy-symbol");

/** A venue beside the router: what was sent under each trade, what it filled, and whether an order still works there. */
class World {
  readonly router: Router;
  time = 0;
  /** Quantity of each trade as first sent, and what its quotes filled. */
  readonly target = new Map<string, Decimal>();
  readonly filled = new Map<string, Decimal>();
  ended: RouterOrder[] = [];
  readonly guard: "global" | "strategy-symbol";

  constructor(config: RouterConfigInput, guard: "global" | "strategy-symbol", hook: RouterHook | undefined) {
    this.guard = guard;
    this.router = new Router(config, { clock: { now: () => this.time }, guard });
    if (hook !== undefined) this.router.registerHook("preSubmit", hook);
  }

  send(plan: ExecutionPlan): void {
    for (const ref of plan.cancels) this.end(this.router.working(ref)!);
    const base = `${plan.action} ${plan.metadata.baseTradeId ?? plan.tradeId}`;
    if (plan.metadata.baseTradeId === undefined) {
      this.target.set(base, plan.quantity!);
      this.filled.set(base, new Decimal(0));
      // Another trade of this id begins, perhaps at the market, where the router does not hear of it: fills of the one before are none of it.
      this.ended = this.ended.filter(({ action, baseTradeId }) => `${action} ${baseTradeId}` !== base);
    } else
      expect(plan.quantity!.toFixed(), "a follow-up is for the remainder").toBe(
        this.target.get(base)!.minus(this.filled.get(base)!).toFixed(),
      );
    if (plan.orderType === "limit") this.router.registerWorking(plan);
  }

  end(order: RouterOrder): void {
    this.router.noteCancel(order);
    this.ended.push(order);
  }

  fill(order: RouterOrder, quantity: Decimal): void {
    const base = `${order.action} ${order.baseTradeId}`;
    this.filled.set(base, this.filled.get(base)!.plus(quantity));
    const note = this.router.noteFill(order, quantity);
    expect(note.remaining!.toFixed()).toBe(this.target.get(base)!.minus(this.filled.get(base)!).toFixed());
    expect(note.excess.isZero()).toBe(true);
    if (note.cancel !== undefined) this.end(note.cancel);
  }

  /** The runtime's loop over expired orders. */
  poll(price: number): void {
    for (const order of this.router.expired()) {
      if (order.action === "EXIT") {
        this.end(order);
        const plan = this.router.marketFallbackPlan(order);
        expect(plan).toMatchObject({ suppress: false, orderType: "market" });
        this.send(plan);
        continue;
      }
      const action = this.router.entryMissAction(order);
      expect(this.router.working(order)?.action).not.toBe("ENTER");
      this.end(order);
      if (action === "skip") continue;
      const plan = action === "retry" ? this.router.retryPlan(order, price) : this.router.marketFallbackPlan(order);
      expect(order.retryN < this.router.config.entryRetries || action !== "retry", "retries are bounded").toBe(true);
      if (!plan.suppress) this.send(plan);
    }
  }

  check(): void {
    const working = this.router.workingOrders();
    const entries = working.filter(({ action }) => action === "ENTER").map(({ asset }) => (this.guard === "global" ? "" : asset));
    expect(new Set(entries).size, "one working entry in a scope").toBe(entries.length);
    const exits = working.filter(({ action }) => action === "EXIT").map(({ tradeId }) => tradeId);
    expect(new Set(exits).size).toBe(exits.length);
    for (const { plan, filled, quantity } of working) {
      const tick = this.router.tickSize(plan.asset, plan.limitPrice!);
      expect(plan.limitPrice!.mod(tick).isZero() && plan.limitPrice!.gt(0)).toBe(true);
      expect(filled.lt(quantity!)).toBe(true);
    }
  }
}

describe("whatever happens in whatever order", () => {
  test("exits leave, no entry works twice, remainders are exact, and the registry empties", () => {
    fc.assert(
      fc.property(configs, guards, hooks, steps, (config, guard, hook, list) => {
        const world = new World(config, guard, hook);
        const { router } = world;
        for (const { what, trade, symbol, side, price, part, seconds } of list) {
          const intent = { tradeId: `t${trade}`, asset: symbol, side, referencePrice: new Decimal(price).div(100), quantity: "1" } as const;
          const orders = router.workingOrders();
          const order = orders[part % Math.max(1, orders.length)];
          if (what === "tick") world.time += seconds * 1000;
          else if (what === "poll") world.poll(price / 100);
          else if (what === "cancel" && order !== undefined) world.end(order);
          else if (what === "fill" && order !== undefined) world.fill(order, order.quantity!.minus(order.filled).times(part).div(100));
          else if (what === "late" && world.ended.length > 0) {
            const late = world.ended.at(-1)!;
            const key = `${late.action} ${late.baseTradeId}`;
            const left = world.target.get(key)!.minus(world.filled.get(key)!);
            const live = orders.find(({ action, baseTradeId }) => action === late.action && baseTradeId === late.baseTradeId);
            // The latest quote of its trade, and no new trade under the same id since: what else came late the venue would have said.
            if (left.gt(0) && live?.retryN !== 0 && world.ended.filter((e) => `${e.action} ${e.baseTradeId}` === key).at(-1) === late)
              world.fill(late, left.times(part).div(200));
          } else if (what === "enter") {
            const plan = router.planEntry(intent);
            if (!plan.suppress) world.send(plan);
          } else if (what === "take" || what === "stop") {
            const resting = router.working({ tradeId: intent.tradeId, action: "EXIT" });
            const plan = router.planExit({ ...intent, reason: what === "take" ? "TAKE_PROFIT" : "STOP_LOSS" });
            expect(plan.suppress, "only a second exit that may rest is one too many").toBe(what === "take" && resting !== undefined);
            if (what === "stop") expect(plan.orderType).toBe("market");
            if (resting !== undefined && !plan.suppress) expect(plan.cancels).toContainEqual({ tradeId: intent.tradeId, action: "EXIT" });
            if (!plan.suppress) world.send(plan);
          }
          world.check();
        }
        for (let round = 0; router.workingOrders().length > 0; round++) {
          expect(round).toBeLessThan(10);
          world.time += 300_000;
          world.poll(100);
        }
        expect(router.snapshot().working).toEqual([]);
        for (const [key, filled] of world.filled) expect(filled.lte(world.target.get(key)!)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("a quote is in whole ticks and never crosses its reference", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("buy", "sell"),
        fc.integer({ min: 1, max: 10 ** 9 }),
        fc.integer({ min: 0, max: 8 }),
        fc.integer({ min: 0, max: 100 }),
        fc.constantFrom("BTCUSDT", "SHIBUSDT", "UNKNOWN"),
        (side, units, dp, offsetTicks, asset) => {
          const router = new Router({ offsetTicks });
          const reference = new Decimal(units).div(new Decimal(10).pow(dp));
          const price = router.makerPrice(asset, side, reference);
          const tick = router.tickSize(asset, reference);
          if (price.isZero()) expect(side === "buy" && tick.gt(reference)).toBe(true);
          else {
            expect(price.mod(tick).isZero()).toBe(true);
            expect(side === "buy" ? price.lte(reference) : price.gte(reference)).toBe(true);
          }
        },
      ),
    );
  });
});
