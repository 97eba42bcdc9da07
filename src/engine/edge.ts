import {
  type AmendRequest,
  type ApprovedOrder,
  type EpochMs,
  fromUnits,
  type OrderOutcome,
  type OrderRequest,
  type Position,
  ROLE_NAMES,
  type ScaledInstrument,
  STATUS,
  TIF_NAMES,
  TYPE,
  TYPE_NAMES,
  toUnits,
  type VenueExecution,
  type VenueOrder,
  type WorkingOrder,
} from "../core/index.js";
import { LabError } from "../errors/index.js";
import { type Outbox, REQUEST } from "../execution/index.js";
import { CoinFees, cashFee, isCoinFee } from "./coin-fees.js";
import { type AccountSnapshotEvent, type EngineEvent, EVENT, FillEvent, OrderEvent, REPORT } from "./events.js";
import { slotNamed } from "./instrument-names.js";

/**
 * Client order id of an order: `<run>-<sequence>-<leg>`, at most 36 of A-Z a-z 0-9 _ -.
 * @param run - ten characters drawn once a session, the same when its journal is fed again.
 * @throws LabError `CLIENT_ID_INVALID` for a run that leaves no room or has other characters.
 */
export function clientOrderId(run: string, order: WorkingOrder): string {
  const id = `${run}-${order.id}-${ROLE_NAMES[order.role]!}`;
  if (!/^[A-Za-z0-9_-]{1,36}$/.test(id))
    throw new LabError("CLIENT_ID_INVALID", `A client order id has at most 36 of A-Z a-z 0-9 _ -, got ${id}.`, { details: { run, id } });
  return id;
}

/** An order as its venue is asked for it, exact. */
export function toOrderRequest(order: WorkingOrder, id: string, { instrument, priceDp, quantityDp }: ScaledInstrument): OrderRequest {
  const { type } = order;
  const price = fromUnits(order.price, priceDp);
  return {
    clientOrderId: id,
    symbol: instrument.symbol,
    side: order.direction > 0 ? "buy" : "sell",
    type: TYPE_NAMES[type]!,
    quantity: fromUnits(order.quantity, quantityDp),
    ...(type === TYPE.limit ? { price } : {}),
    ...(type >= TYPE.stop ? { triggerPrice: price } : {}),
    ...(order.limit > 0 ? { price: fromUnits(order.limit, priceDp) } : {}),
    ...(type === TYPE.market ? {} : { timeInForce: TIF_NAMES[order.timeInForce]! }),
    ...(order.postOnly ? { postOnly: true } : {}),
    // A coin that is held is no position, so that there is nothing to reduce.
    ...(order.reduceOnly && instrument.kind !== "spot" ? { reduceOnly: true } : {}),
  };
}

/** An amend as its venue is asked for it: the new total quantity and the new price (of a conditional order: trigger), where they differ. */
export function toAmendRequest(
  order: WorkingOrder,
  id: string,
  { instrument, priceDp, quantityDp }: ScaledInstrument,
  quantity: number,
  price: number,
): AmendRequest {
  const moved = price === order.price ? {} : { [order.type >= TYPE.stop ? "triggerPrice" : "price"]: fromUnits(price, priceDp) };
  return {
    symbol: instrument.symbol,
    clientOrderId: id,
    ...(quantity === order.quantity ? {} : { quantity: fromUnits(quantity, quantityDp) }),
    ...moved,
  };
}

/** What is to be asked of a venue. */
export type EdgeRequest = {
  /** The venue of the order's instrument; absent where the instrument has none. */
  readonly venue?: string;
  readonly order: ApprovedOrder;
} & (
  | { readonly type: "place"; readonly request: OrderRequest }
  | { readonly type: "cancel"; readonly symbol: string; readonly clientOrderId: string }
  | { readonly type: "amend"; readonly request: AmendRequest; readonly quantity: number; readonly price: number }
);

