import {
  type AccountEvent,
  CandleBuffer,
  type Clock,
  cashDecimals,
  type DecimalInput,
  type EpochMs,
  type EquityPoints,
  type Instrument,
  type InstrumentInput,
  type Interval,
  intervalMs,
  type MarketEvent,
  instrument as makeInstrument,
  OrderBook,
  pow10,
  type ScaledInstrument,
  SeriesBar,
  type Strategy,
  scaleInstrument,
  toUnits,
  toWideUnits,
  YEAR_MS,
} from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { type OrderSettings, parseRisk, parseSizer, type RiskChecker, type RiskLimits, type SizerInput } from "../execution/index.js";
import { Portfolio } from "../portfolio/index.js";
import { type AuditRecord, type AuditSnapshot, AuditStream } from "./audit-stream.js";
import type { Command } from "./commands.js";
import { type EdgeRequest, VenueEdge } from "./edge.js";
import { Engine } from "./engine.js";
import type { EngineParts } from "./engine-parts.js";
import { type EngineEvent, EVENT, TradeEvent } from "./events.js";
import { slotNamed, slotOf, withNames } from "./instrument-names.js";
import type { StrategySeat } from "./seats.js";
import { type EngineState, engineState } from "./state.js";

/** Who tells of it: needed where a symbol trades at several venues of the engine. */
interface FromVenue {
  readonly venue?: string;
}

/** What an engine of one's own is fed with: a market's message, an account's, or something of the session. */
export type FeedEvent =
  | (MarketEvent & FromVenue)
  | (AccountEvent & FromVenue)
  | { readonly type: "timer"; readonly time: EpochMs }
  | { readonly type: "marketLink"; readonly venue: string; readonly state: "healthy" | "reconnecting" | "closed"; readonly time: EpochMs }
  | { readonly type: "shutdown"; readonly time?: EpochMs };

/** State of a user's own that is fed with every market and account event. */
export interface UserState {
  onMarket?(event: MarketEvent): void;
  onAccount?(event: AccountEvent): void;
}

/** What an engine of one's own is made of. */
export interface TradingEngineOptions {
  /** A symbol that stands more than once needs a venue at each; it goes by `venue:symbol` then, in strategies, commands, state and audits. */
  instruments: InstrumentInput | Instrument | readonly (InstrumentInput | Instrument)[];
  /** One strategy, or several with ids that share the account. */
  strategy?: Strategy | readonly StrategySeat[];
  /** `percent:0.10` unless given. */
  sizer?: SizerInput;
  risk?: RiskLimits | RiskChecker;
  /** 10000 of the settlement currency unless given. */
  cash?: DecimalInput;
  /** Of the candles it is fed with; `1m` unless given. */
  interval?: Interval;
  /** Where times come from that no event has; the last event's unless given. There is no wall clock in it otherwise. */
  clock?: Clock;
  /** Takes requests, by the venue of the instrument. Without one they wait in `requests()`; where others are given, entries for an instrument without are refused. */
  venues?: Readonly<Record<string, (request: EdgeRequest) => void>>;
  orders?: Partial<OrderSettings>;
  /** What is done by itself when a link is lost or trading is switched off: a command. */
  policies?: NonNullable<EngineParts["policies"]>;
  /** User's state: one for all, one for each instrument. */
  global?: UserState;
  instrumentState?: (name: string) => UserState;
  /** Begins client order ids. */
  run?: string;
}

const KEYS: readonly (keyof TradingEngineOptions)[] = [
  "instruments",
  "strategy",
  "sizer",
  "risk",
  "cash",
  "interval",
  "clock",
  "venues",
  "orders",
  "policies",
  "global",
  "instrumentState",
  "run",
];

/** Since when an engine counts, and how far it has come. */
export interface EngineMeta {
  readonly timeStart: EpochMs;
  readonly sequence: number;
}

/**
 * The engine on its own, fed by hand: messages of a market and an account in, audits out, requests to venues. It is the very engine of a backtest and of a session;
 * clock, strategies, risk and venues are given to it.
 */
export class TradingEngine {
  readonly engine: Engine;
  readonly edge: VenueEdge;
  readonly global: UserState | undefined;
  readonly #stream: AuditStream;
  readonly #instruments: readonly ScaledInstrument[];
  readonly #buffers: readonly CandleBuffer[];
  readonly #books: readonly OrderBook[];
  readonly #states: readonly (UserState | undefined)[];
  readonly #venues: TradingEngineOptions["venues"];
  readonly #clock: Clock | undefined;
  readonly #waiting: EdgeRequest[] = [];
  readonly #times: number[] = [];
  readonly #values: number[] = [];
  #timeStart: EpochMs;
  #before = 0;

