import {
  type AccountEvent,
  Decimal,
  type Instrument,
  type OrderOutcome,
  type OrderRequest,
  type VenueExecution,
  type VenueOrder,
} from "../../core/index.js";
import type { MakeHarness, VenueHarness } from "./harness.js";
import { must, Watch } from "./watch.js";

/** Share of a purchase that is left at the least after a fee in coins. */
const MOST_OF = 0.98;

/** Definite failures of the way to the venue or of the venue itself, not of the order. */
const NEVER_LANDED: ReadonlySet<string> = new Set(["TIMEOUT", "NOT_CONNECTED", "RATE_LIMITED", "REJECTED"]);
const ATTEMPTS = 5;

/** States after which nothing happens to an order. */
export const FINAL: ReadonlySet<string> = new Set(["filled", "cancelled", "rejected"]);

/** A connected venue with what it has told, as the cases use it. */
export class TestDesk extends Watch<AccountEvent> {
  readonly harness: VenueHarness;
  readonly instrument: Instrument;
  readonly price: Decimal;
  readonly quantity: Decimal;
  #orders = 0;
  /** Coins that a spot account has before anything is bought. */
  #atFirst: Decimal = new Decimal(0);

  private constructor(harness: VenueHarness, instrument: Instrument) {
    super();
    this.harness = harness;
    this.instrument = instrument;
    this.price = new Decimal(harness.price);
    this.quantity = new Decimal(harness.quantity);
    harness.venue.subscribe(this.hear);
  }

  /** Opens a harness, connects, shows a first quote, runs and puts everything away. */
  static async use(make: MakeHarness, run: (desk: TestDesk) => Promise<void>): Promise<void> {
    const harness = await make();
    try {
      const { venue, symbol } = harness;
      const instrument = (await venue.instruments()).find((one) => one.symbol === symbol);
      must(instrument !== undefined, `instruments() names ${symbol}`);
      const desk = new TestDesk(harness, instrument);
      await venue.connect();
      if (instrument.kind === "spot") desk.#atFirst = await desk.#coins();
      await desk.quote();
      await run(desk);
    } finally {
      await harness.venue.close();
      await harness.close();
    }
  }

  get tick(): Decimal {
    return this.instrument.tickSize;
  }

  /** The price so many ticks away from the harness' own, at which the first quote's ask lies; the bid lies one tick below. */
  at(ticks: number): Decimal {
    return this.price.plus(this.tick.times(ticks));
  }

  /** Quotes around the price, moved by so many ticks. */
  async quote(ticks = 0, size: Decimal = this.quantity.times(10)): Promise<void> {
    await this.harness.quote(this.at(ticks - 1).toFixed(), this.at(ticks).toFixed(), size.toFixed());
  }

  async trade(ticks: number, quantity: Decimal, side: "buy" | "sell"): Promise<void> {
    await this.harness.trade(this.at(ticks).toFixed(), quantity.toFixed(), side);
  }

  request(more: Partial<OrderRequest> = {}): OrderRequest {
    return {
      clientOrderId: `conf-${process.pid}-${++this.#orders}`,
      symbol: this.harness.symbol,
      side: "buy",
      type: "market",
      quantity: this.quantity,
      ...more,
    };
  }

  /** A buy (or sell) that rests so many ticks away. */
  resting(ticks: number, more: Partial<OrderRequest> = {}): OrderRequest {
    return this.request({ type: "limit", price: this.at(ticks), timeInForce: "gtc", ...more });
  }