/** What an edge is made of. */
export interface VenueEdgeOptions {
  readonly instruments: readonly ScaledInstrument[];
  /** Begins every client order id of the session. */
  readonly run: string;
  /** Ids of executions that were booked before, after a restart; `venue:id` where the instruments are of several venues, whose ids may be alike. */
  readonly seen?: Iterable<string>;
}

/** An account snapshot with what in it is not this engine's. */
export interface EdgeSnapshot {
  readonly event: AccountSnapshotEvent;
  /** Open orders at the venue that this engine did not make or does not remember. */
  readonly foreign: readonly VenueOrder[];
}

/**
 * Between an engine and its venues: requests go out with client order ids and exact decimals; what venues tell comes back as engine events in whole units, an execution
 * once only, an order's end not before the fills it speaks of. It keeps orders by their ids and makes no request itself. With several venues each says who tells
 * (`venue`): a symbol may trade at more than one, and ids are unique at one only.
 *
 * It is for those who drive an engine themselves: `TradingEngine` (`engine(...)` in a cell) has one as `edge`. A live session does not use it, since it stores each
 * intent before it leaves. Feed it every outcome, execution and order a venue tells; after a restart give it the executions booked before (`seen`), `remember` the
 * orders that left, and pass what the venue has to `snapshot`.
 * @example
 * const one = engine({ instruments: btc })
 * for (const asked of one.requests())
 *   if (asked.type === "place") {
 *     const outcome = await venue.place(asked.request)
 *     for (const event of one.edge.outcome(asked, outcome, Date.now())) one.engine.process(event)
 *   }
 */
export class VenueEdge {
  readonly #instruments: readonly ScaledInstrument[];
  readonly #run: string;
  readonly #severalVenues: boolean;
  readonly #orders = new Map<string, ApprovedOrder>();
  readonly #seen: Set<string>;
  /** Ends that wait for their fills, with the total they speak of. */
  readonly #waiting = new Map<string, { readonly event: OrderEvent; readonly filled: number }>();
  readonly #coinFees = new CoinFees();
  /** When each order was last told of: what is older says nothing of its quantity and price. */
  readonly #toldAt = new Map<string, EpochMs>();

  constructor(options: VenueEdgeOptions) {
    this.#instruments = options.instruments;
    this.#run = options.run;
    this.#severalVenues = new Set(options.instruments.map((one) => one.instrument.venue)).size > 1;
    this.#seen = new Set(options.seen ?? []);
  }

