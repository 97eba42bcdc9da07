import type { SeriesBar, Strategy } from "../core/index.js";
import type { OrderSettings, RiskChecker, Sizer } from "../execution/index.js";
import type { Portfolio } from "../portfolio/index.js";
import type { Command } from "./commands.js";
import type { StrategySeat } from "./seats.js";

/** What an engine is made of. */
export interface EngineParts {
  readonly portfolio: Portfolio;
  /** One strategy, or several that share the account, each with its own orders and positions. */
  readonly strategy: Strategy | readonly StrategySeat[];
  readonly sizer: Sizer;
  readonly risk: RiskChecker;
  readonly orders: OrderSettings;
  /** The bar view of each instrument, which its driver moves; index -1 before the first candle. */
  readonly bars: readonly SeriesBar[];
  /** Milliseconds from a candle's time to what its decisions are stamped with: 0, its open time, unless given; live and on ticks its length. */
  readonly candleOffset?: number;
  /**
   * When what follows from a fill is decided: at the next `closes` of a candle, unless told otherwise, or at once (`events`). A session that is to agree with a
   * backtest on candles decides at closes, too.
   */
  readonly decides?: "closes" | "events";
  /** What is done by itself, after the strategies have heard of it. A command for orders or positions means those of the venue that was lost, unless it names others. */
  readonly policies?: { readonly disconnect?: Command; readonly tradingDisabled?: Command };
}

/** The seats of an engine; a strategy alone is called `main`. */
export function seatsOf(strategy: EngineParts["strategy"]): readonly StrategySeat[] {
  return isSeats(strategy) ? strategy : [{ id: "main", strategy }];
}

function isSeats(strategy: Strategy | readonly StrategySeat[]): strategy is readonly StrategySeat[] {
  return Array.isArray(strategy);
}
