import { type Fill, fromUnits, ROLE_NAMES, type SeriesBar, STATUS, type Strategy } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { KIND, OrderEngine, type OrderSettings, type Outbox, PendingSignal, type RiskChecker, type Sizer } from "../execution/index.js";
import type { Portfolio } from "../portfolio/index.js";
import { Audit, CHANGED } from "./audit.js";
import { SymbolDesk } from "./desk.js";
import { type EngineEvent, EVENT, type FillEvent, type OrderEvent } from "./events.js";
import { SignalQueue } from "./signal-queue.js";

/** What an engine is made of. */
export interface EngineParts {
  readonly portfolio: Portfolio;
  readonly strategy: Strategy;
  readonly sizer: Sizer;
  readonly risk: RiskChecker;
  readonly orders: OrderSettings;
}

/**
 * The one engine: events in, audit out. `process` is synchronous and deterministic; it changes only the engine's own state, and what is to leave waits
 * in `outbox`. A backtest, a sweep, a paper session and a live one differ only in who feeds it and who empties the outbox.
 */
export class Engine {
  readonly portfolio: Portfolio;
  readonly orders: OrderEngine;
  readonly outbox: Outbox;
  readonly #strategy: Strategy;
  readonly #queue: SignalQueue = new SignalQueue();
  readonly #desks: SymbolDesk[];
  readonly #closes: Float64Array;
  /** Bar each instrument stands at. */
  readonly #indexes: Float64Array;
  readonly #audit: Audit = new Audit();

  constructor(parts: EngineParts) {
    this.portfolio = parts.portfolio;
    this.orders = new OrderEngine(parts.portfolio, parts.sizer, parts.risk, parts.orders);
    this.outbox = this.orders.outbox;
    this.#strategy = parts.strategy;
    this.#closes = new Float64Array(parts.portfolio.instruments.length);
    this.#indexes = new Float64Array(parts.portfolio.instruments.length);
    const find = (symbol: string): SymbolDesk => {
      const desk = this.#desks.find((d) => d.symbol === symbol);
      if (desk === undefined)
        throw unknownName(
          "SYMBOL_UNKNOWN",
          "symbol of this run",
          symbol,
          this.#desks.map((d) => d.symbol),
        );
      return desk;
    };
    this.#desks = parts.portfolio.instruments.map((_, slot) => new SymbolDesk(slot, parts.portfolio, this.#queue, find));
  }

  /** Handles one event. The audit is reused by the next call. */
  process(event: EngineEvent): Audit {
    const audit = this.#audit;
    audit.sequence++;
    audit.kind = event.kind;
    audit.changed = 0;
    switch (event.kind) {
      case EVENT.candle:
        this.#onCandle(event.bar, audit);
        break;
      case EVENT.fill:
        this.#onFill(event, audit);
        break;
      case EVENT.order:
        this.#onOrder(event, audit);
        break;
      case EVENT.command:
        this.#onCommand(event.command, audit);
        break;
    }
    return audit;
  }

  #onCandle(bar: SeriesBar, audit: Audit): void {
    const { slot } = bar;
    this.#closes[slot] = bar.closeUnits;
    this.#indexes[slot] = bar.index;
    const returned: unknown = this.#strategy.onCandle?.(bar, this.#desks[slot]!);
    if (returned !== undefined) refuseAsync(returned);
    if (this.#queue.length > 0 || this.orders.reversals > 0) this.#drain(audit);
  }

  /** Marks positions at this bar's close, then turns the signals into orders. */
  #drain(audit: Audit): void {
    const { portfolio, orders } = this;
    const closes = this.#closes;
    for (let slot = 0; slot < closes.length; slot++) if (closes[slot]! > 0) portfolio.mark[slot] = closes[slot]!;
    const queue = this.#queue;
    for (let i = 0; i < queue.length; i++) {
      const signal = queue.at(i);
      orders.signal(signal, this.#indexes[signal.slot]!, closes[signal.slot]!);
    }
    if (queue.length > 0) audit.changed |= CHANGED.signals | CHANGED.orders;
    queue.length = 0;
    if (orders.reversals > 0) orders.openReversals(this.#indexes, closes);
  }

  #onFill(event: FillEvent, audit: Audit): void {
    const { order, quantity, price, fee } = event;
    this.portfolio.apply(order.slot, order.direction * quantity, price, fee);
    this.orders.filled(order, quantity, price, fee, event.maker, event.bar);
    audit.changed |= CHANGED.position | CHANGED.orders;
    if (this.#strategy.onFill !== undefined) this.#strategy.onFill(this.#fillAtEdge(event), this.#desks[order.slot]!);
  }

  #onOrder(event: OrderEvent, audit: Audit): void {
    audit.changed |= CHANGED.orders;
    const { order } = event;
    if (order.status === STATUS.rejected || order.status === STATUS.cancelled)
      this.orders.ended(order, event.bar, event.needed, event.available);
  }

  #onCommand(command: "closePositions" | "liquidateOnly", audit: Audit): void {
    audit.changed |= CHANGED.orders;
    if (command === "liquidateOnly") {
      this.orders.liquidateOnly = true;
      return;
    }
    const signal = new PendingSignal();
    signal.kind = KIND.flatten;
    for (let slot = 0; slot < this.#closes.length; slot++) {
      if (this.portfolio.quantity[slot] === 0) continue;
      signal.slot = slot;
      this.orders.signal(signal, this.#indexes[slot]!, this.#closes[slot]!);
    }
  }

  #fillAtEdge(event: FillEvent): Fill {
    const { order } = event;
    const { instrument, quantityDp, priceDp, cashDp } = this.portfolio.instruments[order.slot]!;
    return {
      id: String(this.orders.fills.rows.length),
      orderId: String(order.id),
      symbol: instrument.symbol,
      side: order.direction > 0 ? "buy" : "sell",
      role: ROLE_NAMES[order.role]!,
      quantity: fromUnits(event.quantity, quantityDp),
      price: fromUnits(event.price, priceDp),
      fee: fromUnits(event.fee, cashDp),
      feeCurrency: instrument.settlement,
      liquidity: event.maker ? "maker" : "taker",
      time: event.time,
    };
  }
}

/** A handler that returns a promise would run at another time live than in a backtest; any other value is ignored. */
function refuseAsync(returned: unknown): void {
  if (typeof (returned as { then?: unknown } | null)?.then !== "function") return;
  throw new LabError(
    "STRATEGY_ASYNC",
    "A strategy's handler returned a promise. Handlers are synchronous, so that a backtest and a live session see events in the same order: load what you need before the run.",
  );
}
