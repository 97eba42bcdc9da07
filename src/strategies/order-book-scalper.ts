import { Decimal, type DecimalInput } from "../core/index.js";
import { defineStrategy, type StrategyDefinition } from "./define.js";
import { type Param, param } from "./params.js";

interface OrderBookScalperParams {
  readonly [name: string]: Param<unknown, unknown>;
  readonly symbol: Param<string>;
  readonly depth: Param<number>;
  readonly imbalanceThreshold: Param<number, number | string>;
  readonly neutralZone: Param<number, number | string>;
  readonly pegOffsetBps: Param<Decimal, DecimalInput>;
  readonly clipSize: Param<Decimal, DecimalInput>;
  readonly refreshSecs: Param<number>;
  readonly macdFast: Param<number>;
  readonly macdSlow: Param<number>;
  readonly macdSignal: Param<number>;
  readonly minTickSize: Param<number, number | string>;
}

/**
 * Tesser's OrderBookScalper: follows an imbalanced book where the MACD of the candles agrees and the last trade was large enough, by orders pegged to the best
 * price; leaves while the book is about even.
 */
export const OrderBookScalper: StrategyDefinition<OrderBookScalperParams> = defineStrategy<OrderBookScalperParams>({
  name: "OrderBookScalper",
  doc: "Enters with an imbalanced book where MACD agrees and the last trade was large; leaves while the book is even.",
  feeds: ["candles", "trades", "book"],
  params: {
    symbol: param.text({ default: "BTCUSDT", doc: "Symbol it trades." }),
    depth: param.integer({ default: 10, min: 1, max: 10_000, doc: "Levels of each side of the book." }),
    imbalanceThreshold: param.number({ default: 0.25, doc: "Imbalance, of either sign, at or beyond which it enters." }),
    neutralZone: param.number({ default: 0.05, doc: "Imbalance, of either sign, within which it leaves." }),
    pegOffsetBps: param.decimal({ default: "0.5", doc: "Basis points from the best price that orders are pegged at." }),
    clipSize: param.decimal({ default: "5", doc: "Largest part of an order that shows, in base currency; 1 at least." }),
    refreshSecs: param.integer({ default: 1, min: 0, max: 86_400, doc: "Seconds between moves of a pegged order." }),
    macdFast: param.integer({ default: 12, min: 1, max: 100_000, doc: "Bars of the MACD's fast average." }),
    macdSlow: param.integer({ default: 26, min: 1, max: 100_000, doc: "Bars of the MACD's slow average." }),
    macdSignal: param.integer({ default: 9, min: 1, max: 100_000, doc: "Bars of the MACD's signal." }),
    minTickSize: param.number({ default: 1, doc: "Size of the last trade, in base currency, below which it does nothing." }),
  },
  create({ params, indicators }) {
    const { depth, imbalanceThreshold, neutralZone, minTickSize } = params;
    const macd = indicators.macd(params.macdFast, params.macdSlow, params.macdSignal);
    const options = {
      confidence: 0.9,
      hint: {
        algorithm: "pegged",
        offsetBps: params.pegOffsetBps,
        clipQuantity: Decimal.max(params.clipSize, 1),
        refreshMs: params.refreshSecs * 1000,
      },
    } as const;
    let lastSize = 0;
    return {
      // The MACD follows the candles by itself; that this hears of them makes the run feed them.
      onCandle: () => undefined,
      onTrade(trade) {
        lastSize = trade.quantity;
      },
      onBook(book, desk) {
        if (lastSize < minTickSize || !macd.ready) return;
        const imbalance = book.imbalance(depth);
        if (imbalance === undefined) return;
        if (imbalance >= imbalanceThreshold && macd.compareHistogram() > 0) desk.enterLong(options);
        else if (imbalance <= -imbalanceThreshold && macd.compareHistogram() < 0) desk.enterShort(options);
        else if (Math.abs(imbalance) <= neutralZone) desk.flatten(options);
      },
    };
  },
});
