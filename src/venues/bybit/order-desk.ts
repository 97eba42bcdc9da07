import type { AmendRequest, OrderOutcome, OrderRequest, VenueFailure, VenueOrder } from "../../core/index.js";
import { onlyReduces } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import { backoffMs, sleep } from "../../resilience/index.js";
import {
  amendOrderBody,
  batchRows,
  type Category,
  cancelOrderBody,
  codeClass,
  createOrderBody,
  isConditional,
  isFinal,
  optionalText,
} from "../bybit-wire/index.js";
import { type AccountReader, unavailable } from "./account.js";
import type { Alert } from "./alerts.js";
import type { Catalogue } from "./catalogue.js";
import { amendFailure, assertRequest, filterFailure } from "./check-order.js";
import { type BybitClient, failureOf, type Reply, type RequestOptions } from "./client.js";
import { type IntentStore, sameRequest, trim } from "./intents.js";
import { batchSize } from "./limits.js";
import { acknowledged, matchesAmend, matchesIntent, type Reconciler } from "./reconcile.js";
import type { OrderTracker } from "./tracker.js";

/** Attempts of a cancel or an amendment: both may be sent twice without harm. */
const ATTEMPTS = 4;
const BATCH = "/v5/order/create-batch";

/** How requests go that put risk on, and those that take it off: these before all others, and through a breaker that is open. */
const ENTRY: RequestOptions = { priority: "create" };
const EXIT: RequestOptions = { priority: "cancel", exit: true };

/** What an {@link OrderDesk} works with. */
export interface OrderDeskParts {
  readonly client: BybitClient;
  readonly category: Category;
  readonly catalogue: Catalogue;
  readonly reader: AccountReader;
  readonly tracker: OrderTracker;
  readonly intents: IntentStore;
  readonly reconciler: Reconciler;
  readonly settleMs: number;
  readonly alert: (alert: Alert) => void;
  /** Tells what was learned of an order beside the stream. */
  readonly learned: (order: VenueOrder) => VenueOrder;
  readonly random: () => number;
}

/** Sends orders so that each is sent once, and says of each what is certain. */
export class OrderDesk {
  readonly #parts: OrderDeskParts;
  readonly #amended: Set<string> = new Set();
  readonly #underWay: Set<string> = new Set();
  #halted: string | undefined;

  constructor(parts: OrderDeskParts) {
    this.#parts = parts;
  }

  /** Why no new risk is taken: an order under one of our ids is not the one we sent. */
  get halted(): string | undefined {
    return this.#halted;
  }

  /** Takes new risk again, once somebody has looked. */
  resume(): void {
    this.#halted = undefined;
  }