  /** The client order id of an order of this session. */
  idOf(order: WorkingOrder): string {
    return clientOrderId(this.#run, order);
  }

  /** The order of a client order id, if it is this session's; another venue's order of that id is none. */
  orderOf(id: string, venue?: string): ApprovedOrder | undefined {
    const order = this.#orders.get(id);
    const at = order === undefined ? undefined : this.#instruments[order.slot]!.instrument.venue;
    return venue === undefined || at === undefined || at === venue ? order : undefined;
  }

  /** Remembers an order that left before: after a restart, when the journal is fed again. */
  remember(order: ApprovedOrder): void {
    this.#orders.set(this.idOf(order), order);
  }

  /** Takes the next request out of an outbox, or undefined. */
  take(outbox: Outbox): EdgeRequest | undefined {
    const order = outbox.take();
    if (order === undefined) return undefined;
    const id = this.idOf(order);
    const scaled = this.#instruments[order.slot]!;
    const { symbol, venue } = scaled.instrument;
    const about = venue === undefined ? { order } : { order, venue };
    if (outbox.kind === REQUEST.open) {
      this.#orders.set(id, order);
      return { type: "place", ...about, request: toOrderRequest(order, id, scaled) };
    }
    if (outbox.kind === REQUEST.cancel) return { type: "cancel", ...about, symbol, clientOrderId: id };
    const { quantity, price } = outbox;
    return { type: "amend", ...about, request: toAmendRequest(order, id, scaled, quantity, price), quantity, price };
  }

  /**
   * What an execution means: a fill of one of our orders, a liquidation, funding, or a trade of somebody else. Nothing for one that was told before, or for a symbol
   * that is none of the engine's.
   * @param venue - who tells of it; needed where the symbol trades at several venues and the order is not ours.
   * @throws LabError `NOT_REPRESENTABLE` for a price or quantity finer than the instrument's units, `SYMBOL_AMBIGUOUS`.
   */
  execution(execution: VenueExecution, venue?: string): readonly EngineEvent[] {
    const order = this.orderOf(execution.clientOrderId, venue);
    const slot = order?.slot ?? slotNamed(this.#instruments, execution.symbol, venue);
    if (slot < 0) return [];
    const scaled = this.#instruments[slot]!;
    const id = this.#severalVenues ? `${scaled.instrument.venue}:${execution.executionId}` : execution.executionId;
    if (this.#seen.has(id)) return [];
    const { time, kind } = execution;
    const fee = cashFee(execution, scaled);
    this.#seen.add(id);
    if (kind === "funding") return [{ kind: EVENT.funding, slot, amount: fee, time }];
    const quantity = toUnits(execution.quantity, scaled.quantityDp, "exact", "executed quantity");
    const price = toUnits(execution.price, scaled.priceDp, "exact", "executed price");
    if (quantity === 0) return [];
    if (order === undefined || kind !== "trade") {
      const cause = kind === "liquidation" || kind === "autoDeleveraging" || kind === "settlement" ? kind : "external";
      return [{ kind: EVENT.liquidation, slot, quantity: execution.side === "buy" ? quantity : -quantity, price, fee, time, cause }];
    }
    const event = new FillEvent();
    event.order = order;
    event.quantity = quantity;
    event.price = price;
    event.fee = fee;
    if (isCoinFee(execution, scaled.instrument)) Object.assign(event, this.#coinFees.take(slot, scaled, quantity, price, execution.fee));
    event.maker = execution.liquidity === "maker";
    event.time = time;
    const waiting = this.#waiting.get(execution.clientOrderId);
    if (waiting === undefined || order.filled + quantity < waiting.filled) return [event];
    this.#waiting.delete(execution.clientOrderId);
    return [event, waiting.event];
  }

  /** What an order's state at its venue means for ours. Nothing for an order that is not ours, or where it is no news. */
  order(told: VenueOrder, venue?: string): readonly EngineEvent[] {
    const order = this.orderOf(told.clientOrderId, venue);
    if (order === undefined) return [];
    const time = told.updatedAt;
    const events: OrderEvent[] = [];
    if (told.status === "unknown") return [report(order, REPORT.unknown, time)];
    if (told.status === "rejected") return [report(order, REPORT.rejected, time, told.reason ?? "")];
    if (order.status === STATUS.pending) events.push(report(order, REPORT.accepted, time));
    const { priceDp, quantityDp } = this.#instruments[order.slot]!;
    if (told.status === "cancelled") {
      const end = report(order, REPORT.cancelled, time, told.reason ?? "");
      const filled = toUnits(told.filledQuantity, quantityDp, "floor", "filled quantity");
      this.#toldAt.set(told.clientOrderId, Math.max(time, this.#toldAt.get(told.clientOrderId) ?? 0));
      if (filled > order.filled) this.#waiting.set(told.clientOrderId, { event: end, filled });
      else events.push(end);
      return events;
    }
    const quantity = toUnits(told.quantity, quantityDp, "exact", "order quantity");
    // Its fills may have overtaken the word that it was amended to more: it is not what we count as filled.
    const outgrown = order.status === STATUS.filled && told.status !== "filled" && order.amending > order.filled && quantity > order.filled;
    if ((order.isFinal && !outgrown) || time < (this.#toldAt.get(told.clientOrderId) ?? 0)) return events;
    this.#toldAt.set(told.clientOrderId, time);
    const at = order.type >= TYPE.stop ? told.triggerPrice : told.price;
    const price = order.type === TYPE.market || at === undefined ? order.price : toUnits(at, priceDp, "exact", "order price");
    if (quantity !== order.quantity || price !== order.price || quantity === order.amending)
      events.push(amended(order, time, quantity, price));
    const waits = told.status === "untriggered" || told.status === "pending";
    if (order.type >= TYPE.stop && !waits && !order.triggered) events.push(report(order, REPORT.triggered, time));
    return events;
  }

  /** What the answer to a request means. An outcome that is not known changes nothing: the order is to be reconciled. */
  outcome(request: EdgeRequest, outcome: OrderOutcome, time: EpochMs): readonly EngineEvent[] {
    const { order } = request;
    if (outcome.ok) {
      const told = outcome.order;
      const stale = told.updatedAt < (this.#toldAt.get(told.clientOrderId) ?? 0);
      const events = this.order(told);
      const settled = events.some((event) => event.kind === EVENT.order && event.report === REPORT.amended);
      if (request.type !== "amend" || settled || order.isFinal) return events;
      // The venue took the amend without saying what the order is now; one that was overtaken says nothing of it.
      return [...events, stale ? amended(order, time, order.quantity, order.price) : amended(order, time, request.quantity, request.price)];
    }
    if (!outcome.definite) return [report(order, REPORT.unknown, time, outcome.code)];
    const why = `${outcome.code}: ${outcome.message}`;
    if (request.type === "place") return [report(order, REPORT.rejected, time, why)];
    if (request.type === "cancel") return [report(order, REPORT.cancelFailed, time, why)];
    return [report(order, REPORT.amendFailed, time, why)];
  }

  /** Ends that still wait for fills nobody told of: to be released when the venue, asked again, has none. */
  waiting(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  /** Lets an end that waits for its fills through. */
  release(id: string): readonly EngineEvent[] {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting === undefined ? [] : [waiting.event];
  }

  /**
   * The account as its venue says it is, with the open orders that are not ours.
   * @param venue - whose account it is; needed where there are several, for what an account does not have is no more there.
   * @throws LabError `VENUE_AMBIGUOUS`.
   */
  snapshot(orders: readonly VenueOrder[], positions: readonly Position[], time: EpochMs, venue?: string): EdgeSnapshot {
    if (venue === undefined && this.#severalVenues)
      throw new LabError("VENUE_AMBIGUOUS", "A snapshot is of the account at one venue, and the instruments are of several: give venue.");
    const open: number[] = [];
    const foreign: VenueOrder[] = [];
    for (const told of orders) {
      const order = this.orderOf(told.clientOrderId, venue);
      if (order === undefined) foreign.push(told);
      else open.push(order.id);
    }
    const held = positions.flatMap((position) => {
      const slot = slotNamed(this.#instruments, position.symbol, venue);
      if (slot < 0 || position.quantity.isZero()) return [];
      const { priceDp, quantityDp, instrument } = this.#instruments[slot]!;
      const { averageEntry } = position;
      const price = averageEntry ?? position.markPrice;
      return [
        {
          slot,
          quantity: toUnits(position.quantity, quantityDp, "exact", "position"),
          price: price === undefined ? 0 : toUnits(price, priceDp, "floor", "entry price"),
          ...(averageEntry === undefined || instrument.kind === "spot" ? {} : { average: averageEntry.toFixed() }),
        },
      ];
    });
    return { event: { kind: EVENT.account, ...(venue === undefined ? {} : { venue }), time, positions: held, openOrders: open }, foreign };
  }
}

function amended(order: WorkingOrder, time: EpochMs, quantity: number, price: number): OrderEvent {
  const event = report(order, REPORT.amended, time);
  event.quantity = quantity;
  event.price = price;
  return event;
}

function report(order: WorkingOrder, kind: number, time: EpochMs, why = ""): OrderEvent {
  const event = new OrderEvent();
  event.order = order;
  event.report = kind;
  event.time = time;
  event.why = why;
  return event;
}
