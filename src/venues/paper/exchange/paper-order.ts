import {
  type Direction,
  fromUnits,
  ROLE,
  STATUS,
  TIF_NAMES,
  type TriggerBy,
  TYPE,
  TYPE_NAMES,
  type VenueOrder,
  type VenueOrderStatus,
  WorkingOrder,
} from "../../../core/index.js";
import { inverseAverage } from "../../../portfolio/index.js";
import type { Market } from "./market.js";

const STATES: Readonly<Record<number, VenueOrderStatus>> = {
  [STATUS.pending]: "pending",
  [STATUS.working]: "working",
  [STATUS.partiallyFilled]: "partiallyFilled",
  [STATUS.cancelling]: "working",
  [STATUS.filled]: "filled",
  [STATUS.cancelled]: "cancelled",
  [STATUS.rejected]: "rejected",
  [STATUS.refused]: "rejected",
};

/** What protects a position, in price units; 0 for none. */
export interface Protection {
  readonly takeProfit: number;
  readonly stopLoss: number;
  readonly triggerBy?: TriggerBy;
}

/** An order at the paper exchange: what matching knows of it and what its owner is told. */
export class PaperOrder extends WorkingOrder {
  readonly market: Market;
  readonly venueOrderId: string;
  readonly clientOrderId: string;
  readonly triggerBy: TriggerBy;
  /** Price of the last trade when it was placed, as text. */
  readonly lastPrice: string;
  updatedAt: number;
  /** Value of its fills in cash units, unsigned. */
  value = 0n;
  /** Fills so far: each rounded the value by half a unit at most. */
  fills = 0;
  /** Fees so far in units of the cash, or of 1e-8 base where the buyer pays in base. */
  fee = 0n;
  /** What its fills are to be protected by. */
  protection: Protection | undefined;
  /** For an order that protects a position: which leg it is. */
  leg: "TakeProfit" | "StopLoss" | undefined;
  /** Cancelled by its owner, not by the exchange. */
  byUser = false;

  constructor(
    market: Market,
    ids: { readonly id: number; readonly venueOrderId: string; readonly clientOrderId: string },
    of: {
      readonly direction: Direction;
      readonly type: number;
      readonly reduceOnly: boolean;
      readonly quantity: number;
      readonly price: number;
      readonly limit: number;
      readonly timeInForce: number;
      readonly postOnly: boolean;
      readonly triggerBy: TriggerBy;
      readonly eligible: number;
      readonly time: number;
    },
  ) {
    super(ids.id, market.slot, of.direction, of.type, ROLE.entry, of.reduceOnly, of.quantity, of.price, of.eligible, of.time);
    this.market = market;
    this.venueOrderId = ids.venueOrderId;
    this.clientOrderId = ids.clientOrderId;
    this.limit = of.limit;
    this.timeInForce = of.timeInForce;
    this.postOnly = of.postOnly;
    this.triggerBy = of.triggerBy;
    this.updatedAt = of.time;
    this.lastPrice = market.last > 0 ? market.priceText(market.last) : "";
  }

  get isConditional(): boolean {
    return this.type !== TYPE.market && this.type !== TYPE.limit;
  }

  /** The order as its venue reports it. */
  report(): VenueOrder {
    const { scaled } = this.market;
    const { priceDp, quantityDp, cashDp, instrument } = scaled;
    const filled = fromUnits(this.filled, quantityDp);
    const value = fromUnits(this.value, cashDp);
    const price = this.isConditional ? this.limit : this.price;
    const state = STATES[this.status]!;
    return {
      venueOrderId: this.venueOrderId,
      clientOrderId: this.clientOrderId,
      symbol: this.market.symbol,
      side: this.direction > 0 ? "buy" : "sell",
      type: TYPE_NAMES[this.type]!,
      quantity: fromUnits(this.quantity, quantityDp),
      filledQuantity: filled,
      averagePrice:
        this.filled === 0
          ? undefined
          : instrument.kind === "inverse"
            ? inverseAverage(scaled, this.filled, this.value, this.fills / 2)
            : value.div(filled),
      price: price === 0 ? undefined : fromUnits(price, priceDp),
      triggerPrice: this.isConditional ? fromUnits(this.price, priceDp) : undefined,
      timeInForce: TIF_NAMES[this.timeInForce]!,
      postOnly: this.postOnly,
      reduceOnly: this.reduceOnly,
      status: state === "working" && this.isConditional && !this.triggered ? "untriggered" : state,
      createdAt: this.time,
      updatedAt: this.updatedAt,
      reason: this.reason === "" ? undefined : this.reason,
    };
  }
}
