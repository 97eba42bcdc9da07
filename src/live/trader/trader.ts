import type { PreparedBacktest } from "../../backtest/index.js";
import {
  type ApprovedOrder,
  type CandleBuffer,
  type Decimal,
  type EpochMs,
  fromUnits,
  type SeriesBar,
  type Venue,
  type WorkingOrder,
} from "../../core/index.js";
import {
  type Audit,
  CHANGED,
  type Command,
  clientOrderId,
  type Engine,
  type EngineEvent,
  EVENT,
  REPORT,
  type TradeEvent,
  toAmendRequest,
  toOrderRequest,
} from "../../engine/index.js";
import { LabError } from "../../errors/index.js";
import { REQUEST } from "../../execution/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import { type JournalLine, type Json, type SessionBatch, type StateWriter, type StoredIntent, stableJson } from "../../state/index.js";
import { AccountIntake, type AccountParts, type TraderWatch } from "./account.js";
import type { RecordedMarket } from "./contracts.js";
import { cash, engineEvent, type StoredEvent, type StoredLine, type StoredPrice } from "./journal-events.js";
import { KeptOrders } from "./kept-orders.js";
import { LiveReader } from "./reader.js";
import { orderNumber } from "./requests.js";
import { type Outgoing, Sender } from "./sender.js";
import { TickPrices } from "./tick-prices.js";
import type { VenueStores } from "./venue-stores.js";
import { StrategyVoice } from "./voice.js";
import { warmUp } from "./warm-up.js";
import { WriteAhead } from "./write-ahead.js";

/** Alerts of the engine that are kept in memory; all are in the journal. */
const ALERTS = 1_000;

/** What left in a release of a recorded market, or after it. */
interface AskedFor {
  readonly step: number;
  readonly outgoing: readonly Outgoing[];
}

/** What a trader is made of. */
export interface TraderParts extends Pick<AccountParts, "wall"> {
  readonly run: string;
  readonly prepared: PreparedBacktest;
  readonly params: Readonly<Record<string, unknown>>;
  readonly buffers: readonly CandleBuffer[];
  readonly writer: StateWriter;
  readonly venue: Venue;
  readonly watch: TraderWatch;
  readonly recorded: RecordedMarket | undefined;
  /** Where the connector keeps orders until it knows what became of them. */
  readonly stores?: VenueStores | undefined;
}

/**
 * The engine on a venue. Every event is processed at once, written down together with what it made leave, and only then sent: an order is on disk before the venue
 * hears of it, and whatever is lost in a crash had no effect. The venue's reports come back as events of the engine, each execution once.
 */
export class LiveTrader {
  readonly engine: Engine;
  readonly portfolio: Portfolio;
  readonly reader: LiveReader;
  /** What the venue tells of the account. */
  readonly account: AccountIntake;
  readonly #parts: TraderParts;
  readonly #voice: StrategyVoice;
  readonly #bars: readonly SeriesBar[];
  readonly #sender: Sender;
  readonly #orders: KeptOrders;
  readonly #prices: TickPrices;
  readonly #ahead: WriteAhead;
  /** What had been asked for before the session went away, by the release of the recorded market it came after. */
  #asked: readonly AskedFor[] = [];
  #isOver = false;
  #hasFailed = false;

