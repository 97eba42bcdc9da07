import { RoundTrips, RunRecords, type SignalRecord } from "../../backtest/index.js";
import type { CandleSeries, Decimal, Fill, Order, Position, ScaledInstrument, Trade } from "../../core/index.js";
import type { Engine } from "../../engine/index.js";
import type { RouterSnapshot } from "../../execution/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import { type SessionBatch, stableJson } from "../../state/index.js";
import { orderIdOf } from "./requests.js";

/** An engine's columns as records under client ids, and what is new in them since the last look. */
export class LiveReader {
  readonly #run: string;
  readonly #engine: Engine;
  readonly #portfolio: Portfolio;
  readonly #instruments: readonly ScaledInstrument[];
  readonly #records: RunRecords;
  readonly #trips: RoundTrips;
  /** Orders that were not final when last read, by row, as text. */
  readonly #open = new Map<number, string>();
  /** Positions as last read, as text. */
  readonly #held: string[] = [];
  #orders = 0;
  #fills = 0;

  constructor(run: string, engine: Engine, instruments: readonly ScaledInstrument[], series: readonly CandleSeries[]) {
    this.#run = run;
    this.#engine = engine;
    this.#portfolio = engine.portfolio;
    this.#instruments = instruments;
    this.#records = new RunRecords(instruments, series);
    this.#trips = new RoundTrips(engine.orders.fills, instruments, series);
  }

  /** After a recovery: what there is so far is on disk. */
  skip(): void {
    const rows = Array.from({ length: this.#engine.orders.orders.length }, (_, row) => row);
    for (const row of rows) {
      const order = this.order(row);
      if (isOpen(order)) this.#open.set(row, stableJson(order));
    }
    this.#orders = rows.length;
    this.#fills = this.#engine.orders.fills.length;
    this.#trips.closed();
  }

  /** Something is told of an order by its number: one that has ended is looked at once more, since a late word may change it, or make it work again. */
  watch(id: number): void {
    const row = id - 1;
    if (row < this.#orders && !this.#open.has(row)) this.#open.set(row, stableJson(this.order(row)));
  }

  /** Orders that are new or have changed, new fills, and the positions that have changed. */
  news(): Required<Pick<SessionBatch, "orders" | "fills" | "positions">> {
    const { orders: log, fills: fillLog } = this.#engine.orders;
    const rows = [...this.#open.keys(), ...range(this.#orders, log.length)];
    const orders: Order[] = [];
    for (const row of rows) {
      const order = this.order(row);
      const text = stableJson(order);
      if (text !== this.#open.get(row)) orders.push(order);
      if (isOpen(order)) this.#open.set(row, text);
      else this.#open.delete(row);
    }
    const fills = range(this.#fills, fillLog.length).map((row) => this.fill(row));
    this.#orders = log.length;
    this.#fills = fillLog.length;
    const positions = this.positions().filter((position, slot) => {
      const text = stableJson(position);
      const changed = text !== this.#held[slot];
      this.#held[slot] = text;
      return changed;
    });
    return { orders, fills, positions };
  }

  /** Round trips that are new or under way. */
  newTrades(): readonly Trade[] {
    return [...this.#trips.closed(), ...this.#trips.open()].map(({ trade }) => trade);
  }

  order(row: number): Order {
    const order = this.#records.order(this.#engine.orders.orders, row);
    return { ...order, id: orderIdOf(this.#run, order.id, order.role) };
  }

  fill(row: number): Fill {
    const fill = this.#records.fill(this.#engine.orders.fills, row);
    return { ...fill, id: `${this.#run}-fill-${fill.id}`, orderId: orderIdOf(this.#run, fill.orderId, fill.role) };
  }

  /** Where the columns of orders and signals end now. */
  ends(): { readonly orders: number; readonly signals: number } {
    const { orders, signals } = this.#engine.orders;
    return { orders: orders.length, signals: signals.length };
  }

  /** Orders and signals that are new since then. */
  since(ends: { readonly orders: number; readonly signals: number }): {
    readonly orders: readonly Order[];
    readonly signals: readonly SignalRecord[];
  } {
    const { orders, signals } = this.#engine.orders;
    return {
      orders: range(ends.orders, orders.length).map((row) => this.order(row)),
      signals: this.#records.signals(signals).slice(ends.signals),
    };
  }

  positions(): readonly Position[] {
    return this.#instruments.map((_, slot) => this.#portfolio.position(slot));
  }

  /** What the router has done so far. */
  router(): RouterSnapshot {
    return this.#engine.orders.routerSnapshot();
  }

  equity(): Decimal {
    return this.#portfolio.equity();
  }
}

function isOpen({ status }: Order): boolean {
  return status === "working" || status === "partiallyFilled";
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
