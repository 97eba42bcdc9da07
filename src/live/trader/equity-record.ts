import type { Decimal, EpochMs } from "../../core/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import type { SessionBatch, SessionProgress, StateWriter } from "../../state/index.js";
import type { DrawdownGuard } from "./guard.js";
import type { Observation } from "./observation.js";
import type { PreparedSession } from "./prepare.js";
import type { LiveTrader } from "./trader.js";

/** What an equity record works with. */
export interface EquityRecordParts {
  readonly trader: LiveTrader;
  readonly prepared: PreparedSession;
  readonly writer: StateWriter;
  readonly guard: DrawdownGuard;
  readonly observation: Observation;
  /** Fall of equity from its peak that trips the switch, as it was given. */
  readonly maxDrawdown: string;
  readonly now: () => EpochMs;
  /** Equity at the last prices, closes or not. */
  readonly latest: () => Decimal;
  /** Of a session that goes on: closes that its journal holds and its equity does not. */
  readonly unwritten: readonly Close[];
}

/** The equity when a candle had closed. */
export interface Close {
  readonly symbol: string;
  readonly time: EpochMs;
  readonly value: number;
}

/** Collects, while a journal is fed again, the closes after the newest point that was written: a session that dies between the closes of a time has not written its point. */
export class UnwrittenCloses {
  readonly closes: Close[] = [];
  readonly #marked: EpochMs;
  readonly #portfolio: Portfolio;

  /** @param marked - time of the newest point that was written. */
  constructor(marked: EpochMs, portfolio: Portfolio) {
    this.#marked = marked;
    this.#portfolio = portfolio;
  }

  closed(symbol: string, time: EpochMs): void {
    if (time > this.#marked) this.closes.push({ symbol, time, value: this.#portfolio.equity().toNumber() });
  }
}

/** The equity at a close. */
interface Point {
  /** Its place in the record. */
  readonly index: number;
  readonly time: EpochMs;
  readonly value: number;
}

/** The point under way: candles of other symbols may still close at its time. */
interface Closing extends Point {
  value: number;
  readonly symbols: Set<string>;
}

/** Writes the equity of a session down, one point a time at which candles close, however many symbols have one then; and trips the drawdown switch by it. */
export class EquityRecord {
  readonly #parts: EquityRecordParts;
  /** The newest point, while some symbol's candle of its time has not closed. */
  #closing: Closing | undefined;
  /** Time of the newest point. */
  #time: EpochMs = Number.NEGATIVE_INFINITY;
  /** Place of the next point. */
  #next: number;
  /** Points that are not written yet, in order: those that the disk refused go again with the next. */
  readonly #due: Point[] = [];
  #bars = 0;
  /** Funding paid up to the newest point. */
  #funding: Decimal;
  #peak: Decimal | undefined;

  constructor(parts: EquityRecordParts) {
    this.#parts = parts;
    this.#next = parts.prepared.points;
    this.#time = parts.prepared.marked;
    this.#peak = parts.prepared.peak;
    this.#funding = parts.trader.portfolio.totalFunding();
    for (const { symbol, time, value } of parts.unwritten) this.#point(symbol, time, value);
    // Those of closes without a point were counted, unless the end came at once.
    this.#bars = Math.max(parts.prepared.bars, this.#next);
  }

  /** Times at which candles have closed. */
  get bars(): number {
    return this.#bars;
  }

  /** A candle has closed. */
  closed(symbol: string, time: EpochMs): void {
    const { portfolio } = this.#parts.trader;
    const equity = portfolio.equity();
    this.#funding = portfolio.totalFunding();
    this.#point(symbol, time, equity.toNumber());
    void this.#write({ progress: this.#progress(time), router: this.#parts.trader.reader.router() }).catch((error: unknown) =>
      this.#parts.observation.unwritten(error),
    );
    this.#watch(equity);
  }

