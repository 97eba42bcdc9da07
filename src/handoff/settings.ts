import type { BacktestOptions, RunSettings } from "../backtest/index.js";
import { type Decimal, type Interval, intervalMs } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { limitsOf, parseRisk, parseSizer } from "../execution/index.js";
import { type ParamSchema, param } from "../strategies/index.js";
import { readRouter, routerSection } from "./router-table.js";
import { readTable, tableEntries } from "./table-values.js";
import type { TomlDocument, TomlSection, TomlTable } from "./toml/index.js";

/** How a strategy is to be run, as far as a file says: what is absent takes the default of the one who runs it. */
export type StrategySettings = Pick<
  BacktestOptions,
  | "sizer"
  | "risk"
  | "fees"
  | "slippageBps"
  | "latencyBars"
  | "category"
  | "leverage"
  | "brackets"
  | "pyramiding"
  | "reverse"
  | "router"
  | "retries"
  | "unprotected"
  | "groupExit"
> & {
  /** Length of the candles it was made for. */
  interval?: Interval;
};

const OPTIONS = [
  "sizer",
  "risk",
  "fees",
  "slippageBps",
  "latencyBars",
  "category",
  "leverage",
  "brackets",
  "pyramiding",
  "reverse",
  "router",
  "retries",
  "unprotected",
  "groupExit",
] as const;

/** The settings that are options of a backtest; the name of a fee schedule, a mere label, is left out. */
export function backtestOptions(settings: StrategySettings): StrategySettings {
  const picked = Object.fromEntries(
    OPTIONS.filter((key) => settings[key] !== undefined).map((key) => [key, settings[key]]),
  ) as StrategySettings;
  return typeof picked.fees === "object" ? { ...picked, fees: { maker: picked.fees.maker, taker: picked.fees.taker } } : picked;
}

const { optional } = param;
const amount = (doc: string, min?: string): ParamSchema[string] =>
  optional(param.decimal({ default: "0", doc, ...(min === undefined ? {} : { min }) }));

/** The keys of `[execution]`. Fee rates are fractions of the traded value. */
const EXECUTION: ParamSchema = {
  sizer: optional(param.text({ default: "percent:0.10", doc: "fixed:quantity, percent:share or risk-adjusted:share." })),
  category: optional(param.text({ default: "linear", choices: ["spot", "linear", "inverse"], doc: "Market." })),
  interval: optional(param.text({ default: "1m", doc: "Length of a candle." })),
  fees: optional(param.text({ default: "bybit-linear", doc: "A named fee schedule, in place of the two rates." })),
  makerFee: amount("Fee of resting orders.", "-0.01"),
  takerFee: amount("Fee of market and stop orders.", "-0.01"),
  slippageBps: amount("Basis points market and stop fills are worse by.", "0"),
  latencyBars: optional(param.integer({ default: 1, min: 1, max: 10_000, doc: "Bars from a signal to the first bar it may fill on." })),
  leverage: optional(param.integer({ default: 1, min: 1, max: 200, doc: "Initial margin is position value / leverage." })),
  brackets: optional(
    param.text({ default: "strategy", choices: ["strategy", "none"], doc: "Whether the strategy's stops and targets are placed." }),
  ),
  pyramiding: optional(param.integer({ default: 0, min: 0, max: 1_000, doc: "Same-side entries on top of the first." })),
  reverse: optional(param.boolean({ default: true, doc: "Whether an entry against the position also opens the other side." })),
  retries: optional(param.integer({ default: 2, min: 0, max: 100, doc: "Times a refused exit or protective leg is sent again." })),
  unprotected: optional(
    param.text({ default: "close", choices: ["close", "keep"], doc: "What becomes of a position whose stop cannot be placed." }),
  ),
  groupExitOffsetBps: optional(
    param.integer({
      default: 0,
      min: 0,
      max: 9_999,
      doc: "Close legs of a failed group by a limit so far beyond the price, not at the market.",
    }),
  ),
};

/** The keys of `[risk_management]`, Tesser's names; 0 is off. Quantities in base currency, notional in settlement currency. */
const RISK: ParamSchema = {
  maxOrderQuantity: amount("Largest order.", "0"),
  maxOrderNotional: amount("Largest order value.", "0"),
  maxPositionQuantity: amount("Largest position.", "0"),
  maxDrawdown: amount("Fall of equity from its highest close, as a fraction, at which no entry passes any more.", "0"),
  maxHeat: amount("Largest value of all positions, as a multiple of equity.", "0"),
  heatWarn: amount("Value of all positions, as a multiple of equity, above which an operator is told.", "0"),
  heatReduce: amount("The same, above which positions are reduced down to max_heat.", "0"),
  heatStep: amount("Largest part of a position that one bar reduces.", "0"),
  heatMeasure: optional(param.text({ default: "gross", choices: ["gross", "net"], doc: "Whether longs and shorts add up or cancel." })),
  heatWeights: optional(param.text({ default: "", doc: "How much of a symbol's value counts, as ETHUSDT=0.5 SOLUSDT=2." })),
  maxPriceDistance: amount("Largest distance of an entry's limit from the last price, as a fraction.", "0"),
  maxOrders: amount("Entries in any stretch of per_ms.", "0"),
  perMs: amount("Milliseconds; 1000 unless given.", "0"),
  balanceLeverage: amount("Refuses entries that the account cannot pay for at this leverage.", "0"),
  balanceFeeRate: amount("Fee of such an entry, as a fraction of its value.", "0"),
};

