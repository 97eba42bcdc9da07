import { ACCOUNT_CASES } from "./account-cases.js";
import { CONNECTION_CASES } from "./connection-cases.js";
import type { ConformanceCase, MarketCase } from "./harness.js";
import { HISTORY_CASES } from "./history-cases.js";
import { ORDER_CASES } from "./order-cases.js";
import { STREAM_CASES } from "./stream-cases.js";

export type { ConformanceCase, MakeHarness, MakeMarketHarness, MarketCase, MarketHarness, VenueHarness } from "./harness.js";

/**
 * The rules that every venue keeps, one case each, for any test runner.
 * @example for (const { name, run } of VENUE_CASES) test(name, () => run(makeHarness))
 */
export const VENUE_CASES: readonly ConformanceCase[] = Object.freeze([...CONNECTION_CASES, ...ORDER_CASES, ...ACCOUNT_CASES]);

/** The rules that all market data keep. */
export const MARKET_CASES: readonly MarketCase[] = Object.freeze([...HISTORY_CASES, ...STREAM_CASES]);