  /** The equity at a close: the last symbol's to close at a time says what it is then. One that comes late has no point of its own. */
  #point(symbol: string, time: EpochMs, value: number): void {
    if (time > this.#time) {
      this.complete();
      this.#time = time;
      this.#bars++;
      this.#closing = { index: this.#next++, time, value, symbols: new Set() };
    }
    if (this.#closing?.time !== time) return;
    this.#closing.value = value;
    this.#closing.symbols.add(symbol);
    if (this.#closing.symbols.size === this.#parts.trader.symbols.length) this.complete();
  }

  /** Nothing more closes at the time of the newest point. */
  complete(): void {
    if (this.#closing !== undefined) this.#due.push(this.#closing);
    this.#closing = undefined;
  }

  /** A recorded market is over: funding that it paid at its last close belongs to the point of that close. */
  over(): void {
    this.complete();
    const { portfolio } = this.#parts.trader;
    if (this.#next === 0 || portfolio.totalFunding().eq(this.#funding)) return;
    const last = { index: this.#next - 1, time: this.#time, value: portfolio.equity().toNumber() };
    const at = this.#due.findIndex(({ index }) => index === last.index);
    this.#due.splice(at < 0 ? this.#due.length : at, 1, last);
  }

  /** Writes the points that are due with what else there is. It rejects as the writer does; the points are due again then. */
  async #write(more: SessionBatch): Promise<void> {
    const due = this.#due;
    let count = 0;
    while (count < due.length && due[count]!.index === due[0]!.index + count) count++;
    const points = due.splice(0, count);
    const column = (read: (point: Point) => number): Float64Array => Float64Array.from(points, read);
    const equity = { start: points[0]?.index ?? 0, time: column(({ time }) => time), value: column(({ value }) => value) };
    try {
      await this.#parts.writer.commit(count === 0 ? more : { ...more, equity });
    } catch (error) {
      due.push(...points);
      due.sort((a, b) => a.index - b.index);
      throw error;
    }
  }

  /** Time has passed: prices may have moved between candles. Keeps the peak, and the session's hold on its file. */
  tick(): void {
    const { writer, guard, observation, latest } = this.#parts;
    this.#watch(latest());
    const changed = this.#peak?.eq(guard.peak) !== true;
    this.#peak = guard.peak;
    void writer.commit(changed ? { flags: [{ name: "peakEquity", value: guard.peak.toFixed() }] } : {}).catch((error: unknown) => {
      // It goes again with the next tick: a restart from a lower peak would trip the drawdown switch too late.
      this.#peak = undefined;
      observation.unwritten(error);
    });
  }

  /** Writes everything down up to a time of the market. It rejects as the writer does. */
  async flush(marketTime: EpochMs | undefined): Promise<void> {
    const { reader } = this.#parts.trader;
    await this.#write({
      trades: reader.newTrades(),
      positions: reader.positions(),
      progress: this.#progress(marketTime),
      router: reader.router(),
    });
  }

  #watch(equity: Decimal): void {
    const { guard, observation, maxDrawdown, trader, now } = this.#parts;
    observation.alerts.equity(equity.toNumber());
    if (!guard.equity(equity)) return;
    const text = `Equity ${equity.toFixed()} has fallen from its peak ${guard.peak.toFixed()} by ${maxDrawdown} or more. Only reducing orders leave until an operator clears the switch.`;
    observation.alerts.raise("liquidateOnly", "critical", "The drawdown switch has tripped", text);
    trader.process(
      { type: "command", command: { type: "liquidateOnly", on: true }, time: now() },
      { flags: [{ name: "liquidateOnly", value: { reason: text, time: now() } }] },
    );
  }

  #progress(marketTime: EpochMs | undefined): SessionProgress {
    const { portfolio } = this.#parts.trader;
    return {
      bars: this.#bars,
      marketTime,
      equity: portfolio.equity(),
      balance: portfolio.balance(),
      fees: portfolio.totalFees(),
      funding: portfolio.totalFunding(),
    };
  }
}
