import { decimal, type Interval } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { LOG_LEVELS, type LogLevel } from "./observe/log.js";
import type { TradeSpec } from "./trader/contracts.js";

/** What a session on a venue is told besides a strategy and its settings. */
export interface TradeOptions {
  /** What to trade; the symbols that the strategy declares, or those of the recorded market, unless given. */
  readonly symbols?: string | readonly string[];
  readonly interval?: Interval;
  /** Candles of history the strategy sees first; 512 unless given. */
  readonly history?: number;
  /** Levels of a side of an order book that the strategy sees; unless given what the venue usually streams, or what the strategy's parameter `depth` needs. */
  readonly bookDepth?: number;
  /** Closed candles as the venue pushes them, or built from its trades; `venue` unless given. */
  readonly candles?: "venue" | "trades";
  /** Seconds between comparisons with the venue; 60 unless given. */
  readonly reconcileSecs?: number;
  readonly reconcileThreshold?: string;
  /** Fall of equity, a fraction, from which only reducing orders leave; none unless given. */
  readonly maxDrawdown?: string;
  readonly metricsAddr?: string;
  /** Structured log, `{session}` stands for the session's id; none unless given. */
  readonly logPath?: string;
  readonly logLevel?: LogLevel;
  readonly alerting?: TradeSpec["alerting"];
  /** Trade after a restore from a backup although the venue does not agree. */
  readonly confirmRestored?: boolean;
  /** Begin a new session although the state file holds one that could go on. */
  readonly fresh?: boolean;
}

/** A check of one option: throws, named as it is given. */
type Check = (value: unknown, name: string) => void;

function refuse(name: string, wanted: string, value: unknown): never {
  throw new LabError("OPTION_INVALID", `${name} is ${wanted}, got ${typeof value === "string" ? `'${value}'` : String(value)}.`, {
    details: { name, value },
  });
}

const number =
  (wanted: string, fits: (value: number) => boolean): Check =>
  (value, name) => {
    if (typeof value !== "number" || !fits(value)) refuse(name, wanted, value);
  };

const whole = (least: number): Check => number(`a whole number of at least ${least}`, (value) => Number.isInteger(value) && value >= least);
const text: Check = (value, name) => (typeof value === "string" ? undefined : refuse(name, "text", value));
const flag: Check = (value, name) => (typeof value === "boolean" ? undefined : refuse(name, "true or false", value));

const oneOf =
  (known: readonly string[]): Check =>
  (value, name) => {
    if (!known.includes(String(value))) throw unknownName("OPTION_INVALID", `value of ${name}`, String(value), known);
  };

/** A share as exact text or a number. */
const fraction: Check = (value, name) => {
  const wanted = "a fraction from 0 to 1 (0.05 is 5 %)";
  if (typeof value !== "string" && typeof value !== "number") refuse(name, wanted, value);
  const share = decimal(value as string, name);
  if (share.lt(0) || share.gt(1)) refuse(name, wanted, value);
};

const ALERTING: Readonly<Record<keyof TradeSpec["alerting"], Check>> = {
  webhookUrl: text,
  // Checked with the URL it is for.
  webhookFormat: text,
  maxDataGapSecs: number("a number of seconds, 0 for never", (value) => value >= 0 && Number.isFinite(value)),
  maxOrderFailures: whole(0),
  maxDrawdown: fraction,
};

const CHECKS: Readonly<Record<keyof TradeOptions, Check>> = {
  // Both have their own checks, with what the strategy and the market say.
  symbols: () => {},
  bookDepth: () => {},
  interval: text,
  history: whole(0),
  candles: oneOf(["venue", "trades"]),
  reconcileSecs: number("a number of seconds above 0", (value) => value > 0 && Number.isFinite(value)),
  reconcileThreshold: fraction,
  maxDrawdown: fraction,
  metricsAddr: text,
  logPath: text,
  logLevel: oneOf(LOG_LEVELS),
  alerting: (value) => checkEach(value, ALERTING, "trade.alerting"),
  confirmRestored: flag,
  fresh: flag,
};

function checkEach(given: unknown, checks: Readonly<Record<string, Check>>, where: string): void {
  if (typeof given !== "object" || given === null) refuse(where, "an object", given);
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(checks, key)) throw unknownName("OPTION_UNKNOWN", `${where} option`, key, Object.keys(checks));
    if (value !== undefined) checks[key]!(value, `${where}.${key}`);
  }
}

/** Checks what a session on a venue is told: one that watches less than it was told to would be a lie. @throws LabError `OPTION_UNKNOWN`, `OPTION_INVALID`, `DECIMAL_INVALID`. */
export function checkTrade(trade: TradeOptions): void {
  checkEach(trade, CHECKS, "trade");
}
