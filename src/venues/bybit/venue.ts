import type {
  AccountEvent,
  AmendRequest,
  Balance,
  Breaker,
  Clock,
  Decimal,
  DecimalInput,
  EpochMs,
  Instrument,
  OrderOutcome,
  OrderRequest,
  Position,
  Venue,
  VenueExecution,
  VenueFailure,
  VenueOrder,
} from "../../core/index.js";
import { decimal, notebookHost } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import { AccountReader } from "./account.js";
import type { Alert } from "./alerts.js";
import type { Catalogue } from "./catalogue.js";
import type { BybitClient } from "./client.js";
import type { Credentials } from "./credentials.js";
import type { ExecutionLedger, IntentStore } from "./intents.js";
import { OpenOrderCheck } from "./open-order-check.js";
import { type BybitSettings, isRehearsal } from "./options.js";
import { OrderDesk } from "./order-desk.js";
import { PositionGuard } from "./position-guard.js";
import { PrivateStream } from "./private-stream.js";
import { Reconciler } from "./reconcile.js";
import { SilenceGuard } from "./silence.js";
import { OrderTracker } from "./tracker.js";

/** What a {@link BybitVenue} works with. */
export interface BybitVenueParts {
  readonly name: string;
  readonly settings: BybitSettings;
  readonly credentials: () => Credentials;
  readonly client: BybitClient;
  readonly catalogue: Catalogue;
  readonly intents: IntentStore;
  readonly ledger: ExecutionLedger;
  readonly clock: Clock;
  readonly random: () => number;
  readonly alert: (alert: Alert) => void;
  readonly report: (problem: unknown) => void;
}

/** An account at Bybit. */
export class BybitVenue implements Venue {
  readonly name: string;
  readonly breaker: Breaker;
  readonly #parts: BybitVenueParts;
  readonly #reader: AccountReader;
  readonly #tracker: OrderTracker = new OrderTracker();
  readonly #desk: OrderDesk;
  readonly #stream: PrivateStream;
  readonly #silence: SilenceGuard;
  readonly #positions: PositionGuard;
  readonly #check: OpenOrderCheck;
  readonly #listeners: Set<(event: AccountEvent) => void> = new Set();
  readonly #closing = new AbortController();
  #connecting: Promise<void> | undefined;
  #connected = false;

