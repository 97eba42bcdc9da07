import { ACCOUNT_CASES } from "./account-cases.js";
import { CONNECTION_CASES } from "./connection-cases.js";
import type { ConformanceCase } from "./harness.js";
import { ORDER_CASES } from "./order-cases.js";

export type { ConformanceCase, MakeHarness, VenueHarness } from "./harness.js";

/**
 * The rules that every venue keeps, one case each, for any test runner.
 * @example for (const { name, run } of VENUE_CASES) test(name, () => run(makeHarness))
 */
export const VENUE_CASES: readonly ConformanceCase[] = Object.freeze([...CONNECTION_CASES, ...ORDER_CASES, ...ACCOUNT_CASES]);
