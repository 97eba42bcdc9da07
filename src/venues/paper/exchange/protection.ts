import { type Decimal, type Direction, TIF, type TriggerBy, TYPE, toUnits, type VenueFailure } from "../../../core/index.js";
import { CANCEL } from "../settings.js";
import type { Ids } from "./ids.js";
import type { Market } from "./market.js";
import { refuse } from "./order-check.js";
import { PaperOrder, type Protection } from "./paper-order.js";

/** Where a position is to be left, as it is asked for. */
export interface ProtectionRequest {
  readonly takeProfit?: Decimal | undefined;
  readonly stopLoss?: Decimal | undefined;
  readonly triggerBy?: TriggerBy | undefined;
}

/** What protecting positions needs of the account. */
export interface ProtectionDesk {
  readonly ids: Ids;
  now(): number;
  /** Signed quantity units. */
  held(market: Market): number;
  open(): readonly PaperOrder[];
  send(order: PaperOrder): void;
  cancel(order: PaperOrder, reason: string): void;
}

/**
 * Take-profit and stop-loss of whole positions, as Bybit keeps them (`tpslMode` Full): two reduce-only conditional orders of which one ends the other, as large as the position and
 * gone with it.
 */
export class Protections {
  readonly #desk: ProtectionDesk;
  readonly #wanted = new Map<Market, Protection>();

  constructor(desk: ProtectionDesk) {
    this.#desk = desk;
  }

  /** What stands for a market, in price units. */
  of(market: Market): Protection | undefined {
    return this.#wanted.get(market);
  }

  /** Prices of a request in units, 0 for none; or why they are none. */
  read(market: Market, { takeProfit, stopLoss, triggerBy }: ProtectionRequest): Protection | VenueFailure {
    const { priceDp, tick } = market.scaled;
    const units = (price: Decimal | undefined): number => {
      if (price === undefined || price.isZero()) return 0;
      const exact = price.decimalPlaces() <= priceDp && price.gt(0) ? toUnits(price, priceDp) : -1;
      return exact % tick === 0 ? exact : -1;
    };
    const read = { takeProfit: units(takeProfit), stopLoss: units(stopLoss) };
    if (read.takeProfit < 0 || read.stopLoss < 0)
      return refuse("INVALID_ORDER", 10_001, `${market.symbol}: takeProfit and stopLoss are multiples of the tick above zero.`);
    return { ...read, ...(triggerBy !== undefined && { triggerBy }) };
  }

  /** Changes what protects an open position: zero takes a leg away, what is not given stays. */
  change(market: Market, request: ProtectionRequest): { readonly ok: true } | VenueFailure {
    const held = this.#desk.held(market);
    if (held === 0) return refuse("INVALID_ORDER", 10_001, `${market.symbol}: there is no position to protect.`);
    const asked = this.read(market, request);
    if ("ok" in asked) return asked;
    const before = this.#wanted.get(market) ?? { takeProfit: 0, stopLoss: 0 };
    const after: Protection = {
      ...asked,
      takeProfit: request.takeProfit === undefined ? before.takeProfit : asked.takeProfit,
      stopLoss: request.stopLoss === undefined ? before.stopLoss : asked.stopLoss,
    };
    if (after.takeProfit === before.takeProfit && after.stopLoss === before.stopLoss)
      return refuse("INVALID_ORDER", 34_040, "not modified");
    const { last } = market;
    const long = held > 0;
    const wrong = (price: number, above: boolean): boolean => price > 0 && (above ? price <= last : price >= last);
    if (wrong(after.takeProfit, long) || wrong(after.stopLoss, !long))
      return refuse(
        "INVALID_ORDER",
        10_001,
        `${market.symbol}: takeProfit and stopLoss lie on the wrong side of ${market.priceText(last)}.`,
      );
    this.set(market, after);
    return { ok: true };
  }

  /** Places the legs of an open position, in place of those it has. */
  set(market: Market, wanted: Protection): void {
    for (const leg of this.#legs(market)) this.#desk.cancel(leg, CANCEL.sibling);
    const held = this.#desk.held(market);
    if (held === 0) return;
    this.#wanted.set(market, wanted);
    if (wanted.stopLoss > 0) this.#place(market, held, TYPE.stop, wanted.stopLoss, "StopLoss", wanted.triggerBy);
    if (wanted.takeProfit > 0) this.#place(market, held, TYPE.takeProfit, wanted.takeProfit, "TakeProfit", wanted.triggerBy);
  }

  #place(market: Market, held: number, type: number, price: number, leg: "StopLoss" | "TakeProfit", triggerBy: TriggerBy = "last"): void {
    const { ids } = this.#desk;
    const direction: Direction = held > 0 ? -1 : 1;
    const order = new PaperOrder(
      market,
      { id: ids.next(), venueOrderId: ids.uuid(), clientOrderId: "" },
      {
        direction,
        type,
        reduceOnly: true,
        quantity: Math.abs(held),
        price,
        limit: 0,
        timeInForce: TIF.gtc,
        postOnly: false,
        triggerBy,
        eligible: 0,
        time: this.#desk.now(),
      },
    );
    order.leg = leg;
    this.#desk.send(order);
  }

  #legs(market: Market): PaperOrder[] {
    return this.#desk.open().filter((order) => order.leg !== undefined && order.market === market);
  }

  /** After a fill: legs are as large as the position, and end with it. */
  follow(market: Market): void {
    if (!this.#wanted.has(market)) return;
    const held = Math.abs(this.#desk.held(market));
    if (held === 0) this.#wanted.delete(market);
    for (const leg of this.#legs(market)) {
      if (held === 0) this.#desk.cancel(leg, CANCEL.sibling);
      else leg.quantity = leg.filled + held;
    }
  }
}
