import {
  type CandleSeries,
  type Decimal,
  type EpochMs,
  type Fill,
  fromUnits,
  type Order,
  type Position,
  pow10,
  type Trade,
} from "../core/index.js";
import type { RouterSnapshot } from "../execution/index.js";
import type { PreparedBacktest } from "./prepared.js";
import { RunRecords } from "./records.js";
import type { RunReplay } from "./run-replay.js";
import { tradesOf } from "./trades.js";

/**
 * Reads a replay while it is under way, as far as its last finished step and no further: what a paper session shows and writes down. Orders and fills
 * are read by row, so that a session needs to look at new and changed ones only.
 */
export class ReplayReader {
  readonly #prepared: PreparedBacktest;
  readonly #replay: RunReplay;
  readonly #records: RunRecords;
  /** Steps finished: set by {@link advance}. */
  steps = 0;

  constructor(prepared: PreparedBacktest, replay: RunReplay) {
    this.#prepared = prepared;
    this.#replay = replay;
    this.#records = new RunRecords(prepared.instruments, prepared.series);
  }

  /** Moves the reader up to a finished step and marks positions at its close. */
  advance(steps: number): void {
    this.steps = steps;
    const { portfolio } = this.#replay;
    for (const [slot, seen] of this.#seen().entries()) if (seen.length > 0) portfolio.mark[slot] = seen.close[seen.length - 1]!;
  }

  /** The candles of each instrument that the replay has seen. */
  #seen(): CandleSeries[] {
    const end = (this.marketTime ?? Number.NEGATIVE_INFINITY) + 1;
    return this.#prepared.series.map((one) => one.slice(0, one.indexAt(end)));
  }

  /** Open time of the newest bar. */
  get marketTime(): EpochMs | undefined {
    return this.steps === 0 ? undefined : this.#prepared.times[this.steps - 1];
  }

  /** Rows of the order log. */
  get orderRows(): number {
    return this.#replay.engine.orders.orders.length;
  }

  /** Rows of the fill log. */
  get fillRows(): number {
    return this.#replay.engine.orders.fills.length;
  }

  order(row: number): Order {
    return this.#records.order(this.#replay.engine.orders.orders, row);
  }

  fill(row: number): Fill {
    return this.#records.fill(this.#replay.engine.orders.fills, row);
  }

  /** Round trips so far; one under way is valued at the newest close, with the exit reason `end`. */
  trades(): Trade[] {
    return tradesOf(this.#replay.engine.orders.fills, this.#prepared.instruments, this.#seen());
  }

  positions(): Position[] {
    return this.#prepared.instruments.map((_, slot) => this.#replay.portfolio.position(slot));
  }

  /** Exact equity at the newest close. */
  equity(): Decimal {
    return this.#replay.portfolio.equity();
  }

  /** Exact wallet balance. */
  balance(): Decimal {
    return this.#replay.portfolio.balance();
  }

  fees(): Decimal {
    return this.#replay.portfolio.totalFees();
  }

  funding(): Decimal {
    return this.#replay.portfolio.totalFunding();
  }

  /** What the router has done so far. */
  router(): RouterSnapshot {
    return this.#replay.engine.orders.routerSnapshot();
  }

  /** Exact cash at the start. */
  initialCash(): Decimal {
    return fromUnits(this.#replay.portfolio.initial, this.#replay.portfolio.cashDp);
  }

  /** Points of the equity curve from an index on, as doubles. */
  curve(from: number): { readonly time: Float64Array; readonly value: Float64Array } {
    const { curve, portfolio } = this.#replay;
    const scale = pow10(portfolio.cashDp);
    const end = Math.min(curve.length, this.steps);
    return { time: this.#prepared.times.slice(from, end), value: curve.values.slice(from, end).map((units) => units / scale) };
  }
}
