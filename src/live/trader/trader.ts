import type { PreparedBacktest } from "../../backtest/index.js";
import {
  type ApprovedOrder,
  type CandleBuffer,
  Decimal,
  type EpochMs,
  type OrderOutcome,
  type SeriesBar,
  STATUS,
  toUnits,
  type Venue,
  type VenueExecution,
  type VenueOrder,
  type WorkingOrder,
} from "../../core/index.js";
import { type Audit, type Command, type Engine, type EngineEvent, EVENT, REPORT, type TradeEvent } from "../../engine/index.js";
import { LabError } from "../../errors/index.js";
import { REQUEST } from "../../execution/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import {
  type JournalLine,
  type Json,
  type SessionBatch,
  type StateWriter,
  type StoredExecution,
  type StoredIntent,
  stableJson,
} from "../../state/index.js";
import { cash, engineEvent, type StoredEvent, type StoredLine } from "./journal-events.js";
import { LiveReader } from "./reader.js";
import { amendRequest, clientOrderId, orderNumber, orderRequest } from "./requests.js";
import { idOf, type Outgoing, Sender } from "./sender.js";
import { type Said, StrategyVoice } from "./voice.js";

/** What a trader tells those who watch it. */
export interface TraderWatch {
  /** Something was written down: new orders and fills among it. */
  written(batch: SessionBatch): void;
  /** How a request went. */
  answered(outgoing: Outgoing, outcome: OrderOutcome): void;
  /** What an operator must hear of. */
  alert(kind: "journalFailed" | "duplicateId" | "exitUnchecked" | "reconcileMismatch", title: string, message: string): void;
  /** The venue's account differs from what was told so far: look at it soon. */
  stale(): void;
  /** How long a commit took, in seconds. */
  committed(seconds: number): void;
}

/** What a trader is made of. */
export interface TraderParts {
  readonly run: string;
  readonly prepared: PreparedBacktest;
  readonly params: Readonly<Record<string, unknown>>;
  readonly buffers: readonly CandleBuffer[];
  readonly writer: StateWriter;
  readonly venue: Venue;
  readonly watch: TraderWatch;
}

/**
 * The engine on a venue. Every event is processed at once, written down together with what it made leave, and only then sent: an order is on disk before the venue
 * hears of it, and whatever is lost in a crash had no effect. The venue's reports come back as events of the engine, each execution once.
 */
export class LiveTrader {
  readonly engine: Engine;
  readonly portfolio: Portfolio;
  readonly reader: LiveReader;
  /** Time of the newest execution, from which the venue is asked for missed ones. */
  lastExecution: EpochMs = 0;
  readonly #parts: TraderParts;
  readonly #voice: StrategyVoice;
  readonly #bars: readonly SeriesBar[];
  readonly #sender: Sender;
  readonly #orders = new Map<number, WorkingOrder>();
  readonly #seen = new Set<string>();
  /** Ends of orders that wait for fills still to be told. */
  readonly #owed = new Map<number, VenueOrder>();
  #isOver = false;

  constructor(parts: TraderParts) {
    this.#parts = parts;
    let voice: StrategyVoice | undefined;
    const { engine, portfolio, bars } = parts.prepared.liveEngine(parts.params, (strategy) => {
      voice = new StrategyVoice(strategy);
      return voice.strategy;
    });
    this.#voice = voice!;
    this.engine = engine;
    this.portfolio = portfolio;
    this.#bars = bars;
    this.reader = new LiveReader(parts.run, engine, parts.prepared.instruments, parts.buffers);
    this.#sender = new Sender(parts.venue, (outgoing, outcome) => this.#answered(outgoing, outcome));
  }

  /** Symbols by slot. */
  get symbols(): readonly string[] {
    return this.#parts.prepared.instruments.map((one) => one.instrument.symbol);
  }

  /** Every order the engine has made and that has left, by number. */
  order(id: number): WorkingOrder | undefined {
    return this.#orders.get(id);
  }