  /**
   * Sends an order, and again under the same id where the venue says that it certainly never landed: links break, and a rule of orders is not one of links.
   * @throws LabError `VENUE_NONCONFORMING` for an order that stays lost.
   */
  async send(request: OrderRequest): Promise<OrderOutcome> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.harness.venue.place(request);
      if (outcome.ok || !outcome.definite || !NEVER_LANDED.has(outcome.code)) return outcome;
      must(attempt < ATTEMPTS, `an order is sent within ${ATTEMPTS} attempts`, outcome);
    }
  }

  /** Places an order that the venue must take. */
  async place(request: OrderRequest): Promise<VenueOrder> {
    const outcome = await this.send(request);
    must(outcome.ok, `a ${request.type} order is taken`, outcome);
    must(outcome.order.clientOrderId === request.clientOrderId, "an outcome carries the client order id", outcome.order.clientOrderId);
    return outcome.order;
  }

  /** Whether an order was turned away: refused at once, or taken and ended without a fill. */
  async turnedAway(request: OrderRequest): Promise<OrderOutcome> {
    const outcome = await this.send(request);
    if (outcome.ok) {
      const order = await this.ended(request.clientOrderId);
      must(order.status !== "filled" && order.filledQuantity.isZero(), "it does not fill", order);
    } else must(outcome.definite, "a refusal is definite", outcome);
    return outcome;
  }

  /** The newest state that was told of an order. */
  last(clientOrderId: string): VenueOrder | undefined {
    for (let i = this.events.length - 1; i >= 0; i--) {
      const event = this.events[i]!;
      if (event.type === "order" && event.order.clientOrderId === clientOrderId) return event.order;
    }
    return undefined;
  }

  executions(clientOrderId: string): VenueExecution[] {
    return this.events.flatMap((event) =>
      event.type === "execution" && event.execution.clientOrderId === clientOrderId ? [event.execution] : [],
    );
  }

  filled(clientOrderId: string): Decimal {
    return this.executions(clientOrderId).reduce((sum, one) => sum.plus(one.quantity), new Decimal(0));
  }

  /** Waits until an order is told to have a status. */
  told(clientOrderId: string, status: VenueOrder["status"]): Promise<VenueOrder> {
    return this.until(`order ${clientOrderId} is told ${status}`, () => {
      const order = this.last(clientOrderId);
      return order?.status === status && order;
    });
  }

  ended(clientOrderId: string): Promise<VenueOrder> {
    return this.until(`order ${clientOrderId} is told to have ended`, () => {
      const order = this.last(clientOrderId);
      return order !== undefined && FINAL.has(order.status) && order;
    });
  }

  /** Waits until the executions that were told of an order add up. */
  async executed(clientOrderId: string, quantity: Decimal): Promise<readonly VenueExecution[]> {
    await this.until(`executions of ${clientOrderId} add up to ${quantity.toFixed()}`, () => this.filled(clientOrderId).eq(quantity));
    return this.executions(clientOrderId);
  }

  /**
   * What is held, by asking: the signed position of a contract; of spot the coins that were not there at the start, since an account on spot has balances and a venue need not tell
   * positions of it.
   */
  async held(): Promise<Decimal> {
    const { venue, symbol } = this.harness;
    if (this.instrument.kind === "spot") return (await this.#coins()).minus(this.#atFirst);
    return (await venue.positions()).find((one) => one.symbol === symbol)?.quantity ?? new Decimal(0);
  }

  async #coins(): Promise<Decimal> {
    const coin = this.instrument.base;
    return (await this.harness.venue.balances()).find((one) => one.currency === coin)?.total ?? new Decimal(0);
  }

  /** Whether nothing is held that could be sold: on spot a fee in coins may leave less than one lot. */
  async flat(): Promise<boolean> {
    return (await this.held()).abs().lt(this.instrument.lotSize);
  }

  /** Buys at market and waits until it is held; on spot the fee may be paid out of it. @returns what of it can be sold. */
  async long(quantity: Decimal = this.quantity): Promise<Decimal> {
    const request = this.request({ quantity });
    await this.place(request);
    await this.executed(request.clientOrderId, quantity);
    const spot = this.instrument.kind === "spot";
    const held = await this.until("what was bought is held", async () => {
      const now = await this.held();
      return (spot ? now.gt(quantity.times(MOST_OF)) && now.lte(quantity) : now.eq(quantity)) && now;
    });
    return held.div(this.instrument.lotSize).floor().times(this.instrument.lotSize);
  }

  /** A sale of what {@link long} bought: reduce-only, but for spot, where a sale can do nothing else. */
  exit(quantity: Decimal, more: Partial<OrderRequest> = {}): OrderRequest {
    return this.request({ side: "sell", quantity, ...(this.instrument.kind !== "spot" && { reduceOnly: true }), ...more });
  }

  /** Sells it and waits until nothing is held. */
  async close(quantity: Decimal): Promise<void> {
    const exit = this.exit(quantity);
    await this.place(exit);
    await this.executed(exit.clientOrderId, quantity);
    await this.until("nothing is held any more", () => this.flat());
  }
}
