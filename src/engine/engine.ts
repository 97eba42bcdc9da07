import { type Fill, fromUnits, ROLE_NAMES, type SeriesBar, STATUS, type Strategy } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { KIND, OrderEngine, type OrderSettings, type Outbox, PendingSignal, type RiskChecker, type Sizer } from "../execution/index.js";
import type { Portfolio } from "../portfolio/index.js";
import { Audit, CHANGED } from "./audit.js";
import { SymbolDesk } from "./desk.js";
import { type CandleEvent, type EngineEvent, EVENT, type FillEvent, type OrderEvent } from "./events.js";
import { SignalQueue } from "./signal-queue.js";

/** What an engine is made of. */
export interface EngineParts {
  readonly portfolio: Portfolio;
  readonly strategy: Strategy;
  readonly sizer: Sizer;
  readonly risk: RiskChecker;
  readonly orders: OrderSettings;
  /** The bar view of each instrument, which its driver moves; index -1 before the first candle. */
  readonly bars: readonly SeriesBar[];
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
  readonly #bars: readonly SeriesBar[];
  readonly #audit: Audit = new Audit();
  /** True while the strategy hears of a fill inside a bar that has not closed. */
  #insideBar = false;

  constructor(parts: EngineParts) {
    this.portfolio = parts.portfolio;
    this.orders = new OrderEngine(parts.portfolio, parts.sizer, parts.risk, parts.orders);
    this.outbox = this.orders.outbox;
    this.#strategy = parts.strategy;
    this.#bars = parts.bars;
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
    this.#desks = parts.portfolio.instruments.map(
      (_, slot) => new SymbolDesk(slot, parts.portfolio, this.#queue, find, () => this.#mark()),
    );
  }

  /** Handles one event. The audit is reused by the next call. */
  process(event: EngineEvent): Audit {
    return event.kind === EVENT.candle ? this.#onCandle(event.bar) : this.processOther(event);
  }

  /**
   * Handles an event that is no candle: the same as `process`, for drivers that know. Candles come so much more often that the compiler would otherwise
   * build their whole path into every place that reports a fill.
   */
  processOther(event: Exclude<EngineEvent, CandleEvent>): Audit {
    const audit = this.#begin(event.kind);
    if (event.kind === EVENT.fill) this.#onFill(event, audit);
    else if (event.kind === EVENT.order) this.#onOrder(event, audit);
    else this.#onCommand(event.command, audit);
    return audit;
  }

  #begin(kind: number): Audit {
    const audit = this.#audit;
    audit.sequence++;
    audit.kind = kind;
    audit.changed = 0;
    return audit;
  }

  #onCandle(bar: SeriesBar): Audit {
    const audit = this.#begin(EVENT.candle);
    const returned: unknown = this.#strategy.onCandle?.(bar, this.#desks[bar.slot]!);
    if (returned !== undefined) refuseAsync(returned);
    if (this.#queue.length > 0 || this.orders.reversals > 0) this.#drain(audit, bar);
    return audit;
  }

  /** Marks positions at this bar's close; inside a bar they keep the marks they have. */
  #mark(): void {
    if (this.#insideBar) return;
    const bars = this.#bars;
    for (let slot = 0; slot < bars.length; slot++) {
      const bar = bars[slot]!;
      if (bar.index >= 0) this.portfolio.mark[slot] = bar.closeUnits;
    }
  }

  /** Turns the signals into orders, at this bar's close. */
  #drain(audit: Audit, closed: SeriesBar): void {
    this.#mark();
    const { orders } = this;
    const bars = this.#bars;
    const queue = this.#queue;
    for (let i = 0; i < queue.length; i++) {
      const signal = queue.at(i);
      const bar = bars[signal.slot]!;
      if (bar.index < 0) orders.refuseBeforeFirstBar(signal);
      else orders.signal(signal, bar.index, bar.closeUnits);
    }
    if (queue.length > 0) audit.changed |= CHANGED.signals | CHANGED.orders;
    queue.length = 0;
    if (orders.reversals > 0) {
      orders.openReversal(closed, closed.slot);
      audit.changed |= CHANGED.orders;
    }
  }

  #onFill(event: FillEvent, audit: Audit): void {
    const { order, quantity, price, fee } = event;
    this.portfolio.apply(order.slot, order.direction * quantity, price, fee);
    this.orders.filled(order, quantity, price, fee, event.maker, event.bar);
    audit.changed |= CHANGED.position | CHANGED.orders;
    if (this.#strategy.onFill !== undefined) this.#tellFill(event);
  }

  /** The bar of a fill has not closed: while the strategy hears of it, bars and indicators stand where they stood before. What it asks for waits for the close. */
  #tellFill(event: FillEvent): void {
    const { slot } = event.order;
    const fill = this.#fillAtEdge(event);
    const open = this.#bars.filter((bar) => bar.index >= 0 && bar.time === fill.time);
    for (const bar of open) bar.index--;
    this.#insideBar = true;
    try {
      const returned: unknown = this.#strategy.onFill!(fill, this.#desks[slot]!);
      if (returned !== undefined) refuseAsync(returned);
    } finally {
      this.#insideBar = false;
      for (const bar of open) bar.index++;
    }
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
    for (const [slot, bar] of this.#bars.entries()) {
      if (!this.orders.isBusy(slot)) continue;
      signal.slot = slot;
      this.orders.signal(signal, bar.index, bar.closeUnits);
    }
  }

  #fillAtEdge(event: FillEvent): Fill {
    const { order } = event;
    const { instrument, quantityDp, priceDp, cashDp } = this.portfolio.instruments[order.slot]!;
    return {
      id: String(this.orders.fills.length),
      orderId: String(order.id),
      symbol: instrument.symbol,
      side: order.direction > 0 ? "buy" : "sell",
      role: ROLE_NAMES[order.role]!,
      quantity: fromUnits(event.quantity, quantityDp),
      price: fromUnits(event.price, priceDp),
      fee: fromUnits(event.fee, cashDp),
      feeCurrency: instrument.settlement,
      liquidity: event.maker ? "maker" : "taker",
      time: this.#bars[order.slot]!.time,
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