  constructor(parts: TraderParts) {
    this.#parts = parts;
    let voice: StrategyVoice | undefined;
    const { engine, portfolio, bars } = parts.prepared.liveEngine(parts.params, (strategy) => {
      voice = new StrategyVoice(strategy);
      return voice.strategy;
    });
    this.#voice = voice!;
    this.#voice.sitsIn(engine.seats);
    this.engine = engine;
    this.portfolio = portfolio;
    this.#orders = new KeptOrders(engine.orders.orders);
    this.#bars = bars;
    const { instruments, strategy } = parts.prepared;
    this.#prices = new TickPrices(
      engine,
      instruments,
      strategy.feeds.some((feed) => feed !== "candles"),
    );
    this.reader = new LiveReader(parts.run, engine, parts.prepared.instruments, parts.buffers);
    this.account = new AccountIntake({
      run: parts.run,
      instruments: parts.prepared.instruments,
      watch: parts.watch,
      wall: parts.wall,
      order: (id) => this.#orders.get(id),
      now: () => engine.time,
      isOver: () => this.#isOver,
      booked: (execution) => parts.writer.isOpen && parts.writer.hasExecution(execution),
      process: (event, more) => this.process(event, more),
      commit: (batch) => this.#ahead.commit(batch, []),
      forget: (id) => parts.stores?.forget(id),
    });
    this.#sender = new Sender(parts.venue, { watch: this.account, inOrder: parts.recorded !== undefined });
    this.#ahead = new WriteAhead({
      run: parts.run,
      writer: parts.writer,
      watch: parts.watch,
      isOver: () => this.#isOver,
      order: (id) => this.#orders.get(id),
      send: (outgoing) => this.#sender.send(outgoing),
      closed: () => {
        engine.orders.liquidateOnly = true;
      },
      unsent: (order, why) => this.account.report(order, REPORT.rejected, engine.time, `not sent: ${why}`),
    });
  }

  /** Symbols by slot. */
  get symbols(): readonly string[] {
    return this.#parts.prepared.instruments.map((one) => one.instrument.symbol);
  }

  /** An order the engine has made and that has left, by number: one that ended long ago as its columns tell it. */
  order(id: number): WorkingOrder | undefined {
    return this.#orders.get(id);
  }

  /** Price at the decision of an order, by its client id; undefined for an order that is none of ours. */
  referenceOf(id: string): Decimal | undefined {
    const order = this.order(orderNumber(this.#parts.run, id) ?? 0);
    return order === undefined ? undefined : fromUnits(order.reference, this.#parts.prepared.instruments[order.slot]!.priceDp);
  }

  /** Orders that have left and are not final, as they were made. */
  openOrders(): readonly WorkingOrder[] {
    return this.#orders.open();
  }

  /** A cancel whose answer got lost is asked for again. */
  cancelAgain(order: WorkingOrder): void {
    const { symbol } = this.#parts.prepared.instruments[order.slot]!.instrument;
    this.#sender.send({ kind: "cancel", symbol, clientOrderId: clientOrderId(this.#parts.run, order) });
  }

  /** Whether a request of an order is under way, or waits for the disk. */
  isBusy(order: WorkingOrder): boolean {
    return this.#ahead.isWaiting(order.id) || this.#sender.isBusy(clientOrderId(this.#parts.run, order));
  }

  /** Times the strategy said something else while the journal was replayed. */
  get differences(): number {
    return this.#voice.differences;
  }

  /** Lets the strategy see the history before the session, without a say; the bars stand at its end afterwards. */
  warmUp(): void {
    warmUp({ engine: this.engine, bars: this.#bars, buffers: this.#parts.buffers, voice: this.#voice });
  }

  /**
   * Feeds the journal again: the engine then stands where it stood at its last line. Nothing leaves.
   * @param closed - hears of every candle that the strategy had its say at, once the engine stands where it stood then.
   */
  recover(lines: readonly StoredLine[], closed: (symbol: string, time: EpochMs) => void = () => {}): void {
    const asked: AskedFor[] = [];
    for (const { event, said = [], threw = false, muted = false, marks, prices, step = 0 } of lines) {
      for (const [slot, mark] of (marks ?? []).entries()) this.portfolio.mark[slot] = mark;
      this.#prices.restore(prices ?? []);
      this.#voice.replay(said, threw);
      this.#apply(event);
      const outgoing: Outgoing[] = [];
      for (let order = this.engine.outbox.take(); order !== undefined; order = this.engine.outbox.take())
        this.#collect(order, outgoing, []);
      this.#orders.settle();
      if (this.#parts.recorded !== undefined) asked.push({ step, outgoing });
      if (event.type === "candle" && !muted && !threw) closed(this.symbols[event.slot]!, event.candle[0]);
    }
    this.#asked = asked;
    this.#ahead.clear();
    this.reader.skip();
  }

  /** Brings a recorded market, which went with its process, to where it stood: what is on disk had reached it. */
  async rebuildMarket(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    if (asked.length === 0 || this.#parts.recorded === undefined) return;
    let next = 0;
    await this.#parts.recorded.rebuild(asked.at(-1)!.step, async (step) => {
      const sender = new Sender(this.#parts.venue, { inOrder: true });
      for (; next < asked.length && asked[next]!.step <= step; next++) for (const one of asked[next]!.outgoing) sender.send(one);
      await sender.idle();
    });
  }

  #apply(event: StoredEvent): Audit | undefined {
    if (event.type === "candle") {
      this.#parts.buffers[event.slot]!.appendUnits(...event.candle);
      const bar = this.#bars[event.slot]!;
      bar.index = this.#parts.buffers[event.slot]!.length - 1;
      const audit = this.engine.process({ kind: EVENT.candle, bar });
      // The engine marks when somebody looks; here somebody always does.
      this.portfolio.mark[event.slot] = bar.closeUnits;
      return audit;
    }
    if (event.type === "funding") {
      this.portfolio.applyFunding(cash(event.amount));
      this.account.took(event.execution, event.time);
      return undefined;
    }
    if (event.type === "book") {
      const { slot, time, bid = 0, ask = 0 } = event;
      // Without its prices, as of an older release, a book's change of the mark stands in the marks of the line.
      if (bid === 0 && ask === 0) return this.engine.process({ kind: EVENT.timer, time });
      this.#prices.touched(slot, bid, ask);
      return this.engine.process({ kind: EVENT.book, slot, time, book: this.#prices.book(slot, bid, ask) });
    }
    if (event.type === "fill") this.account.restore(this.#known(event.order).slot, event);
    return this.engine.process(engineEvent(event, (id) => this.#known(id)));
  }

  #known(id: number): WorkingOrder {
    const order = this.#orders.take(id);
    if (order === undefined)
      throw new LabError("STATE_JOURNAL", `The journal reports of order ${id}, which its events did not make.`, { details: { id } });
    return order;
  }

  /**
   * Processes an event, writes down what it did and sends what it made leave.
   * @param muted - the strategy sees it without a say: a candle that was missed is too old to trade on.
   */
  process(event: StoredEvent, more: SessionBatch = {}, muted: boolean = false): void {
    if (this.#isOver) return;
    this.#voice.begin(muted);
    if ("order" in event) this.reader.watch(event.order);
    const alerts = this.engine.orders.alerts.length;
    const before = this.#prices.now();
    this.#write(event, this.#apply(event), more, alerts, before, muted);
    this.#heed();
  }

  /** Nothing came from the strategy in this event: neither something it asked for nor its failure. */
  get #isSilent(): boolean {
    return this.#voice.said.length === 0 && (!this.#voice.hasThrown || this.#hasFailed);
  }

  /** Tells of a strategy that has thrown, once the event is complete and written down. */
  #heed(): void {
    const { failure } = this.#voice;
    if (failure === undefined || this.#hasFailed) return;
    this.#hasFailed = true;
    this.#parts.watch.threw(failure.error, failure.handler);
  }

  /**
   * A trade or a book in the market: written down only if something came of it, or if the router or an algorithm is at work, which count what they see. Where the ticks
   * that are not written down have left the prices stands in the next line.
   */
  tick(event: TradeEvent | Extract<EngineEvent, { readonly kind: 5 }>): void {
    if (this.#isOver) return;
    this.#voice.begin();
    const { orders, outbox } = this.engine;
    const alerts = orders.alerts.length;
    const before = this.#prices.now();
    const works = (): boolean => (orders.routing?.active ?? 0) > 0;
    const worked = works();
    const { slot, time } = event;
    const audit = this.engine.process(event);
    const stored: StoredEvent =
      event.kind === EVENT.trade
        ? { type: "trade", slot, time, direction: event.direction, price: event.price, quantity: event.quantity }
        : { type: "book", slot, time, bid: event.book.priceAt(1, 0), ask: event.book.priceAt(-1, 0) };
    if (stored.type === "book") this.#prices.touched(slot, stored.bid ?? 0, stored.ask ?? 0);
    const quiet = !worked && !works() && (audit.changed & CHANGED.state) === 0 && this.#isSilent && outbox.size === 0;
    if (quiet) this.#parts.watch.handled?.(stored, this.engine.sequence, [], []);
    else this.#write(stored, audit, {}, alerts, before);
    this.#heed();
  }

  /** An operator's or the session's own command. @throws LabError `COMMAND_INVALID`, and what the engine refuses as misuse. */
  command(command: Command, time: EpochMs): void {
    this.process({ type: "command", command: JSON.parse(stableJson(command)) as Json, time });
  }

  #write(
    event: StoredEvent,
    audit: Audit | undefined,
    more: SessionBatch,
    alertsBefore: number,
    prices: readonly StoredPrice[] | undefined,
    muted: boolean = false,
  ): void {
    const outgoing: Outgoing[] = [];
    const intents: StoredIntent[] = [];
    const { outbox } = this.engine;
    const { said, hasThrown } = this.#voice;
    for (let order = outbox.take(); order !== undefined; order = outbox.take()) this.#collect(order, outgoing, intents);
    this.#orders.settle();
    this.#parts.watch.handled?.(event, this.engine.sequence, said, outgoing);
    const quiet = event.type === "timer" && audit?.changed === 0 && this.#isSilent && outgoing.length === 0;
    if (quiet && this.#parts.prepared.strategy.timerMs === undefined) return;
    const step = this.#parts.recorded?.step;
    const line: StoredLine = {
      event,
      ...(said.length > 0 ? { said } : {}),
      ...(muted ? { muted } : {}),
      ...(hasThrown ? { threw: true as const } : {}),
      ...(prices === undefined ? {} : { prices }),
      ...(step === undefined ? {} : { step }),
    };
    const alerts: JournalLine[] = this.engine.orders.alerts.since(alertsBefore).map((alert) => ({ kind: "alert", payload: alert }));
    const lines: JournalLine[] = [{ kind: "event", time: this.engine.time, payload: line }, ...alerts, ...(more.lines ?? [])];
    this.engine.orders.alerts.keep(ALERTS);
    const batch: SessionBatch = { ...more, ...this.reader.news(), intents: [...intents, ...(more.intents ?? [])], lines };
    this.#ahead.commit(batch, outgoing);
  }

  #collect(order: ApprovedOrder, outgoing: Outgoing[], intents: StoredIntent[]): void {
    const { run, prepared } = this.#parts;
    const { outbox } = this.engine;
    const scaled = prepared.instruments[order.slot]!;
    const { symbol } = scaled.instrument;
    this.#ahead.waits(order.id);
    if (outbox.kind === REQUEST.cancel) outgoing.push({ kind: "cancel", symbol, clientOrderId: clientOrderId(run, order) });
    else if (outbox.kind === REQUEST.amend)
      outgoing.push({ kind: "amend", request: toAmendRequest(order, clientOrderId(run, order), scaled, outbox.quantity, outbox.price) });
    else {
      this.#orders.add(order);
      const request = toOrderRequest(order, clientOrderId(run, order), scaled);
      outgoing.push({ kind: "open", request });
      intents.push({
        clientOrderId: request.clientOrderId,
        symbol,
        request: JSON.parse(stableJson(request)) as Json,
        created: this.engine.time,
        state: "intended",
        outcome: undefined,
      });
    }
  }

  /** Resolves when every request so far has been answered. */
  idle(): Promise<void> {
    return this.#sender.idle();
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Nothing is processed, written or sent any more. */
  end(): void {
    this.#isOver = true;
  }
}
