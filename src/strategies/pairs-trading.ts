import { defineStrategy, type StrategyDefinition } from "./define.js";
import { type Param, param } from "./params.js";
import { plainSymbol } from "./symbols.js";
import { PairLegs, TwoSymbols } from "./two-symbols.js";
import { ZScore } from "./z-score.js";

interface PairsTradingParams {
  readonly [name: string]: Param<unknown, unknown>;
  readonly symbols: Param<readonly string[]>;
  readonly lookback: Param<number>;
  readonly entryZ: Param<number, number | string>;
  readonly exitZ: Param<number, number | string>;
}

/**
 * Tesser's PairsTradingArbitrage in the rules of 0.2.3: the spread ln(a / b) is scored by its mean and population deviation over `lookback` bars; sells the dear leg
 * and buys the cheap one at `entryZ`, leaves both at `exitZ`. Unlike there, the closes of a spread are of one time, each symbol has its own history of any
 * length, both legs belong to one group, and only what is open is left.
 */
export const PairsTradingArbitrage: StrategyDefinition<PairsTradingParams> = defineStrategy<PairsTradingParams>({
  name: "PairsTradingArbitrage",
  aliases: ["PairsTrading", "Pairs"],
  doc: "Sells the dear and buys the cheap of two symbols where their spread's z-score reaches entryZ; leaves at exitZ.",
  params: {
    symbols: param.texts({ default: ["BTCUSDT", "ETHUSDT"], doc: "The two symbols, a and b of ln(a / b)." }),
    lookback: param.integer({
      default: 200,
      min: 2,
      max: 1_000_000,
      doc: "Bars, with candles of both symbols, of the spread's mean and deviation.",
    }),
    entryZ: param.number({ default: 2, doc: "Score at or beyond which it enters." }),
    exitZ: param.number({ default: 0.5, doc: "Score within which it leaves." }),
  },
  check({ symbols, entryZ, exitZ }) {
    if (symbols.length !== 2 || plainSymbol(symbols[0]!) === plainSymbol(symbols[1]!))
      return `symbols must be two different ones, got ${symbols.join(", ") || "none"}`;
    return entryZ > exitZ ? undefined : `entryZ (${entryZ}) must be greater than exitZ (${exitZ})`;
  },
  create({ params }) {
    const pair = new TwoSymbols(params.symbols[0]!, params.symbols[1]!);
    const legs = new PairLegs("pairs", pair);
    const score = new ZScore(params.lookback);
    const entry = { confidence: 0.8 };
    const exit = { confidence: 0.6 };
    return {
      onCandle(bar, desk) {
        if (!pair.see(bar)) return;
        const z = score.add(Math.log(pair.lastA.close / pair.lastB.close));
        if (z === undefined) return;
        if (z >= params.entryZ) legs.enter(desk, -1, entry);
        else if (z <= -params.entryZ) legs.enter(desk, 1, entry);
        else if (Math.abs(z) <= params.exitZ) legs.leave(desk, exit);
      },
    };
  },
});
