import { Crossing } from "./crossing.js";
import { Rsi } from "./rsi.js";
import { Sma } from "./sma.js";
import type { IndicatorSource, PriceField } from "./source.js";

/** The indicators a strategy may ask for while it is being set up: one method an indicator, bound to one symbol's candles. */
export class IndicatorSet {
  readonly #source: IndicatorSource;

  constructor(source: IndicatorSource) {
    this.#source = source;
  }

  /** Simple moving average over `period` bars. */
  sma(period: number, field: PriceField = "close"): Sma {
    return new Sma(this.#source, period, field);
  }

  /** Where one average crosses another: `.value` is 1 above, -1 below, else 0. */
  crossing(fast: Sma, slow: Sma): Crossing {
    return new Crossing(fast, slow);
  }

  /** Wilder's relative strength index over `period` changes. */
  rsi(period: number, field: PriceField = "close"): Rsi {
    return new Rsi(this.#source, period, field);
  }
}