  /** @throws LabError `OPTION_UNKNOWN`, `INSTRUMENT_INVALID`, `INSTRUMENT_TWICE`, `SETTLEMENT_MIXED`, and what sizer and risk throw. */
  constructor(options: TradingEngineOptions) {
    for (const key of Object.keys(options))
      if (!KEYS.includes(key as keyof TradingEngineOptions)) throw unknownName("OPTION_UNKNOWN", "option of an engine", key, KEYS);
    const given = (Array.isArray(options.instruments) ? options.instruments : [options.instruments]) as readonly InstrumentInput[];
    const all = given.map((one) => makeInstrument(one));
    if (all.length === 0) throw new LabError("INSTRUMENT_INVALID", "An engine needs at least one instrument.");
    if (new Set(all.map((one) => one.settlement)).size > 1)
      throw new LabError(
        "SETTLEMENT_MIXED",
        `Instruments of one engine settle in one currency, got ${all.map((one) => one.settlement).join(", ")}.`,
      );
    const cashDp = Math.max(...all.map((one) => scaleInstrument(one)).map((s) => cashDecimals(s.priceDp, s.quantityDp, s.instrument.kind)));
    const instruments = withNames(all.map((one) => scaleInstrument(one, 0, cashDp)));
    this.#instruments = instruments;
    const interval = options.interval ?? "1m";
    this.#buffers = instruments.map((one) => new CandleBuffer({ symbol: one.name, interval, priceDp: one.priceDp, volumeDp: 8 }));
    this.#books = instruments.map((one) => new OrderBook(one.name, one.priceDp, one.quantityDp));
    this.#venues = options.venues;
    this.#clock = options.clock;
    this.global = options.global;
    this.#states = instruments.map(({ name }) => options.instrumentState?.(name));
    const cash = toWideUnits(options.cash ?? 10_000, cashDp, "exact", "cash");
    this.engine = new Engine({
      portfolio: new Portfolio(instruments, cash),
      strategy: options.strategy ?? {},
      sizer: parseSizer(options.sizer ?? "percent:0.10"),
      risk: parseRisk(options.risk),
      bars: this.#buffers.map((series, slot) => new SeriesBar(series, slot)),
      candleOffset: intervalMs(interval),
      decides: "events",
      ...(options.policies === undefined ? {} : { policies: options.policies }),
      orders: { brackets: true, pyramiding: 0, reverse: true, latencyBars: 1, ...options.orders },
    });
    if (options.venues !== undefined)
      this.engine.orders.routes = all.map((one) => one.venue !== undefined && options.venues![one.venue] !== undefined);
    this.edge = new VenueEdge({ instruments, run: options.run ?? "engine" });
    this.#stream = new AuditStream(this.engine);
    this.#timeStart = options.clock?.now() ?? 0;
  }

  /** Since when it counts and how many events it has handled. */
  get meta(): EngineMeta {
    return { timeStart: this.#timeStart, sequence: this.engine.sequence - this.#before };
  }

  /** Begins to count anew, from now. What it holds stays; the audits' numbers go on. */
  resetMetadata(): void {
    this.#timeStart = this.#now();
    this.#before = this.engine.sequence;
    this.#times.length = 0;
    this.#values.length = 0;
  }

  #now(): EpochMs {
    return this.#clock?.now() ?? this.engine.time;
  }

