import { type CandleSeries, Decimal, type EpochMs, type Fill, type Order } from "../core/index.js";
import { hasMembers, LabError, wrongInput } from "../errors/index.js";
import { fillRate } from "./fill-rate.js";
import { implementationShortfall } from "./implementation-shortfall.js";
import { vwapSlippage } from "./vwap-slippage.js";

/** Whatever has orders and fills, at hand or when asked: a run, a stored session. */
export interface QualitySource {
  readonly orders: readonly Order[] | (() => readonly Order[]);
  readonly fills: readonly Fill[] | (() => readonly Fill[]);
  /** Candles to take arrival prices from. */
  readonly series?: readonly CandleSeries[];
  /**
   * What times of orders are: the `moment` they were made, unless given, or, as in a replay of candles, the `open` time of the candle at whose close they were decided
   * (of a protective leg: of the candle in which its entry was filled).
   */
  readonly orderTimes?: "open" | "moment";
}

/** A price at a moment, for the as-of join. */
export interface PricePoint {
  readonly symbol: string;
  readonly time: EpochMs;
  readonly price: Decimal;
}

/** Settings of {@link orderQuality}. */
export interface QualityOptions {
  /** Where arrival prices come from, in time order; the source's own candles unless given. */
  readonly prices?: readonly CandleSeries[] | readonly PricePoint[];
  /** What an order is grouped by; {@link routeFamily} unless given. */
  readonly group?: (order: Order) => string;
}

/** The execution of one order. Money in quote currency; costs are positive when worse. */
export interface OrderQuality {
  readonly order: string;
  readonly symbol: string;
  readonly side: Order["side"];
  readonly group: string;
  readonly time: EpochMs;
  readonly quantity: Decimal;
  readonly filled: Decimal;
  readonly fillRate: Decimal | null;
  /** Last price known when the order was made; null where there is none. */
  readonly arrival: Decimal | null;
  readonly vwap: Decimal | null;
  readonly shortfall: Decimal | null;
  readonly shortfallBps: Decimal | null;
  readonly slippageBps: Decimal | null;
  readonly fees: Decimal;
}

/** The same over the orders of a group, weighted by value at arrival. */
export interface GroupQuality {
  readonly group: string;
  readonly orders: number;
  readonly filled: number;
  readonly fillRate: Decimal | null;
  readonly shortfall: Decimal | null;
  readonly shortfallBps: Decimal | null;
  readonly slippageBps: Decimal | null;
  readonly fees: Decimal;
}

type Arrival = (order: Order) => Decimal | null;

/** Lists of orders and fills. */
type Journalled = { readonly orders: readonly Order[]; readonly fills: readonly Fill[] };

/** The orders and fills of a source. @throws LabError `QUALITY_SOURCE` for one that has none, or that answers later. */
function journalled(source: QualitySource, what: string): Journalled {
  if (!hasMembers(source, "orders", "fills")) throw wrongInput("QUALITY_SOURCE", what, "a run or a stored session", source);
  const { orders, fills } = source;
  return {
    orders: listOf(typeof orders === "function" ? orders.call(source) : orders, "orders", what),
    fills: listOf(typeof fills === "function" ? fills.call(source) : fills, "fills", what),
  };
}

