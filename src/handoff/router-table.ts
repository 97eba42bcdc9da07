import type { BacktestOptions, RunSettings } from "../backtest/index.js";
import { LabError } from "../errors/index.js";
import { ROUTER_DEFAULTS, type RouterConfigInput, routerConfig } from "../execution/index.js";
import { type ParamSchema, param } from "../strategies/index.js";
import { readTable, tableEntries } from "./table-values.js";
import type { TomlDocument, TomlSection, TomlTable } from "./toml/index.js";

const { optional } = param;
const D = ROUTER_DEFAULTS;

/** The keys of `[router]`: the router's settings in snake_case; what is absent has the router's default. */
const ROUTER: ParamSchema = {
  style: optional(
    param.text({ default: D.style, choices: ["taker", "maker_entry", "maker_exit", "maker_both"], doc: "What rests before it takes." }),
  ),
  entryTtlS: optional(param.number({ default: D.entryTtlS, min: 0.5, max: 300, doc: "Seconds an entry may rest." })),
  exitTtlS: optional(param.number({ default: D.exitTtlS, min: 0.5, max: 300, doc: "Seconds an exit may rest." })),
  entryMiss: optional(param.text({ default: D.entryMiss, choices: ["skip", "retry", "market"], doc: "What becomes of a missed entry." })),
  entryRetries: optional(param.integer({ default: D.entryRetries, min: 0, max: 10, doc: "Times it is quoted again." })),
  retryExhaust: optional(param.text({ default: D.retryExhaust, choices: ["skip", "market"], doc: "What becomes of it then." })),
  offsetTicks: optional(param.integer({ default: D.offsetTicks, min: 0, max: 100, doc: "Ticks behind the price." })),
  maxSpreadBps: optional(param.number({ default: D.maxSpreadBps, min: 0, max: 1000, doc: "Spread above which an order takes." })),
  postOnly: optional(param.boolean({ default: D.postOnly, doc: "Rest or be cancelled, never take." })),
  restingReasons: optional(param.texts({ default: D.restingReasons, doc: "Exit reasons that may rest." })),
  ticks: optional(param.texts({ default: [], doc: "Ticks in place of the instruments' own, as BTCUSDT=0.5." })),
};

/** Reads `[router]`. @throws LabError `STRATEGY_FILE_KEY`, `PARAM_INVALID`, `ROUTER_INVALID`, with the place in the file. */
export function readRouter(document: TomlDocument, table: TomlTable): RouterConfigInput {
  const { ticks = [], ...rest } = readTable(document, table, ROUTER, "[router]") as { ticks?: readonly string[] };
  const tickOverrides = Object.fromEntries(ticks.map((line) => line.split("=").map((part) => part.trim()) as [string, string]));
  try {
    return routerConfig({ ...rest, tickOverrides });
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    throw new LabError(error.code, `${document.where(table)}: [router] ${error.message}`, { cause: error });
  }
}

/** The `[router]` table that says these settings; without one everything goes to the market. */
export function routerSection(router: BacktestOptions["router"] | RunSettings["router"]): TomlSection[] {
  const { tickOverrides, restingReasons, ...config } = routerConfig(router);
  if (config.style === "taker") return [];
  const reasons = restingReasons.join() === D.restingReasons.join() ? undefined : restingReasons;
  const lines = Object.entries(tickOverrides).map(([symbol, tick]) => `${symbol}=${tick}`);
  const values = { ...config, restingReasons: reasons, ticks: lines.length === 0 ? undefined : lines };
  return [{ path: ["router"], entries: tableEntries(ROUTER, values), remove: "others" }];
}
