import type { Clock, DecimalInput } from "../../core/index.js";
import type { RouterConfig } from "./config.js";
import type { RouterCounters } from "./counters.js";
import type { RouterAction } from "./prices.js";

/** Whose working entry keeps a new one back: anybody's, or that of the same strategy and symbol. */
export const GUARDS = ["global", "strategy-symbol"] as const;
export type RouterGuard = (typeof GUARDS)[number];

/** What a router is given besides its settings. */
export interface RouterOptions {
  /** The machine's clock unless given. */
  readonly clock?: Clock;
  /** `global` unless given: one working entry at all. */
  readonly guard?: RouterGuard;
  /** Ticks of instruments by symbol; `tickOverrides` of the settings go before them. */
  readonly ticks?: Readonly<Record<string, DecimalInput>>;
}

/** A router's state for people and journals. */
export class RouterSnapshot {
  declare readonly style: RouterConfig["style"];
  declare readonly working: readonly {
    readonly tradeId: string;
    readonly action: RouterAction;
    readonly asset: string;
    /** Seconds since it was registered, to the millisecond. */
    readonly ageS: number;
    readonly retryN: number;
  }[];
  declare readonly counters: Readonly<RouterCounters>;

  /** Use `router.snapshot()`. */
  constructor(parts: RouterSnapshot) {
    Object.freeze(Object.assign(this, parts));
  }
}
