import { Decimal, decimalText } from "../../core/index.js";
import { assertKeys, suggest, wrongInput } from "../../errors/index.js";
import { ENTRY_MISSES, RETRY_EXHAUSTS, ROUTER_DEFAULTS, ROUTER_RANGES, ROUTER_STYLES, type RouterConfig, routerConfig } from "./config.js";

/** Where a router's settings stand in the environment unless told otherwise. */
export const ROUTER_ENV_PREFIX = "TESSERLAB__ROUTER__";

/** A value of the environment that was not taken as it stands. */
export interface RouterWarning {
  readonly code: "UNREADABLE" | "OUT_OF_RANGE" | "UNKNOWN_CHOICE" | "UNKNOWN_NAME";
  /** The variable, with its prefix. */
  readonly name: string;
  readonly message: string;
}

/** Settings read from the environment, and what was odd about it. */
export interface RouterEnvConfig {
  readonly config: RouterConfig;
  readonly warnings: readonly RouterWarning[];
}

/** Variables by their name after the prefix: the source's own names. */
const CHOICES = {
  EXEC_STYLE: { key: "style", of: ROUTER_STYLES },
  MAKER_ENTRY_MISS: { key: "entryMiss", of: ENTRY_MISSES },
  MAKER_RETRY_EXHAUST: { key: "retryExhaust", of: RETRY_EXHAUSTS },
} as const;
const NUMBERS = {
  MAKER_ENTRY_TTL_S: "entryTtlS",
  MAKER_EXIT_TTL_S: "exitTtlS",
  MAKER_ENTRY_RETRIES: "entryRetries",
  MAKER_OFFSET_TICKS: "offsetTicks",
  MAKER_MAX_SPREAD_BPS: "maxSpreadBps",
} as const;
const POST_ONLY = "POST_ONLY";
const TICK_SIZE = "TICK_SIZE_";
const NAMES: readonly string[] = [...Object.keys(CHOICES), ...Object.keys(NUMBERS), POST_ONLY];

/** What the source reads as a number: a decimal with an exponent, `_` between digits, an infinity; never text with a unit. */
const NUMBER = /^[+-]?(\d+(_\d+)*(\.(\d+(_\d+)*)?)?|\.\d+(_\d+)*)(e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;

function numberOf(text: string): number | undefined {
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return NUMBER.test(text) ? Number(text.replaceAll("_", "")) : undefined;
}

/**
 * Reads a router's settings from the environment. Nothing in there can stop a program: what cannot be read counts as its default, a number outside its
 * range as the nearest end of it, and each is a warning in the result.
 * @param env - the process's own unless given.
 * @param options - `prefix`: `TESSERLAB__ROUTER__` unless given; with `DOLPHIN_PINK_` the source's names work unchanged.
 * @example routerConfigFromEnv().config
 */
export function routerConfigFromEnv(
  env: Readonly<Record<string, string | undefined>> = process.env,
  options: { readonly prefix?: string } = {},
): RouterEnvConfig {
  assertKeys("routerConfigFromEnv", options, ["prefix"]);
  const prefix = options.prefix ?? ROUTER_ENV_PREFIX;
  if (typeof prefix !== "string") throw wrongInput("OPTION_INVALID", "prefix", "text such as TESSERLAB__ROUTER__", prefix);
  if (typeof env !== "object" || env === null)
    throw wrongInput("OPTION_INVALID", "routerConfigFromEnv", "an environment such as process.env", env);
  const warnings: RouterWarning[] = [];
  const values: Record<string, unknown> = {};
  const warn = (code: RouterWarning["code"], name: string, message: string): void => {
    warnings.push(Object.freeze({ code, name: prefix + name, message: `${prefix}${name}: ${message}` }));
  };
  const read = (name: string): string => String(env[prefix + name] ?? "").trim();

  for (const [name, { key, of }] of Object.entries(CHOICES)) {
    const text = read(name).toLowerCase();
    if (text === "") continue;
    if ((of as readonly string[]).includes(text)) values[key] = text;
    else warn("UNKNOWN_CHOICE", name, `'${text}' is none of ${of.join(", ")}; ${ROUTER_DEFAULTS[key]} it is.`);
  }
  for (const [name, key] of Object.entries(NUMBERS)) {
    const text = read(name);
    if (text === "") continue;
    const { min, max, whole } = ROUTER_RANGES[key];
    const value = numberOf(text);
    if (value === undefined) {
      warn("UNREADABLE", name, `'${text}' is no number; ${ROUTER_DEFAULTS[key]} it is.`);
      continue;
    }
    const within = Math.min(max, Math.max(min, value));
    if (within !== value) warn("OUT_OF_RANGE", name, `${text} lies outside ${min} to ${max}; ${within} it is.`);
    values[key] = whole ? Math.trunc(within) : within;
  }
  const postOnly = read(POST_ONLY).toLowerCase();
  if (postOnly !== "") values.postOnly = ["1", "true", "yes", "on"].includes(postOnly);
  values.tickOverrides = ticks(env, prefix, warn);
  unknownNames(env, prefix, warn);
  return Object.freeze({ config: routerConfig(values), warnings: Object.freeze(warnings) });
}

type Warn = (code: RouterWarning["code"], name: string, message: string) => void;

/** Ticks by symbol; one that is not above zero is none, and silently so, as in the source. */
function ticks(env: Readonly<Record<string, string | undefined>>, prefix: string, warn: Warn): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [variable, raw] of Object.entries(env)) {
    const text = String(raw ?? "").trim();
    const symbol = variable.slice(prefix.length + TICK_SIZE.length);
    if (!variable.startsWith(prefix + TICK_SIZE) || symbol === "" || text === "") continue;
    const plain = text.replaceAll("_", "");
    if (!NUMBER.test(text)) warn("UNREADABLE", TICK_SIZE + symbol, `'${text}' is no number; the tick of ${symbol} stays what it was.`);
    else if (new Decimal(plain).gt(0)) found[symbol.toUpperCase()] = decimalText(new Decimal(plain));
  }
  return found;
}

/** Under our own prefix every name that we do not know is a mistake; another prefix may hold a program's other settings, so only a near miss is. */
function unknownNames(env: Readonly<Record<string, string | undefined>>, prefix: string, warn: Warn): void {
  for (const variable of Object.keys(env)) {
    const name = variable.slice(prefix.length);
    if (!variable.startsWith(prefix) || NAMES.includes(name) || name.startsWith(TICK_SIZE)) continue;
    const near = suggest(name, NAMES);
    if (near !== undefined) warn("UNKNOWN_NAME", name, `no setting of the router. Did you mean ${near}?`);
    else if (prefix === ROUTER_ENV_PREFIX) warn("UNKNOWN_NAME", name, `no setting of the router. Known: ${NAMES.join(", ")}.`);
  }
}
