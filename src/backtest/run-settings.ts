import { decimal, type InstrumentKind, type Interval, type ScaledInstrument } from "../core/index.js";
import { assertSwitch, LabError, unknownName } from "../errors/index.js";
import { limitsOf, type RiskChecker, routerConfig, routerHooks, type Sizer } from "../execution/index.js";
import type { FeeRates } from "../portfolio/index.js";
import { decimalOption, groupExitOption, queueOption, ticksOnly, unprotectedOption, wholeOption } from "./option-checks.js";
import type { BacktestOptions, RunSettings } from "./settings.js";

const KEYS: readonly (keyof BacktestOptions)[] = [
  "data",
  "strategy",
  "params",
  "sizer",
  "risk",
  "fees",
  "slippageBps",
  "latencyBars",
  "cash",
  "instrument",
  "category",
  "leverage",
  "brackets",
  "pyramiding",
  "reverse",
  "router",
  "hooks",
  "retries",
  "unprotected",
  "groupExit",
  "algorithms",
  "funding",
  "latencyMs",
  "interval",
  "participation",
  "queue",
  "maintenanceMargin",
];

const CATEGORIES: readonly InstrumentKind[] = ["linear", "spot", "inverse"];

/** Checks that options are an object of known keys and a known category. @throws LabError `OPTION_INVALID`, `OPTION_UNKNOWN`, `INSTRUMENT_KIND`. */
export function assertOptions(options: BacktestOptions): void {
  if (typeof options !== "object" || options === null)
    throw new LabError("OPTION_INVALID", "backtest takes an object of options with data and strategy.");
  for (const key of Object.keys(options))
    if (!(KEYS as readonly string[]).includes(key)) throw unknownName("OPTION_UNKNOWN", "backtest option", key, KEYS);
  const { category = "linear" } = options;
  if (!CATEGORIES.includes(category)) throw unknownName("INSTRUMENT_KIND", "category", String(category), CATEGORIES);
}

/** What some options were made into. */
export interface SettingParts {
  readonly instruments: readonly ScaledInstrument[];
  readonly interval: Interval;
  /** Whether the run is fed with trades or books. */
  readonly isTicks: boolean;
  readonly sizer: Sizer;
  readonly risk: RiskChecker;
  readonly fees: FeeRates;
  /** Number of funding payments. */
  readonly funding: number;
}

/** The settings of a run in words and figures, defaults filled in. @throws LabError for every option that is misspelt, of the wrong type or out of range. */
export function runSettings(options: BacktestOptions, parts: SettingParts): RunSettings {
  const { instruments, interval, isTicks, sizer, risk, fees, funding } = parts;
  const category = instruments[0]!.instrument.kind;
  const fraction = (r: { num: number; den: number }): string => decimalOption(r.num, "fee", -1e15, 1e15).div(r.den).toFixed();
  const brackets = options.brackets ?? "strategy";
  if (brackets !== "strategy" && brackets !== "none")
    throw unknownName("OPTION_INVALID", "value of brackets", String(brackets), ["strategy", "none"]);
  assertSwitch("reverse", options.reverse);

  return Object.freeze({
    symbols: instruments.map((one) => one.instrument.symbol),
    interval,
    category,
    sizer: sizer.text,
    risk: risk.limits,
    riskChecker: limitsOf(risk) === undefined ? risk.name : "basic",
    fees: { name: fees.name, maker: fraction(fees.maker), taker: fraction(fees.taker) },
    slippageBps: decimalOption(options.slippageBps ?? 0, "slippageBps", 0, 1000).toFixed(),
    latencyBars: wholeOption(options.latencyBars ?? 1, "latencyBars", 1, 10_000),
    latencyMs: isTicks ? wholeOption(options.latencyMs ?? 0, "latencyMs", 0, 3_600_000) : ticksOnly(options.latencyMs, "latencyMs", 0),
    participation: options.participation === undefined ? "none" : decimal(options.participation).toFixed(),
    queue: isTicks ? queueOption(options.queue) : ticksOnly(options.queue, "queue", "conservative"),
    maintenanceMargin: options.maintenanceMargin === undefined ? "none" : decimal(options.maintenanceMargin).toFixed(),
    feed: isTicks ? "ticks" : "candles",
    cash: decimalOption(options.cash ?? 10_000, "cash", 0, 1e15).toFixed(),
    currency: instruments[0]!.instrument.settlement,
    leverage: wholeOption(options.leverage ?? 1, "leverage", 1, category === "spot" ? 1 : 200),
    brackets,
    pyramiding: wholeOption(options.pyramiding ?? 0, "pyramiding", 0, 1000),
    reverse: options.reverse ?? true,
    router: routerConfig(options.router),
    hooks: [...new Set(routerHooks(options.hooks).map(({ stage }) => stage))],
    retries: wholeOption(options.retries ?? 2, "retries", 0, 100),
    unprotected: unprotectedOption(options.unprotected),
    groupExit: groupExitOption(options.groupExit),
    funding,
    instruments: instruments.map(({ instrument: i }) => ({
      symbol: i.symbol,
      kind: i.kind,
      tickSize: i.tickSize.toFixed(),
      lotSize: i.lotSize.toFixed(),
      minQuantity: i.minQuantity.toFixed(),
      minNotional: i.minNotional.toFixed(),
      source: i.asOf === undefined ? i.source : `${i.source} of ${i.asOf}`,
    })),
  });
}
