import { type TradingSummary, tradingSummary } from "../analytics/index.js";
import {
  type CandleSeries,
  type Decimal,
  type EquityPoints,
  type Fill,
  fromUnits,
  type Order,
  type PerformanceSource,
  type Position,
  pow10,
  type TimeInput,
  type Trade,
} from "../core/index.js";
import type { Engine } from "../engine/index.js";
import type { Alert, RouterSnapshot } from "../execution/index.js";
import type { EquityCurve } from "./equity-curve.js";
import { type Explanation, explain } from "./explain.js";
import type { PreparedBacktest } from "./prepared.js";
import { type RefusedOrder, RunRecords, type SignalRecord } from "./records.js";
import { runWarnings } from "./run-warnings.js";
import type { AnyStrategy, RunSettings, RunWarning } from "./settings.js";
import { tradesOf } from "./trades.js";

/** How often things happened in a run. */
export interface RunCounts {
  readonly bars: number;
  readonly signals: number;
  readonly orders: number;
  readonly fills: number;
  /** Entries the engine refused. */
  readonly refused: number;
  /** Entries the venue rejected at their fill, for want of margin or cash. */
  readonly rejected: number;
  readonly entriesIgnored: number;
  readonly exitsIgnored: number;
  readonly exitsFromFlat: number;
  readonly stops: number;
  readonly targets: number;
  readonly signalExits: number;
}

/** What a finished replay leaves behind. */
export interface RunParts {
  readonly prepared: PreparedBacktest;
  readonly params: Readonly<Record<string, unknown>>;
  readonly engine: Engine;
  readonly curve: EquityCurve;
}

/**
 * The result of a backtest. Money is exact; statistics and curves are doubles. Everything beyond the headline numbers is built from the run's columns
 * when it is first read.
 */
export class BacktestRun implements PerformanceSource {
  readonly kind = "backtest";
  /** All parameters the strategy ran with, defaults included, checked. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Largest fall from a peak of the bar-by-bar equity, as a fraction. */
  readonly maxDrawdown: number;
  /** Times the position came back to flat. */
  readonly roundTrips: number;
  readonly #parts: RunParts;
  readonly #records: RunRecords;
  readonly #finalUnits: number | bigint;
  readonly #cache = new Map<string, unknown>();

  constructor(parts: RunParts) {
    const { prepared, engine, curve } = parts;
    const { portfolio } = engine;
    this.#parts = parts;
    this.params = parts.params;
    this.#records = new RunRecords(portfolio.instruments, prepared.series);
    this.maxDrawdown = curve.maxDrawdown;
    this.roundTrips = portfolio.roundTrips;
    for (const [slot, one] of prepared.series.entries()) portfolio.mark[slot] = one.close[one.length - 1]!;
    this.#finalUnits = portfolio.equityUnits();
  }

  #once<T>(name: string, make: () => T): T {
    if (!this.#cache.has(name)) this.#cache.set(name, make());
    return this.#cache.get(name) as T;
  }

