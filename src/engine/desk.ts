import type { Decimal, EntryOptions, ExitOptions, StrategyContext } from "../core/index.js";
import { fromUnits } from "../core/index.js";
import { type Desk, KIND } from "../execution/index.js";
import type { Portfolio } from "../portfolio/index.js";
import type { SignalQueue } from "./signal-queue.js";

const NO_OPTIONS: EntryOptions = Object.freeze({});

/** One symbol's desk as a strategy sees it: where it stands and what it can ask for. */
export class SymbolDesk implements StrategyContext {
  readonly symbol: string;
  readonly #slot: number;
  readonly #strategy: number;
  /** The strategy's own orders and position. */
  readonly #orders: Desk;
  readonly #portfolio: Portfolio;
  readonly #queue: SignalQueue;
  readonly #find: (symbol: string) => SymbolDesk;
  readonly #mark: () => void;

  /** @param mark - brings the portfolio's marks up to this moment; they are only kept up where someone looks. */
  constructor(orders: Desk, portfolio: Portfolio, queue: SignalQueue, find: (symbol: string) => SymbolDesk, mark: () => void) {
    this.symbol = portfolio.instruments[orders.slot]!.name;
    this.#slot = orders.slot;
    this.#strategy = orders.strategy;
    this.#orders = orders;
    this.#portfolio = portfolio;
    this.#queue = queue;
    this.#find = find;
    this.#mark = mark;
  }

  get isFlat(): boolean {
    return this.#orders.held === 0;
  }
  get isLong(): boolean {
    return this.#orders.held > 0;
  }
  get isShort(): boolean {
    return this.#orders.held < 0;
  }
  get position(): Decimal {
    return fromUnits(this.#orders.held, this.#portfolio.instruments[this.#slot]!.quantityDp);
  }
  get equity(): Decimal {
    this.#mark();
    return this.#portfolio.equity();
  }
  enterLong(options: EntryOptions = NO_OPTIONS): void {
    this.#queue.push(this.#slot, this.#strategy, KIND.enterLong, options);
  }
  exitLong(options: ExitOptions = NO_OPTIONS): void {
    this.#queue.push(this.#slot, this.#strategy, KIND.exitLong, options);
  }
  enterShort(options: EntryOptions = NO_OPTIONS): void {
    this.#queue.push(this.#slot, this.#strategy, KIND.enterShort, options);
  }
  exitShort(options: ExitOptions = NO_OPTIONS): void {
    this.#queue.push(this.#slot, this.#strategy, KIND.exitShort, options);
  }
  flatten(options: ExitOptions = NO_OPTIONS): void {
    this.#queue.push(this.#slot, this.#strategy, KIND.flatten, options);
  }
  of(symbol: string): StrategyContext {
    return this.#find(symbol);
  }
}
