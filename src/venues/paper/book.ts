import { TYPE, type WorkingOrder } from "../../core/index.js";

/**
 * The working orders of one instrument. It keeps the nearest price below and above at which any of them could fill, so that a bar that touches
 * neither costs two compares. The order array is reused: entries past `count` are stale.
 */
export class Book {
  readonly orders: WorkingOrder[] = [];
  count = 0;
  /** Market orders waiting for their bar. */
  markets = 0;
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
    if (order.type === TYPE.market) {
      this.markets++;
      return;
    }
    const fillsBelow = (order.type === TYPE.limit) === order.direction > 0;
    if (fillsBelow) {
      if (order.price > this.below) this.below = order.price;
    } else if (order.price < this.above) this.above = order.price;
  }

  /** Drops what is final and finds the nearest prices again. */
  rebuild(): void {
    const { orders } = this;
    const count = this.count;
    this.count = 0;
    this.markets = 0;
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
