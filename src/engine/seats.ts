import {
  type EpochMs,
  ExactPrice,
  type Fill,
  type OrderBook,
  pow10,
  type SeriesBar,
  type Side,
  type Strategy,
  type TradeView,
} from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import type { OrderEngine } from "../execution/index.js";
import type { Portfolio } from "../portfolio/index.js";
import { SymbolDesk } from "./desk.js";
import type { TradeEvent } from "./events.js";
import { slotOf } from "./instrument-names.js";
import type { SignalQueue } from "./signal-queue.js";

/** A strategy in an engine. */
export interface StrategySeat {
  /** Names its orders, fills and positions. */
  readonly id: string;
  readonly strategy: Strategy;
  /** Its main symbol: whose desk it is given where an event has none. The first instrument's unless given. */
  readonly symbol?: string;
  /** How often it hears of time, in milliseconds of the run; at every timer event unless given. */
  readonly timerMs?: number;
}

/** What a strategy threw, be it nothing. */
export interface Thrown {
  readonly error: unknown;
}

/** A market trade as strategies see it: a view of the event being processed. */
class TradeTick implements TradeView {
  readonly symbol: string;
  readonly #priceDp: number;
  readonly #quantityScale: number;
  event: TradeEvent | undefined;

  constructor(symbol: string, priceDp: number, quantityDp: number) {
    this.symbol = symbol;
    this.#priceDp = priceDp;
    this.#quantityScale = pow10(quantityDp);
  }

