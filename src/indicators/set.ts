import type { DecimalInput } from "../core/index.js";
import { Atr } from "./atr.js";
import { Bollinger } from "./bollinger.js";
import { type Crossing, crossingOf } from "./crossing.js";
import { CustomIndicator, type IndicatorDefinition, type IndicatorParams } from "./custom.js";
import { Ema } from "./ema.js";
import { Ichimoku } from "./ichimoku.js";
import { Macd } from "./macd.js";
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

  /** Exponential moving average with factor 2 / (period + 1), seeded by the simple one. */
  ema(period: number, field: PriceField = "close"): Ema {
    return new Ema(this.#source, period, field);
  }

  /** Where one average crosses another: `.value` is 1 above, -1 below, else 0. Both simple or both exponential. */
  crossing(fast: Sma, slow: Sma): Crossing;
  crossing(fast: Ema, slow: Ema): Crossing;
  crossing(fast: Sma | Ema, slow: Sma | Ema): Crossing {
    return crossingOf(fast, slow);
  }

  /** Wilder's relative strength index over `period` changes. */
  rsi(period: number, field: PriceField = "close"): Rsi {
    return new Rsi(this.#source, period, field);
  }

  /** Bollinger bands: mean, and `multiplier` population standard deviations above and below it. */
  bollinger(period: number, multiplier: DecimalInput = 2, field: PriceField = "close"): Bollinger {
    return new Bollinger(this.#source, period, multiplier, field);
  }

  /** Moving average convergence divergence: line, signal and histogram. */
  macd(fast = 12, slow = 26, signal = 9, field: PriceField = "close"): Macd {
    return new Macd(this.#source, { fast, slow, signal }, field);
  }

  /** Wilder's average true range over `period` bars. */
  atr(period: number): Atr {
    return new Atr(this.#source, period);
  }

  /** An indicator made by `defineIndicator`, with some of its parameters in place of their defaults. */
  use<P extends IndicatorParams>(definition: IndicatorDefinition<P>, params?: Partial<P>): CustomIndicator {
    return new CustomIndicator(this.#source, definition as unknown as IndicatorDefinition, params as IndicatorParams | undefined);
  }

  /** Ichimoku's conversion and base line and spans, not displaced. */
  ichimoku(conversion = 9, base = 26, spanB = 52): Ichimoku {
    return new Ichimoku(this.#source, { conversion, base, spanB });
  }
}
