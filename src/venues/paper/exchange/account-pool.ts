import {
  fromUnits,
  type InstrumentKind,
  type Ratio,
  roundDivBig,
  STATUS,
  toWideUnits,
  type VenueExecution,
  type WorkingOrder,
} from "../../../core/index.js";
import { MaintenanceMargin, Portfolio, valueUnits } from "../../../portfolio/index.js";
import { CandleMatcher } from "../matcher.js";
import { CANCEL, type MatchSettings, type MatchSink, type MatchTime } from "../settings.js";
import { TickMatcher } from "../tick-matcher.js";
import type { Market } from "./market.js";
import type { Pool } from "./markets.js";
import type { ExchangeSettings } from "./options.js";
import type { PaperOrder } from "./paper-order.js";

/** What an account hears of its pools. */
export interface PoolListener {
  orderChanged(order: PaperOrder): void;
  executed(order: PaperOrder | undefined, execution: VenueExecution, market: Market): void;
  newId(): string;
  now(): number;
}

/** Kinds of a pool's instruments, each matched with the fees of its own. */
type Matchers = ReadonlyMap<InstrumentKind, { readonly candles: CandleMatcher; readonly ticks: TickMatcher }>;

/** Decimals of a fee in base. */
const BASE_FEE_DP = 8;

/** One settlement currency of an account: its cash and positions, its orders at the matchers, and what they report. */
export class AccountPool implements MatchSink {
  readonly pool: Pool;
  readonly portfolio: Portfolio;
  readonly margin: MaintenanceMargin | undefined;
  leverage: number;
  readonly #settings: ExchangeSettings;
  readonly #listener: PoolListener;
  #matchers: Matchers;

  constructor(pool: Pool, settings: ExchangeSettings, initial: string | undefined, listener: PoolListener) {
    this.pool = pool;
    this.#settings = settings;
    this.#listener = listener;
    this.leverage = settings.leverage;
    const inverse = pool.markets[0]!.category === "inverse";
    const cash = initial ?? (settings.balances === undefined ? (inverse ? "1" : "10000") : "0");
    this.portfolio = new Portfolio(
      pool.markets.map((one) => one.scaled),
      toWideUnits(cash, pool.cashDp, "exact", `balance of ${pool.currency}`),
    );
    const rate = settings.maintenance;
    this.margin =
      rate === undefined
        ? undefined
        : new MaintenanceMargin(
            this.portfolio,
            pool.markets.map((): Ratio => rate),
          );
    this.#matchers = this.#makeMatchers();
  }

