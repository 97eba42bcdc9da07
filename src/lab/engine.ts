import { type TradingSummary, tradingSummary } from "../analytics/index.js";
import { type OwnedTrade, ownedTradesOf } from "../backtest/index.js";
import type { Trade } from "../core/index.js";
import { TradingEngine, type TradingEngineOptions } from "../engine/index.js";

/** The engine on its own, with its results. */
export class LabEngine extends TradingEngine {
  /** Round trips so far; one under way is valued at the last candle. */
  get trades(): readonly Trade[] {
    return this.#owned().map(({ trade }) => trade);
  }

  #owned(): readonly OwnedTrade[] {
    return ownedTradesOf(this.engine.orders.fills, this.engine.portfolio.instruments, this.series);
  }

  /**
   * How it did so far, in all, by instrument, by strategy and by asset, from the equity after each candle and the round trips. Reading it changes nothing.
   * @param riskFreeReturn - per year, as a fraction; 0 unless given.
   */
  tradingSummary(riskFreeReturn = 0): TradingSummary {
    const owned = this.#owned();
    return tradingSummary({
      equity: this.equity,
      trades: owned.map(({ trade }) => trade),
      riskFreeReturn,
      currency: this.engine.portfolio.currency,
      strategyOf: ({ index }) => this.engine.seats.all[owned[index]!.strategy]!.id,
    });
  }
}

/**
 * Makes an engine to feed by hand: the very one that backtests and sessions run.
 * @example
 * const one = engine({ instruments: instrument({ symbol: "BTCUSDT", tickSize: "0.1", lotSize: "0.001" }), sizer: "fixed:0.01" })
 * one.process({ type: "trade", symbol: "BTCUSDT", time: Date.now(), id: "1", side: "buy", price: "50000", quantity: "1" })
 * one.action({ type: "open", symbol: "BTCUSDT", side: "buy" })   // the audit: signal, order, request
 * one.requests()                                                 // what a venue is to be asked
 * @throws LabError for options that are misspelt or out of range.
 */
export function engine(options: TradingEngineOptions): LabEngine {
  return new LabEngine(options);
}
