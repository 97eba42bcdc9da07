import type { Portfolio } from "../../portfolio/index.js";
import type { AlertLog } from "./alerts.js";
import type { EntryGate } from "./entry-gate.js";
import type { Exits } from "./exits.js";
import type { Groups } from "./groups.js";
import type { Issuer } from "./issuer.js";
import type { OrderCounts, OrderSettings } from "./settings.js";

/** What a routing is made of: parts of its order engine. */
export interface RoutingParts {
  readonly issuer: Issuer;
  readonly gate: EntryGate;
  readonly exits: Exits;
  readonly groups: Groups;
  readonly portfolio: Portfolio;
  readonly alerts: AlertLog;
  readonly counts: OrderCounts;
  readonly settings: OrderSettings;
  /** The bar of a slot in a replay of candles; else 0. */
  readonly barOf: (slot: number) => number;
}
