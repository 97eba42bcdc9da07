import type { CandleSeries } from "./candles.js";
import { ExactPrice } from "./price.js";
import type { Bar, ExactBar } from "./strategy.js";
import { pow10 } from "./units.js";

/**
 * A moving view of a candle series: one object for the whole run, an index into the columns. What lies after the index cannot
 * be reached through it. Price units are those of the run (`priceDp`), which may be finer than the series' own.
 */
export class SeriesBar implements Bar {
  readonly symbol: string;
  readonly slot: number;
  index = -1;
  readonly #time: Float64Array;
  readonly #open: Float64Array;
  readonly #high: Float64Array;
  readonly #low: Float64Array;
  readonly #close: Float64Array;
  readonly #volume: Float64Array;
  readonly #priceDp: number;
  readonly #priceScale: number;
  readonly #volumeScale: number;
  #exact: ExactBar | undefined;

  constructor(series: CandleSeries, slot: number) {
    this.symbol = series.symbol;
    this.slot = slot;
    this.#time = series.time;
    this.#open = series.open;
    this.#high = series.high;
    this.#low = series.low;
    this.#close = series.close;
    this.#volume = series.volume;
    this.#priceDp = series.priceDp;
    this.#priceScale = pow10(series.priceDp);
    this.#volumeScale = pow10(series.volumeDp);
  }

  get time(): number {
    return this.#time[this.index]!;
  }
  get openUnits(): number {
    return this.#open[this.index]!;
  }
  get highUnits(): number {
    return this.#high[this.index]!;
  }
  get lowUnits(): number {
    return this.#low[this.index]!;
  }
  get closeUnits(): number {
    return this.#close[this.index]!;
  }
  get open(): number {
    return this.#open[this.index]! / this.#priceScale;
  }
  get high(): number {
    return this.#high[this.index]! / this.#priceScale;
  }
  get low(): number {
    return this.#low[this.index]! / this.#priceScale;
  }
  get close(): number {
    return this.#close[this.index]! / this.#priceScale;
  }
  get volume(): number {
    return this.#volume[this.index]! / this.#volumeScale;
  }
  get exact(): ExactBar {
    const price = (units: number): ExactPrice => new ExactPrice(units, this.#priceDp);
    const bar = this;
    this.#exact ??= {
      get open() {
        return price(bar.openUnits);
      },
      get high() {
        return price(bar.highUnits);
      },
      get low() {
        return price(bar.lowUnits);
      },
      get close() {
        return price(bar.closeUnits);
      },
    };
    return this.#exact;
  }
  closeAgo(bars: number): number | undefined {
    const i = this.index - bars;
    return bars >= 0 && i >= 0 ? this.#close[i]! / this.#priceScale : undefined;
  }
}
