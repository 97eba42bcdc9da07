import {
  type CandleSeries,
  type Decimal,
  type EpochMs,
  type Fill,
  fromUnits,
  type Order,
  type Refusal,
  ROLE,
  ROLE_NAMES,
  type ScaledInstrument,
  type SignalKind,
  STATUS_NAMES,
  TIF_NAMES,
  TYPE,
  TYPE_NAMES,
} from "../core/index.js";
import { fillAtEdge } from "../engine/index.js";
import { type FillLog, KIND_NAMES, type OrderLog, OUTCOME_NAMES, refusal, type SignalLog } from "../execution/index.js";

/** A signal and what became of it. */
export interface SignalRecord {
  readonly time: EpochMs;
  readonly bar: number;
  readonly symbol: string;
  readonly kind: SignalKind;
  readonly confidence: number;
  /** The close it was made at. */
  readonly price: Decimal;
  readonly outcome: (typeof OUTCOME_NAMES)[number];
  /** The order made or refused, if any. */
  readonly orderId: string | undefined;
}

/** A refusal with the order it hit. */
export interface RefusedOrder {
  readonly order: Order;
  readonly refusal: Refusal;
}

/** The engine's columns as objects, built when read. */
export class RunRecords {
  readonly #instruments: readonly ScaledInstrument[];
  readonly #series: readonly CandleSeries[];

  constructor(instruments: readonly ScaledInstrument[], series: readonly CandleSeries[]) {
    this.#instruments = instruments;
    this.#series = series;
  }

  orders(log: OrderLog): Order[] {
    return Array.from({ length: log.length }, (_, row) => this.order(log, row));
  }

  order(log: OrderLog, row: number): Order {
    const order = log.read(row);
    const scaled = this.#instruments[order.slot]!;
    const { instrument, quantityDp, priceDp } = scaled;
    const price = fromUnits(order.price, priceDp);
    const verdict = log.verdict(row);
    return Object.freeze<Order>({
      id: String(row + 1),
      symbol: instrument.symbol,
      side: order.direction > 0 ? "buy" : "sell",
      type: TYPE_NAMES[order.type]!,
      role: ROLE_NAMES[order.role]!,
      quantity: fromUnits(Math.max(0, order.quantity), quantityDp),
      filledQuantity: fromUnits(order.filled, quantityDp),
      price: order.type === TYPE.limit ? price : order.limit > 0 ? fromUnits(order.limit, priceDp) : undefined,
      triggerPrice: order.type >= TYPE.stop ? price : undefined,
      reduceOnly: order.reduceOnly,
      timeInForce: TIF_NAMES[order.timeInForce]!,
      status: STATUS_NAMES[order.status]!,
      createdAt: order.time,
      updatedAt: order.changed,
      reason: verdict === undefined ? undefined : refusal(verdict.code, verdict, scaled),
      ...(order.role === ROLE.entry ? {} : { exitReason: order.reason }),
      ...(order.entry === 0 ? {} : { entryId: String(order.entry) }),
      ...(order.route === "" ? {} : { route: order.route }),
    });
  }

  refusals(log: OrderLog): RefusedOrder[] {
    return log.refusedRows().map((row) => {
      const order = this.order(log, row);
      return Object.freeze({ order, refusal: order.reason! });
    });
  }

  fills(log: FillLog): Fill[] {
    return Array.from({ length: log.length }, (_, row) => this.fill(log, row));
  }

  fill(log: FillLog, row: number): Fill {
    const fill = log.read(row);
    const { order: id, direction, role } = fill;
    return Object.freeze(fillAtEdge(fill, { id, direction, role }, this.#instruments[fill.slot]!, row + 1));
  }

  signals(log: SignalLog): SignalRecord[] {
    return Array.from({ length: log.length }, (_, row) => {
      const signal = log.read(row);
      const { instrument, priceDp } = this.#instruments[signal.slot]!;
      return Object.freeze<SignalRecord>({
        time: signal.time,
        bar: this.#series[signal.slot]!.indexAt(signal.time),
        symbol: instrument.symbol,
        kind: KIND_NAMES[signal.kind]!,
        confidence: signal.confidence,
        price: fromUnits(signal.reference, priceDp),
        outcome: OUTCOME_NAMES[signal.outcome]!,
        orderId: signal.order === 0 ? undefined : String(signal.order),
      });
    });
  }
}