  /** The strategy that ran. */
  get strategy(): AnyStrategy {
    return this.#parts.prepared.strategy;
  }
  /** The settings it ran with, defaults filled in. */
  get settings(): RunSettings {
    return this.#parts.prepared.settings;
  }
  /** The candles it ran on, a series a symbol. */
  get series(): readonly CandleSeries[] {
    return this.#parts.prepared.series;
  }
  /** What times of orders are: a replay of candles stamps them with the `open` of the candle at whose close they were decided, one of trades and books with their `moment`. */
  get orderTimes(): "open" | "moment" {
    return this.settings.feed === "candles" ? "open" : "moment";
  }
  /** Cash at the start, settlement currency. */
  get initialCash(): Decimal {
    return fromUnits(this.#portfolio.initial, this.#portfolio.cashDp);
  }
  /** Exact equity at the last close. */
  get finalEquity(): Decimal {
    return fromUnits(this.#finalUnits, this.#portfolio.cashDp);
  }
  /** Exact equity at the last close in units of 10^-`cashDp`. */
  get finalEquityUnits(): number | bigint {
    return this.#finalUnits;
  }
  /** Decimals money is kept to in this run. */
  get cashDp(): number {
    return this.#portfolio.cashDp;
  }
  get #portfolio(): Engine["portfolio"] {
    return this.#parts.engine.portfolio;
  }
  /** Fees paid, exact. */
  get fees(): Decimal {
    return this.#portfolio.totalFees();
  }
  /** Funding paid, exact; negative when received. */
  get funding(): Decimal {
    return this.#portfolio.totalFunding();
  }
  /** Positions at the end, marked at the last close. */
  get positions(): readonly Position[] {
    return this.#once("positions", () => this.#portfolio.instruments.map((_, slot) => this.#portfolio.position(slot)));
  }
  /** Equity by bar in units of 10^-`cashDp`, without copying: valid until the next run of a sweep that reuses buffers. */
  get equityUnits(): Float64Array {
    return this.#parts.curve.values.subarray(0, this.#parts.curve.length);
  }
  /** Equity by bar as doubles. */
  get equity(): EquityPoints {
    return this.#once("equity", () => {
      const scale = pow10(this.cashDp);
      return {
        time: this.#parts.prepared.times,
        value: this.equityUnits.map((units) => units / scale),
        initial: Number(this.#portfolio.initial) / scale,
        periodsPerYear: this.periodsPerYear,
      };
    });
  }
  /** Bars a year holds: by the interval, or by what the data has where it leaves out weekends or nights. */
  get periodsPerYear(): number {
    return this.#parts.prepared.periodsPerYear;
  }
  /** Round trips in order, a position open at the end included and flagged. */
  get trades(): readonly Trade[] {
    return this.#once("trades", () => tradesOf(this.#parts.engine.orders.fills, this.#portfolio.instruments, this.series));
  }
  /** Every order in order of submission, with what became of it. */
  get orders(): readonly Order[] {
    return this.#once("orders", () => this.#records.orders(this.#parts.engine.orders.orders));
  }
  /** Every execution in order. */
  get fills(): readonly Fill[] {
    return this.#once("fills", () => this.#records.fills(this.#parts.engine.orders.fills));
  }
  /** What the strategy asked for, bar by bar, and what became of it. */
  get signals(): readonly SignalRecord[] {
    return this.#once("signals", () => this.#records.signals(this.#parts.engine.orders.signals));
  }
  /** Orders that were refused or rejected, with the reason and the numbers compared. */
  get refusals(): readonly RefusedOrder[] {
    return this.#once("refusals", () => this.#records.refusals(this.#parts.engine.orders.orders));
  }
  /** What the router did: its style, quotes that were working at the end, and how often it planned, missed, retried and escalated. */
  get router(): RouterSnapshot {
    return this.#once("router", () => this.#parts.engine.orders.routerSnapshot());
  }
  /** What an operator would have been told: protection that failed, exits tried again, algorithms that ended early. */
  get alerts(): readonly Alert[] {
    return this.#parts.engine.orders.alerts.entries;
  }
  /** How often each thing happened. */
  get counts(): RunCounts {
    const { orders } = this.#parts.engine;
    const { entriesIgnored, exitsIgnored, exitsFromFlat, refused, rejected, stops, targets, signalExits } = orders.counts;
    return {
      bars: this.#parts.curve.length,
      signals: orders.signals.length,
      orders: orders.orders.length,
      fills: orders.fills.length,
      refused,
      rejected,
      entriesIgnored,
      exitsIgnored,
      exitsFromFlat,
      stops,
      targets,
      signalExits,
    };
  }
  /** Total return as a fraction. */
  get totalReturn(): number {
    return Number(this.#finalUnits) / Number(this.#portfolio.initial) - 1;
  }
  /**
   * Return of buying the first symbol at its first open and holding it to its last close, without costs, as a fraction: of its price, also where the account counts
   * coins (then the warning `BENCHMARK_IN_QUOTE` says so).
   */
  get buyAndHold(): number {
    const first = this.series[0]!;
    return first.close[first.length - 1]! / first.open[0]! - 1;
  }
  /**
   * The run in figures: in all, by instrument, by strategy and by asset.
   * @param riskFreeReturn - a year, as a fraction; 0 unless given.
   */
  tradingSummary(riskFreeReturn = 0): TradingSummary {
    const { equity, trades, settings, strategy } = this;
    return tradingSummary({ equity, trades, riskFreeReturn, currency: settings.currency, strategyOf: () => strategy.name });
  }
  /** Doubts a reader must see. */
  get warnings(): readonly RunWarning[] {
    const { prepared, engine } = this.#parts;
    return this.#once("warnings", () => Object.freeze([...prepared.warnings, ...runWarnings(this, engine, prepared.funding)]));
  }

  /**
   * What the engine knew and did on the bar at a moment: the bar, signals, orders, fills, position, open orders and equity. Replays up to that bar.
   * @throws LabError `TIME_INVALID`, `TIME_OUTSIDE`.
   */
  explain(time: TimeInput): Explanation {
    return explain(this.#parts.prepared, this.params, time);
  }
}
