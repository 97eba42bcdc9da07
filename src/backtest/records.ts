import {
  type CandleSeries,
  type Decimal,
  type EpochMs,
  type Fill,
  fromUnits,
  type Order,
  REFUSALS,
  type Refusal,
  ROLE_NAMES,
  type ScaledInstrument,
  type SignalKind,
  STATUS,
  STATUS_NAMES,
  TYPE,
  TYPE_NAMES,
} from "../core/index.js";
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

  #time(slot: number, bar: number): EpochMs {
    return this.#series[slot]!.time[bar]!;
  }

  orders(log: OrderLog): Order[] {
    return Array.from({ length: log.rows.length }, (_, row) => this.order(log, row));
  }

  order(log: OrderLog, row: number): Order {
    const field = (index: number): number => log.rows.get(row, index);
    const slot = field(0);
    const { instrument, quantityDp, priceDp } = this.#instruments[slot]!;
    const type = field(2);
    const price = fromUnits(field(5), priceDp);
    const verdict = log.verdict(row);
    return Object.freeze<Order>({
      id: String(row + 1),
      symbol: instrument.symbol,
      side: field(1) > 0 ? "buy" : "sell",
      type: TYPE_NAMES[type]!,
      role: ROLE_NAMES[field(3)]!,
      quantity: fromUnits(Math.max(0, field(4)), quantityDp),
      filledQuantity: fromUnits(field(14), quantityDp),
      price: type === TYPE.limit ? price : undefined,
      triggerPrice: type === TYPE.stop ? price : undefined,
      reduceOnly: field(8) === 1,
      timeInForce: "gtc",
      status: STATUS_NAMES[field(9)]!,
      createdAt: this.#time(slot, field(7)),
      updatedAt: this.#time(slot, field(10)),
      reason: verdict.code === REFUSALS[0] ? undefined : refusal(verdict.code, verdict, this.#instruments[slot]!),
    });
  }

  refusals(log: OrderLog): RefusedOrder[] {
    const refused: RefusedOrder[] = [];
    for (let row = 0; row < log.rows.length; row++) {
      const status = log.rows.get(row, 9);
      if (status !== STATUS.refused && status !== STATUS.rejected) continue;
      const order = this.order(log, row);
      refused.push(Object.freeze({ order, refusal: order.reason! }));
    }
    return refused;
  }

  fills(log: FillLog): Fill[] {
    return Array.from({ length: log.rows.length }, (_, row) => {
      const field = (index: number): number => log.rows.get(row, index);
      const slot = field(0);
      const { instrument, quantityDp, priceDp, cashDp } = this.#instruments[slot]!;
      return Object.freeze<Fill>({
        id: String(row + 1),
        orderId: String(field(5)),
        symbol: instrument.symbol,
        side: field(1) > 0 ? "buy" : "sell",
        role: ROLE_NAMES[field(6)]!,
        quantity: fromUnits(field(2), quantityDp),
        price: fromUnits(field(3), priceDp),
        fee: fromUnits(log.fee(row), cashDp),
        feeCurrency: instrument.settlement,
        liquidity: field(7) === 1 ? "maker" : "taker",
        time: this.#time(slot, field(8)),
      });
    });
  }

  signals(log: SignalLog): SignalRecord[] {
    return Array.from({ length: log.rows.length }, (_, row) => {
      const field = (index: number): number => log.rows.get(row, index);
      const slot = field(1);
      const { instrument, priceDp } = this.#instruments[slot]!;
      return Object.freeze<SignalRecord>({
        time: this.#time(slot, field(0)),
        bar: field(0),
        symbol: instrument.symbol,
        kind: KIND_NAMES[field(2)]!,
        confidence: field(3),
        price: fromUnits(field(4), priceDp),
        outcome: OUTCOME_NAMES[field(5)]!,
        orderId: field(6) === 0 ? undefined : String(field(6)),
      });
    });
  }
}
