import {
  type AccountEvent,
  type AmendRequest,
  type Balance,
  type Decimal,
  fromUnits,
  type InstrumentKind,
  type OrderOutcome,
  type OrderRequest,
  onlyReduces,
  type Position,
  STATUS,
  type VenueExecution,
  type VenueFailure,
  type VenueOrder,
} from "../../../core/index.js";
import type { RatedAmount } from "../../../portfolio/index.js";
import { AccountPool } from "./account-pool.js";
import { balancesOf, depositBases } from "./balances.js";
import type { Ids } from "./ids.js";
import type { Market } from "./market.js";
import { checkMarket } from "./market-check.js";
import { marketOf, type Pool } from "./markets.js";
import type { ExchangeSettings } from "./options.js";
import { type CheckedOrder, checkOrder, checkQuantity, checkTrigger, refuse } from "./order-check.js";
import { PaperOrder } from "./paper-order.js";
import { type ProtectionRequest, Protections } from "./protection.js";

/** What an account needs of its exchange. */
export interface ExchangeLink {
  readonly pools: readonly Pool[];
  readonly settings: ExchangeSettings;
  readonly ids: Ids;
  now(): number;
  /** First bar of a market that a request made now may fill on. */
  eligible(market: Market, due: number, reduceOnly: boolean): number;
  /** When a request made now arrives; does it at once where that is now. */
  later(action: () => void): number;
}

/** What an order may carry beyond core's request: where the position it makes is to be left. */
export interface PlaceExtras extends ProtectionRequest {
  readonly category?: InstrumentKind;
}

/** A listener to an account; `order` is the exchange's own for events of orders and executions. */
export type AccountListener = (event: AccountEvent, order: PaperOrder | undefined, market: Market | undefined) => void;

/**
 * An account at the paper exchange. Requests are answered at once, as values with Bybit's codes; what becomes of orders is told to listeners in the order it happens. A listener may make
 * requests: they act on the same bar where they still can.
 */
export class PaperAccount {
  readonly name: string;
  readonly #link: ExchangeLink;
  readonly pools: readonly AccountPool[];
  readonly #orders: PaperOrder[] = [];
  readonly #open = new Set<PaperOrder>();
  readonly #byVenueId = new Map<string, PaperOrder>();
  readonly #byClientId = new Map<string, PaperOrder>();
  readonly executions: { readonly execution: VenueExecution; readonly order: PaperOrder | undefined; readonly market: Market }[] = [];
  readonly #listeners = new Set<AccountListener>();
  /** How often it had something to tell so far, whether anybody listened or not. */
  told = 0;
  /** Take-profit and stop-loss of whole positions. */
  readonly protections: Protections;

  constructor(name: string, link: ExchangeLink) {
    this.name = name;
    this.#link = link;
    const { settings } = link;
    this.pools = link.pools.map((pool) => {
      const given = settings.balances?.[pool.currency];
      return new AccountPool(pool, settings, given === undefined ? undefined : String(given), {
        orderChanged: (order) => this.#orderChanged(order),
        executed: (order, execution, market) => this.#executed(order, execution, market),
        newId: () => link.ids.uuid(),
        now: () => link.now(),
      });
    });
    depositBases(this.pools, settings.balances);
    this.protections = new Protections({
      ids: link.ids,
      now: () => link.now(),
      held: (market) => this.#pool(market).portfolio.quantity[market.slot]!,
      open: () => this.open(),
      send: (order) => {
        this.#register(order);
        this.#send(order);
      },
      cancel: (order, reason) => this.#cancel(order, false, reason),
    });
  }