  constructor(parts: BybitVenueParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.breaker = parts.client.breaker;
    const { settings, client, catalogue, intents, random, alert, report } = parts;
    this.#reader = new AccountReader({ client, catalogue, category: settings.category, intent: (id) => intents.find(id), report });
    const reconciler = new Reconciler({
      reader: this.#reader,
      tracker: this.#tracker,
      recvWindow: settings.timing.recvWindow,
      limitMs: settings.timing.reconcile,
      random,
      closing: this.#closing.signal,
    });
    this.#desk = new OrderDesk({
      client,
      category: settings.category,
      catalogue,
      reader: this.#reader,
      tracker: this.#tracker,
      intents,
      reconciler,
      settleMs: settings.timing.settle,
      alert,
      learned: (order) => this.#learned(order),
      random,
    });
    this.#stream = new PrivateStream({
      settings,
      credentials: parts.credentials,
      now: () => client.clock.now(),
      reader: this.#reader,
      tracker: this.#tracker,
      ledger: parts.ledger,
      random,
      tell: (event) => this.#tell(event),
      alert,
      report,
      began: (positions) => this.#positions.begin(positions),
      healed: () => void this.#desk.settleOpen().catch(report),
    });
    const afterMs = 2 * settings.timing.settle;
    this.#silence = new SilenceGuard({ afterMs, ask: (order) => this.#look(order), alert, report });
    this.#positions = new PositionGuard({ afterMs, ask: () => this.#stream.catchUp(), report });
    this.#check = new OpenOrderCheck({
      everyMs: settings.timing.check,
      believed: () => this.#tracker.open(),
      ready: () => this.#stream.isLive,
      listed: () => this.#reader.openOrders(),
      ask: (order) => this.#known(order),
      alert,
      report,
    });
  }

  /** Why no new risk is taken, or undefined: an order under one of our ids turned out not to be the one that was sent. */
  get halted(): string | undefined {
    return this.#desk.halted;
  }

  /** Takes new risk again after a halt, once somebody has looked. */
  resume(): void {
    this.#desk.resume();
  }

  /** @throws LabError `CREDENTIALS_MISSING`, `VENUE_AUTH`, `VENUE_UNAVAILABLE`, `POSITION_MODE`, `VENUE_CLOSED`. */
  connect(): Promise<void> {
    this.#assertOpen();
    this.#connecting ??= this.#connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  async #connect(): Promise<void> {
    // Missing keys are told before anything is sent.
    this.#parts.credentials();
    await this.#parts.client.sync();
    await this.#parts.catalogue.all();
    await this.#stream.start();
    this.#connected = true;
    this.#check.start();
    if (!isRehearsal(this.#parts.settings)) kernel()?.liveVenueOpened?.(this.name);
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    if (this.#connected && !isRehearsal(this.#parts.settings)) kernel()?.liveVenueClosed?.(this.name);
    this.#connected = false;
    this.#silence.close();
    this.#positions.close();
    this.#check.close();
    await this.#stream.close();
    this.#parts.client.close();
    this.#listeners.clear();
  }

  /** Resolves when every event of the account that Bybit has sent so far has been told. */
  synced(): Promise<void> {
    return this.#stream.synced();
  }

  async instruments(): Promise<readonly Instrument[]> {
    this.#assertOpen();
    return this.#parts.catalogue.all();
  }

  async place(request: OrderRequest): Promise<OrderOutcome> {
    return this.#notConnected() ?? this.#desk.place(request);
  }

  /** Places several orders, in batches; the outcomes come in the order of the requests. */
  async placeMany(requests: readonly OrderRequest[]): Promise<readonly OrderOutcome[]> {
    const failure = this.#notConnected();
    return failure === undefined ? this.#desk.placeMany(requests) : requests.map(() => failure);
  }

  async amend(request: AmendRequest): Promise<OrderOutcome> {
    return this.#notConnected() ?? this.#desk.amend(request);
  }

  async cancel(symbol: string, clientOrderId: string): Promise<OrderOutcome> {
    return this.#notConnected() ?? this.#desk.cancel(symbol, clientOrderId);
  }

  async cancelAll(symbol?: string): Promise<readonly OrderOutcome[]> {
    const failure = this.#notConnected();
    return failure === undefined ? this.#desk.cancelAll(symbol) : [failure];
  }

  /** @throws LabError `VENUE_UNAVAILABLE`. */
  async orders(symbol?: string): Promise<readonly VenueOrder[]> {
    this.#assertOpen();
    if (symbol !== undefined) await this.#parts.catalogue.get(symbol);
    return this.#reader.openOrders(symbol);
  }

  /** @throws LabError `VENUE_UNAVAILABLE`. */
  async order(symbol: string, clientOrderId: string): Promise<VenueOrder | undefined> {
    this.#assertOpen();
    return this.#desk.order(symbol, clientOrderId);
  }

  /** @throws LabError `VENUE_UNAVAILABLE`. */
  async executions(options: { readonly since: EpochMs; readonly symbol?: string }): Promise<readonly VenueExecution[]> {
    this.#assertOpen();
    if (options.symbol !== undefined) await this.#parts.catalogue.get(options.symbol);
    return this.#reader.executions(options.since, this.#parts.client.clock.now(), options.symbol, !isRehearsal(this.#parts.settings));
  }

  /** @throws LabError `VENUE_UNAVAILABLE`, `POSITION_MODE`. */
  async positions(): Promise<readonly Position[]> {
    this.#assertOpen();
    return (await this.#reader.positions()).map((one) => one.position);
  }

  /** @throws LabError `VENUE_UNAVAILABLE`. */
  async balances(): Promise<readonly Balance[]> {
    this.#assertOpen();
    return this.#reader.balances();
  }

  /** @throws LabError `LEVERAGE_INVALID`. */
  async setLeverage(symbol: string, leverage: Decimal | DecimalInput): Promise<{ readonly ok: true } | VenueFailure> {
    const failure = this.#notConnected();
    if (failure !== undefined) return failure;
    const { instrument } = await this.#parts.catalogue.get(symbol);
    const value = decimal(leverage, "leverage");
    if (value.lt(1)) throw new LabError("LEVERAGE_INVALID", `leverage must be at least 1, got ${value.toFixed()}.`);
    if (instrument.kind === "spot") return value.eq(1) ? { ok: true } : spotLeverage(value.toFixed());
    return this.#desk.setLeverage(symbol, value.toFixed());
  }

  subscribe(listener: (event: AccountEvent) => void): () => void {
    this.#assertOpen();
    const own = (event: AccountEvent): void => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted) throw new LabError("VENUE_CLOSED", `${this.name} is closed: connect again with a new connection.`);
  }

  #notConnected(): VenueFailure | undefined {
    this.#assertOpen();
    if (this.#connected) return undefined;
    return { ok: false, definite: true, code: "NOT_CONNECTED", message: `${this.name} is not connected: await venue.connect() first.` };
  }

  /** Takes in what was learned beside the stream and tells it, but for mere acknowledgements. */
  #learned(order: VenueOrder): VenueOrder {
    const news = this.#tracker.accept(order);
    if (news?.status === "pending") this.#silence.heard({ type: "order", order: news });
    else if (news !== undefined) this.#tell({ type: "order", order: news });
    return news ?? this.#tracker.byVenueId(order.venueOrderId) ?? order;
  }

  /** Asks for what the stream did not tell of an order, and tells it. @returns what its executions add up to. */
  async #look({ symbol, clientOrderId }: VenueOrder): Promise<Decimal | VenueFailure> {
    const found = await this.#reader.find(symbol, { orderLinkId: clientOrderId });
    const executions = await this.#reader.executionsOf(symbol, clientOrderId);
    if (!("length" in executions)) return executions;
    this.#learn(found, executions);
    return executions.reduce((sum, one) => (one.kind === "trade" ? sum.plus(one.quantity) : sum), decimal(0));
  }

  /** Asks for an order that is not what it is believed to be, and tells it. @returns whether Bybit knows it, or may: where it does not answer. */
  async #known(order: VenueOrder): Promise<boolean> {
    const { symbol, clientOrderId, venueOrderId } = order;
    // An order of somebody else's hand has no client id; its executions are looked for with the position that they make.
    const found = await this.#reader.find(symbol, clientOrderId === "" ? { orderId: venueOrderId } : { orderLinkId: clientOrderId });
    const executions = clientOrderId === "" ? [] : await this.#reader.executionsOf(symbol, clientOrderId);
    this.#learn(found, "length" in executions ? executions : []);
    return found !== undefined;
  }

  /** Tells what was asked for. Where any of it is new, the stream has lost something, and what else it changed is asked for, too. */
  #learn(found: VenueOrder | VenueFailure | undefined, executions: readonly VenueExecution[]): void {
    const orders = found !== undefined && "venueOrderId" in found ? [found] : [];
    if (this.#stream.learn(orders, executions)) this.#stream.refresh().catch(this.#parts.report);
  }

  #tell(event: AccountEvent): void {
    this.#silence.heard(event);
    this.#positions.heard(event);
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#parts.report(error);
      }
    }
  }
}

function spotLeverage(leverage: string): VenueFailure {
  return { ok: false, definite: true, code: "INVALID_ORDER", message: `Spot has no leverage, so ${leverage} cannot be set.` };
}

/** The kernel, where this runs in one: while a venue that is no rehearsal is open, it runs no cell with type errors. */
function kernel(): { liveVenueOpened?(name: string): void; liveVenueClosed?(name: string): void } | undefined {
  return notebookHost();
}
