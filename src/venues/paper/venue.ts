import type {
  AccountEvent,
  AmendRequest,
  Balance,
  Breaker,
  Decimal,
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
import { LabError } from "../../errors/index.js";
import { CircuitBreaker } from "../../resilience/index.js";
import type { PaperAccount } from "./exchange/account.js";
import type { PaperExchange } from "./exchange/exchange.js";
import { throwLater } from "./throw-later.js";

/**
 * The paper exchange in process, as a {@link Venue}. Requests act at once, before the promise they return is awaited: one made by a listener while a bar is matched acts on that bar, as
 * in a backtest. Its breaker never opens, since there is no wire to break.
 */
export class PaperVenue implements Venue {
  readonly name = "paper";
  readonly breaker: Breaker = new CircuitBreaker();
  readonly #exchange: PaperExchange;
  readonly #account: PaperAccount;
  readonly #listeners = new Set<(event: AccountEvent) => void>();
  readonly #report: (error: unknown) => void;
  #stop: (() => void) | undefined;
  #closed = false;

  /** @param report - hears what a listener throws; it is thrown in a task of its own unless given. */
  constructor(exchange: PaperExchange, options: { readonly account?: string; readonly report?: (error: unknown) => void } = {}) {
    this.#exchange = exchange;
    this.#account = exchange.account(options.account);
    this.#report = options.report ?? throwLater;
  }

  connect(): Promise<void> {
    this.#assertOpen();
    if (this.#stop === undefined) {
      this.#stop = this.#account.subscribe((event) => this.#tell({ ...event }));
      this.#tell({ type: "link", state: "healthy", time: this.#exchange.clock.now() });
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#stop?.();
      this.#tell({ type: "link", state: "closed", time: this.#exchange.clock.now() });
      this.#listeners.clear();
    }
    return Promise.resolve();
  }

  #assertOpen(): void {
    if (this.#closed) throw new LabError("VENUE_CLOSED", "This connection to the paper exchange is closed; connect again.");
  }

  #tell(event: AccountEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  /** Requests before `connect` have no effect. */
  #guard<T>(act: () => T): Promise<T | VenueFailure> {
    this.#assertOpen();
    if (this.#stop === undefined)
      return Promise.resolve({
        ok: false,
        definite: true,
        code: "NOT_CONNECTED",
        message: "The venue is not connected: await venue.connect() first.",
      });
    return Promise.resolve(act());
  }

  async instruments(): Promise<readonly Instrument[]> {
    return this.#exchange.markets.map((market) => market.instrument);
  }

  place(request: OrderRequest): Promise<OrderOutcome> {
    return this.#guard(() => this.#account.place(request));
  }

  amend(request: AmendRequest): Promise<OrderOutcome> {
    return this.#guard(() => this.#account.amend(request));
  }

  cancel(symbol: string, clientOrderId: string): Promise<OrderOutcome> {
    return this.#guard((): OrderOutcome => {
      const outcome = this.#account.cancel(symbol, clientOrderId);
      const gone = this.#account.find(clientOrderId);
      // One that is gone already is answered by its final state.
      return !outcome.ok && gone !== undefined && gone.market.symbol === symbol ? { ok: true, order: gone.report() } : outcome;
    });
  }

  async cancelAll(symbol?: string): Promise<readonly OrderOutcome[]> {
    this.#assertOpen();
    return this.#account.cancelAll(symbol);
  }

  async orders(symbol?: string): Promise<readonly VenueOrder[]> {
    this.#assertOpen();
    return this.#account.orders(symbol);
  }

  async order(symbol: string, clientOrderId: string): Promise<VenueOrder | undefined> {
    this.#assertOpen();
    const market = this.#exchange.market(symbol);
    const order = this.#account.find(clientOrderId);
    return order?.market.symbol === market.symbol ? order.report() : undefined;
  }

  async executions(options: { readonly since: EpochMs; readonly symbol?: string }): Promise<readonly VenueExecution[]> {
    this.#assertOpen();
    return this.#account.executions
      .map(({ execution }) => execution)
      .filter(({ time, symbol }) => time >= options.since && (options.symbol === undefined || symbol === options.symbol));
  }

  async positions(): Promise<readonly Position[]> {
    this.#assertOpen();
    return this.#account.positions();
  }

  async balances(): Promise<readonly Balance[]> {
    this.#assertOpen();
    return this.#account.balances();
  }

  setLeverage(symbol: string, leverage: Decimal): Promise<{ readonly ok: true } | VenueFailure> {
    return this.#guard(() => this.#account.setLeverage(symbol, leverage));
  }

  subscribe(listener: (event: AccountEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
