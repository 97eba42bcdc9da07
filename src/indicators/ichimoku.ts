import { type ExactPrice, pow10 } from "../core/index.js";
import { LabError } from "../errors/index.js";
import type { Column } from "./column.js";
import { compareProducts, type Sign } from "./exact.js";
import { highest, lowest } from "./extremes.js";
import { checkPeriod } from "./period.js";
import type { Cursor, Indicator, IndicatorSource } from "./source.js";

/** Periods of an {@link Ichimoku}. */
export interface IchimokuPeriods {
  readonly conversion: number;
  readonly base: number;
  readonly spanB: number;
}

/** Twice the middle between the highest high and the lowest low of some bars, a whole number of price units. */
class Midpoint {
  readonly #highest: Column;
  readonly #lowest: Column;

  constructor(source: IndicatorSource, period: number) {
    this.#highest = highest(source, period);
    this.#lowest = lowest(source, period);
  }

  twiceAt(index: number): number {
    return this.#highest.at(index) + this.#lowest.at(index);
  }
}

/**
 * Ichimoku's lines (Hosoda): the middle of the extremes of the last `conversion`, `base` and `spanB` bars, and span A between the first two. The spans are those
 * of this bar, not displaced forward. Shown from bar `spanB` - 1 on; a longer window takes the bars there are. Midpoints are exact.
 */
export class Ichimoku implements Indicator {
  readonly periods: IchimokuPeriods;
  readonly cursor: Cursor;
  readonly #conversion: Midpoint;
  readonly #base: Midpoint;
  readonly #spanB: Midpoint;
  readonly #dp: number;

  /** @throws LabError `PERIOD_INVALID`. */
  constructor(source: IndicatorSource, periods: IchimokuPeriods) {
    const { conversion, base, spanB } = periods;
    this.periods = { conversion, base, spanB };
    this.cursor = source.cursor;
    this.#dp = source.series.priceDp;
    this.#conversion = new Midpoint(source, checkPeriod(conversion, "Ichimoku's conversion"));
    this.#base = new Midpoint(source, checkPeriod(base, "Ichimoku's base"));
    this.#spanB = new Midpoint(source, checkPeriod(spanB, "Ichimoku's span B"));
  }

  get ready(): boolean {
    return this.cursor.index >= this.periods.spanB - 1;
  }

  /** The conversion line (tenkan). */
  get value(): number {
    return this.conversion;
  }

  get conversion(): number {
    return this.#shown(this.#conversion);
  }

  /** The base line (kijun). */
  get base(): number {
    return this.#shown(this.#base);
  }

  get spanA(): number {
    return (this.conversion + this.base) / 2;
  }

  get spanB(): number {
    return this.#shown(this.#spanB);
  }

  #shown(of: Midpoint): number {
    return this.ready ? of.twiceAt(this.cursor.index) / (2 * pow10(this.#dp)) : Number.NaN;
  }

  /** Sign of the conversion line less the base line, exact. @throws LabError `INDICATOR_NOT_READY`. */
  compareLines(): Sign {
    const gap = this.#twiceGap();
    return gap > 0 ? 1 : gap < 0 ? -1 : 0;
  }

  /** Sign of |conversion - base| less a distance in price, exact. @throws LabError `INDICATOR_NOT_READY`. */
  compareGap(distance: ExactPrice): Sign {
    const { units, num, den, dp } = distance;
    const finer = dp - this.#dp;
    const up = finer > 0 ? pow10(finer) : 1;
    const down = finer < 0 ? pow10(-finer) : 1;
    return compareProducts([Math.abs(this.#twiceGap()), den, up], [2, units, num, down]);
  }

  #twiceGap(): number {
    if (!this.ready) throw new LabError("INDICATOR_NOT_READY", `Ichimoku needs ${this.periods.spanB} bars.`);
    return this.#conversion.twiceAt(this.cursor.index) - this.#base.twiceAt(this.cursor.index);
  }
}
