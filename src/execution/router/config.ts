import { type DecimalInput, decimal, decimalText } from "../../core/index.js";
import { LabError, unknownName, wrongInput } from "../../errors/index.js";

/** How orders reach the venue: at the market, or resting first for entries, for exits that may wait, or for both. */
export const ROUTER_STYLES = ["taker", "maker_entry", "maker_exit", "maker_both"] as const;
export type RouterStyle = (typeof ROUTER_STYLES)[number];

/** What becomes of an entry whose time is up: it is given up, quoted again, or bought at the market. */
export const ENTRY_MISSES = ["skip", "retry", "market"] as const;
export type EntryMiss = (typeof ENTRY_MISSES)[number];

/** What becomes of it when it has been quoted as often as it may. */
export const RETRY_EXHAUSTS = ["skip", "market"] as const;
export type RetryExhaust = (typeof RETRY_EXHAUSTS)[number];

/** A router's settings, checked and complete: plain text and numbers, so that they can be stored and sent. */
export interface RouterConfig {
  readonly style: RouterStyle;
  /** Seconds an entry may rest, 0.5 to 300. */
  readonly entryTtlS: number;
  /** Seconds an exit may rest, 0.5 to 300; then it goes to the market. */
  readonly exitTtlS: number;
  readonly entryMiss: EntryMiss;
  /** Times a missed entry is quoted again, 0 to 10. */
  readonly entryRetries: number;
  readonly retryExhaust: RetryExhaust;
  /** Ticks behind the reference price, 0 to 100. */
  readonly offsetTicks: number;
  /** Basis points of spread above which an order takes, 0 to 1000. */
  readonly maxSpreadBps: number;
  /** Rest or be cancelled, never take. */
  readonly postOnly: boolean;
  /** Ticks by symbol, before the instrument's own and the table's. */
  readonly tickOverrides: Readonly<Record<string, string>>;
  /** Exit reasons that may rest, in upper case; every other is urgent. */
  readonly restingReasons: readonly string[];
}

/** What a caller may leave out. */
export type RouterConfigInput = Partial<Omit<RouterConfig, "tickOverrides">> & {
  readonly tickOverrides?: Readonly<Record<string, DecimalInput>>;
};

/** Ranges of the numbers, and whether they are whole. */
export const ROUTER_RANGES: Readonly<
  Record<
    "entryTtlS" | "exitTtlS" | "entryRetries" | "offsetTicks" | "maxSpreadBps",
    { readonly min: number; readonly max: number; readonly whole: boolean }
  >
> = Object.freeze({
  entryTtlS: { min: 0.5, max: 300, whole: false },
  exitTtlS: { min: 0.5, max: 300, whole: false },
  entryRetries: { min: 0, max: 10, whole: true },
  offsetTicks: { min: 0, max: 100, whole: true },
  maxSpreadBps: { min: 0, max: 1000, whole: false },
});

/** Everything at the market: what a router does unless told otherwise. */
export const ROUTER_DEFAULTS: RouterConfig = Object.freeze({
  style: "taker",
  entryTtlS: 8,
  exitTtlS: 5,
  entryMiss: "skip",
  entryRetries: 1,
  retryExhaust: "skip",
  offsetTicks: 1,
  maxSpreadBps: 5,
  postOnly: true,
  tickOverrides: Object.freeze({}),
  restingReasons: Object.freeze(["TAKE_PROFIT"]),
});

/**
 * Checks and completes a router's settings.
 * @throws LabError `OPTION_UNKNOWN` for a misspelt key, `ROUTER_INVALID` for a value that is none of the choices or outside its range.
 */
export function routerConfig(input: RouterConfigInput = {}): RouterConfig {
  if (typeof input !== "object" || input === null)
    throw new LabError("ROUTER_INVALID", 'A router\'s settings are an object such as { style: "maker_both" }.');
  const known = Object.keys(ROUTER_DEFAULTS);
  for (const key of Object.keys(input)) if (!known.includes(key)) throw unknownName("OPTION_UNKNOWN", "router option", key, known);
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as RouterConfigInput;
  const config = { ...ROUTER_DEFAULTS, ...given };
  choice("style", config.style, ROUTER_STYLES);
  choice("entryMiss", config.entryMiss, ENTRY_MISSES);
  choice("retryExhaust", config.retryExhaust, RETRY_EXHAUSTS);
  for (const [name, { min, max, whole }] of Object.entries(ROUTER_RANGES)) {
    const value = config[name as keyof typeof ROUTER_RANGES];
    if (typeof value !== "number" || !(value >= min && value <= max) || (whole && !Number.isInteger(value)))
      throw new LabError(
        "ROUTER_INVALID",
        `${name} must be a ${whole ? "whole " : ""}number from ${min} to ${max}, got ${String(value)}.`,
        {
          details: { name, value },
        },
      );
  }
  if (typeof config.postOnly !== "boolean")
    throw new LabError("ROUTER_INVALID", `postOnly must be true or false, got ${String(config.postOnly)}.`);
  return Object.freeze({
    ...config,
    tickOverrides: Object.freeze(ticksOf(config.tickOverrides)),
    restingReasons: Object.freeze(reasonsOf(config.restingReasons)),
  });
}

function choice(name: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== "string" || !known.includes(value)) throw unknownName("ROUTER_INVALID", name, String(value), known);
}

function ticksOf(input: Readonly<Record<string, DecimalInput>>): Record<string, string> {
  if (typeof input !== "object" || input === null || Array.isArray(input))
    throw wrongInput("ROUTER_INVALID", "tickOverrides", 'an object such as { BTCUSDT: "0.1" }', input);
  const ticks: Record<string, string> = {};
  for (const [symbol, value] of Object.entries(input)) {
    const tick = decimal(value, `tick of ${symbol}`);
    if (tick.lte(0))
      throw new LabError("ROUTER_INVALID", `The tick of ${symbol} must be greater than zero, got ${decimalText(tick)}.`, {
        details: { symbol },
      });
    ticks[symbol.toUpperCase()] = decimalText(tick);
  }
  return ticks;
}

function reasonsOf(input: readonly string[]): string[] {
  if (!Array.isArray(input) || !input.every((reason) => typeof reason === "string" && reason !== ""))
    throw new LabError("ROUTER_INVALID", 'restingReasons is a list of exit reasons such as ["TAKE_PROFIT"].');
  return input.map((reason: string) => reason.toUpperCase());
}
