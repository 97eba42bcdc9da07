// biome-ignore lint/style/noRestrictedImports: a session loads this file by its path, as it does a user's module, which names the package.
import { defineStrategy, type StrategyDefinition } from "tesserlab/strategies";

/**
 * Always has something under way: quotes of the router, entries and exits in slices, protected positions, turns. What it does next depends on the candles it has seen
 * alone, so that it goes on as before when its journal is fed again.
 */
function restless(name: string, feeds: NonNullable<Parameters<typeof defineStrategy>[0]["feeds"]>): StrategyDefinition {
  return defineStrategy({
    name,
    params: {},
    feeds,
    create: () => {
      let seen = 0;
      return {
        onCandle(bar, desk) {
          seen++;
          const { high, low } = bar.exact;
          const long = { stopLoss: low.times("0.995"), takeProfit: high.times("1.004") };
          const short = { stopLoss: high.times("1.005"), takeProfit: low.times("0.996") };
          if (desk.isFlat) {
            if (seen % 4 === 0)
              desk.enterLong({ ...long, quantity: ENTRY_SLICED.twap, hint: { algorithm: "twap", durationMs: 150_000, slices: 4 } });
            else if (seen % 4 === 1) desk.enterShort(short);
            else if (seen % 4 === 2)
              desk.enterShort({ ...short, quantity: ENTRY_SLICED.iceberg, hint: { algorithm: "iceberg", displayQuantity: "0.02" } });
            else desk.enterLong(long);
          } else if (seen % 3 === 0) {
            const hint = { algorithm: "twap", durationMs: 120_000, slices: 3 } as const;
            if (desk.isLong) desk.exitLong({ hint });
            else desk.exitShort({ hint });
          } else if (seen % 5 === 0) {
            if (desk.isLong) desk.exitLong({ reason: "TAKE_PROFIT" });
            else desk.exitShort({ reason: "TAKE_PROFIT" });
          } else if (seen % 7 === 0) {
            // Turns round: closes, and opens the other side once flat.
            if (desk.isLong) desk.enterShort(short);
            else desk.enterLong(long);
          }
        },
      };
    },
  }) as unknown as StrategyDefinition;
}

/** What entries in slices ask for, by algorithm. */
export const ENTRY_SLICED = { twap: "0.08", iceberg: "0.06" } as const;

/** On candles alone. */
export const Restless: StrategyDefinition = restless("Restless", ["candles"]);

/** On candles, while trades and books come in: the router quotes by the book, algorithms count the trades. */
export const RestlessOnTicks: StrategyDefinition = restless("RestlessOnTicks", ["candles", "trades", "book"]);