/**
 * Reads `[execution]`, `[risk_management]` and `[router]`.
 * @throws LabError `STRATEGY_FILE_KEY`, `PARAM_INVALID`, `SIZER_INVALID`, `INTERVAL_UNKNOWN`, `FEES_INVALID`, with the place in the file.
 */
export function readSettings(document: TomlDocument): StrategySettings {
  const settings: StrategySettings = {};
  const execution = tableOf(document, "execution");
  if (execution !== undefined) {
    const { makerFee, takerFee, fees, groupExitOffsetBps, ...rest } = readTable(document, execution, EXECUTION, "[execution]");
    Object.assign(settings, rest, groupExitOffsetBps === undefined ? {} : { groupExit: { offsetBps: groupExitOffsetBps } });
    const fail = (error: LabError): LabError =>
      new LabError(error.code, `${document.where(execution)}: [execution] ${error.message}`, { cause: error });
    rethrow(() => settings.sizer !== undefined && parseSizer(settings.sizer), fail);
    rethrow(() => settings.interval !== undefined && intervalMs(settings.interval), fail);
    if (fees !== undefined && (makerFee !== undefined || takerFee !== undefined))
      throw fail(new LabError("FEES_INVALID", "fees names a schedule, maker_fee and taker_fee give rates: keep one of the two."));
    if ((makerFee === undefined) !== (takerFee === undefined))
      throw fail(new LabError("FEES_INVALID", "maker_fee and taker_fee belong together: give both."));
    if (fees !== undefined) settings.fees = fees as string;
    if (makerFee !== undefined) settings.fees = { maker: (makerFee as Decimal).toFixed(), taker: (takerFee as Decimal).toFixed() };
  }
  const limits = tableOf(document, "risk_management");
  if (limits !== undefined) settings.risk = parseRisk(readTable(document, limits, RISK, "[risk_management]")).limits;
  const router = tableOf(document, "router");
  if (router !== undefined) settings.router = readRouter(document, router);
  return settings;
}

function rethrow(check: () => unknown, fail: (error: LabError) => LabError): void {
  try {
    check();
  } catch (error) {
    throw error instanceof LabError ? fail(error) : error;
  }
}

/** A table at the top of a document. @throws LabError `STRATEGY_FILE_TABLE` for something else under its name. */
export function tableOf(document: TomlDocument, name: string): TomlTable | undefined {
  const item = document.at([name]);
  if (item === undefined || item.type === "table") return item;
  throw new LabError("STRATEGY_FILE_TABLE", `${document.where(item)}: ${name} must be a table, [${name}].`, {
    details: { file: document.file, key: name },
  });
}

/** The `[execution]`, `[risk_management]` and `[router]` tables that say these settings. */
export function settingsSections(settings: StrategySettings | RunSettings): TomlSection[] {
  const { fees, sizer, slippageBps, retries, unprotected, groupExit, ...rest } = settings;
  const rates = typeof fees === "object" ? { makerFee: fees.maker, takerFee: fees.taker } : { fees };
  // What few files change is written where it is not the default alone.
  const rare = {
    retries: retries === 2 ? undefined : retries,
    unprotected: unprotected === "close" ? undefined : unprotected,
    groupExitOffsetBps: typeof groupExit === "object" ? groupExit.offsetBps : undefined,
  };
  const values = { ...rest, ...rates, ...rare, sizer: sizer === undefined ? undefined : sizerText(sizer), slippageBps };
  const { limits } = parseRisk(settings.risk as StrategySettings["risk"]);
  const sections: TomlSection[] = [
    { path: ["execution"], entries: tableEntries(EXECUTION, checked(EXECUTION, values)), remove: "others" },
    { path: ["risk_management"], entries: tableEntries(RISK, checked(RISK, limits)), remove: "others" },
  ];
  sections.push(...routerSection(settings.router));
  return sections.filter((section) => section.entries.length > 0);
}

/** A sizer in its shortest notation; one that exists in code only by its name. */
function sizerText(sizer: NonNullable<StrategySettings["sizer"]>): string {
  try {
    return parseSizer(sizer).text;
  } catch {
    return String(sizer);
  }
}

/**
 * A file carries text and numbers only.
 * @param found - what the result was found with: the name of the risk checker, and the stages of the router that functions looked in on.
 * @throws LabError `SETTINGS_NOT_PORTABLE` for a sizer, a risk check or a router's hook that exists in code only.
 */
export function checkPortable(
  { sizer, risk }: StrategySettings,
  { riskChecker = "basic", hooks }: { readonly riskChecker?: string | undefined; readonly hooks: readonly string[] },
): void {
  const text = typeof sizer === "object" ? sizer.text : sizer;
  try {
    if (text !== undefined) parseSizer(text);
  } catch (cause) {
    throw notPortable(
      `Sizer '${text}' is defined in code, a file carries fixed:, percent:, risk-adjusted:, volatility-target: or kelly: only. Pass settings with one of those.`,
      cause,
    );
  }
  const checker = parseRisk(risk);
  if (riskChecker !== "basic" || limitsOf(checker) === undefined)
    throw notPortable(
      `Risk check '${riskChecker === "basic" ? checker.name : riskChecker}' is defined in code, or made of parts that say different things of the same; a file carries limits only. Pass settings with limits, such as { maxOrderQuantity: "1" }.`,
    );
  if (hooks.length > 0)
    throw notPortable(
      `The router's ${hooks.join(" and ")} hooks are functions, a file carries its settings only. Pass settings with a router to go without them.`,
    );
}

function notPortable(message: string, cause?: unknown): LabError {
  return new LabError("SETTINGS_NOT_PORTABLE", message, { cause });
}

function checked(schema: ParamSchema, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schema).map(([name, spec]) => [name, spec.parse(values[name], name)]));
}