  /** Hears of the account; returns how to stop. */
  subscribe(listener: AccountListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(event: AccountEvent, order?: PaperOrder, market?: Market): void {
    this.told++;
    for (const listener of [...this.#listeners]) listener(event, order, market);
  }

  #pool(market: Market): AccountPool {
    return this.pools.find(({ pool }) => pool.markets.includes(market))!;
  }

  /** Places an order. @throws LabError `SYMBOL_UNKNOWN`. */
  place(request: OrderRequest, extras: PlaceExtras = {}): OrderOutcome {
    const order = this.submit(request, extras);
    return "ok" in order ? order : { ok: true, order: order.report() };
  }

  /** The same for who needs no report of it: the exchange's own order, or why it was refused. */
  submit(request: OrderRequest, extras: PlaceExtras = {}): PaperOrder | VenueFailure {
    const market = marketOf(this.#link.pools, request.symbol, extras.category);
    const spot = market.category === "spot";
    const checked = checkOrder(market, request);
    if ("ok" in checked) return checked;
    if (request.clientOrderId !== "" && this.#byClientId.has(request.clientOrderId))
      return refuse("DUPLICATE_ID", spot ? 170_141 : 110_072, `OrderLinkedID is duplicate: ${request.clientOrderId}.`);
    const refusal = checkMarket(market, this.#pool(market), request, checked, this.#link.settings.fees[market.category]);
    if (refusal !== undefined) return refusal;
    const reduceOnly = onlyReduces(request, market.category);
    const protection = this.protections.read(market, extras);
    if ("ok" in protection) return protection;
    const order = this.#make(market, request, checked, reduceOnly);
    if (protection.takeProfit > 0 || protection.stopLoss > 0) order.protection = protection;
    this.#send(order);
    return order;
  }

  #make(market: Market, request: OrderRequest, checked: CheckedOrder, reduceOnly: boolean): PaperOrder {
    const { ids } = this.#link;
    const order = new PaperOrder(
      market,
      { id: ids.next(), venueOrderId: ids.uuid(), clientOrderId: request.clientOrderId },
      {
        direction: checked.direction,
        type: checked.type,
        quantity: checked.quantity,
        price: checked.price,
        limit: checked.limit,
        timeInForce: checked.timeInForce,
        reduceOnly,
        postOnly: request.postOnly === true,
        triggerBy: request.triggerBy ?? "last",
        eligible: 0,
        time: this.#link.now(),
      },
    );
    this.#register(order);
    return order;
  }

  #register(order: PaperOrder): void {
    this.#orders.push(order);
    this.#open.add(order);
    this.#byVenueId.set(order.venueOrderId, order);
    if (order.clientOrderId !== "") this.#byClientId.set(order.clientOrderId, order);
  }

  #send(order: PaperOrder): void {
    const { market } = order;
    const pool = this.#pool(market);
    this.#link.later(() => {
      if (order.status !== STATUS.pending) return;
      if (market.byCandles) {
        (order as { eligible: number }).eligible = this.#link.eligible(market, this.#link.now(), order.reduceOnly);
        pool.candles(market).submit(order);
      } else pool.ticks(market).submit(order, { index: -1, time: this.#link.now() }, order.triggerBy !== "last");
    });
  }

  #find(symbol: string, id: string, category?: InstrumentKind): PaperOrder | VenueFailure {
    const order = this.#byVenueId.get(id) ?? this.#byClientId.get(id);
    const market = marketOf(this.#link.pools, symbol, category);
    if (order !== undefined && order.market === market) return order;
    return refuse("NOT_FOUND", market.category === "spot" ? 170_213 : 110_001, `Order does not exist: ${id}.`);
  }

  /** Amends an open order by its client or venue id; a change of price or a larger quantity loses the place in the queue. */
  amend(request: AmendRequest, category?: InstrumentKind): OrderOutcome {
    const order = this.#find(request.symbol, request.clientOrderId, category);
    if ("ok" in order) return order;
    const { market } = order;
    if (order.isFinal)
      return refuse(
        "NOT_FOUND",
        market.category === "spot" ? 170_213 : 110_001,
        `Order does not exist any more: it is ${order.report().status}.`,
      );
    const old = order.report();
    const quantity = request.quantity === undefined ? order.quantity : checkQuantity(market, request.quantity, order.reduceOnly);
    if (typeof quantity !== "number") return quantity;
    if (quantity <= order.filled)
      return refuse(
        "INVALID_ORDER",
        10_001,
        `${market.symbol}: ${old.filledQuantity.toFixed()} of the order are filled; its quantity cannot become ${request.quantity?.toFixed()}.`,
      );
    const changed = checkOrder(market, {
      ...old,
      clientOrderId: "",
      quantity: old.quantity,
      reduceOnly: true,
      price: request.price ?? old.price,
      triggerPrice: request.triggerPrice ?? old.triggerPrice,
    } as OrderRequest);
    if ("ok" in changed) return changed;
    if (order.isConditional && !order.triggered && request.triggerPrice !== undefined) {
      const wrong = checkTrigger(market, changed, order.triggerBy !== "last");
      if (wrong !== undefined) return wrong;
    }
    this.#link.later(() => this.#amend(order, quantity, changed));
    return { ok: true, order: order.report() };
  }

  #amend(order: PaperOrder, quantity: number, { price, limit }: CheckedOrder): void {
    if (order.isFinal) return;
    const keepsPlace = price === order.price && limit === order.limit && quantity <= order.quantity;
    order.quantity = Math.max(quantity, order.filled);
    order.price = price;
    order.limit = limit;
    order.updatedAt = this.#link.now();
    this.#tell({ type: "order", order: order.report() }, order, order.market);
    const pool = this.#pool(order.market);
    if (order.status === STATUS.pending) return;
    if (order.market.byCandles) pool.candles(order.market).amended(order);
    else pool.ticks(order.market).amended(order, keepsPlace, { index: -1, time: this.#link.now() });
  }

  /** Cancels an open order by its client or venue id. */
  cancel(symbol: string, id: string, category?: InstrumentKind): OrderOutcome {
    const order = this.#find(symbol, id, category);
    if ("ok" in order) return order;
    if (order.isFinal)
      return refuse(
        "NOT_FOUND",
        order.market.category === "spot" ? 170_213 : 110_001,
        `Order does not exist any more: it is ${order.report().status}.`,
      );
    this.#link.later(() => this.#cancel(order, true, ""));
    return { ok: true, order: order.report() };
  }

  #cancel(order: PaperOrder, byUser: boolean, reason: string): void {
    if (order.isFinal) return;
    order.byUser = byUser;
    order.reason = reason;
    const pool = this.#pool(order.market);
    if (order.status === STATUS.pending) {
      order.end(STATUS.cancelled);
      this.#orderChanged(order);
    } else if (order.market.byCandles) pool.candles(order.market).cancel(order);
    else pool.ticks(order.market).cancel(order);
  }

  /** Cancels every open order, of one symbol or category where it is given. */
  cancelAll(symbol?: string, category?: InstrumentKind): OrderOutcome[] {
    const market = symbol === undefined ? undefined : marketOf(this.#link.pools, symbol, category);
    return this.open()
      .filter(
        (order) => (market === undefined || order.market === market) && (category === undefined || order.market.category === category),
      )
      .map((order) => this.cancel(order.market.symbol, order.venueOrderId, order.market.category));
  }

  /** Open orders, oldest first. */
  open(): PaperOrder[] {
    return [...this.#open].filter((order) => !order.isFinal);
  }

  /** All orders there ever were, oldest first. */
  all(): readonly PaperOrder[] {
    return this.#orders;
  }

  /** An order by its client or venue id. */
  find(id: string): PaperOrder | undefined {
    return this.#byVenueId.get(id) ?? this.#byClientId.get(id);
  }

  /** Reports of open orders. */
  orders(symbol?: string): VenueOrder[] {
    return this.open()
      .filter((order) => symbol === undefined || order.market.symbol === symbol)
      .map((order) => order.report());
  }

  position(market: Market): Position {
    return this.#pool(market).portfolio.position(market.slot);
  }

  /** The price at which a position is liquidated, as units; undefined for none. */
  liquidationPrice(market: Market): number | undefined {
    const pool = this.#pool(market);
    return market.byCandles ? pool.candles(market).liquidationPrice(market.slot) : pool.ticks(market).liquidationPrice(market.slot);
  }

  /** Positions of contracts, and coins held on spot, that are not flat. */
  positions(): Position[] {
    return this.pools.flatMap(({ pool, portfolio }) =>
      pool.markets.filter((market) => portfolio.quantity[market.slot] !== 0).map((market) => portfolio.position(market.slot)),
    );
  }

  poolOf(market: Market): AccountPool {
    return this.#pool(market);
  }

  /** Cash by settlement currency, and the coins held on spot. */
  balances(): Balance[] {
    return balancesOf(this.pools);
  }

  /** Sets the leverage of all contracts that settle in the symbol's currency. */
  setLeverage(symbol: string, leverage: Decimal, category?: InstrumentKind): { readonly ok: true } | VenueFailure {
    const market = marketOf(this.#link.pools, symbol, category);
    const value = leverage.toNumber();
    if (market.category === "spot") return refuse("INVALID_ORDER", 10_001, "Spot has no leverage.");
    if (!Number.isInteger(value) || value < 1 || value > 100)
      return refuse("INVALID_ORDER", 110_013, `The paper exchange has leverage in whole numbers from 1 to 100, got ${leverage.toFixed()}.`);
    this.#pool(market).setLeverage(value);
    return { ok: true };
  }

  #orderChanged(order: PaperOrder): void {
    if (order.isFinal) this.#open.delete(order);
    this.#tell({ type: "order", order: order.report() }, order, order.market);
  }

  #executed(order: PaperOrder | undefined, execution: VenueExecution, market: Market): void {
    this.executions.push({ execution, order, market });
    this.#tell({ type: "execution", execution }, order, market);
    if (order?.protection !== undefined) this.protections.set(market, order.protection);
    else this.protections.follow(market);
    const time = this.#link.now();
    const account = this;
    // Made for who looks: what listens on a wire writes its own rows, a thousand times a second.
    const position = {
      type: "position" as const,
      time,
      get position(): Position {
        return account.position(market);
      },
    };
    const balance = {
      type: "balance" as const,
      time,
      get balances(): readonly Balance[] {
        return account.balances();
      },
    };
    this.#tell(position, undefined, market);
    this.#tell(balance, undefined, market);
  }

  /** Books a funding payment of one market at a price in units. */
  payFunding(market: Market, rate: { readonly positive: boolean; readonly amount: RatedAmount }, price: number): void {
    const { portfolio } = this.#pool(market);
    const quantity = portfolio.quantity[market.slot]!;
    if (quantity === 0) return;
    const amount = rate.amount.of(price, Math.abs(quantity));
    const paid = rate.positive === quantity > 0 ? amount : -amount;
    portfolio.applyFunding(paid);
    const { quantityDp, priceDp, cashDp, instrument } = market.scaled;
    this.#executed(
      undefined,
      {
        executionId: this.#link.ids.uuid(),
        venueOrderId: "",
        clientOrderId: "",
        symbol: market.symbol,
        side: quantity > 0 ? "sell" : "buy",
        kind: "funding",
        quantity: fromUnits(Math.abs(quantity), quantityDp),
        price: fromUnits(price, priceDp),
        fee: fromUnits(paid, cashDp),
        feeCurrency: instrument.settlement,
        liquidity: "taker",
        time: this.#link.now(),
      },
      market,
    );
  }
}
