import type { PreparedBacktest, ReplayReader } from "../backtest/index.js";
import type { Fill, Order } from "../core/index.js";
import {
  fillRow,
  orderRow,
  type SessionBatch,
  type SessionEvent,
  type SessionStart,
  type SessionWarning,
  StateWriter,
} from "../state/index.js";
import type { WireError } from "./failure.js";
import type { SessionMessage } from "./messages.js";
import { plainRecord } from "./portable.js";

/** What a session says of itself when it starts. */
export interface JournalParts {
  readonly id: string;
  readonly statePath: string;
  readonly venue: string;
  readonly prepared: PreparedBacktest;
  readonly params: Readonly<Record<string, unknown>>;
  readonly warnings: readonly SessionWarning[];
}

function startOf({ id, venue, prepared, params, warnings }: JournalParts, reader: ReplayReader): SessionStart {
  return {
    id,
    strategy: prepared.strategy.name,
    params: plainRecord(params, "params"),
    settings: plainRecord({ ...prepared.settings }, "settings"),
    data: prepared.series.map(({ symbol, interval, source, length, time }) => ({
      symbol,
      interval,
      name: source.name,
      ...(source.sha256 === undefined ? {} : { sha256: source.sha256 }),
      synthetic: source.synthetic,
      bars: length,
      from: time[0]!,
      to: time[length - 1]!,
    })),
    venue,
    currency: prepared.settings.currency,
    initialCash: reader.initialCash(),
    periodsPerYear: prepared.periodsPerYear,
    warnings: [...warnings, ...prepared.warnings],
  };
}

/** Writes down what is new in a replay since the last time, and tells of orders and fills once they are on disk. */
export class SessionJournal {
  /** Steps that are written down. */
  steps = 0;
  readonly #id: string;
  readonly #reader: ReplayReader;
  readonly #writer: StateWriter;
  readonly #tell: (message: SessionMessage) => void;
  /** Rows of orders that were not final when last written. */
  #openOrders: readonly number[] = [];
  #orders = 0;
  #fills = 0;
  #closedTrades = 0;
  #points = 0;

  /** Enters the session into the state file. @throws LabError `STATE_LOCKED`, and what opening a state file throws. */
  constructor(parts: JournalParts, reader: ReplayReader, tell: (message: SessionMessage) => void) {
    this.#id = parts.id;
    this.#reader = reader;
    this.#tell = tell;
    this.#writer = new StateWriter(parts.statePath, startOf(parts, reader));
  }

  /** False once the session has ended. */
  get isOpen(): boolean {
    return this.#writer.isOpen;
  }

  /** Writes down everything up to the reader's bar. */
  write(): void {
    const news = this.#news();
    this.#writer.write(news.batch);
    this.#announce(news);
  }

  /** Says that the session is alive. */
  heartbeat(): void {
    this.#writer.heartbeat();
  }

  /** Writes the rest and how the session ended. */
  end(
    status: "completed" | "stopped" | "failed",
    more: Pick<SessionBatch, "lines" | "warnings"> & { readonly events: readonly SessionEvent[] },
    error?: WireError,
  ): void {
    const news = this.#news();
    this.#writer.end(status, { ...news.batch, ...more }, error);
    this.#announce(news);
  }

  /** Lets go of a file that can no longer be written. */
  close(): void {
    this.#writer.close();
  }

  #news(): { batch: SessionBatch; orders: readonly Order[]; fills: readonly Fill[] } {
    const reader = this.#reader;
    const rows = [...this.#openOrders, ...range(this.#orders, reader.orderRows)];
    const orders = rows.map((row) => this.#named(reader.order(row)));
    const fills = range(this.#fills, reader.fillRows).map((row) => this.#namedFill(reader.fill(row)));
    const trades = reader.trades();
    const points = reader.curve(this.#points);
    const batch: SessionBatch = {
      orders,
      fills,
      router: reader.router(),
      positions: reader.positions(),
      trades: trades.slice(this.#closedTrades),
      equity: { start: this.#points, ...points },
      progress: {
        bars: reader.steps,
        marketTime: reader.marketTime,
        equity: reader.equity(),
        balance: reader.balance(),
        fees: reader.fees(),
        funding: reader.funding(),
      },
    };
    this.#openOrders = rows.filter((_, i) => orders[i]!.status === "working" || orders[i]!.status === "partiallyFilled");
    this.#orders = reader.orderRows;
    this.#fills = reader.fillRows;
    this.#closedTrades = trades.filter((trade) => trade.exitReason !== "end").length;
    this.#points += points.time.length;
    this.steps = reader.steps;
    return { batch, orders, fills };
  }

  #announce({ orders, fills }: { readonly orders: readonly Order[]; readonly fills: readonly Fill[] }): void {
    for (const order of orders) this.#tell({ kind: "order", row: orderRow(order) });
    for (const fill of fills) this.#tell({ kind: "fill", row: fillRow(fill) });
  }

  /** Orders carry client ids: the session's, the number, the leg. */
  #named(order: Order): Order {
    return { ...order, id: `${this.#id}-${order.id}-${order.role}` };
  }

  #namedFill(fill: Fill): Fill {
    return { ...fill, id: `${this.#id}-fill-${fill.id}`, orderId: `${this.#id}-${fill.orderId}-${fill.role}` };
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
