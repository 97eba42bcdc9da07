import type { AlgorithmDefinition, AlgorithmStore } from "../algorithms/index.js";
import type { RouterConfig, RouterHooks } from "../router/index.js";
import type { DecisionLog } from "./decisions.js";

/** How signals become orders. */
export interface OrderSettings {
  readonly brackets: boolean;
  readonly pyramiding: number;
  readonly reverse: boolean;
  /** Bars from a signal to the first bar its order may fill on. */
  readonly latencyBars: number;
  /** How often an exit or a protective leg that failed is tried again; 2 unless given. */
  readonly retries?: number;
  /** What becomes of a position whose stop cannot be placed: closed at the market unless told to `keep` it. */
  readonly unprotected?: "close" | "keep";
  /** How the filled legs of a group are closed when another fails: at the market, or by a limit this many basis points beyond the last price and then at the market. */
  readonly groupExit?: "market" | { readonly offsetBps: number };
  /** How entries and exits reach the venue; everything at the market unless given. */
  readonly router?: RouterConfig;
  /** What looks in on the router at its seven stages, or changes how an order is sent. */
  readonly hooks?: RouterHooks;
  /** Algorithms that hints may name besides the built-in ones. */
  readonly algorithms?: readonly AlgorithmDefinition[];
  /** Keeps how entries are decided; nobody unless given. */
  readonly decisions?: DecisionLog;
  /** Where running algorithms are kept before their children are sent; nowhere unless given. */
  readonly algorithmStore?: AlgorithmStore;
}

/** Whether signals pass a router: one that may rest orders, or whose hooks look in. */
export function isRouted({ router, hooks }: OrderSettings): boolean {
  return (router !== undefined && router.style !== "taker") || (hooks !== undefined && Object.keys(hooks).length > 0);
}

/** What happened to signals and orders, counted. */
export class OrderCounts {
  entriesIgnored = 0;
  exitsIgnored = 0;
  exitsFromFlat = 0;
  refused = 0;
  rejected = 0;
  stops = 0;
  targets = 0;
  signalExits = 0;
  /** Fills of orders that counted as final. */
  lateFills = 0;
  /** Positions that a venue closed for want of margin. */
  liquidations = 0;
  /** Final reports of orders that were final already. */
  repeatedReports = 0;
}
