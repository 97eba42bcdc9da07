import {
  type AccountEvent,
  Decimal,
  type EpochMs,
  type OrderOutcome,
  type OrderRequest,
  type ScaledInstrument,
  STATUS,
  TYPE,
  toUnits,
  type VenueExecution,
  type VenueOrder,
  type WorkingOrder,
} from "../../core/index.js";
import { CoinFees, cashFee, isCoinFee, REPORT } from "../../engine/index.js";
import { type Json, type SessionBatch, type StoredExecution, stableJson } from "../../state/index.js";
import type { StoredEvent, StoredFill } from "./journal-events.js";
import { RecentIds } from "./recent-ids.js";
import { type RequestKind, RequestTimes } from "./request-times.js";
import { orderNumber } from "./requests.js";
import { idOf, type Outgoing } from "./sender.js";
import type { Said } from "./voice.js";

/** Amends of one order that may get lost before other orders do what they were for. */
const AMENDS_LOST = 2;

/** What a trader tells those who watch it. */
export interface TraderWatch {
  /** Something was written down: new orders and fills among it. */
  written(batch: SessionBatch): void;
  /** How a request went. */
  answered(outgoing: Outgoing, outcome: OrderOutcome): void;
  /** What an operator must hear of. */
  alert(kind: "journalFailed" | "duplicateId" | "exitUnchecked" | "reconcileMismatch" | "venue", title: string, message: string): void;
  /** The strategy has thrown in a handler: it is not asked any more. */
  threw(error: unknown, handler: string): void;
  /** The venue's account differs from what was told so far: look at it soon. */
  stale(): void;
  /** How long a commit took, in seconds. */
  committed(seconds: number): void;
  /** An event has gone through the engine, with the number the engine gave it: for whoever wants to hear of every one. */
  readonly handled?: ((event: StoredEvent, sequence: number, said: readonly Said[], requests: readonly Outgoing[]) => void) | undefined;
}

/** What taking in an account needs of its trader. */
export interface AccountParts {
  readonly run: string;
  readonly instruments: readonly ScaledInstrument[];
  readonly watch: TraderWatch;
  /** The wall clock, by which requests are timed; undefined on a recorded market. */
  readonly wall: (() => EpochMs) | undefined;
  order(id: number): WorkingOrder | undefined;
  now(): EpochMs;
  isOver(): boolean;
  /** Whether the state file holds an execution. */
  booked(execution: string): boolean;
  process(event: StoredEvent, more: SessionBatch): void;
  commit(batch: SessionBatch): void;
  /** What became of an order is known: the connector need not find it out any more. */
  forget(clientOrderId: string): void;
}

/** Turns what a venue says of the account into events of the engine: executions once each, ends of orders only after their fills. */
export class AccountIntake {
  /** Time of the newest execution, from which the venue is asked for missed ones. */
  lastExecution: EpochMs = 0;
  readonly #parts: AccountParts;
  /** Executions that were booked; older ones are in the state file. */
  readonly #seen = new RecentIds();
  /** Ends of orders that wait for fills still to be told. */
  readonly #owed = new Map<number, VenueOrder>();
  /** Requests that left and of which nobody knows what became. */
  readonly #lost = new Map<number, OrderRequest>();
  /** When the venue's order last changed, of what was told of open orders. */
  readonly #told = new Map<number, EpochMs>();
  /** How many amends of an open order got lost. */
  readonly #lostAmends = new Map<number, number>();
  readonly #times: RequestTimes;
  readonly #coinFees = new CoinFees();
  /** Currencies of fees that are not paid from the session's cash. */
  readonly #otherFees = new Set<string>();

  constructor(parts: AccountParts) {
    this.#parts = parts;
    this.#times = new RequestTimes(parts.wall);
  }

  /** An execution has been booked. */
  took(execution: string, time: EpochMs): void {
    this.#seen.add(execution);
    this.lastExecution = Math.max(this.lastExecution, time);
  }

