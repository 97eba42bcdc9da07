import { Decimal, decimal } from "../../core/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import { WEBHOOK_FORMATS } from "../observe/webhook.js";

/** A value of the configuration. Numbers that decide are decimals. */
export type ConfigValue = string | number | boolean | Decimal;

/** One key as it is documented and checked. */
export interface ConfigKey {
  /** Dotted; `*` stands for any name. */
  readonly path: string;
  readonly type: "text" | "decimal" | "whole" | "choice";
  /** Built in; without one the key has no value until somebody sets it. */
  readonly fallback?: string;
  readonly choices?: readonly string[];
  readonly help: string;
  /** Never shown. */
  readonly secret?: boolean;
}

const key = (path: string, type: ConfigKey["type"], help: string, more: Partial<ConfigKey> = {}): ConfigKey =>
  Object.freeze({ path, type, help, ...more });

/** Every key: the one table that files, variables and help are checked against. */
export const CONFIG_KEYS: readonly ConfigKey[] = Object.freeze([
  key("data_path", "text", "folder of data files", { fallback: "./data" }),
  key(
    "log_level",
    "choice",
    "least level that is logged; debug adds every event of the engine with its number (EVENT), every question to the venue and its answer" +
      " (REQUEST, ANSWER) and every comparison with it (RECONCILE), never a secret",
    { fallback: "info", choices: ["debug", "info", "warning", "error"] },
  ),
  key("backtest.reporting_currency", "text", "currency results are told in", { fallback: "USDT" }),
  key("backtest.markets_file", "text", "TOML file of instruments"),
  key("backtest.initial_balances.*", "decimal", "starting cash of a currency, 10000 USDT without any"),
  key("risk_management.max_order_quantity", "decimal", "largest order in base currency, 0 for none", { fallback: "1" }),
  key("risk_management.max_position_quantity", "decimal", "largest position in base currency, 0 for none", { fallback: "2" }),
  key("risk_management.max_order_notional", "decimal", "largest order in settlement currency, 0 for none", { fallback: "0" }),
  key("risk_management.max_drawdown", "decimal", "fall of equity, a fraction, at which only reducing orders leave; 0 for none", {
    fallback: "0.05",
  }),
  key("exchange.*.driver", "choice", "kind of venue", { fallback: "bybit", choices: ["bybit", "paper"] }),
  key("exchange.*.rest_url", "text", "REST address"),
  key("exchange.*.ws_url", "text", "WebSocket address"),
  key("exchange.*.api_key", "text", "key of the account", { secret: true }),
  key("exchange.*.api_secret", "text", "secret of the key", { secret: true }),
  key("exchange.*.*", "text", "passed on to the connector"),
  key("live.state_path", "text", "state file of a session", { fallback: "./reports/live_state.db" }),
  key("live.metrics_addr", "text", "address of /metrics and /health; port 0 takes a free one", { fallback: "127.0.0.1:9100" }),
  key("live.log_path", "text", "structured log; {session} stands for the session's id", { fallback: "./logs/{session}.json" }),
  key("live.reconciliation_interval_secs", "whole", "seconds between comparisons with the venue", { fallback: "60" }),
  key("live.reconciliation_threshold", "decimal", "difference of a balance, as a fraction, that is an alert", { fallback: "0.001" }),
  key("live.alerting.webhook_url", "text", "where alerts are posted; empty for the log only", { fallback: "", secret: true }),
  key("live.alerting.webhook_format", "choice", "what the receiver takes", { fallback: "json", choices: WEBHOOK_FORMATS }),
  key("live.alerting.max_data_gap_secs", "whole", "silence of market data that is an alert, 0 for never", { fallback: "300" }),
  key("live.alerting.max_order_failures", "whole", "failed orders in a row that are an alert, 0 for never", { fallback: "3" }),
  key("live.alerting.max_drawdown", "decimal", "fall of equity, a fraction, that is an alert, 0 for never", { fallback: "0.03" }),
]);

