import { isLoopback } from "../../core/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import { type Category, category } from "../bybit-wire/index.js";

/** Where orders go. `local` is a server of your own, such as the paper exchange's, and needs `urls`; one that is not on this machine counts as real. */
export const BYBIT_ENVS = ["mainnet", "testnet", "demo", "local"] as const;
export type BybitEnv = (typeof BYBIT_ENVS)[number];

/** Addresses of a server. Every one may be set. */
export interface BybitUrls {
  /** Of REST, without a path: `https://api.bybit.com`. */
  readonly rest: string;
  /** Of the public stream, with its path: `wss://stream.bybit.com/v5/public/linear`. */
  readonly public: string;
  /** Of the private stream: `wss://stream.bybit.com/v5/private`. */
  readonly private: string;
}

/** Times of a connector in milliseconds. */
export interface BybitTiming {
  /** How late a request may arrive: its recv_window. */
  readonly recvWindow: number;
  /** How long the making of a connection for REST may take. */
  readonly connect: number;
  /** How long an answer of REST is waited for from the moment its request left. */
  readonly request: number;
  /** How long a lost order is looked for at most. 1.6 times `recvWindow` pass before one that is not found counts as never landed. */
  readonly reconcile: number;
  /** Between pings of a stream. */
  readonly ping: number;
  /** How long an answer of a stream (pong, login, subscription) is waited for. */
  readonly ack: number;
  /** How long a stream may be silent, pongs included. */
  readonly silence: number;
  /** First and longest wait before a stream reconnects; half of each wait is random. */
  readonly reconnectBase: number;
  readonly reconnectMax: number;
  /** How long a cancel or an amendment waits for the stream to tell what became of it before it asks. */
  readonly settle: number;
  /** How often the orders that count as open are compared with the open orders that Bybit lists, while there are any: 5,000 unless given. A tenth of one of the 50 such questions a second that Bybit allows, for every settlement currency. */
  readonly check: number;
}

/** What {@link bybit} is told. */
export interface BybitOptions {
  /** Which Bybit. Has to be said, here or by the profile's configuration, so that nobody trades real money by accident. */
  env?: BybitEnv;
  /** `linear` unless given. */
  category?: Category;
  /** Name of an account: of its keys, see `CredentialSource`, and of an `[exchange.<profile>]` in the configuration whose settings hold where none are given here. */
  profile?: string | undefined;
  /** Name of the configuration's environment whose file `config/<name>.toml` counts for the profile, too. */
  configEnv?: string | undefined;
  /** File that holds the keys; only its owner may be able to read it. */
  secretsFile?: string | undefined;
  /** Other addresses; a single text is the address of a server that has all three, such as `http://127.0.0.1:8000`. */
  urls?: string | Partial<BybitUrls>;
  timing?: Partial<BybitTiming>;
  /** Requests that this address may send in 5 s; Bybit allows 600. */
  requestsPer5s?: number;
  /** Connections that requests of REST share at a time; 16 unless given. Four more are kept for what takes risk off. */
  connections?: number;
}

/** Options completed and checked. */
export interface BybitSettings {
  readonly env: BybitEnv;
  readonly category: Category;
  readonly profile: string | undefined;
  readonly configEnv: string | undefined;
  readonly secretsFile: string | undefined;
  readonly urls: BybitUrls;
  readonly timing: BybitTiming;
  readonly requestsPer5s: number;
  readonly connections: number;
}

const KEYS = ["env", "category", "profile", "configEnv", "secretsFile", "urls", "timing", "requestsPer5s", "connections", "kind", "name"];

const TIMING: BybitTiming = Object.freeze({
  recvWindow: 5_000,
  connect: 10_000,
  request: 10_000,
  reconcile: 60_000,
  ping: 20_000,
  ack: 10_000,
  silence: 45_000,
  reconnectBase: 500,
  reconnectMax: 30_000,
  settle: 1_000,
  check: 5_000,
});

const HOSTS: Readonly<Record<Exclude<BybitEnv, "local">, { rest: string; public: string; private: string }>> = {
  mainnet: { rest: "https://api.bybit.com", public: "wss://stream.bybit.com", private: "wss://stream.bybit.com" },
  testnet: { rest: "https://api-testnet.bybit.com", public: "wss://stream-testnet.bybit.com", private: "wss://stream-testnet.bybit.com" },
  // Demo accounts trade against the real market's data.
  demo: { rest: "https://api-demo.bybit.com", public: "wss://stream.bybit.com", private: "wss://stream-demo.bybit.com" },
};

/**
 * Completes and checks options.
 * @throws LabError `BYBIT_ENV` without an environment, `CATEGORY_UNKNOWN`, `BYBIT_URL`, `BYBIT_TIMING`, `OPTION_UNKNOWN`.
 */