  get time(): EpochMs {
    return this.event!.time;
  }
  get side(): Side {
    return this.event!.direction > 0 ? "buy" : "sell";
  }
  get price(): number {
    return this.event!.price / pow10(this.#priceDp);
  }
  get quantity(): number {
    return this.event!.quantity / this.#quantityScale;
  }
  get exact(): ExactPrice {
    return new ExactPrice(this.event!.price, this.#priceDp);
  }
}

/** The strategies of an engine with what each is given. Handlers run in the order of the seats. */
export class Seats {
  readonly all: readonly StrategySeat[];
  readonly first: Strategy;
  /** Seats beyond the first; null where there are none, which is asked once a candle. */
  readonly others: readonly StrategySeat[] | null;
  /** By strategy x instruments + slot. */
  readonly desks: readonly SymbolDesk[];
  readonly #slots: number;
  readonly #queue: SignalQueue;
  readonly #alerts: OrderEngine["alerts"];
  readonly #main: readonly number[];
  readonly #ticks: readonly TradeTick[];
  readonly #due: number[];
  readonly #hears: readonly boolean[];

  /** @throws LabError `STRATEGY_TWICE` for two seats of one id, `SYMBOL_UNKNOWN` for a seat's symbol that is none of the run's, `SYMBOL_AMBIGUOUS`. */
  constructor(all: readonly StrategySeat[], orders: OrderEngine, portfolio: Portfolio, queue: SignalQueue, mark: () => void) {
    this.all = all;
    this.first = all[0]!.strategy;
    this.others = all.length > 1 ? all.slice(1) : null;
    const ids = all.map((seat) => seat.id);
    if (new Set(ids).size < ids.length)
      throw new LabError("STRATEGY_TWICE", `Two strategies of an engine have the same id: ${ids.join(", ")}.`);
    const { instruments } = portfolio;
    const slots = instruments.length;
    this.#slots = slots;
    this.#queue = queue;
    this.#alerts = orders.alerts;
    const find = (symbol: string): number => slotOf(instruments, symbol, "run");
    this.desks = orders.desks.map(
      (desk) => new SymbolDesk(desk, portfolio, queue, (symbol) => this.desks[desk.strategy * slots + find(symbol)]!, mark),
    );
    this.#main = all.map((seat) => (seat.symbol === undefined ? 0 : find(seat.symbol)));
    this.#ticks = instruments.map((one) => new TradeTick(one.name, one.priceDp, one.quantityDp));
    this.#hears = all.map((seat) => seat.strategy.onFill !== undefined);
    this.#due = all.map(() => Number.NEGATIVE_INFINITY);
  }

  /** What the seats beyond the first do with a candle. */
  candle(bar: SeriesBar): void {
    for (const [i, seat] of this.others!.entries()) settled(seat.strategy.onCandle?.(bar, this.#desk(i + 1, bar.slot)));
  }

  /** The desk of a strategy in a slot. */
  #desk(strategy: number, slot: number): SymbolDesk {
    return this.desks[strategy * this.#slots + slot]!;
  }

  trade(event: TradeEvent): void {
    const tick = this.#ticks[event.slot]!;
    tick.event = event;
    for (let i = 0; i < this.all.length; i++) settled(this.all[i]!.strategy.onTrade?.(tick, this.#desk(i, event.slot)));
  }

  book(slot: number, book: OrderBook): void {
    for (let i = 0; i < this.all.length; i++) settled(this.all[i]!.strategy.onBook?.(book, this.#desk(i, slot)));
  }

  /** Tells the strategy whose order was filled. */
  fill(strategy: number, slot: number, fill: Fill): void {
    settled(this.all[strategy]!.strategy.onFill?.(fill, this.#desk(strategy, slot)));
  }

  /** Whether a strategy wants to hear of its fills. */
  hearsFills(strategy: number): boolean {
    return this.#hears[strategy]!;
  }

  /** Tells of time those whose interval has passed; intervals lie on the grid of their multiples. */
  timer(time: EpochMs): void {
    for (const [i, seat] of this.all.entries()) {
      if (time < this.#due[i]!) continue;
      if (seat.timerMs !== undefined) this.#due[i] = (Math.floor(time / seat.timerMs) + 1) * seat.timerMs;
      settled(seat.strategy.onTimer?.(time, this.main(i)));
    }
  }

  /** Tells all of a lost link, whichever of them throw. */
  disconnect(venue: string, time: EpochMs): void {
    this.#tell("onDisconnect", time, (strategy, desk) => strategy.onDisconnect?.(venue, desk));
  }

  /** Tells all that trading is off, whichever of them throw. */
  tradingDisabled(time: EpochMs): void {
    this.#tell("onTradingDisabled", time, (strategy, desk) => strategy.onTradingDisabled?.(desk));
  }

  #tell(handler: string, time: EpochMs, call: (strategy: Strategy, desk: SymbolDesk) => unknown): void {
    for (const [i, { id, strategy }] of this.all.entries()) {
      const threw = this.attempt(() => call(strategy, this.main(i)));
      if (threw !== undefined) this.#alert(time, "HANDLER_THREW", `${handler} of ${id} threw, so what it asked for is dropped`, threw);
    }
  }

  /** Lets a strategy close its positions its own way. @returns false where it has none, or its code throws: then they are the engine's to close. */
  closePositions(strategy: number, time: EpochMs): boolean {
    const { id, strategy: one } = this.all[strategy]!;
    if (one.closePositions === undefined) return false;
    const threw = this.attempt(() => one.closePositions!(this.main(strategy)));
    if (threw === undefined) return true;
    this.#alert(time, "CLOSE_THREW", `closePositions of ${id} threw, so its positions are closed at the market`, threw);
    return false;
  }

  /**
   * Runs a strategy's handler. What one that throws had asked for until then is half of a plan, and dropped.
   * @returns what it threw, if it did.
   */
  attempt(run: () => unknown): Thrown | undefined {
    const before = this.#queue.length;
    try {
      settled(run());
      return undefined;
    } catch (error) {
      this.#queue.length = before;
      return { error };
    }
  }

  #alert(time: EpochMs, code: "HANDLER_THREW" | "CLOSE_THREW", what: string, { error }: Thrown): void {
    this.#alerts.about(-1, time, code, `${what}: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** The desk of a strategy's main symbol. */
  main(strategy: number): SymbolDesk {
    return this.#desk(strategy, this.#main[strategy]!);
  }

  /** Number of a strategy by its id. @throws LabError `STRATEGY_UNKNOWN`. */
  indexOf(id: string): number {
    const index = this.all.findIndex((seat) => seat.id === id);
    if (index < 0)
      throw unknownName(
        "STRATEGY_UNKNOWN",
        "strategy of this engine",
        id,
        this.all.map((seat) => seat.id),
      );
    return index;
  }
}

/** A handler that returns a promise would run at another time live than in a backtest; any other value is ignored. */
export function settled(returned: unknown): void {
  if (returned === undefined || typeof (returned as { then?: unknown } | null)?.then !== "function") return;
  throw new LabError(
    "STRATEGY_ASYNC",
    "A strategy's handler returned a promise. Handlers are synchronous, so that a backtest and a live session see events in the same order: load what you need before the run.",
  );
}
