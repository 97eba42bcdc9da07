import {
  type CandleUpdate,
  type EpochMs,
  type Interval,
  intervalMs,
  type PublicTrade,
  pow10,
  toUnits,
  unitsText,
} from "../../core/index.js";
import { LabError } from "../../errors/index.js";

/**
 * Builds candles from market trades, as resampling the same trades offline does: a candle opens with its first trade and closes when a trade of a later one comes, or
 * when time has passed its end. An interval without a trade has no candle. Amounts are whole units inside.
 */
export class CandleBuilder {
  readonly #symbol: string;
  readonly #interval: Interval;
  readonly #length: number;
  readonly #priceDp: number;
  readonly #volumeDp: number;
  readonly #done: (candle: CandleUpdate) => void;
  #start = -1;
  #open = 0;
  #high = 0;
  #low = 0;
  #close = 0;
  #volume = 0;
  /** Trades before this belong to candles that are closed. */
  #from: EpochMs;
  /** False until the first trade after a gap says where the market stands. */
  #isWhole = true;
  /** Trades that came too late for their candle: left out, and counted. */
  late = 0;

  /**
   * @param from - time from which trades are known whole: an interval that began before is left out, since its first trades may be missing.
   */
  constructor(options: {
    readonly symbol: string;
    readonly interval: Interval;
    readonly priceDp: number;
    readonly volumeDp: number;
    readonly from: EpochMs;
    readonly done: (candle: CandleUpdate) => void;
  }) {
    this.#symbol = options.symbol;
    this.#interval = options.interval;
    this.#length = intervalMs(options.interval);
    this.#priceDp = options.priceDp;
    this.#volumeDp = options.volumeDp;
    this.#done = options.done;
    this.#from = Math.ceil(options.from / this.#length) * this.#length;
  }

  /** From when candles are whole; undefined while no trade after a gap has said where the market stands. */
  get whole(): EpochMs | undefined {
    return this.#isWhole ? this.#from : undefined;
  }

  /** Takes a trade in. @throws LabError `NOT_REPRESENTABLE` for a price or quantity finer than the instrument. */
  trade({ time, price, quantity }: Pick<PublicTrade, "time" | "price" | "quantity">): void {
    if (!this.#isWhole) this.broken(time + 1);
    if (time < this.#from) {
      this.late++;
      return;
    }
    const start = Math.floor(time / this.#length) * this.#length;
    const units = toUnits(price, this.#priceDp, "exact", `${this.#symbol} price`);
    const volume = toUnits(quantity, this.#volumeDp, "exact", `${this.#symbol} quantity`);
    if (start !== this.#start) {
      this.#finish();
      this.#start = start;
      this.#open = this.#high = this.#low = units;
      this.#volume = 0;
    }
    this.#high = Math.max(this.#high, units);
    this.#low = Math.min(this.#low, units);
    this.#close = units;
    this.#volume += volume;
    if (this.#volume > Number.MAX_SAFE_INTEGER)
      throw new LabError(
        "UNITS_OVERFLOW",
        `Volume of ${this.#symbol} exceeds 2^53 units of 1e-${this.#volumeDp} (${pow10(this.#volumeDp)}).`,
      );
  }

  /** Time has passed: closes the candle whose end lies at or before it. */
  passed(time: EpochMs): void {
    if (this.#start >= 0 && this.#start + this.#length <= time) this.#finish();
  }

  /**
   * What is under way was missed in part, such as by a gap in the stream: it is left out.
   * @param time - from when trades are known whole again; without it from the first one that comes, whose interval is left out, too.
   */
  broken(time?: EpochMs): void {
    this.#start = -1;
    this.#isWhole = time !== undefined;
    if (time !== undefined) this.#from = Math.max(this.#from, Math.ceil(time / this.#length) * this.#length);
  }

  #finish(): void {
    if (this.#start < 0) return;
    const time = this.#start;
    this.#from = time + this.#length;
    this.#start = -1;
    const price = (units: number): string => unitsText(units, this.#priceDp);
    this.#done({
      symbol: this.#symbol,
      interval: this.#interval,
      time,
      open: price(this.#open),
      high: price(this.#high),
      low: price(this.#low),
      close: price(this.#close),
      volume: unitsText(this.#volume, this.#volumeDp),
      closed: true,
    });
  }
}
