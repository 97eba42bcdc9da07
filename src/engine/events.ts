import { type SeriesBar, STATUS, WorkingOrder } from "../core/index.js";

/** Kinds of events and audits, as small integers. */
export const EVENT: { readonly candle: 0; readonly fill: 1; readonly order: 2; readonly command: 3 } = {
  candle: 0,
  fill: 1,
  order: 2,
  command: 3,
};

/** Stands where no order has been set yet, so that the field never changes its representation. */
const NO_ORDER = new WorkingOrder(0, 0, 1, 0, 0, false, 0, 0, 0, 0);
NO_ORDER.status = STATUS.cancelled;

/** A candle has closed. One reused object per instrument: the bar view moves. */
export interface CandleEvent {
  readonly kind: 0;
  readonly bar: SeriesBar;
}

/** An order was filled, wholly or as far as it ever will be. */
export class FillEvent {
  readonly kind = 1;
  order: WorkingOrder = NO_ORDER;
  quantity = 0;
  price = 0;
  /** Cash units, positive when paid. */
  fee: number | bigint = 0;
  maker = false;
  bar = 0;
}

/** A venue reports an order's state: accepted, rejected or cancelled (the order's `status`). */
export class OrderEvent {
  readonly kind = 2;
  order: WorkingOrder = NO_ORDER;
  bar = 0;
  /** For a rejection: cash units needed and available. */
  needed = 0;
  available = 0;
}

/** An operator's or a driver's order to the engine: close every position, or let only reducing orders pass. */
export interface CommandEvent {
  readonly kind: 3;
  readonly command: "closePositions" | "liquidateOnly";
}

export type EngineEvent = CandleEvent | FillEvent | OrderEvent | CommandEvent;
