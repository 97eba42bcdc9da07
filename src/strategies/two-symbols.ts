import type { Bar, EntryOptions, ExactPrice, ExitOptions, StrategyContext } from "../core/index.js";
import { plainSymbol } from "./symbols.js";

/** The last candle of one of two symbols. */
interface Seen {
  time: number;
  close: number;
  exact: ExactPrice | undefined;
}

/**
 * The candles of two symbols, by time: prices of one moment are compared, never one with a price an interval older, and in whatever order the two candles of
 * a moment arrive, they are looked at once both are there.
 */
export class TwoSymbols {
  readonly a: string;
  readonly b: string;
  readonly lastA: Seen = { time: Number.NaN, close: 0, exact: undefined };
  readonly lastB: Seen = { time: Number.NaN, close: 0, exact: undefined };

  constructor(a: string, b: string) {
    this.a = plainSymbol(a);
    this.b = plainSymbol(b);
  }

  /** Notes a candle. @returns whether both symbols now have one of its time. */
  see(bar: Bar): boolean {
    const seen = bar.symbol === this.a ? this.lastA : bar.symbol === this.b ? this.lastB : undefined;
    if (seen === undefined) return false;
    seen.time = bar.time;
    seen.close = bar.close;
    seen.exact = bar.exact.close;
    return this.lastA.time === this.lastB.time;
  }
}

/**
 * The two legs of a trade in a pair: entered together in one group, so that a leg that fails takes the other with it, and left together. Nothing is asked to
 * leave that was not entered.
 */
export class PairLegs {
  readonly #name: string;
  readonly #pair: TwoSymbols;
  #trades = 0;
  /** An entry was asked for and not left since; it may be working still. */
  #entered = false;

  constructor(name: string, pair: TwoSymbols) {
    this.#name = name;
    this.#pair = pair;
  }

  /** Enters one leg long and the other short: the first symbol long where `direction` is 1. Repeated while the trade is on, it stays that trade's. */
  enter(context: StrategyContext, direction: 1 | -1, options: EntryOptions): void {
    const [a, b] = this.#desks(context);
    if (a.isFlat && b.isFlat && !this.#entered) this.#trades++;
    this.#entered = true;
    const legs = { ...options, group: `${this.#name}-${this.#trades}` };
    if (direction > 0) {
      a.enterLong(legs);
      b.enterShort(legs);
    } else {
      a.enterShort(legs);
      b.enterLong(legs);
    }
  }

  /** Leaves both legs, if there is anything to leave. */
  leave(context: StrategyContext, options: ExitOptions): void {
    const [a, b] = this.#desks(context);
    if (!this.#entered && a.isFlat && b.isFlat) return;
    for (const leg of [a, b]) if (this.#entered || !leg.isFlat) leg.flatten(options);
    this.#entered = false;
  }

  #desks(context: StrategyContext): [StrategyContext, StrategyContext] {
    return [context.of(this.#pair.a), context.of(this.#pair.b)];
  }
}
