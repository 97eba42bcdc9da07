import type { DecimalInput, InstrumentInput, InstrumentKind, Interval } from "../core/index.js";
import type {
  AlgorithmDefinition,
  HookStage,
  RiskChecker,
  RiskLimits,
  RouterConfig,
  RouterConfigInput,
  RouterHooks,
  SizerInput,
} from "../execution/index.js";
import type { FeesInput } from "../portfolio/index.js";
import type { ParamsOf, StrategyDefinition, StrategyName } from "../strategies/index.js";
import type { QueueModel } from "../venues/paper/index.js";
import type { RunData } from "./prepare.js";

/** A strategy of any schema: what functions that take a strategy accept. */
// biome-ignore lint/suspicious/noExplicitAny: a definition is checked by its own schema, whatever that is
export type AnyStrategy = StrategyDefinition<any>;

/** A funding payment of a perpetual: longs pay a positive rate to shorts on the position's value at that time. */
export interface FundingRate {
  /** Epoch milliseconds. */
  readonly time: number;
  /** Fraction of the position's value, `"0.0001"` is 0.01 %. */
  readonly rate: DecimalInput;
  /** Whose funding it is; may be left out in a run of one symbol. */
  readonly symbol?: string;
}

/** How a strategy is said: by its name, or by what `defineStrategy` returned. */
export type StrategyChoice = StrategyName | (string & {}) | AnyStrategy;

/**
 * What a backtest takes. Everything but `data` and `strategy` has a default, and every default is printed with the result. `S` is the strategy's type, which
 * says what its parameters are.
 */
export interface BacktestOptions<S extends StrategyChoice = StrategyChoice> {
  /** Candles, a tape of trades and books, or several of them by symbol: candles of one interval. Several symbols are merged by time. */
  data: RunData | readonly RunData[];
  /** A name or what `defineStrategy` returned. */
  strategy: S;
  /** The strategy's parameters; those left out have their defaults. */
  params?: ParamsOf<S>;
  /** `"fixed:0.01"`, `"percent:0.10"`, `"risk-adjusted:0.01"` or a sizer; `percent:0.10` unless given. */
  sizer?: SizerInput;
  risk?: RiskLimits | RiskChecker;
  /** A schedule's name or rates; `bybit-linear`, `bybit-inverse` or `bybit-spot` by the instrument's kind unless given. */
  fees?: FeesInput;
  /** Basis points that market and stop fills are worse by; 0 unless given. */
  slippageBps?: DecimalInput;
  /** Bars from a signal's bar to the first bar its order may fill on; 1, the next bar's open, unless given. */
  latencyBars?: number;
  /** With tapes: milliseconds from a request to its arrival at the venue; 0 unless given. */
  latencyMs?: number;
  /** With tapes and no candles: the interval of the candles that are made of them and of the equity curve; `1m` unless given. */
  interval?: Interval;
  /** Share of the volume of a candle, a trade or a level that orders may have, `"0.1"` is 10 %; unless given all of a trade or a level, and of a candle whatever they want. */
  participation?: DecimalInput;
  /** With tapes: where a resting order stands among those at its price; `conservative`, behind all of them, unless given. */
  queue?: QueueModel;
  /** Maintenance margin of contracts as a fraction of the position's value: below it the venue liquidates. None unless given. */
  maintenanceMargin?: DecimalInput;
  /** Starting cash in the settlement currency (the base coin of inverse perpetuals); 10000 unless given. */
  cash?: DecimalInput;
  /** The instrument with its filters; else the shipped table, else inferred from the data with a warning. */
  instrument?: InstrumentInput | readonly InstrumentInput[];
  /** Which market of the shipped table; `linear` unless given. */
  category?: InstrumentKind;
  /** Initial margin is position value / leverage; 1 unless given. */
  leverage?: number;
  /** Whether a strategy's stop-loss and take-profit are placed; `strategy` unless given. */
  brackets?: "strategy" | "none";
  /** Same-side entries allowed on top of the first; 0 unless given. */
  pyramiding?: number;
  /** Whether an entry against the position closes it and then opens the other side (`true`), or only closes it. */
  reverse?: boolean;
  /** How entries and exits reach the venue, `{ style: "maker_both" }`; everything at the market unless given. */
  router?: RouterConfigInput;
  /**
   * Functions that look in on the router at its stages, `{ preSubmit: (plan) => ... }`: also where everything goes to the market. None keeps an exit from leaving.
   * Entries with a limit of their own and the children of algorithms do not pass the router: a risk check keeps those back. Hooks are called again by `run.explain` and
   * in every trial of a search: they decide from what they are given, not from what they remember.
   */
  hooks?: RouterHooks;
  /** How often an exit or a protective leg that its venue refuses is sent again; 2 unless given. */
  retries?: number;
  /** What becomes of a position whose stop cannot be placed: closed at the market (`close`) or left with an alert (`keep`); `close` unless given. */
  unprotected?: "close" | "keep";
  /** How the filled legs of a group are closed when another leg fails: at the market, or by a limit so many basis points beyond the price and then at the market; `market` unless given. */
  groupExit?: "market" | { readonly offsetBps: number };
  /** Algorithms of one's own that signals' hints may name. */
  algorithms?: readonly AlgorithmDefinition[];
  /** Funding payments of perpetuals; none unless given, and then a warning says so. */
  funding?: readonly FundingRate[];
}

/** The settings a run was made with, all defaults filled in, as plain text and numbers: printable, storable, comparable. */
export interface RunSettings {
  readonly symbols: readonly string[];
  readonly interval: string;
  readonly category: InstrumentKind;
  readonly sizer: string;
  /** Limits of the risk checker, as text. */
  readonly risk: Readonly<Record<string, string>>;
  /** Name of the risk checker: `basic`, or that of one defined in code. */
  readonly riskChecker: string;
  readonly fees: { readonly name: string; readonly maker: string; readonly taker: string };
  readonly slippageBps: string;
  readonly latencyBars: number;
  readonly latencyMs: number;
  /** Share of the volume orders may have, as text; `"none"` where none was given. */
  readonly participation: string;
  readonly queue: QueueModel;
  /** As text; `"none"` where nothing is liquidated. */
  readonly maintenanceMargin: string;
  /** What the run was fed with. */
  readonly feed: "candles" | "ticks";
  readonly cash: string;
  readonly currency: string;
  readonly leverage: number;
  readonly brackets: "strategy" | "none";
  readonly pyramiding: number;
  readonly reverse: boolean;
  /** The router's settings. */
  readonly router: RouterConfig;
  /** Stages of the router that hooks look in on. */
  readonly hooks: readonly HookStage[];
  readonly retries: number;
  readonly unprotected: "close" | "keep";
  readonly groupExit: "market" | { readonly offsetBps: number };
  /** Number of funding payments given. */
  readonly funding: number;
  readonly instruments: readonly {
    readonly symbol: string;
    readonly kind: InstrumentKind;
    readonly tickSize: string;
    readonly lotSize: string;
    readonly minQuantity: string;
    readonly minNotional: string;
    readonly source: string;
  }[];
}

/** A doubt about a result that its reader must see. */
export interface RunWarning {
  readonly code: string;
  readonly message: string;
}