function listOf<T>(list: readonly T[], name: keyof Journalled, what: string): readonly T[] {
  if (Array.isArray(list)) return list;
  if (!isPromise(list)) throw wrongInput("QUALITY_SOURCE", what, `lists of orders and fills; ${name}`, list);
  // Nobody waits for what was asked for here.
  list.then(undefined, () => {});
  throw new LabError(
    "QUALITY_SOURCE",
    `${what} takes orders and fills that are at hand, and those of a session come later: ${what}(state.session(session.statePath, session.id), { prices }).`,
  );
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** Whether an order is made by a fill, inside a candle. */
const isLeg = ({ role }: Order): boolean => role === "stopLoss" || role === "takeProfit";

/** Index of the last entry that is not after a time; -1 before the first. */
function asOf(times: ArrayLike<number>, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function arrivals(source: QualitySource, options: QualityOptions): Arrival {
  const prices = options.prices ?? source.series ?? [];
  const bySymbol = new Map<string, (order: Order) => Decimal | null>();
  const points = new Map<string, PricePoint[]>();
  for (const one of prices)
    if ("intervalMs" in one) {
      const times = one.time.subarray(0, one.length);
      bySymbol.set(one.symbol, (order) => {
        const known = source.orderTimes === "open" && !isLeg(order) ? 0 : one.intervalMs;
        const i = asOf(times, order.createdAt - known);
        return i < 0 ? null : new Decimal(`${one.close[i]!}e-${one.priceDp}`);
      });
    } else points.set(one.symbol, [...(points.get(one.symbol) ?? []), one]);
  for (const [symbol, list] of points) {
    const times = Float64Array.from(list, ({ time }) => time);
    for (let i = 1; i < times.length; i++)
      if (times[i]! < times[i - 1]!) throw new LabError("QUALITY_PRICES", `Prices of ${symbol} are not in time order at entry ${i}.`);
    bySymbol.set(symbol, ({ createdAt }) => list[asOf(times, createdAt)]?.price ?? null);
  }
  return (order) => bySymbol.get(order.symbol)?.(order) ?? null;
}

/** What a route says beside its family: a child of an algorithm, why an exit was made, which attempt it is. */
const DETAIL = /(?: .*|:.*|_retry_\d+)$/s;

/**
 * What an order is grouped by: the algorithm that sent it (`twap a1-3` belongs to `twap`), else the router's route without its reason and attempt (`maker_exit:SIGNAL`
 * belongs to `maker_exit`, `maker_entry_retry_1` to `maker_entry`), else its role.
 */
export function routeFamily(order: Pick<Order, "role" | "route">): string {
  return order.route?.replace(DETAIL, "") || order.role;
}

/**
 * Execution quality order by order: arrival price (the last one known when the order was made), average price, shortfall, slippage, fill rate. Orders that were
 * refused never reached a venue and are left out. Of a stored session, `state.open(path)`, arrival prices need the candles: `{ prices: [btc] }`.
 * @throws LabError `QUALITY_SOURCE`, `QUALITY_PRICES` for prices out of order.
 */
export function orderQuality(source: QualitySource, options: QualityOptions = {}): readonly OrderQuality[] {
  return qualityOf(source, options, "quality.orders");
}

/** @param what - what was called, for the errors. */
function qualityOf(source: QualitySource, options: QualityOptions, what: string): readonly OrderQuality[] {
  const { orders, fills: all } = journalled(source, what);
  const arrivalOf = arrivals(source, options);
  const fillsOf = grouped(all);
  return orders
    .filter(({ status }) => status !== "refused")
    .map((order) => {
      const fills = fillsOf.get(order.id) ?? [];
      const arrival = arrivalOf(order);
      const cost = arrival === null ? undefined : implementationShortfall(order.side, arrival, fills);
      const slip = arrival === null ? undefined : vwapSlippage(order.side, arrival, fills);
      const sum = (of: (fill: Fill) => Decimal): Decimal => fills.reduce((total, fill) => total.plus(of(fill)), new Decimal(0));
      const filled = sum(({ quantity }) => quantity);
      return Object.freeze({
        order: order.id,
        symbol: order.symbol,
        side: order.side,
        group: (options.group ?? routeFamily)(order),
        time: order.createdAt,
        quantity: order.quantity,
        filled,
        fillRate: fillRate(order.quantity, fills),
        arrival,
        vwap: filled.isZero() ? null : sum((fill) => fill.quantity.times(fill.price)).div(filled),
        shortfall: cost?.total ?? null,
        shortfallBps: cost?.bps ?? null,
        slippageBps: slip?.bps ?? null,
        fees: sum(({ fee }) => fee),
      });
    });
}

function grouped(fills: readonly Fill[]): Map<string, Fill[]> {
  const groups = new Map<string, Fill[]>();
  for (const fill of fills) {
    const own = groups.get(fill.orderId);
    if (own === undefined) groups.set(fill.orderId, [fill]);
    else own.push(fill);
  }
  return groups;
}

/** Execution quality by algorithm, or by whatever `group` says; of rows of {@link orderQuality} by their own groups. @throws LabError `QUALITY_SOURCE`, `QUALITY_PRICES`. */
export function algorithmQuality(source: QualitySource | readonly OrderQuality[], options: QualityOptions = {}): readonly GroupQuality[] {
  if (!Array.isArray(source) && !hasMembers(source, "orders", "fills"))
    throw wrongInput("QUALITY_SOURCE", "quality.algorithms", "a run, a stored session or rows of quality.orders", source);
  const groups = new Map<string, OrderQuality[]>();
  for (const row of "orders" in source ? qualityOf(source, options, "quality.algorithms") : source) {
    const own = groups.get(row.group);
    if (own === undefined) groups.set(row.group, [row]);
    else own.push(row);
  }
  return [...groups].map(([group, rows]) => {
    const priced = rows.filter((row) => row.arrival !== null && row.filled.gt(0));
    const total = (of: (row: OrderQuality) => Decimal, list = rows): Decimal =>
      list.reduce((sum, row) => sum.plus(of(row)), new Decimal(0));
    const value = total((row) => row.arrival!.times(row.filled), priced);
    const shortfall = priced.length === 0 ? null : total((row) => row.shortfall!, priced);
    const slipped = total((row) => row.slippageBps!.times(row.arrival!).times(row.filled), priced);
    const asked = total((row) => row.quantity);
    return Object.freeze({
      group,
      orders: rows.length,
      filled: rows.filter((row) => row.filled.gt(0)).length,
      fillRate: asked.isZero() ? null : Decimal.min(1, total((row) => row.filled).div(asked)),
      shortfall,
      shortfallBps: shortfall === null || value.isZero() ? null : shortfall.div(value).times(10_000),
      slippageBps: value.isZero() ? null : slipped.div(value),
      fees: total((row) => row.fees),
    });
  });
}
