import { TIF, TYPE, type WorkingOrder } from "../../core/index.js";

/** Whether an order is a limit order now: one of its type, or a conditional one that was triggered and has a limit. */
export function isLimit(order: WorkingOrder): boolean {
  return order.type === TYPE.limit || (order.triggered && order.limit > 0);
}

/** The limit price of what {@link isLimit} holds for. */
export function limitOf(order: WorkingOrder): number {
  return order.type === TYPE.limit ? order.price : order.limit;
}

/**
 * Whether an order takes at once or never: at the market, what is left of a stop or a take-profit that was triggered and got only a share of the volume, or a limit order that does not
 * rest.
 */
export function isImmediate(order: WorkingOrder): boolean {
  if (order.type === TYPE.market) return true;
  if (order.type === TYPE.limit) return order.timeInForce !== TIF.gtc;
  return order.triggered && order.limit === 0;
}

/**
 * The working orders of one instrument. It keeps the nearest price below and above at which any of them could fill, so that a bar that touches
 * neither costs two compares. The order array is reused: entries past `count` are stale.
 */
export class Book {
  readonly orders: WorkingOrder[] = [];
  count = 0;
  /** Orders that need their bar whatever its prices are: at the market, or limit orders that do not rest. */
  markets = 0;
  /** Orders that may open a position and wait for their price. */
  entries = 0;
  /** Highest price at or below which something fills. */
  below = -1;
  /** Lowest price at or above which something fills. */
  above: number = Number.MAX_SAFE_INTEGER;

  add(order: WorkingOrder): void {
    const at = this.count++;
    if (at < this.orders.length) this.orders[at] = order;
    else this.orders.push(order);
    this.#bound(order);
  }

  #bound(order: WorkingOrder): void {
    if (isImmediate(order)) {
      this.markets++;
      return;
    }
    if (!order.reduceOnly) this.entries++;
    const limit = isLimit(order);
    const price = limit ? limitOf(order) : order.price;
    const isStop = order.type === TYPE.stop || order.type === TYPE.stopLimit;
    const fillsBelow = (limit || !isStop) === order.direction > 0;
    if (fillsBelow) {
      if (price > this.below) this.below = price;
    } else if (price < this.above) this.above = price;
  }

  /** Drops what is final and finds the nearest prices again. */
  rebuild(): void {
    const { orders } = this;
    const count = this.count;
    this.count = 0;
    this.markets = 0;
    this.entries = 0;
    this.below = -1;
    this.above = Number.MAX_SAFE_INTEGER;
    for (let i = 0; i < count; i++) {
      const order = orders[i]!;
      if (!order.isLive) continue;
      orders[this.count++] = order;
      this.#bound(order);
    }
  }
}
