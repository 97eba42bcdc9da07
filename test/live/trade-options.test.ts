import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { syntheticCandles } from "../../src/data/index.js";
import { startLive, type TradeOptions } from "../../src/live/index.js";
import { paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";

const venue = paper({ feed: replay(syntheticCandles({ bars: 50, seed: 5 })) });

test.each<[Record<string, unknown>, string, string]>([
  [{ maxDrawdwn: "0.05" }, "OPTION_UNKNOWN", "Did you mean maxDrawdown?"],
  [{ maxDrawdown: "5" }, "OPTION_INVALID", "trade.maxDrawdown is a fraction from 0 to 1 (0.05 is 5 %), got '5'."],
  [{ maxDrawdown: "5%" }, "DECIMAL_INVALID", "trade.maxDrawdown"],
  [{ maxDrawdown: "-0.1" }, "OPTION_INVALID", "got '-0.1'"],
  [{ reconcileThreshold: 2 }, "OPTION_INVALID", "trade.reconcileThreshold is a fraction"],
  [{ reconcileSecs: 0 }, "OPTION_INVALID", "trade.reconcileSecs is a number of seconds above 0, got 0."],
  [{ reconcileSecs: Number.NaN }, "OPTION_INVALID", "got NaN"],
  [{ history: 1.5 }, "OPTION_INVALID", "trade.history is a whole number of at least 0, got 1.5."],
  [{ candles: "trade" }, "OPTION_INVALID", "Did you mean trades?"],
  [{ logLevel: "warn" }, "OPTION_INVALID", "Known: debug, info, warning, error"],
  [{ fresh: "yes" }, "OPTION_INVALID", "trade.fresh is true or false, got 'yes'."],
  [{ alerting: { webhook: "https://hooks.example.com" } }, "OPTION_UNKNOWN", "webhookUrl"],
  [{ alerting: { maxDrawdown: Number.NaN } }, "DECIMAL_INVALID", "alerting.maxDrawdown"],
  [{ alerting: { maxDrawdown: 3 } }, "OPTION_INVALID", "alerting.maxDrawdown is a fraction"],
  [{ alerting: { maxOrderFailures: -1 } }, "OPTION_INVALID", "alerting.maxOrderFailures is a whole number of at least 0, got -1."],
  [{ alerting: { maxDataGapSecs: "300" } }, "OPTION_INVALID", "alerting.maxDataGapSecs is a number of seconds, 0 for never, got '300'."],
  [{ alerting: "https://hooks.example.com" }, "OPTION_INVALID", "trade.alerting is an object"],
])("%j is refused before anything starts: a session that watches less than it was told to would be a lie", async (trade, code, message) => {
  const statePath = join(scratch(), "state.db");
  await expect(startLive({ strategy: "SmaCross", venue, statePath, trade: trade as TradeOptions })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
  expect(existsSync(statePath)).toBe(false);
});