  #took(execution: string): boolean {
    return this.#seen.has(execution) || (this.#seen.isFull && this.#parts.booked(execution));
  }

  /** What the venue tells of the account: orders and executions count, positions and balances follow from them. */
  hear(event: AccountEvent): void {
    if (event.type === "order") this.venueOrder(event.order);
    else if (event.type === "execution") this.execution(event.execution);
  }

  /** Tells the engine of an order. */
  report(
    order: WorkingOrder,
    report: number,
    time: EpochMs,
    why = "",
    changed: { readonly quantity: number; readonly price: number } = { quantity: 0, price: 0 },
    more: SessionBatch = {},
  ): void {
    this.#parts.process({ type: "order", order: order.id, report, time, ...changed, needed: 0, available: 0, why }, more);
  }

  /** A request leaves. */
  leaves(outgoing: Outgoing): void {
    this.#times.leaves(outgoing);
  }

  #confirmed(request: RequestKind, clientOrderId: string): void {
    const lines = this.#times.confirmed(request, clientOrderId);
    if (lines.length > 0) this.#parts.commit({ lines });
  }

  /** How a request went. */
  answered(outgoing: Outgoing, outcome: OrderOutcome): void {
    if (this.#parts.isOver()) return;
    if (!outcome.ok && outcome.definite) this.#times.failed(outgoing.kind, idOf(outgoing));
    if (outcome.ok && outgoing.kind === "amend") this.#confirmed("amend", idOf(outgoing));
    this.#parts.watch.answered(outgoing, outcome);
    const order = this.#parts.order(orderNumber(this.#parts.run, idOf(outgoing))!);
    if (order === undefined) return;
    if (outgoing.kind === "open") this.#placed(order, outgoing, outcome);
    else if (outcome.ok) {
      if (outgoing.kind === "amend") this.amended(order, outcome.order);
      else this.venueOrder(outcome.order);
    } else if (!outcome.definite) this.#parts.watch.stale();
    else if (outgoing.kind === "amend") this.report(order, REPORT.amendFailed, this.#parts.now(), outcome.message);
    // An order that is gone cannot be cancelled: how it ended comes, or is asked for.
    else if (outcome.code === "NOT_FOUND") this.#parts.watch.stale();
    else this.report(order, REPORT.cancelFailed, this.#parts.now(), outcome.message);
  }

  #placed(order: WorkingOrder, { request }: Extract<Outgoing, { readonly kind: "open" }>, outcome: OrderOutcome): void {
    this.lost(request);
    if (outcome.ok) this.venueOrder(outcome.order, this.found(order, "landed", outcome));
    else if (outcome.definite && outcome.code !== "DUPLICATE_ID")
      this.report(
        order,
        REPORT.rejected,
        this.#parts.now(),
        `${outcome.code}: ${outcome.message}`,
        undefined,
        this.found(order, "failed", outcome),
      );
    else this.#parts.watch.stale();
  }

  /** The venue has never heard of an order, or does not know it any more. */
  neverLanded(order: WorkingOrder): void {
    const never = order.status === STATUS.pending;
    const why = never ? "never reached the venue" : "the venue does not know it any more";
    const more = this.found(order, never ? "failed" : "landed");
    this.report(order, never ? REPORT.rejected : REPORT.cancelled, this.#parts.now(), why, undefined, more);
  }

  /** A request has left, and nobody knows what became of it: the first word of its order settles it. */
  lost(request: OrderRequest): void {
    const number = orderNumber(this.#parts.run, request.clientOrderId);
    if (number !== undefined) this.#lost.set(number, request);
  }

  /** What is to be written of an order's request now that its fate is known; nothing where it was known before. */
  found(order: WorkingOrder, state: "landed" | "failed", outcome?: OrderOutcome): SessionBatch {
    const request = this.#lost.get(order.id);
    if (request === undefined) return {};
    this.#lost.delete(order.id);
    const { clientOrderId, symbol } = request;
    this.#parts.forget(clientOrderId);
    const plain = (value: unknown): Json => JSON.parse(stableJson(value)) as Json;
    const told = outcome === undefined ? undefined : plain(outcome);
    return { intents: [{ clientOrderId, symbol, request: plain(request), created: order.time, state, outcome: told }] };
  }

  /**
   * The answer to an amend got lost. Where the venue's order is not what was asked for, the engine hears what it is and asks anew for what is needed by now; where that gets
   * lost as well, other orders do what the amend was for.
   */
  amendLost(order: WorkingOrder, theirs: VenueOrder): void {
    const { quantityDp } = this.#parts.instruments[order.slot]!;
    const took = toUnits(theirs.quantity, quantityDp) === order.amending;
    const before = this.#lostAmends.get(order.id) ?? 0;
    if (took || before < AMENDS_LOST) {
      if (!took) this.#lostAmends.set(order.id, before + 1);
      this.amended(order, theirs);
    } else this.report(order, REPORT.amendFailed, this.#parts.now(), "its outcome was lost");
  }

  /**
   * The venue shows an order as another size than is known here, and that is no older than what was told of it: an amend that landed after it was given up, or one that the venue made
   * itself, as it does to what only reduces.
   */
  resized(order: WorkingOrder, theirs: VenueOrder): void {
    const { quantityDp } = this.#parts.instruments[order.slot]!;
    if (order.type === TYPE.market || order.amending !== 0 || order.status === STATUS.pending || order.status >= STATUS.cancelling) return;
    if (theirs.updatedAt < (this.#told.get(order.id) ?? 0) || toUnits(theirs.filledQuantity, quantityDp) !== order.filled) return;
    if (toUnits(theirs.quantity, quantityDp) !== order.quantity) this.amended(order, theirs);
  }

  /** Notes how new the venue's word on an order is, for as long as it is open. */
  #heard(order: WorkingOrder, time: EpochMs): void {
    if (!order.isFinal) this.#told.set(order.id, Math.max(time, this.#told.get(order.id) ?? 0));
    else {
      this.#told.delete(order.id);
      this.#lostAmends.delete(order.id);
    }
  }

  /** An amend took. */
  amended(order: WorkingOrder, theirs: VenueOrder): void {
    const { quantityDp, priceDp } = this.#parts.instruments[order.slot]!;
    const price = theirs.triggerPrice ?? theirs.price;
    this.report(order, REPORT.amended, theirs.updatedAt, "", {
      quantity: toUnits(theirs.quantity, quantityDp),
      price: price === undefined ? order.price : toUnits(price, priceDp),
    });
    this.#heard(order, theirs.updatedAt);
  }

  /** Takes in what the venue says of an order. Another's order is none of ours. */
  venueOrder(theirs: VenueOrder, fate?: SessionBatch): void {
    const number = orderNumber(this.#parts.run, theirs.clientOrderId);
    const order = number === undefined ? undefined : this.#parts.order(number);
    if (order === undefined || this.#parts.isOver()) {
      if (number !== undefined) this.#parts.watch.stale();
      return;
    }
    const more = fate ?? this.found(order, theirs.status === "rejected" ? "failed" : "landed", { ok: true, order: theirs });
    this.#timed(theirs);
    const time = theirs.updatedAt;
    const { quantityDp } = this.#parts.instruments[order.slot]!;
    const behind = order.filled < toUnits(theirs.filledQuantity, quantityDp);
    const { status } = theirs;
    // An amend of which nobody told had changed it before it ended.
    const size = order.type === TYPE.market ? order.quantity : toUnits(theirs.quantity, quantityDp);
    const resized = size === order.quantity ? 0 : size;
    if (status === "rejected") this.report(order, REPORT.rejected, time, theirs.reason ?? "rejected by the venue", undefined, more);
    else if (status === "cancelled" && !behind) {
      this.#owed.delete(order.id);
      if (order.status === STATUS.pending) this.report(order, REPORT.accepted, time);
      if (resized > 0) this.report(order, REPORT.resized, time, "", { quantity: resized, price: 0 });
      this.report(order, REPORT.cancelled, time, theirs.reason ?? "", undefined, more);
    } else {
      // Fills come on their own; an end waits until they are complete.
      if (status === "cancelled" || (status === "filled" && behind && resized > 0)) this.#owed.set(order.id, theirs);
      if (order.status === STATUS.pending && status !== "pending") this.report(order, REPORT.accepted, time, "", undefined, more);
      else if (more.intents !== undefined) this.#parts.commit(more);
      if (status === "filled" && !behind) {
        this.#owed.delete(order.id);
        if (resized > 0) this.amended(order, theirs);
      }
    }
    this.#heard(order, time);
    if (behind) this.#parts.watch.stale();
  }

  /** What the venue's order says of requests under way. */
  #timed({ status, clientOrderId }: VenueOrder): void {
    if (status === "pending" || status === "unknown") return;
    if (status !== "rejected") this.#confirmed("open", clientOrderId);
    if (status === "cancelled") this.#confirmed("cancel", clientOrderId);
    if (status === "rejected" || status === "cancelled" || status === "filled") this.#times.ended(clientOrderId);
  }

  /** Takes in an execution, once. */
  execution(theirs: VenueExecution): void {
    if (this.#parts.isOver() || this.#took(theirs.executionId)) return;
    const slot = this.#parts.instruments.findIndex((one) => one.instrument.symbol === theirs.symbol);
    if (slot < 0) return;
    const { kind, time, executionId } = theirs;
    const stored: StoredExecution = {
      executionId,
      clientOrderId: theirs.clientOrderId,
      symbol: theirs.symbol,
      time,
      payload: JSON.parse(stableJson(theirs)) as Json,
    };
    if (kind === "funding") {
      this.took(executionId, time);
      const amount = String(cashFee(theirs, this.#parts.instruments[slot]!));
      this.#parts.process({ type: "funding", amount, execution: executionId, time }, { executions: [stored] });
      return;
    }
    const number = orderNumber(this.#parts.run, theirs.clientOrderId);
    const order = number === undefined ? undefined : this.#parts.order(number);
    if (order === undefined) {
      // Another's trade on this account, a liquidation, or an order of ours that this state never knew: positions are compared.
      this.#parts.watch.stale();
      return;
    }
    this.took(executionId, time);
    this.#noteFee(theirs, slot);
    this.#parts.process(
      { type: "fill", order: order.id, ...this.#netFill(theirs, slot), maker: theirs.liquidity === "maker", time, execution: executionId },
      { executions: [stored], ...this.found(order, "landed") },
    );
    if (order.isFinal) this.#heard(order, time);
    const end = this.#owed.get(order.id);
    if (end !== undefined) this.venueOrder(end);
  }

  /** A fee that is not paid from the session's cash is not in its books: said once a currency. */
  #noteFee({ fee, feeCurrency }: VenueExecution, slot: number): void {
    const { base, settlement } = this.#parts.instruments[slot]!.instrument;
    if (fee.isZero() || ["", base, settlement].includes(feeCurrency) || this.#otherFees.has(feeCurrency)) return;
    this.#otherFees.add(feeCurrency);
    const text = `The venue takes fees in ${feeCurrency}; the session's money is ${settlement}, so they are in no balance, P&L or equity that it shows.`;
    this.#parts.watch.alert("venue", `Fees are paid in ${feeCurrency}`, text);
  }

  /** What a fill brings once its fee is off: spot venues take that of a purchase in the coin that was bought. */
  #netFill(theirs: VenueExecution, slot: number): Pick<StoredFill, "quantity" | "price" | "fee" | "withheld" | "carry"> {
    const scaled = this.#parts.instruments[slot]!;
    const quantity = toUnits(theirs.quantity, scaled.quantityDp);
    const price = toUnits(theirs.price, scaled.priceDp);
    if (!isCoinFee(theirs, scaled.instrument)) return { quantity, price, fee: String(cashFee(theirs, scaled)) };
    const net = this.#coinFees.take(slot, scaled, quantity, price, theirs.fee);
    return { ...net, price, fee: String(net.fee), carry: this.#coinFees.carry(slot).toFixed() };
  }

  /** Coins of a spot instrument beyond the whole lots of its position: what fees in coin have left of a lot. */
  carry(slot: number): Decimal {
    return this.#coinFees.carry(slot);
  }

  /** A fill is fed again from the journal. */
  restore(slot: number, { execution, time, carry }: StoredFill): void {
    this.took(execution, time);
    if (carry !== undefined) this.#coinFees.restore(slot, new Decimal(carry));
  }
}