  /**
   * Places an order: checked, written down, sent once.
   * @throws LabError `SYMBOL_UNKNOWN`, `CLIENT_ORDER_ID`, `ORDER_INVALID`, `CLIENT_ORDER_ID_BUSY`, and what the intent store throws.
   */
  async place(request: OrderRequest): Promise<OrderOutcome> {
    const refused = await this.#check(request);
    if (refused !== undefined) return refused;
    const { intents, client, category } = this.#parts;
    const { clientOrderId } = request;
    if (this.#underWay.has(clientOrderId))
      throw new LabError("CLIENT_ORDER_ID_BUSY", `Order ${clientOrderId} is being placed already.`, { details: { clientOrderId } });
    const known = intents.find(clientOrderId);
    if (known !== undefined && !sameRequest(known, request)) return duplicate(request, "it stands for another order of this account");
    this.#underWay.add(clientOrderId);
    try {
      await intents.intend(request);
      const reply = await client.post(
        "/v5/order/create",
        createOrderBody(category, request),
        onlyReduces(request, category) ? EXIT : ENTRY,
      );
      const outcome = await this.#placed(request, reply);
      if (outcome.ok || outcome.definite) await intents.settle(clientOrderId, outcome);
      return outcome;
    } finally {
      this.#underWay.delete(clientOrderId);
    }
  }

  /**
   * Places several orders in as few requests as Bybit allows and looks at each row of the answers: a batch that succeeded may hold orders that failed.
   * @returns the outcomes in the order of the requests.
   * @throws LabError as {@link OrderDesk.place}, before anything is sent.
   */
  async placeMany(requests: readonly OrderRequest[]): Promise<readonly OrderOutcome[]> {
    const outcomes = new Map<OrderRequest, OrderOutcome>();
    const sendable: OrderRequest[] = [];
    for (const request of requests) {
      const refused = await this.#check(request);
      const known = this.#parts.intents.find(request.clientOrderId);
      if (refused !== undefined) outcomes.set(request, refused);
      else if (known !== undefined && !sameRequest(known, request))
        outcomes.set(request, duplicate(request, "it stands for another order of this account"));
      else sendable.push(request);
    }
    // A batch takes a place of the limit for each of its orders: one that is larger than the limit would never be let through.
    const size = Math.min(batchSize(this.#parts.category), this.#parts.client.limitOf(BATCH));
    for (let i = 0; i < sendable.length; i += size)
      for (const [request, outcome] of await this.#batch(sendable.slice(i, i + size))) outcomes.set(request, outcome);
    return requests.map((request) => outcomes.get(request)!);
  }

  async #batch(requests: readonly OrderRequest[]): Promise<Map<OrderRequest, OrderOutcome>> {
    const { intents } = this.#parts;
    for (const { clientOrderId } of requests) this.#underWay.add(clientOrderId);
    try {
      for (const request of requests) await intents.intend(request);
      return await this.#sendBatch(requests);
    } finally {
      for (const { clientOrderId } of requests) this.#underWay.delete(clientOrderId);
    }
  }

  async #sendBatch(requests: readonly OrderRequest[]): Promise<Map<OrderRequest, OrderOutcome>> {
    const { intents, client, category } = this.#parts;
    const body = {
      category,
      request: requests.map((request) => createOrderBody(category, request)).map(({ category: _shared, ...row }) => row),
    };
    const exits = requests.every((request) => onlyReduces(request, category));
    const reply = await client.post(BATCH, body, { ...(exits ? EXIT : ENTRY), cost: requests.length });
    const rows = reply.ok ? batchRows(reply.envelope) : [];
    const outcomes = new Map<OrderRequest, OrderOutcome>();
    await Promise.all(
      requests.map(async (request, i) => {
        // Rows come in the order of the request; one that is missing is not known.
        const row = rows[i] ?? { code: -1_000_000, message: "no row in the answer", row: {} };
        const kind = codeClass(row.code);
        const single: Reply = !reply.ok
          ? reply
          : kind === "ok"
            ? { ok: true, envelope: { ...reply.envelope, result: row.row } }
            : { ok: false, kind, failure: failureOf(kind, row.code, row.message), leftAt: performance.now() };
        const outcome = await this.#placed(request, single);
        if (outcome.ok || outcome.definite) await intents.settle(request.clientOrderId, outcome);
        outcomes.set(request, outcome);
      }),
    );
    return outcomes;
  }

  /** What a request must pass before anything is written down or sent. */
  async #check(request: OrderRequest): Promise<VenueFailure | undefined> {
    assertRequest(request);
    const refused = filterFailure(request, await this.#parts.catalogue.get(request.symbol));
    if (refused !== undefined) return refused;
    if (this.#halted === undefined || onlyReduces(request, this.#parts.category)) return undefined;
    return {
      ok: false,
      definite: true,
      code: "OUTCOME_UNKNOWN",
      message: `Halted, so no new risk is taken: ${this.#halted} Look, then resume: session.command({ type: "resume" }), of a connection venue.resume().`,
    };
  }

  /** The outcome of a create request, from its answer or from what is found out later. */
  async #placed(request: OrderRequest, reply: Reply): Promise<OrderOutcome> {
    if (reply.ok) {
      const { result, time } = reply.envelope;
      return this.#taken(request, optionalText(result, "orderId") ?? "", time ?? Date.now());
    }
    if (reply.kind !== "duplicate" && reply.failure.definite) return reply.failure;
    return this.#reconcile(request, leftAt(reply), reply.kind === "duplicate" ? "duplicate" : "lost", reply.failure);
  }

  #taken(request: OrderRequest, venueOrderId: string, time: number): OrderOutcome {
    const { tracker, learned } = this.#parts;
    const streamed = tracker.get(request.clientOrderId);
    return { ok: true, order: streamed ?? learned(acknowledged(request, venueOrderId, time)) };
  }

  /** Finds out what became of an order before anything else is sent. */
  async #reconcile(request: OrderRequest, sentAt: number, why: "lost" | "duplicate", failure: VenueFailure): Promise<OrderOutcome> {
    const { reconciler, learned } = this.#parts;
    const { clientOrderId, symbol } = request;
    const fate = await reconciler.fate(symbol, clientOrderId, sentAt);
    if (fate.kind === "landed") {
      if (matchesIntent(fate.order, request, this.#amended.has(clientOrderId))) return { ok: true, order: learned(fate.order) };
      return this.#mismatch(request, fate.order, why);
    }
    if (fate.kind === "unknown") {
      this.#parts.alert({
        code: "OUTCOME_UNKNOWN",
        message: `Order ${clientOrderId} of ${symbol}: ${fate.failure.message}`,
        details: { clientOrderId, symbol },
      });
      return { ...fate.failure, code: "OUTCOME_UNKNOWN", definite: false };
    }
    // The id is taken by an order that Bybit no longer shows: ours of long ago, or another's.
    if (why === "duplicate") return duplicate(request, "it was used before, by an order that Bybit no longer shows");
    return {
      ...failure,
      definite: true,
      code: failure.code === "OUTCOME_UNKNOWN" ? "REJECTED" : failure.code,
      message: `${failure.message} It never landed.`,
    };
  }