  #makeMatchers(): Matchers {
    const kinds = [...new Set(this.pool.markets.map((one) => one.category))];
    return new Map(
      kinds.map((kind) => {
        const { slippage, participation, queue, fees } = this.#settings;
        const settings: MatchSettings = {
          fees: fees[kind],
          slippage,
          leverage: this.leverageOf(kind),
          queue,
          ...(participation !== undefined && { participation }),
          ...(this.margin !== undefined && kind !== "spot" && { margin: this.margin }),
        };
        const candles = new CandleMatcher(this.portfolio, settings, this);
        return [kind, { candles, ticks: new TickMatcher(this.portfolio, settings, this, this.pool.markets) }];
      }),
    );
  }

  /** Leverage that orders of a kind are reckoned with: spot alone has none. */
  leverageOf(kind: InstrumentKind): number {
    return kind === "spot" && this.pool.markets.every((one) => one.category === "spot") ? 1 : this.leverage;
  }

  candles(market: Market): CandleMatcher {
    return this.#matchers.get(market.category)!.candles;
  }

  ticks(market: Market): TickMatcher {
    return this.#matchers.get(market.category)!.ticks;
  }

  /** Leverage is of all contracts of a settlement currency. Working orders move on to matchers that know it. */
  setLeverage(leverage: number): void {
    this.leverage = leverage;
    const live = this.pool.markets.map((one) => ({ candles: this.candles(one).orders(one.slot), ticks: this.ticks(one).orders(one.slot) }));
    const states = live.map((one) => [...one.candles, ...one.ticks].map((order) => [order, order.status] as const));
    this.#quiet = true;
    this.#matchers = this.#makeMatchers();
    for (const [i, market] of this.pool.markets.entries()) {
      for (const order of live[i]!.candles) this.candles(market).submit(order);
      for (const order of live[i]!.ticks) this.ticks(market).adopt(order, (order as PaperOrder).triggerBy !== "last");
    }
    this.#quiet = false;
    for (const [order, status] of states.flat()) order.status = status;
  }

  /** True while orders move between matchers: nothing is told. */
  #quiet = false;

  /** Cash that new contracts may use, in cash units, open profits included (cross margin); for spot what is free of margin. */
  freeCash(spot: boolean): bigint {
    if (spot) return this.portfolio.freeCash(this.leverage);
    const held = this.pool.markets.reduce(
      (sum, { slot, category }) => (category === "spot" ? sum : sum + this.portfolio.positionValue(slot)),
      0n,
    );
    return this.portfolio.marginEquity() - (held + BigInt(this.leverage) - 1n) / BigInt(this.leverage);
  }

  accepted(order: WorkingOrder): void {
    if (this.#quiet) return;
    order.status = STATUS.working;
    this.#listener.orderChanged(order as PaperOrder);
  }

  filled(order: WorkingOrder, quantity: number, price: number, fee: number | bigint, maker: boolean, at: MatchTime): void {
    const own = order as PaperOrder;
    const { market } = own;
    const inBase = market.category === "spot" && order.direction > 0 && this.#settings.spotFees === "base";
    const paid = inBase ? this.#payInBase(market, quantity, price, maker) : BigInt(fee);
    if (inBase) this.#bookBaseFee(market, quantity, price, Number(paid));
    else this.portfolio.apply(market.slot, order.direction * quantity, price, fee);
    own.value += valueUnits(market.scaled, quantity, price);
    own.fills++;
    own.fee += paid;
    own.updatedAt = at.time;
    order.fill(quantity);
    const { instrument, priceDp, quantityDp, cashDp } = market.scaled;
    const execution: VenueExecution = {
      executionId: this.#listener.newId(),
      venueOrderId: own.venueOrderId,
      clientOrderId: own.clientOrderId,
      symbol: market.symbol,
      side: order.direction > 0 ? "buy" : "sell",
      kind: "trade",
      quantity: fromUnits(quantity, quantityDp),
      price: fromUnits(price, priceDp),
      fee: fromUnits(paid, inBase ? quantityDp : cashDp),
      feeCurrency: inBase ? instrument.base : instrument.settlement,
      liquidity: maker ? "maker" : "taker",
      time: at.time,
    };
    // A reduce-only order that has closed the position has nothing left to do.
    const spent = order.reduceOnly && order.isLive && this.portfolio.quantity[market.slot] === 0;
    if (spent) this.#end(own, CANCEL.reduceOnly);
    this.#listener.executed(own, execution, market);
    this.#listener.orderChanged(own);
  }

  /** The fee of a spot buy in quantity units of base, half up. */
  #payInBase(market: Market, quantity: number, _price: number, maker: boolean): bigint {
    const { fees } = this.#settings;
    const rate = maker ? fees.spot.maker : fees.spot.taker;
    const step = 10n ** BigInt(market.scaled.quantityDp - BASE_FEE_DP);
    return roundDivBig(BigInt(quantity) * BigInt(rate.num), BigInt(rate.den) * step) * step;
  }

  /** The fee leaves as base sold at the fill's own price whose proceeds are the fee: cash stays, base shrinks, and the fee is counted in quote. */
  #bookBaseFee(market: Market, quantity: number, price: number, paid: number): void {
    this.portfolio.apply(market.slot, quantity, price, 0);
    if (paid !== 0) this.portfolio.apply(market.slot, -paid, price, valueUnits(market.scaled, paid, price));
  }

  rejected(order: WorkingOrder, _needed: number, _available: number, at: MatchTime): void {
    const own = order as PaperOrder;
    own.reason = "EC_InsufficientBalance";
    own.updatedAt = at.time;
    order.end(own.filled > 0 ? STATUS.cancelled : STATUS.rejected);
    this.#listener.orderChanged(own);
  }

  cancelled(order: WorkingOrder, reason = ""): void {
    this.#end(order as PaperOrder, reason);
    this.#listener.orderChanged(order as PaperOrder);
  }

  #end(order: PaperOrder, reason: string): void {
    if (reason !== "") order.reason = reason;
    order.updatedAt = this.#listener.now();
    order.end(STATUS.cancelled);
  }

  triggered(order: WorkingOrder, at: MatchTime): void {
    (order as PaperOrder).updatedAt = at.time;
  }

  liquidated(slot: number, signed: number, price: number, fee: number | bigint, at: MatchTime): void {
    const market = this.pool.markets[slot]!;
    this.portfolio.apply(slot, signed, price, fee);
    const rest = this.pool.markets.every((one) => one.category === "spot" || this.portfolio.quantity[one.slot] === 0);
    const left = this.portfolio.marginEquity();
    if (rest && left < 0n) this.portfolio.cover(-left);
    const { priceDp, quantityDp, cashDp, instrument } = market.scaled;
    this.#listener.executed(
      undefined,
      {
        executionId: this.#listener.newId(),
        venueOrderId: this.#listener.newId(),
        clientOrderId: "",
        symbol: market.symbol,
        side: signed > 0 ? "buy" : "sell",
        kind: "liquidation",
        quantity: fromUnits(Math.abs(signed), quantityDp),
        price: fromUnits(price, priceDp),
        fee: fromUnits(fee, cashDp),
        feeCurrency: instrument.settlement,
        liquidity: "taker",
        time: at.time,
      },
      market,
    );
  }
}
