import { type Clock, Decimal, type DecimalInput, decimal, type EpochMs, type Side, systemClock } from "../../core/index.js";
import { assertKeys, LabError, unknownName } from "../../errors/index.js";
import { type EntryMiss, type RouterConfig, type RouterConfigInput, routerConfig } from "./config.js";
import { noCounts, type RouterCounters } from "./counters.js";
import {
  assertIntent,
  baseOf,
  contextOf,
  limit,
  MIN_TTL_S,
  market,
  NO_CANCELS,
  named,
  type PlanBase,
  replacePlan,
  spreadAllows,
} from "./drafts.js";
import { type HookContext, type HookFailure, type HookStage, Hooks, type RouterHook } from "./hooks.js";
import { GUARDS, type RouterGuard, type RouterOptions, RouterSnapshot } from "./options.js";
import { type ExecutionPlan, type ExitIntent, isSane, type PlanMetadata, type RouterIntent, type WorkingRef } from "./plan.js";
import { quotePrice, type RouterAction, tickSize, tryDecimal } from "./prices.js";
import { type FillNote, type RouterOrder, WorkingRegistry } from "./registry.js";

/**
 * Decides how an intent reaches the venue, at the market or resting for a while, and never whether an exit does. A pure policy: whoever runs it sends, cancels
 * and polls {@link Router.expired}. Prices are exact and in whole ticks.
 *
 * Its rules: exits are never skipped, and one that has rested too long goes to the market; one entry works at a time, and an urgent exit goes before whatever
 * works for its trade; an entry is quoted again at most `entryRetries` times; by default everything goes to the market and nothing rests.
 */