  /**
   * Handles an event and sends what it asks for. One event may mean several to the engine, or none (an execution told before, a candle that has not closed).
   * @throws LabError `SYMBOL_UNKNOWN`, `SYMBOL_AMBIGUOUS`, `VENUE_AMBIGUOUS`, `NOT_REPRESENTABLE` for prices finer than the instrument's tick allows, `ENGINE_SHUTDOWN`.
   */
  process(event: FeedEvent): readonly AuditRecord[] {
    const events = this.#translate(event);
    return events.flatMap((one) => this.#handle(one));
  }

  /** Carries out a command. @throws LabError `COMMAND_INVALID`, `ORDER_UNKNOWN`, `SYMBOL_UNKNOWN`, `SYMBOL_AMBIGUOUS`. */
  action(command: Command): AuditRecord {
    return this.#handle({ kind: EVENT.command, command, time: this.#now() })[0]!;
  }

  /** Switches trading on or off: while it is off entries are refused and exits pass. */
  updateTradingState(state: "enabled" | "disabled"): AuditRecord {
    if (state !== "enabled" && state !== "disabled")
      throw unknownName("OPTION_INVALID", "trading state", String(state), ["enabled", "disabled"]);
    return this.#handle({ kind: EVENT.tradingState, enabled: state === "enabled", time: this.#now() })[0]!;
  }

  /** What it knows and has under way, as plain JSON. */
  state(): EngineState {
    return engineState(this.engine);
  }

  /** What a replica begins with. */
  snapshot(): AuditSnapshot {
    return this.#stream.snapshot();
  }

  /** A user's state of an instrument. @throws LabError `SYMBOL_UNKNOWN`, `SYMBOL_AMBIGUOUS`. */
  stateOf(symbol: string): UserState | undefined {
    return this.#states[slotOf(this.#instruments, symbol, "engine")];
  }

  /** Takes the requests that wait for somebody to send them, where no venues were given. */
  requests(): readonly EdgeRequest[] {
    return this.#waiting.splice(0);
  }

  /** The candles it was fed with, by instrument. */
  get series(): readonly CandleBuffer[] {
    return this.#buffers;
  }

  /** Equity after each candle since the count began, as doubles. */
  get equity(): EquityPoints {
    const { cashDp, initial } = this.engine.portfolio;
    return {
      time: Float64Array.from(this.#times),
      value: Float64Array.from(this.#values),
      initial: Number(initial) / pow10(cashDp),
      periodsPerYear: YEAR_MS / this.#buffers[0]!.intervalMs,
    };
  }

  #handle(event: EngineEvent): AuditRecord[] {
    if (this.engine.isShutdown)
      throw new LabError("ENGINE_SHUTDOWN", "This engine was shut down: it handles no more events. Make a new one.");
    const audits = [this.#stream.process(event)];
    for (let request = this.edge.take(this.engine.outbox); request !== undefined; request = this.edge.take(this.engine.outbox)) {
      const send = request.venue === undefined ? undefined : this.#venues?.[request.venue];
      if (send === undefined) this.#waiting.push(request);
      else send(request);
    }
    if (event.kind === EVENT.candle) {
      this.#times.push(event.bar.time);
      this.#values.push(Number(this.engine.portfolio.equityUnits()) / pow10(this.engine.portfolio.cashDp));
    }
    return audits;
  }

  #translate(event: FeedEvent): readonly EngineEvent[] {
    switch (event.type) {
      case "trade":
      case "book":
      case "candle":
      case "ticker": {
        const slot = slotOf(this.#instruments, event.symbol, "engine", event.venue);
        this.global?.onMarket?.(event);
        this.#states[slot]?.onMarket?.(event);
        return this.#market(event, slot);
      }
      case "timer":
        return [{ kind: EVENT.timer, time: event.time }];
      case "marketLink":
        return [{ kind: EVENT.connectivity, venue: event.venue, link: "market", state: event.state, time: event.time }];
      case "shutdown":
        return [{ kind: EVENT.shutdown, time: event.time ?? this.#now() }];
      default:
        this.global?.onAccount?.(event);
        return this.#account(event);
    }
  }

  #market(event: MarketEvent, slot: number): readonly EngineEvent[] {
    const { name, priceDp, quantityDp } = this.#instruments[slot]!;
    if (event.type === "ticker" || (event.type === "candle" && !event.closed)) return [];
    if (event.type === "candle") {
      const buffer = this.#buffers[slot]!;
      buffer.append(event.symbol === name ? event : { ...event, symbol: name });
      const bar = this.engine.bars[slot]!;
      bar.index = buffer.length - 1;
      return [{ kind: EVENT.candle, bar }];
    }
    if (event.type === "trade") {
      const trade = new TradeEvent();
      trade.slot = slot;
      trade.time = event.time;
      trade.direction = event.side === "buy" ? 1 : -1;
      trade.price = toUnits(event.price, priceDp, "exact", "price");
      trade.quantity = toUnits(event.quantity, quantityDp, "floor", "quantity");
      return [trade];
    }
    const book = this.#books[slot]!;
    if (event.kind === "snapshot") book.clear();
    for (const [side, levels] of [
      [1, event.bids],
      [-1, event.asks],
    ] as const)
      for (const [price, size] of levels) book.set(side, toUnits(price, priceDp), toUnits(size, quantityDp, "floor"));
    book.time = event.time;
    return [{ kind: EVENT.book, slot, time: event.time, book }];
  }

  #account(event: AccountEvent & FromVenue): readonly EngineEvent[] {
    const slot = this.#slotAbout(event);
    if (slot >= 0) this.#states[slot]?.onAccount?.(event);
    if (event.type === "order") return this.edge.order(event.order, event.venue);
    if (event.type === "execution") return this.edge.execution(event.execution, event.venue);
    if (event.type !== "link") return [];
    const venue = event.venue ?? this.#onlyVenue();
    return [{ kind: EVENT.connectivity, venue, link: "account", state: event.state, time: event.time }];
  }

  /** The instrument that an account's event is about, -1 for none of ours. */
  #slotAbout(event: AccountEvent & FromVenue): number {
    if (event.type === "position") return slotNamed(this.#instruments, event.position.symbol, event.venue);
    if (event.type !== "order" && event.type !== "execution") return -1;
    const { clientOrderId, symbol } = event.type === "order" ? event.order : event.execution;
    return this.edge.orderOf(clientOrderId, event.venue)?.slot ?? slotNamed(this.#instruments, symbol, event.venue);
  }

  #onlyVenue(): string {
    const venues = [...new Set(this.#instruments.map((one) => one.instrument.venue))];
    if (venues.length === 1) return venues[0] ?? "venue";
    throw new LabError(
      "VENUE_AMBIGUOUS",
      `An account's link is that of one venue: give venue, one of ${venues.filter(Boolean).join(", ")}.`,
    );
  }
}