  #mismatch(request: OrderRequest, found: VenueOrder, why: "lost" | "duplicate"): OrderOutcome {
    const { clientOrderId, symbol } = request;
    this.#halted = `the order found under ${clientOrderId} is not the one that was sent (${found.side} ${found.quantity.toFixed()} ${found.symbol}, ${found.status}).`;
    this.#parts.alert({
      code: "INTENT_MISMATCH",
      message: this.#halted,
      details: { clientOrderId, symbol, venueOrderId: found.venueOrderId },
    });
    if (why === "duplicate") return duplicate(request, "it stands for another order of this account");
    return { ok: false, definite: false, code: "OUTCOME_UNKNOWN", message: `Halted: ${this.#halted}` };
  }

  /** Reconciles the orders that an earlier process, or a link that was down, left open. */
  async settleOpen(): Promise<void> {
    for (const request of this.#parts.intents.unsettled()) {
      if (this.#underWay.has(request.clientOrderId)) continue;
      // When it left is not known; it may have been just now.
      const lost: VenueFailure = { ok: false, definite: false, code: "TIMEOUT", message: "Left open by an earlier process." };
      const outcome = await this.#reconcile(request, performance.now(), "lost", lost);
      if (outcome.ok || outcome.definite) await this.#parts.intents.settle(request.clientOrderId, outcome);
    }
  }

  /** Changes a resting order. @throws LabError `AMEND_EMPTY`. */
  async amend(request: AmendRequest): Promise<OrderOutcome> {
    const { client, category, tracker, settleMs } = this.#parts;
    const { symbol, clientOrderId, quantity, price, triggerPrice } = request;
    if (quantity === undefined && price === undefined && triggerPrice === undefined)
      throw new LabError("AMEND_EMPTY", `The amendment of ${clientOrderId} changes nothing: give a quantity, a price or a triggerPrice.`);
    const refused = amendFailure(request, (await this.#parts.catalogue.get(symbol)).instrument);
    if (refused !== undefined) return refused;
    this.#amended.add(clientOrderId);
    trim(this.#amended);
    const known = tracker.get(clientOrderId) ?? this.#parts.intents.find(clientOrderId);
    const exit = known !== undefined && onlyReduces(known, category);
    for (let attempt = 1; ; attempt++) {
      const reply = await client.post("/v5/order/amend", amendOrderBody(category, request), exit ? EXIT : ENTRY);
      if (!reply.ok && reply.failure.definite && reply.kind !== "gone") {
        // What stands as asked already, by an amendment whose answer got lost, is refused as one that changes nothing.
        const now = reply.kind === "validation" ? await this.#stands(symbol, clientOrderId, leftAt(reply)) : undefined;
        return now !== undefined && "venueOrderId" in now && !isFinal(now.status) && matchesAmend(now, request)
          ? { ok: true, order: now }
          : reply.failure;
      }
      const gone = !reply.ok && reply.kind === "gone";
      if (reply.ok) {
        const told = await tracker.when(clientOrderId, (order) => isFinal(order.status) || matchesAmend(order, request), settleMs);
        if (told !== undefined) return { ok: true, order: told };
      }
      const fate = await this.#stands(symbol, clientOrderId, leftAt(reply));
      if (!("venueOrderId" in fate)) return gone && fate.code === "NOT_FOUND" ? reply.failure : fate;
      if (matchesAmend(fate, request)) return { ok: true, order: fate };
      if (isFinal(fate.status) || gone)
        return { ok: false, definite: true, code: "NOT_FOUND", message: `Order ${clientOrderId} is ${fate.status} and cannot be changed.` };
      // The same values again: an amendment that landed meanwhile is repeated without effect.
      if (attempt === ATTEMPTS)
        return { ok: false, definite: false, code: "OUTCOME_UNKNOWN", message: `Order ${clientOrderId}: the amendment does not show.` };
      await sleep(backoffMs(attempt, { random: this.#parts.random }));
    }
  }

  /** Cancels an order; one that is gone is answered by its final state. */
  async cancel(symbol: string, clientOrderId: string): Promise<OrderOutcome> {
    const { client, category, tracker, settleMs, random } = this.#parts;
    await this.#parts.catalogue.get(symbol);
    for (let attempt = 1; ; attempt++) {
      const body = cancelOrderBody(category, symbol, { orderLinkId: clientOrderId }, this.#waits(clientOrderId));
      const reply = await client.post("/v5/order/cancel", body, EXIT);
      if (!reply.ok && reply.failure.definite && reply.kind !== "gone") return reply.failure;
      if (reply.ok) {
        const told = await tracker.when(clientOrderId, (order) => isFinal(order.status), settleMs);
        if (told !== undefined) return { ok: true, order: told };
      }
      const fate = await this.#stands(symbol, clientOrderId, leftAt(reply));
      if (!("venueOrderId" in fate)) return fate;
      if (isFinal(fate.status)) return { ok: true, order: fate };
      // REST lags: an order that was cancelled may be shown open for a while. A cancel may be sent again without harm.
      if (attempt === ATTEMPTS)
        return reply.ok
          ? { ok: true, order: fate }
          : { ok: false, definite: false, code: "OUTCOME_UNKNOWN", message: `Order ${clientOrderId}: the cancellation does not show.` };
      await sleep(backoffMs(attempt, { random }));
    }
  }

  /** Whether an order waits for its trigger, as far as is known. */
  #waits(clientOrderId: string): boolean {
    const { tracker, intents } = this.#parts;
    const known = tracker.get(clientOrderId);
    if (known !== undefined && known.status !== "pending") return known.status === "untriggered";
    const type = known?.type ?? intents.find(clientOrderId)?.type;
    return type !== undefined && isConditional(type);
  }

  /** Where an order stands now, from stream or questions, or why that is not known. */
  async #stands(symbol: string, clientOrderId: string, sentAt: number): Promise<VenueOrder | VenueFailure> {
    const { tracker, reader, reconciler, learned } = this.#parts;
    const streamed = tracker.get(clientOrderId);
    if (streamed !== undefined && isFinal(streamed.status)) return streamed;
    const found = await reader.find(symbol, { orderLinkId: clientOrderId }, { always: true, priority: "cancel" });
    if (found !== undefined && "venueOrderId" in found) return learned(found);
    if (found === undefined && streamed === undefined) return notFound(clientOrderId);
    const fate = await reconciler.fate(symbol, clientOrderId, sentAt);
    return fate.kind === "landed" ? learned(fate.order) : fate.kind === "never" ? notFound(clientOrderId) : fate.failure;
  }

  /** Cancels every open order and says of each what became of it. @throws LabError `VENUE_UNAVAILABLE` when the open orders are not known. */
  async cancelAll(symbol?: string): Promise<readonly OrderOutcome[]> {
    const { client, category, reader } = this.#parts;
    if (symbol !== undefined) await this.#parts.catalogue.get(symbol);
    const orders = await reader.openOrders(symbol, { always: true, priority: "cancel" });
    const filters = category === "spot" ? [undefined, "StopOrder", "tpslOrder"] : [undefined];
    // What it answers does not matter: what became of each order is looked at below.
    for (const one of new Set(orders.map((order) => order.symbol)))
      for (const orderFilter of filters)
        await client.post("/v5/order/cancel-all", { category, symbol: one, ...(orderFilter !== undefined && { orderFilter }) }, EXIT);
    return Promise.all(orders.map((order) => this.#cancelled(order)));
  }

  async #cancelled(order: VenueOrder): Promise<OrderOutcome> {
    const { tracker, settleMs, client, category, learned, reader } = this.#parts;
    if (order.clientOrderId !== "") {
      const told = await tracker.when(order.clientOrderId, ({ status }) => isFinal(status), settleMs);
      return told !== undefined ? { ok: true, order: told } : this.cancel(order.symbol, order.clientOrderId);
    }
    // An order of somebody else's hand has no client id.
    const known = tracker.byVenueId(order.venueOrderId);
    if (known !== undefined && isFinal(known.status)) return { ok: true, order: known };
    const { symbol, venueOrderId } = order;
    const body = cancelOrderBody(category, symbol, { orderId: venueOrderId }, order.status === "untriggered");
    const reply = await client.post("/v5/order/cancel", body, EXIT);
    if (!reply.ok && reply.kind !== "gone") return reply.failure;
    // It may have been filled meanwhile: what it is, is asked.
    const found = await reader.find(symbol, { orderId: venueOrderId }, { always: true, priority: "cancel" });
    if (found === undefined) return notFound(venueOrderId);
    return "venueOrderId" in found ? { ok: true, order: learned(found) } : found;
  }

  /** Sets the leverage of a symbol, both sides. */
  async setLeverage(symbol: string, leverage: string): Promise<{ readonly ok: true } | VenueFailure> {
    const { client, category } = this.#parts;
    const reply = await client.post(
      "/v5/position/set-leverage",
      { category, symbol, buyLeverage: leverage, sellLeverage: leverage },
      ENTRY,
    );
    return reply.ok ? { ok: true } : reply.failure;
  }

  /** One order as Bybit shows it now, or as the stream told it where that is further. @throws LabError `VENUE_UNAVAILABLE`. */
  async order(symbol: string, clientOrderId: string): Promise<VenueOrder | undefined> {
    await this.#parts.catalogue.get(symbol);
    const found = await this.#parts.reader.find(symbol, { orderLinkId: clientOrderId });
    if (found !== undefined && !("venueOrderId" in found)) throw unavailable(`Order ${clientOrderId}`, found);
    if (found !== undefined) this.#parts.learned(found);
    return this.#parts.tracker.get(clientOrderId);
  }
}

/** When a request left: now for one that was answered; the window in which it can land has begun by then. */
function leftAt(reply: Reply): number {
  return (reply.ok ? undefined : reply.leftAt) ?? performance.now();
}

function notFound(clientOrderId: string): VenueFailure {
  return { ok: false, definite: true, code: "NOT_FOUND", message: `Bybit has no order ${clientOrderId}.` };
}

function duplicate({ clientOrderId }: OrderRequest, why: string): VenueFailure {
  return { ok: false, definite: true, code: "DUPLICATE_ID", message: `Client order id ${clientOrderId} cannot be used: ${why}.` };
}