export function settingsOf(options: BybitOptions): BybitSettings {
  for (const key of Object.keys(options))
    if (!KEYS.includes(key)) throw unknownName("OPTION_UNKNOWN", "bybit option", key, KEYS.slice(0, -2));
  const { env } = options;
  if (env === undefined)
    throw new LabError(
      "BYBIT_ENV",
      `bybit needs an env, so that nobody trades real money by accident: one of ${BYBIT_ENVS.join(", ")}${options.profile === undefined ? "" : ` (no [exchange.${options.profile}] of the configuration names one)`}.`,
    );
  if (!BYBIT_ENVS.includes(env)) throw unknownName("BYBIT_ENV", "environment of Bybit", String(env), BYBIT_ENVS);
  const group = category(options.category ?? "linear");
  const { profile, configEnv, secretsFile } = options;
  if (profile !== undefined && !/^[A-Za-z][A-Za-z0-9_-]{0,30}$/.test(profile))
    throw new LabError("BYBIT_PROFILE", `profile is a name of letters, digits, _ and -, got '${profile}'.`);
  const { requestsPer5s = 600, connections = 16 } = options;
  for (const [name, value] of Object.entries({ requestsPer5s, connections }))
    if (!(Number.isInteger(value) && value > 0))
      throw new LabError("BYBIT_TIMING", `${name} must be a whole number above 0, got ${String(value)}.`, { details: { [name]: value } });
  return Object.freeze({
    env,
    category: group,
    profile,
    configEnv,
    secretsFile,
    urls: urlsOf(env, group, options.urls),
    timing: timingOf(options.timing ?? {}),
    requestsPer5s,
    connections,
  });
}

function timingOf(given: Partial<BybitTiming>): BybitTiming {
  for (const [key, value] of Object.entries(given)) {
    if (!(key in TIMING)) throw unknownName("OPTION_UNKNOWN", "time of bybit", key, Object.keys(TIMING));
    if (!(Number.isFinite(value) && value > 0))
      throw new LabError("BYBIT_TIMING", `timing.${key} must be milliseconds above 0, got ${String(value)}.`, { details: { key, value } });
  }
  return Object.freeze({ ...TIMING, ...given });
}

function urlsOf(env: BybitEnv, group: Category, given: string | Partial<BybitUrls> | undefined): BybitUrls {
  const own: Partial<BybitUrls> = typeof given === "string" ? baseUrls(given, group) : (given ?? {});
  for (const key of Object.keys(own))
    if (!["rest", "public", "private"].includes(key))
      throw unknownName("OPTION_UNKNOWN", "url of bybit", key, ["rest", "public", "private"]);
  if (env === "local" && (own.rest === undefined || own.public === undefined || own.private === undefined))
    throw new LabError("BYBIT_URL", 'env "local" needs the server\'s address: bybit({ env: "local", urls: "http://127.0.0.1:8000" }).');
  const hosts = env === "local" ? undefined : HOSTS[env];
  for (const [name, text] of Object.entries(own)) {
    const of = envOfHost(text);
    // Demo accounts read the real market.
    if (of !== undefined && of !== env && of !== "local" && !(env === "demo" && name === "public" && of === "mainnet"))
      throw new LabError(
        "BYBIT_URL",
        `urls.${name} is an address of Bybit's ${of}, but env is ${env}: keys of one are unknown to the other.`,
        {
          details: { name, env, of },
        },
      );
  }
  return Object.freeze({
    rest: checkUrl("rest", own.rest ?? hosts!.rest, /^https?:$/).replace(/\/+$/, ""),
    public: checkUrl("public", own.public ?? `${hosts!.public}/v5/public/${group}`, /^wss?:$/),
    private: checkUrl("private", own.private ?? `${hosts!.private}/v5/private`, /^wss?:$/),
  });
}

/** Whether orders cost nobody's money: they go to a server on this machine. */
export function isRehearsal({ env, urls }: Pick<BybitSettings, "env" | "urls">): boolean {
  return env === "local" && isLoopback(urls.rest);
}

/** The addresses of a server that has all three under one. */
export function baseUrls(base: string, group: Category): BybitUrls {
  const rest = base.replace(/\/+$/, "");
  const stream = rest.replace(/^http/, "ws");
  return { rest, public: `${stream}/v5/public/${group}`, private: `${stream}/v5/private` };
}

/** Which Bybit an address belongs to; undefined for one that is none of Bybit's and not on this machine. */
export function envOfHost(text: string): BybitEnv | undefined {
  const host = /^[a-z]+:\/\/([^/:]+|\[[^\]]+\])/i.exec(text)?.[1]?.toLowerCase() ?? "";
  if (isLoopback(text)) return "local";
  const kind = /^(?:api|stream)(-testnet|-demo)?\.(?:bybit|bytick|bybit-[a-z]+)\.[a-z.]+$/.exec(host);
  if (kind === null) return undefined;
  return kind[1] === undefined ? "mainnet" : kind[1] === "-demo" ? "demo" : "testnet";
}

function checkUrl(name: string, text: string, protocol: RegExp): string {
  let url: URL | undefined;
  try {
    url = new URL(text);
  } catch {
    // Told below.
  }
  if (url === undefined || !protocol.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new LabError(
      "BYBIT_URL",
      `urls.${name} must be an address without user and password, such as ${name === "rest" ? "http://127.0.0.1:8000" : "ws://127.0.0.1:8000/v5/private"}.`,
    );
  if (!/s:$/.test(url.protocol) && !isLoopback(text))
    throw new LabError(
      "BYBIT_URL",
      `urls.${name} is not encrypted (${url.protocol}//${url.host}); keys are sent in clear to this machine only.`,
    );
  return text;
}