  /** Orders that have left and are not final, as they were made. */
  openOrders(): readonly WorkingOrder[] {
    return [...this.#orders.values()].filter((order) => !order.isFinal);
  }

  /** The venue has never heard of an order, or does not know it any more. */
  neverLanded(order: WorkingOrder): void {
    if (order.status === STATUS.pending) this.#report(order, REPORT.rejected, this.engine.time, "never reached the venue");
    else this.#report(order, REPORT.cancelled, this.engine.time, "the venue does not know it any more");
  }

  /** A cancel or an amend whose answer got lost: the cancel is asked for again; the amend took if the venue's order says so. */
  askAgain(order: WorkingOrder, theirs: VenueOrder): void {
    if (this.isBusy(order) || order.isFinal) return;
    const { instrument, quantityDp } = this.#parts.prepared.instruments[order.slot]!;
    if (order.status === STATUS.cancelling)
      this.#sender.send({ kind: "cancel", symbol: instrument.symbol, clientOrderId: clientOrderId(this.#parts.run, order) });
    else if (order.amending > 0) {
      if (toUnits(theirs.quantity, quantityDp) === order.amending) this.#amended(order, theirs);
      else this.#report(order, REPORT.amendFailed, this.engine.time, "its outcome was lost");
    }
  }

  /** Whether a request of an order is under way. */
  isBusy(order: WorkingOrder): boolean {
    return this.#sender.isBusy(clientOrderId(this.#parts.run, order));
  }

  /** Times at which the strategy said something else while the journal was replayed. */
  get differences(): number {
    return this.#voice.differences;
  }

  /** Lets the strategy see the history before the session, without a say; the bars stand at its end afterwards. */
  warmUp(): void {
    const { engine } = this;
    const inner = this.#voice.strategy;
    const cursors = this.#bars.map(() => 0);
    for (;;) {
      // The oldest candle of all symbols first.
      let next = -1;
      for (const [slot, buffer] of this.#parts.buffers.entries())
        if (cursors[slot]! < buffer.length && (next < 0 || buffer.time[cursors[slot]!]! < this.#parts.buffers[next]!.time[cursors[next]!]!))
          next = slot;
      if (next < 0) return;
      const bar = this.#bars[next]!;
      bar.index = cursors[next]!++;
      this.#voice.begin([]);
      inner.onCandle?.(bar, engine.seats.desks[next]!);
      this.portfolio.mark[next] = bar.closeUnits;
      this.#voice.differences = 0;
    }
  }

  /** Feeds the journal again: the engine then stands where it stood at its last line. Nothing leaves. */
  recover(lines: readonly StoredLine[]): void {
    for (const { event, said, marks } of lines) {
      for (const [slot, mark] of (marks ?? []).entries()) this.portfolio.mark[slot] = mark;
      this.#voice.begin(said ?? []);
      this.#apply(event);
      for (let order = this.engine.outbox.take(); order !== undefined; order = this.engine.outbox.take())
        if (this.engine.outbox.kind === REQUEST.open) this.#orders.set(order.id, order);
    }
    this.reader.skip();
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
      this.#took(event.execution, event.time);
      return undefined;
    }
    // A book's change of the mark stands in the marks of the line.
    if (event.type === "book") return this.engine.process({ kind: EVENT.timer, time: event.time });
    if (event.type === "fill") this.#took(event.execution, event.time);
    return this.engine.process(engineEvent(event, (id) => this.#known(id)));
  }

  #took(execution: string, time: EpochMs): void {
    this.#seen.add(execution);
    this.lastExecution = Math.max(this.lastExecution, time);
  }

  #known(id: number): WorkingOrder {
    const order = this.#orders.get(id);
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
    this.#voice.begin(muted ? [] : undefined);
    const alerts = this.engine.orders.alerts.length;
    const audit = this.#apply(event);
    this.#write(event, audit, this.#voice.said, more, alerts);
  }

  /** A trade or a book in the market: written down only if something came of it. */
  tick(event: TradeEvent | Extract<EngineEvent, { readonly kind: 5 }>): void {
    if (this.#isOver) return;
    this.#voice.begin();
    const alerts = this.engine.orders.alerts.length;
    const audit = this.engine.process(event);
    if (audit.changed === 0 && this.#voice.said.length === 0 && this.engine.outbox.size === 0) return;
    const { slot, time } = event;
    const stored: StoredEvent =
      event.kind === EVENT.trade
        ? { type: "trade", slot, time, direction: event.direction, price: event.price, quantity: event.quantity }
        : { type: "book", slot, time };
    this.#write(stored, audit, this.#voice.said, {}, alerts);
  }

  /** An operator's or the session's own command. @throws LabError `COMMAND_INVALID`, and what the engine refuses as misuse. */
  command(command: Command, time: EpochMs): void {
    this.process({ type: "command", command: JSON.parse(stableJson(command)) as Json, time });
  }

  #write(event: StoredEvent, audit: Audit | undefined, said: readonly Said[], more: SessionBatch, alertsBefore: number): void {
    const outgoing: Outgoing[] = [];
    const intents: StoredIntent[] = [];
    const { outbox } = this.engine;
    for (let order = outbox.take(); order !== undefined; order = outbox.take()) this.#collect(order, outgoing, intents);
    const quiet = event.type === "timer" && audit?.changed === 0 && said.length === 0 && outgoing.length === 0;
    if (quiet && this.#parts.prepared.strategy.timerMs === undefined) return;
    const marks = this.#parts.prepared.strategy.feeds.some((feed) => feed !== "candles") ? [...this.portfolio.mark] : undefined;
    const line: StoredLine = { event, ...(said.length > 0 ? { said } : {}), ...(marks === undefined ? {} : { marks }) };
    const alerts: JournalLine[] = this.engine.orders.alerts.entries.slice(alertsBefore).map((alert) => ({ kind: "alert", payload: alert }));
    const lines: JournalLine[] = [{ kind: "event", time: this.engine.time, payload: line }, ...alerts, ...(more.lines ?? [])];
    const batch: SessionBatch = { ...more, ...this.reader.news(), intents: [...intents, ...(more.intents ?? [])], lines };
    this.#commit(batch, outgoing);
  }

  #collect(order: ApprovedOrder, outgoing: Outgoing[], intents: StoredIntent[]): void {
    const { run, prepared } = this.#parts;
    const { outbox } = this.engine;
    const scaled = prepared.instruments[order.slot]!;
    const { symbol } = scaled.instrument;
    if (outbox.kind === REQUEST.cancel) outgoing.push({ kind: "cancel", symbol, clientOrderId: clientOrderId(run, order) });
    else if (outbox.kind === REQUEST.amend)
      outgoing.push({ kind: "amend", request: amendRequest(run, order, outbox.quantity, outbox.price, scaled) });
    else {
      this.#orders.set(order.id, order);
      const request = orderRequest(run, order, scaled);
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

  #commit(batch: SessionBatch, outgoing: readonly Outgoing[]): void {
    const begun = performance.now();
    this.#parts.writer.commit(batch).then(
      () => {
        this.#parts.watch.committed((performance.now() - begun) / 1000);
        if (this.#isOver) return;
        this.#parts.watch.written(batch);
        for (const one of outgoing) this.#sender.send(one);
      },
      (error: unknown) => this.#unwritten(error, outgoing),
    );
  }

  /** The disk refused: what only reduces leaves all the same, entries do not. */
  #unwritten(error: unknown, outgoing: readonly Outgoing[]): void {
    if (this.#isOver) return;
    const message = error instanceof Error ? error.message : String(error);
    this.#parts.watch.alert(
      "journalFailed",
      "The state file could not be written",
      `${message} Entries are held back; exits leave unwritten.`,
    );
    this.engine.orders.liquidateOnly = true;
    for (const one of outgoing) {
      const order = this.#orders.get(orderNumber(this.#parts.run, idOf(one))!);
      if (one.kind !== "open" || order === undefined || order.reduceOnly) this.#sender.send(one);
      else this.#report(order, REPORT.rejected, this.engine.time, `not sent: ${message}`);
    }
  }

  #report(
    order: WorkingOrder,
    report: number,
    time: EpochMs,
    why = "",
    changed: { readonly quantity: number; readonly price: number } = { quantity: 0, price: 0 },
    more: SessionBatch = {},
  ): void {
    this.process({ type: "order", order: order.id, report, time, ...changed, needed: 0, available: 0, why }, more);
  }

  #answered(outgoing: Outgoing, outcome: OrderOutcome): void {
    if (this.#isOver) return;
    this.#parts.watch.answered(outgoing, outcome);
    const order = this.#orders.get(orderNumber(this.#parts.run, idOf(outgoing))!);
    if (order === undefined) return;
    if (outgoing.kind === "open") this.#placed(order, outgoing, outcome);
    else if (outcome.ok) {
      if (outgoing.kind === "amend") this.#amended(order, outcome.order);
      else this.venueOrder(outcome.order);
    } else if (!outcome.definite) this.#parts.watch.stale();
    else if (outgoing.kind === "amend") this.#report(order, REPORT.amendFailed, this.engine.time, outcome.message);
    // An order that is gone cannot be cancelled: how it ended comes, or is asked for.
    else if (outcome.code === "NOT_FOUND") this.#parts.watch.stale();
    else this.#report(order, REPORT.cancelFailed, this.engine.time, outcome.message);
  }

  #placed(order: WorkingOrder, { request }: Extract<Outgoing, { readonly kind: "open" }>, outcome: OrderOutcome): void {
    const settle = (state: "landed" | "failed"): SessionBatch => ({
      intents: [
        {
          clientOrderId: request.clientOrderId,
          symbol: request.symbol,
          request: JSON.parse(stableJson(request)) as Json,
          created: order.time,
          state,
          outcome: JSON.parse(stableJson(outcome)) as Json,
        },
      ],
    });
    if (outcome.ok) this.venueOrder(outcome.order, settle("landed"));
    else if (outcome.definite && outcome.code !== "DUPLICATE_ID")
      this.#report(order, REPORT.rejected, this.engine.time, `${outcome.code}: ${outcome.message}`, undefined, settle("failed"));
    else this.#parts.watch.stale();
  }

  #amended(order: WorkingOrder, theirs: VenueOrder): void {
    const { quantityDp, priceDp } = this.#parts.prepared.instruments[order.slot]!;
    const price = theirs.triggerPrice ?? theirs.price;
    this.#report(order, REPORT.amended, theirs.updatedAt, "", {
      quantity: toUnits(theirs.quantity, quantityDp),
      price: price === undefined ? order.price : toUnits(price, priceDp),
    });
  }

  /** Takes in what the venue says of an order. Another's order is none of ours. */
  venueOrder(theirs: VenueOrder, more: SessionBatch = {}): void {
    const number = orderNumber(this.#parts.run, theirs.clientOrderId);
    const order = number === undefined ? undefined : this.#orders.get(number);
    if (order === undefined || this.#isOver) {
      if (number !== undefined) this.#parts.watch.stale();
      return;
    }
    const time = theirs.updatedAt;
    const filled = toUnits(theirs.filledQuantity, this.#parts.prepared.instruments[order.slot]!.quantityDp);
    const behind = order.filled < filled;
    const { status } = theirs;
    if (status === "rejected") this.#report(order, REPORT.rejected, time, theirs.reason ?? "rejected by the venue", undefined, more);
    else if (status === "cancelled" && !behind) {
      this.#owed.delete(order.id);
      if (order.status === STATUS.pending) this.#report(order, REPORT.accepted, time);
      this.#report(order, REPORT.cancelled, time, theirs.reason ?? "", undefined, more);
    } else {
      // Fills come on their own; an end waits until they are complete.
      if (status === "cancelled") this.#owed.set(order.id, theirs);
      if (order.status === STATUS.pending && status !== "pending") this.#report(order, REPORT.accepted, time, "", undefined, more);
      else if (more.intents !== undefined) this.#commit(more, []);
    }
    if (behind) this.#parts.watch.stale();
  }

  /** Takes in an execution, once. */
  execution(theirs: VenueExecution): void {
    if (this.#isOver || this.#seen.has(theirs.executionId)) return;
    const slot = this.symbols.indexOf(theirs.symbol);
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
      this.#took(executionId, time);
      const amount = cashUnits(theirs.fee, this.portfolio.cashDp);
      this.process({ type: "funding", amount: String(amount), execution: executionId, time }, { executions: [stored] });
      return;
    }
    const number = orderNumber(this.#parts.run, theirs.clientOrderId);
    const order = number === undefined ? undefined : this.#orders.get(number);
    if (order === undefined) {
      // Another's trade on this account, a liquidation, or an order of ours that this state never knew: positions are compared.
      this.#parts.watch.stale();
      return;
    }
    const { quantityDp, priceDp } = this.#parts.prepared.instruments[slot]!;
    this.#took(executionId, time);
    this.process(
      {
        type: "fill",
        order: order.id,
        quantity: toUnits(theirs.quantity, quantityDp),
        price: toUnits(theirs.price, priceDp),
        fee: String(cashUnits(this.#feeInCash(theirs, slot), this.portfolio.cashDp)),
        maker: theirs.liquidity === "maker",
        time,
        execution: executionId,
      },
      { executions: [stored] },
    );
    const end = this.#owed.get(order.id);
    if (end !== undefined) this.venueOrder(end);
  }

  /** Spot venues take the fee of a purchase in the coin that was bought. */
  #feeInCash({ fee, feeCurrency, price }: VenueExecution, slot: number): Decimal {
    const { instrument } = this.#parts.prepared.instruments[slot]!;
    return feeCurrency === instrument.settlement || feeCurrency !== instrument.base ? fee : fee.times(price);
  }

  /** Resolves when every request so far has been answered. */
  async idle(): Promise<void> {
    await this.#sender.idle();
  }

  /** Nothing is processed, written or sent any more. */
  end(): void {
    this.#isOver = true;
  }
}

/** Cash units of an amount, half away from zero where it is finer than they are. */
function cashUnits(amount: Decimal, dp: number): bigint {
  return BigInt(amount.times(new Decimal(10).pow(dp)).toFixed(0, Decimal.ROUND_HALF_UP));
}
