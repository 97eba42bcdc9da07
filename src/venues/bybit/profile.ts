import { LabError, unknownName } from "../../errors/index.js";
import { type Category, category } from "../bybit-wire/index.js";
import { type BybitEnv, type BybitOptions, type BybitUrls, baseUrls, envOfHost } from "./options.js";

/** What a configuration says of an account: the table `[exchange.<name>]` of Tesser's files, keys in lower case. */
export interface BybitProfile {
  readonly settings: Readonly<Record<string, string>>;
  /** Files that `api_key` and `api_secret` stand in, if they stand in any: only their owner may be able to read them. */
  readonly keysFiles?: readonly string[];
}

/**
 * Finds a profile by its name; undefined for one that is not configured.
 * @param configEnv - name of the environment whose file counts, too.
 */
export type ProfileSource = (name: string, configEnv?: string) => BybitProfile | undefined;

/** Keys that say something to {@link profileOptions}, and those of Tesser that say nothing here: limits are learned from the server's answers, coins from its list. */
const READ = [
  "driver",
  "env",
  "category",
  "rest_url",
  "ws_url",
  "ws_public_url",
  "ws_private_url",
  "api_key",
  "api_secret",
  "secrets_file",
  "recv_window",
  "requests_per_5s",
  "connections",
];
const ORIGIN = /^wss?:\/\/[^/]+/;
const OF_TESSER = ["exchange", "settle_coin", "rate_limit_tier", "private_rps", "public_rps"];

/**
 * The options that a profile stands for; its keys are no part of them.
 * @throws LabError `BYBIT_PROFILE` for another driver or a value that is no number, `OPTION_UNKNOWN` for a key that means nothing, with the nearest.
 */
export function profileOptions(name: string, { settings }: BybitProfile, given: BybitOptions): BybitOptions {
  const { driver = "bybit" } = settings;
  if (driver !== "bybit")
    throw new LabError("BYBIT_PROFILE", `[exchange.${name}] has driver ${driver}; bybit() opens profiles whose driver is bybit.`, {
      details: { name, driver },
    });
  for (const key of Object.keys(settings))
    if (!READ.includes(key) && !OF_TESSER.includes(key)) throw unknownName("OPTION_UNKNOWN", `key of [exchange.${name}]`, key, READ);
  const text = (key: string): string | undefined => (settings[key] === undefined || settings[key] === "" ? undefined : settings[key]);
  const whole = (key: string): number | undefined => {
    const value = text(key);
    if (value === undefined) return undefined;
    if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
    throw new LabError("BYBIT_PROFILE", `${key} of [exchange.${name}] must be a whole number above 0, got '${value}'.`, {
      details: { name, key, value },
    });
  };
  const group = category(given.category ?? text("category") ?? "linear");
  const rest = text("rest_url");
  const env = (text("env") as BybitEnv | undefined) ?? (rest === undefined ? undefined : envOfHost(rest));
  const urls = urlsOf(text, group);
  const [recvWindow, requestsPer5s, connections] = [whole("recv_window"), whole("requests_per_5s"), whole("connections")];
  return {
    category: group,
    ...(env !== undefined && { env }),
    ...(urls !== undefined && { urls }),
    ...(recvWindow !== undefined && { timing: { recvWindow } }),
    ...(requestsPer5s !== undefined && { requestsPer5s }),
    ...(connections !== undefined && { connections }),
    ...(text("secrets_file") !== undefined && { secretsFile: text("secrets_file") }),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

/** `ws_url` may be the address of one stream or of the machine that has them all; an address of this machine stands for REST and streams alike. */
function urlsOf(text: (key: string) => string | undefined, category: Category): Partial<BybitUrls> | undefined {
  const [rest, ws] = [text("rest_url"), text("ws_url")];
  const base = ws === undefined ? (rest !== undefined && envOfHost(rest) === "local" ? rest : undefined) : (ORIGIN.exec(ws)?.[0] ?? ws);
  const streams = base === undefined ? undefined : baseUrls(base, category);
  const [open, account] = [text("ws_public_url") ?? streams?.public, text("ws_private_url") ?? streams?.private];
  if (rest === undefined && open === undefined && account === undefined) return undefined;
  return {
    ...(rest !== undefined && { rest }),
    ...(open !== undefined && { public: open }),
    ...(account !== undefined && { private: account }),
  };
}
