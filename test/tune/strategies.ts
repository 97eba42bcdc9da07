import { defineStrategy, param, type StrategyDefinition } from "../../src/strategies/index.js";

/** Trades on the move of `lag` bars ago: long after a rise where `sign` is 1, after a fall where it is -1; flat otherwise. */
// biome-ignore lint/suspicious/noExplicitAny: tests read parameters by name
export const Echo: StrategyDefinition<any> = defineStrategy({
  name: "Echo",
  params: { lag: param.integer({ default: 1, min: 0, max: 500 }), sign: param.integer({ default: 1, min: -1, max: 1 }) },
  create({ params }) {
    return {
      onCandle(bar, desk) {
        const now = bar.closeAgo(params.lag);
        const before = bar.closeAgo(params.lag + 1);
        if (now === undefined || before === undefined) return;
        if ((now - before) * params.sign > 0) desk.enterLong();
        else desk.exitLong();
      },
    };
  },
});

/** Never trades. */
// biome-ignore lint/suspicious/noExplicitAny: tests read parameters by name
export const Idle: StrategyDefinition<any> = defineStrategy({
  name: "Idle",
  params: { level: param.integer({ default: 0 }) },
  create: () => ({ onCandle() {} }),
});

/** Throws for odd levels, and has a rule of its own: no negative level. */
// biome-ignore lint/suspicious/noExplicitAny: tests read parameters by name
export const Fragile: StrategyDefinition<any> = defineStrategy({
  name: "Fragile",
  params: { level: param.integer({ default: 0 }) },
  check: ({ level }) => (level < 0 ? "level must not be negative" : undefined),
  create({ params }) {
    if (params.level % 2 === 1) throw new Error(`cannot live with ${params.level}`);
    return {
      onCandle(bar, desk) {
        if (bar.index % 20 === params.level) desk.enterLong();
        if (bar.index % 20 === params.level + 5) desk.exitLong();
      },
    };
  },
});
