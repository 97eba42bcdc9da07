/** What a router counts. */
export const ROUTER_COUNTERS = [
  "plansEntry",
  "plansExit",
  "makerEntries",
  "makerExits",
  "takerEntries",
  "takerExits",
  "suppressedDupEnter",
  "suppressedDupExit",
  "spreadGateTaker",
  "entryMissSkip",
  "entryMissRetry",
  "entryMissMarket",
  "exitEscalations",
  "fillsWorking",
  "cancels",
  "hookErrors",
] as const;

/** Counts by name. */
export type RouterCounters = Record<(typeof ROUTER_COUNTERS)[number], number>;

/** All counts at zero. */
export function noCounts(): RouterCounters {
  return Object.fromEntries(ROUTER_COUNTERS.map((name) => [name, 0])) as RouterCounters;
}