export class Router {
  readonly config: RouterConfig;
  readonly #clock: Clock;
  readonly #guard: RouterGuard;
  readonly #ticks: Readonly<Record<string, string>>;
  readonly #registry = new WorkingRegistry();
  readonly #counters: RouterCounters = noCounts();
  readonly #hooks = new Hooks(() => {
    this.#counters.hookErrors++;
  });

  /** @throws LabError `OPTION_UNKNOWN`, `ROUTER_INVALID`. */
  constructor(config: RouterConfigInput = {}, options: RouterOptions = {}) {
    this.config = routerConfig(config);
    assertKeys("a router", options, ["clock", "guard", "ticks"]);
    this.#clock = options.clock ?? systemClock;
    this.#guard = options.guard ?? "global";
    if (!GUARDS.includes(this.#guard)) throw unknownName("ROUTER_INVALID", "guard", String(this.#guard), GUARDS);
    this.#ticks = { ...routerConfig({ tickOverrides: options.ticks ?? {} }).tickOverrides, ...this.config.tickOverrides };
  }

  /** Whether every plan is a market order and no hook looks in: a caller may then skip the planning and call {@link countTaker}. */
  get isPlainTaker(): boolean {
    return this.config.style === "taker" && this.#registry.size === 0 && this.#hooks.isEmpty;
  }

  /** Counts an order that went to the market without a plan. */
  countTaker(action: RouterAction): void {
    if (action === "ENTER") {
      this.#counters.plansEntry++;
      this.#counters.takerEntries++;
    } else {
      this.#counters.plansExit++;
      this.#counters.takerExits++;
    }
  }

  /** What hooks did wrong, the first hundred. */
  get hookFailures(): readonly HookFailure[] {
    return this.#hooks.failures;
  }

  /**
   * Plans an entry: suppressed while another one works (see `guard`), resting where the style, the price and the spread allow it, else at the market.
   * @throws LabError `POSITION_SIDE`, `ROUTER_INTENT` for a trade or an asset without a name or a quantity of nothing, `DECIMAL_INVALID` for one that is no number.
   */
  planEntry(intent: RouterIntent): ExecutionPlan {
    assertIntent(intent);
    const context = contextOf(intent, "ENTER");
    this.#hooks.run("prePlan", null, context);
    this.#counters.plansEntry++;
    const base = baseOf(intent, "ENTER");
    const working = this.#workingEntry(base);
    if (working !== undefined) {
      this.#counters.suppressedDupEnter++;
      return market(base, `working_entry_exists:${working.tradeId}`, { suppress: true });
    }
    const plan = this.#submit(this.#draftEntry(base, intent), context, intent.referencePrice);
    if (plan.isMaker) this.#counters.makerEntries++;
    else if (!plan.suppress) this.#counters.takerEntries++;
    return plan;
  }

  #draftEntry(base: PlanBase, intent: RouterIntent): ExecutionPlan {
    const { style, maxSpreadBps, postOnly, entryTtlS } = this.config;
    const rests = style === "maker_entry" || style === "maker_both";
    if (!rests || !tryDecimal(intent.referencePrice)?.gt(0)) return market(base, "taker_default");
    if (!spreadAllows(intent.spreadBps, maxSpreadBps)) {
      this.#counters.spreadGateTaker++;
      return market(base, `spread_gate:${String(intent.spreadBps)}bps`);
    }
    const price = this.makerPrice(base.asset, base.side, intent.referencePrice);
    return price.gt(0) ? limit(base, price, postOnly, entryTtlS, "maker_entry") : market(base, "taker_default");
  }

  /**
   * Plans an exit. It always leaves, unless the same exit is working already and nothing is urgent; `cancels` names what is to be cancelled first: a resting exit
   * that an urgent one goes before, and the trade's own entry.
   * A quantity that is no number counts as none was named.
   * @throws LabError `POSITION_SIDE`, `ROUTER_INTENT` for a trade or an asset without a name.
   */
  planExit(intent: ExitIntent): ExecutionPlan {
    assertIntent(intent);
    const reason = String(intent.reason ?? "");
    const urgent = !this.config.restingReasons.includes(reason.toUpperCase());
    const context = { ...contextOf(intent, "EXIT"), reason, urgent };
    this.#hooks.run("prePlan", null, context);
    this.#counters.plansExit++;
    const working = this.#registry.find({ tradeId: intent.tradeId, action: "EXIT" });
    const base = { ...baseOf(intent, "EXIT"), cancels: this.#cancelsFor(intent.tradeId, working) };
    this.#registry.close(intent.tradeId);
    if (working !== undefined && !urgent) {
      this.#counters.suppressedDupExit++;
      return market({ ...base, cancels: NO_CANCELS }, "working_exit_exists", { suppress: true });
    }
    if (working !== undefined) {
      this.#counters.exitEscalations++;
      return this.#submitExit(market(base, `escalate:${reason}`, { metadata: { preemptWorking: true } }), context, intent, urgent);
    }
    const plan = this.#submitExit(this.#draftExit(base, intent, reason, urgent), context, intent, urgent);
    if (plan.isMaker) this.#counters.makerExits++;
    else this.#counters.takerExits++;
    return plan;
  }

  #draftExit(base: PlanBase, intent: ExitIntent, reason: string, urgent: boolean): ExecutionPlan {
    const { style, maxSpreadBps, postOnly, exitTtlS } = this.config;
    const rests = (style === "maker_exit" || style === "maker_both") && !urgent;
    if (rests && spreadAllows(intent.spreadBps, maxSpreadBps)) {
      const price = this.makerPrice(base.asset, base.side, intent.referencePrice);
      if (price.gt(0)) return limit(base, price, postOnly, exitTtlS, `maker_exit:${reason.toUpperCase()}`);
    }
    return market(base, `taker_exit:${reason}`);
  }

  /** The working orders that an exit of a trade ends: its resting exit, and every quote of its entry. */
  #cancelsFor(tradeId: string, exit: RouterOrder | undefined): readonly WorkingRef[] {
    const own = this.#registry
      .list()
      .filter((order) => order === exit || (order.action === "ENTER" && (order.tradeId === tradeId || order.baseTradeId === tradeId)));
    return own.length === 0 ? NO_CANCELS : Object.freeze(own.map(({ tradeId: id, action }) => Object.freeze({ tradeId: id, action })));
  }

  /** Lets hooks see an exit, and takes back whatever they did that would keep it from leaving. */
  #submitExit(draft: ExecutionPlan, context: HookContext, intent: ExitIntent, urgent: boolean): ExecutionPlan {
    const plan = this.#submit(draft, context, intent.referencePrice);
    const metadata = draft.metadata.preemptWorking ? { ...plan.metadata, preemptWorking: true } : plan.metadata;
    if (plan.suppress) return market(draft, "hook_suppress_overridden_market", { metadata });
    if (!isSane(plan)) return market(draft, "sanity_fallback_market", { metadata });
    if (urgent && plan.orderType === "limit") return market(draft, "hook_rest_overridden_market", { metadata });
    return metadata === plan.metadata ? plan : Object.freeze({ ...plan, metadata: Object.freeze(metadata) });
  }

  /** Runs the `preSubmit` hooks over a plan. */
  #submit(plan: ExecutionPlan, context: HookContext, reference: DecimalInput | null | undefined): ExecutionPlan {
    return this.#hooks.fold("preSubmit", plan, context, (current, answer) => {
      const next = replacePlan(plan, answer, (price) => this.tickSize(plan.asset, reference ?? price));
      if (next !== undefined) return next;
      this.#hooks.warn("preSubmit", "A preSubmit hook returned no plan that could be sent; the plan stays as it was.", answer);
      return current;
    });
  }

  /** The tick of a symbol; of one that nobody described, 1e-5 of the reference price, or 0 without one. */
  tickSize(asset: string, referencePrice?: DecimalInput): Decimal {
    return tickSize(named(asset, "asset"), referencePrice, this.#ticks);
  }

  /** Where an order of this side would rest: in whole ticks, `offsetTicks` behind the reference price; 0 where it cannot. */
  makerPrice(asset: string, side: Side, referencePrice: DecimalInput | null | undefined): Decimal {
    return quotePrice(side, referencePrice, this.tickSize(asset, referencePrice ?? undefined), this.config.offsetTicks);
  }

  /**
   * Takes note of an order that was sent and rests. A retry continues its trade.
   * @throws LabError `ROUTER_SUPPRESSED` for a plan that is not to be sent, `ROUTER_WORKING_ENTRY` for an entry while another one works.
   */
  registerWorking(plan: ExecutionPlan): RouterOrder {
    if (plan.suppress)
      throw new LabError(
        "ROUTER_SUPPRESSED",
        `The plan ${plan.tradeId} is suppressed (${plan.reason}): it is not to be sent, nor registered.`,
      );
    const other = plan.action === "ENTER" ? this.#workingEntry(plan, plan.tradeId) : undefined;
    if (other !== undefined)
      throw new LabError(
        "ROUTER_WORKING_ENTRY",
        `${other.tradeId} is still working: note its cancel or its fill before ${plan.tradeId} is registered.`,
        { details: { working: other.tradeId } },
      );
    const now = this.#clock.now();
    const retryN = plan.metadata.retryN ?? 0;
    const entry = plan.action === "ENTER" ? this.config.entryRetries : 0;
    const order = Object.freeze<RouterOrder>({
      tradeId: plan.tradeId,
      baseTradeId: plan.metadata.baseTradeId ?? plan.tradeId,
      action: plan.action,
      asset: plan.asset,
      positionSide: plan.positionSide,
      side: plan.side,
      strategy: plan.strategy,
      plan,
      retryN,
      retriesLeft: retryN > 0 ? Math.max(0, this.config.entryRetries - retryN) : entry,
      registeredAt: now,
      deadline: now + (plan.ttlS > MIN_TTL_S ? plan.ttlS : MIN_TTL_S) * 1000,
      quantity: plan.quantity,
      filled: new Decimal(0),
    });
    this.#registry.add(order);
    this.#hooks.run("onWorking", order, { tradeId: order.tradeId });
    return order;
  }

  /** Orders whose time is up, oldest first. They stay registered until their fate is noted. */
  expired(now: EpochMs = this.#clock.now()): RouterOrder[] {
    return this.#registry.list().filter((order) => now >= order.deadline);
  }

  /**
   * Takes note of a fill, late ones of cancelled quotes included. Without a quantity the order is filled whole.
   * @throws LabError `ROUTER_QUANTITY` for a quantity that is not above zero.
   */
  noteFill(order: string | WorkingRef, quantity?: DecimalInput): FillNote {
    const part = quantity === undefined ? undefined : decimal(quantity, "quantity");
    if (part?.lte(0)) throw new LabError("ROUTER_QUANTITY", `A fill's quantity is above zero, got ${part.toFixed()}.`);
    const known = this.#registry.find(order);
    const note = this.#registry.fill(order, part);
    if (!note.known) return note;
    this.#counters.fillsWorking++;
    this.#hooks.run("onFill", note.order ?? known ?? null, { tradeId: idOf(order) });
    return note;
  }

  /** Takes note of an order that no longer works, by our cancel or the venue's; unknown ids are none of the router's. */
  noteCancel(order: string | WorkingRef): void {
    const known = this.#registry.remove(order);
    if (known === undefined) return;
    this.#counters.cancels++;
    this.#hooks.run("onCancel", known, { tradeId: known.tradeId });
  }

  /** Forgets a working order, or all of them, without counting it. */
  clearWorking(order?: string | WorkingRef): void {
    if (order === undefined) this.#registry.clear();
    else this.#registry.remove(order);
  }

  /**
   * Decides what becomes of an entry whose time is up, and takes it out of the working orders: its cancel may still be noted, and its late fills are still
   * understood. An exit is never missed: for one the answer is `market`.
   */
  entryMissAction(order: RouterOrder): EntryMiss {
    if (order.action === "EXIT") return "market";
    const action = this.#missAction(order);
    this.#counters[action === "skip" ? "entryMissSkip" : action === "retry" ? "entryMissRetry" : "entryMissMarket"]++;
    this.#registry.miss(order);
    this.#hooks.run("onMiss", order, { action });
    return action;
  }

  #missAction(order: RouterOrder): EntryMiss {
    const { entryMiss, retryExhaust } = this.config;
    if (this.#registry.isClosed(order)) return "skip";
    return entryMiss === "retry" && order.retriesLeft <= 0 ? retryExhaust : entryMiss;
  }

  /**
   * The next quote of a missed entry, for what its trade has not filled, at a fresh price. It meets the same spread gate, guard and `preSubmit` hooks as a first quote.
   * Where it cannot rest, or no retry is left, `retryExhaust` decides: at the market, or suppressed.
   */
  retryPlan(
    order: RouterOrder,
    referencePrice: DecimalInput | null | undefined,
    options: { spreadBps?: DecimalInput | null } = {},
  ): ExecutionPlan {
    const retryN = order.retryN + 1;
    const { entryRetries, retryExhaust, maxSpreadBps, postOnly, entryTtlS } = this.config;
    const metadata = Object.freeze({ retryN, baseTradeId: order.baseTradeId });
    const base = this.#followUp(order, `${order.baseTradeId}-r${retryN}`, metadata);
    if (base.quantity?.isZero()) return market(base, "entry_complete", { suppress: true });
    if (order.action === "EXIT") return this.marketFallbackPlan(order);
    if (this.#registry.isClosed(order)) return market(base, "trade_exited", { suppress: true });
    const working = this.#workingEntry(base, order.tradeId);
    if (working !== undefined) {
      this.#counters.suppressedDupEnter++;
      return market(base, `working_entry_exists:${working.tradeId}`, { suppress: true });
    }
    const price = this.makerPrice(order.asset, order.side, referencePrice);
    const why = price.lte(0)
      ? "retry_price_insane"
      : retryN > entryRetries
        ? "retry_exhausted"
        : spreadAllows(options.spreadBps, maxSpreadBps)
          ? undefined
          : "retry_spread_gate";
    if (why !== undefined && retryExhaust === "skip") return market(base, `${why}_skip`, { suppress: true });
    const draft =
      why === undefined ? limit(base, price, postOnly, entryTtlS, `maker_entry_retry_${retryN}`) : market(base, `${why}_market`);
    const context = {
      ...contextOf(
        { tradeId: order.tradeId, asset: order.asset, side: order.positionSide, referencePrice, spreadBps: options.spreadBps },
        "ENTER",
      ),
      ...metadata,
    };
    const plan = this.#submit(draft, context, referencePrice);
    return Object.freeze({ ...plan, metadata: Object.freeze({ ...plan.metadata, ...metadata }) });
  }

  /** The market order for what an order that rested too long has not filled: an entry under `<base>-m`, an exit under its own id. */
  marketFallbackPlan(order: RouterOrder): ExecutionPlan {
    const entry = order.action === "ENTER";
    const metadata = Object.freeze({ baseTradeId: order.baseTradeId });
    const base = this.#followUp(order, entry ? `${order.baseTradeId}-m` : order.tradeId, metadata);
    if (base.quantity?.isZero()) return market(base, entry ? "entry_complete" : "exit_complete", { suppress: true });
    if (entry && this.#registry.isClosed(order)) return market(base, "trade_exited", { suppress: true });
    if (!entry) this.#counters.exitEscalations++;
    this.#hooks.run("onEscalate", order, { to: "MARKET" });
    return market(base, entry ? "entry_miss_market_fallback" : "exit_ttl_market_fallback");
  }

  #followUp(order: RouterOrder, tradeId: string, metadata: PlanMetadata): PlanBase {
    const { action, asset, positionSide: side, strategy } = order;
    const quantity = this.#registry.remaining(order);
    return { tradeId, action, asset, positionSide: side, side: order.side, strategy, quantity, cancels: NO_CANCELS, metadata };
  }

  /** A working order by its id. */
  working(order: string | WorkingRef): RouterOrder | undefined {
    return this.#registry.find(order);
  }

  /** All working orders, oldest first. */
  workingOrders(): RouterOrder[] {
    return this.#registry.list();
  }

  /** Whether an entry works: any, or with a guard per strategy and symbol one of that scope. */
  hasWorkingEntry(scope?: { readonly asset: string; readonly strategy?: string }): boolean {
    if (scope === undefined) return this.#registry.list().some((order) => order.action === "ENTER");
    return this.#workingEntry({ asset: scope.asset, strategy: scope.strategy ?? "" }) !== undefined;
  }

  #workingEntry(scope: { readonly asset: string; readonly strategy: string }, except?: string): RouterOrder | undefined {
    if (this.#registry.size === 0) return undefined;
    return this.#registry
      .list()
      .find(
        (order) =>
          order.action === "ENTER" &&
          order.tradeId !== except &&
          (this.#guard === "global" || (order.asset === scope.asset && order.strategy === scope.strategy)),
      );
  }

  /**
   * Looks in at a stage; returns how to stop. A hook that throws, or returns a promise, is counted in `hookErrors` and changes nothing.
   * @throws LabError `HOOK_STAGE`, `HOOK_INVALID`, `HOOK_ASYNC` for an async function.
   */
  registerHook(stage: HookStage, hook: RouterHook): () => void {
    return this.#hooks.register(stage, hook);
  }

  /** Style, working orders and counts of this moment. */
  snapshot(): RouterSnapshot {
    const now = this.#clock.now();
    return new RouterSnapshot({
      style: this.config.style,
      working: Object.freeze(
        this.#registry
          .list()
          .map(({ tradeId, action, asset, registeredAt, retryN }) =>
            Object.freeze({ tradeId, action, asset, ageS: Math.round(now - registeredAt) / 1000, retryN }),
          ),
      ),
      counters: Object.freeze({ ...this.#counters }),
    });
  }
}

function idOf(order: string | WorkingRef): string {
  return typeof order === "string" ? order : order.tradeId;
}
