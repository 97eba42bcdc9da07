import { Decimal, type InstrumentKind, type OrderOutcome, type OrderRequest, onlyReduces } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import { type Json, openState, type StateWriter, type StoredIntent, stableJson } from "../../state/index.js";
import { RecentIds } from "./recent-ids.js";

/** The session, as its stores know it. */
export interface StoresOwner {
  /** What it trades. */
  readonly kind: InstrumentKind;
  /** An order that an earlier process left open has been found out about. */
  settled(request: OrderRequest, outcome: OrderOutcome): void;
  /** The connector says what a person should look at. */
  alert(code: string, message: string): void;
  /** The connector could not read a message, or a listener threw at it. */
  problem(problem: unknown): void;
}

/**
 * What a connector must not forget, kept in the session's state file: orders before they are sent, and which executions were told. A connector opens before its session
 * has its file, so the stores begin with what an earlier process left there and are bound to the session's writer once there is one.
 */
export class VenueStores {
  /** Orders on their way, by client id. */
  readonly #open = new Map<string, OrderRequest>();
  /** Those of them that an earlier process left. */
  readonly #left = new Set<string>();
  /** What there was to tell before there was a session. */
  readonly #early: ((owner: StoresOwner) => void)[] = [];
  /** Executions that were told; older ones are in the state file. */
  readonly #told = new RecentIds();
  /** Orders of before, for the time until the writer can be asked. */
  #before = new Map<string, OrderRequest>();
  #writer: StateWriter | undefined;
  #owner: StoresOwner | undefined;

  /** @param resumed - the session that goes on, if one does. @throws LabError what reading its state file throws. */
  constructor(resumed?: { readonly statePath: string; readonly id: string }) {
    if (resumed === undefined) return;
    const view = openState(resumed.statePath);
    try {
      if (view.format !== "tesserlab") return;
      for (const { clientOrderId, request, state } of view.session(resumed.id).intents()) {
        const order = requestOf(request);
        this.#before.set(clientOrderId, order);
        if (state !== "intended") continue;
        this.#open.set(clientOrderId, order);
        this.#left.add(clientOrderId);
      }
    } finally {
      view.close();
    }
  }

  /** There is a session: its writer keeps what is to be kept, and what an earlier process left is told to it. */
  bind(writer: StateWriter, owner: StoresOwner): void {
    this.#writer = writer;
    this.#owner = owner;
    this.#before = new Map();
    for (const tell of this.#early.splice(0)) tell(owner);
  }

  /** Whether what became of an order of an earlier process is still to be found out. */
  isLeft(clientOrderId: string): boolean {
    return this.#left.has(clientOrderId);
  }

  /**
   * Resolves once an order is on disk. The session writes its orders down with the event that made them, so mostly it is there already. An exit leaves even where the
   * disk refuses: the session has raised its alert by then.
   * @throws LabError `INTENT_CONFLICT` where the id stands for another order, and for an entry what writing throws.
   */
  async intend(request: OrderRequest): Promise<void> {
    const { clientOrderId, symbol } = request;
    const known = this.find(clientOrderId);
    if (known !== undefined && stableJson(known) !== stableJson(request))
      throw new LabError("INTENT_CONFLICT", `Client order id ${clientOrderId} stands for another order already.`, {
        details: { clientOrderId },
      });
    this.#open.set(clientOrderId, request);
    if (known !== undefined || this.#writer === undefined) return;
    const intent: StoredIntent = {
      clientOrderId,
      symbol,
      request: plain(request),
      created: Date.now(),
      state: "intended",
      outcome: undefined,
    };
    try {
      await this.#writer.commit({ intents: [intent] });
    } catch (error) {
      if (this.#owner !== undefined && onlyReduces(request, this.#owner.kind)) return;
      this.#open.delete(clientOrderId);
      throw error;
    }
  }

  /** What became of an order. That of this process is written down by the session together with its effect; it hears here of those that an earlier one left. */
  settle(clientOrderId: string, outcome: OrderOutcome): void {
    const request = this.#open.get(clientOrderId);
    this.#open.delete(clientOrderId);
    if (!this.#left.delete(clientOrderId) || request === undefined) return;
    this.#tell((owner) => owner.settled(request, outcome));
  }

  /** The session has found out itself what became of an order: the connector need not. */
  forget(clientOrderId: string): void {
    this.#open.delete(clientOrderId);
    this.#left.delete(clientOrderId);
  }

  /** What the connector says a person should look at. */
  alert({ code, message }: { readonly code: string; readonly message: string }): void {
    this.#tell((owner) => owner.alert(code, message));
  }

  /** What the connector could not read, or what a listener threw at it. */
  problem(problem: unknown): void {
    this.#tell((owner) => owner.problem(problem));
  }

  #tell(what: (owner: StoresOwner) => void): void {
    if (this.#owner === undefined) this.#early.push(what);
    else what(this.#owner);
  }

  /** The order that an id stands for. */
  find(clientOrderId: string): OrderRequest | undefined {
    const known = this.#open.get(clientOrderId) ?? this.#before.get(clientOrderId);
    if (known !== undefined || this.#writer?.isOpen !== true) return known;
    const stored = this.#writer.intent(clientOrderId);
    return stored === undefined ? undefined : requestOf(stored.request);
  }

  /** Orders whose outcome is not known. */
  unsettled(): readonly OrderRequest[] {
    return [...this.#open.values()];
  }

  /** Whether an execution was told to this process, or has been booked. */
  has(executionId: string): boolean {
    return this.#told.has(executionId) || (this.#writer?.isOpen === true && this.#writer.hasExecution(executionId));
  }

  /** An execution is told now. It is written down when it is booked, together with its effect: one that was told and not booked is to be told again. */
  add(executionId: string): void {
    this.#told.add(executionId);
  }
}

function plain(request: OrderRequest): Json {
  return JSON.parse(stableJson(request)) as Json;
}

/** A request read from a state file: its amounts are decimals again. */
function requestOf(stored: Json): OrderRequest {
  const { quantity, price, triggerPrice, ...rest } = stored as Record<string, string>;
  return {
    ...rest,
    quantity: new Decimal(quantity!),
    ...(price === undefined ? {} : { price: new Decimal(price) }),
    ...(triggerPrice === undefined ? {} : { triggerPrice: new Decimal(triggerPrice) }),
  } as OrderRequest;
}
