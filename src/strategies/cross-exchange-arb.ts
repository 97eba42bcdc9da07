import { type Decimal, type DecimalInput, type ExactPrice, type ExecutionHint, type Ratio, ratio } from "../core/index.js";
import { compareProducts, exactDistance } from "../indicators/index.js";
import { defineStrategy, type StrategyDefinition } from "./define.js";
import { type Param, param } from "./params.js";
import { plainSymbol } from "./symbols.js";
import { PairLegs, TwoSymbols } from "./two-symbols.js";

interface CrossExchangeArbParams {
  readonly [name: string]: Param<unknown, unknown>;
  readonly symbolA: Param<string>;
  readonly symbolB: Param<string>;
  readonly spreadBps: Param<Decimal, DecimalInput>;
  readonly exitBps: Param<Decimal, DecimalInput>;
  readonly ichimokuConversion: Param<number>;
  readonly ichimokuBase: Param<number>;
  readonly ichimokuSpanB: Param<number>;
  readonly trendGate: Param<Decimal, DecimalInput>;
  readonly trendGateBps: Param<Decimal | undefined, DecimalInput | undefined>;
}

const TWAP: ExecutionHint = { algorithm: "twap", durationMs: 30_000 };

/** Sign of (a - b) / b less a fraction, exact. */
function compareSpread(a: ExactPrice, b: ExactPrice, than: Ratio): -1 | 0 | 1 {
  const dp = Math.max(a.dp, b.dp);
  const [x, y] = [a.rescale(dp).units, b.rescale(dp).units];
  return compareProducts([x - y, than.den], [y, than.num]);
}

/**
 * Tesser's CrossExchangeArb: sells the dear and buys the cheap of two symbols that ought to cost the same, where they differ by `spreadBps`, and leaves both within
 * `exitBps`, while symbol a has no trend: its Ichimoku conversion and base line lie within `trendGate`. The source's gate of 0.05 is in price, and nearly always
 * closed where prices are large; `trendGateBps` sets it in basis points of a's price instead. Prices are compared exactly, and of one time.
 */
export const CrossExchangeArb: StrategyDefinition<CrossExchangeArbParams> = defineStrategy<CrossExchangeArbParams>({
  name: "CrossExchangeArb",
  doc: "Sells the dear and buys the cheap of two like symbols at spreadBps, leaves both within exitBps; not in a trend.",
  params: {
    symbolA: param.text({ default: "BTCUSDT", doc: "The first symbol; its trend is watched." }),
    symbolB: param.text({ default: "BTCUSDC", doc: "The second symbol, whose price is the base of the spread." }),
    spreadBps: param.decimal({ default: "0.50", doc: "Basis points of (a - b) / b, of either sign, at or beyond which it enters." }),
    exitBps: param.decimal({ default: "0.10", doc: "Basis points within which it leaves." }),
    ichimokuConversion: param.integer({ default: 9, min: 1, max: 100_000, doc: "Bars of the conversion line." }),
    ichimokuBase: param.integer({ default: 26, min: 1, max: 100_000, doc: "Bars of the base line." }),
    ichimokuSpanB: param.integer({ default: 52, min: 1, max: 100_000, doc: "Bars before the first signal, those of span B." }),
    trendGate: param.decimal({
      default: "0.05",
      min: 0,
      doc: "Distance of conversion and base line, in price, beyond which it does nothing.",
    }),
    trendGateBps: param.optional(
      param.decimal({ default: "5", min: 0, doc: "The same in basis points of a's price, instead of trendGate." }),
    ),
  },
  check({ symbolA, symbolB }) {
    return plainSymbol(symbolA) === plainSymbol(symbolB) ? `symbolA and symbolB must be different ones, got ${symbolA} twice` : undefined;
  },
  create({ params, indicatorsOf }) {
    const pair = new TwoSymbols(params.symbolA, params.symbolB);
    const legs = new PairLegs("cross", pair);
    const lines = indicatorsOf(params.symbolA).ichimoku(params.ichimokuConversion, params.ichimokuBase, params.ichimokuSpanB);
    const fraction = (bps: Decimal): Ratio => ratio(bps.div(10_000));
    const [spread, less, within] = [fraction(params.spreadBps), fraction(params.spreadBps.neg()), params.exitBps];
    const [above, below] = [fraction(within), fraction(within.neg())];
    const share = params.trendGateBps === undefined ? undefined : fraction(params.trendGateBps);
    const gate = exactDistance(ratio(params.trendGate));
    const entry = { confidence: 0.85, hint: TWAP };
    const exit = { confidence: 0.6 };
    return {
      onCandle(bar, desk) {
        if (!pair.see(bar) || !lines.ready) return;
        const a = pair.lastA.exact!;
        const b = pair.lastB.exact!;
        if (lines.compareGap(share === undefined ? gate : a.times(share)) > 0) return;
        if (compareSpread(a, b, spread) >= 0) legs.enter(desk, -1, entry);
        else if (compareSpread(a, b, less) <= 0) legs.enter(desk, 1, entry);
        else if (compareSpread(a, b, above) <= 0 && compareSpread(a, b, below) >= 0) legs.leave(desk, exit);
      },
    };
  },
});