/** Variables of Tesserlab that are no keys of the configuration. */
export const OTHER_VARIABLES: Readonly<Record<string, string>> = Object.freeze({
  TESSERLAB__DATA_DIR: "folder of real candles",
  TESSERLAB__CHARTS: "how charts are shown",
  TESSERLAB__TYPES: "what type errors do in cells",
  TESSERLAB__HISTORY: "file of the history of cells",
  TESSERLAB__SESSIONS_DIR: "folder in which running sessions are found",
  TESSERLAB__CRASH_POINTS: "how many points the crash test kills a session at",
  TESSERLAB__PYTHON: "Python of the slow tests",
  TESSERLAB__CHROMIUM: "browser of the slow tests",
});

/** Beginnings of variables that others read: keys of Bybit, by profile, which never enter the configuration. */
export const OTHER_PREFIXES: readonly string[] = Object.freeze(["TESSERLAB__BYBIT__"]);

/** The key that a path (lower case) matches; the most exact of them. */
export function keyOf(path: readonly string[]): ConfigKey | undefined {
  const matches = (pattern: readonly string[]): boolean =>
    pattern.length === path.length && pattern.every((part, i) => part === "*" || part === path[i]);
  const found = CONFIG_KEYS.filter((one) => matches(one.path.split(".")));
  const best = found.sort((a, b) => a.path.split("*").length - b.path.split("*").length)[0];
  // What is passed on to a connector under a name of this kind (api_keys for api_key, a passphrase) is hidden as well.
  return best?.path.endsWith(".*") && /key|secret|token|pass|credential/.test(path.at(-1)!) ? { ...best, secret: true } : best;
}

/** Checks a value, given as TOML holds it or as text. @throws LabError `CONFIG_VALUE` naming where it stands. */
export function readValue(spec: ConfigKey, raw: unknown, where: string): ConfigValue {
  // A secret must not be shown by the error about it either.
  const shown = spec.secret === true ? "a value that is not shown" : `'${String(raw)}'`;
  const wrong = (what: string): LabError =>
    new LabError("CONFIG_VALUE", `${where}: ${spec.path} is ${what}, got ${shown}.`, { details: { path: spec.path, where } });
  switch (spec.type) {
    case "choice":
      if (typeof raw !== "string" || !spec.choices!.includes(raw))
        throw unknownName("CONFIG_VALUE", `${spec.path} (${where})`, String(raw), spec.choices!);
      return raw;
    case "decimal": {
      const value = number(raw);
      if (value === undefined || value.isNegative()) throw wrong("a number of at least 0");
      return value;
    }
    case "whole": {
      const value = number(raw);
      if (value === undefined || !value.isInteger() || value.isNegative() || value.gt(1e9)) throw wrong("a whole number of at least 0");
      return value.toNumber();
    }
    case "text":
      if (typeof raw === "boolean" || typeof raw === "number") return raw;
      if (Decimal.isDecimal(raw) || typeof raw === "bigint") return String(raw);
      if (typeof raw !== "string") throw wrong("a text");
      return raw;
  }
}

function number(raw: unknown): Decimal | undefined {
  if (Decimal.isDecimal(raw)) return raw.isFinite() ? (raw as Decimal) : undefined;
  if (typeof raw !== "string" && typeof raw !== "number" && typeof raw !== "bigint") return undefined;
  try {
    return decimal(raw);
  } catch {
    return undefined;
  }
}

/** The table of keys as Markdown, with the variable that sets each. */
export function configTable(): string {
  const rows = CONFIG_KEYS.map(({ path, fallback, help, choices }) => {
    const variable = `TESSERLAB__${path.replaceAll(".", "__").replaceAll("*", "<name>")}`;
    const values = choices === undefined ? help : `${help}: ${choices.join(", ")}`;
    return `| ${path} | ${fallback ?? ""} | ${values} | ${variable} |`;
  });
  return ["| key | built in | meaning | variable |", "|---|---|---|---|", ...rows].join("\n");
}
