import { type Clock, systemClock } from "../../core/index.js";
import { type BreakerOptions, CircuitBreaker } from "../../resilience/index.js";
import type { Alert } from "./alerts.js";
import { Catalogue } from "./catalogue.js";
import { BybitClient } from "./client.js";
import { type Credentials, credentials, loadCredentials } from "./credentials.js";
import { type ExecutionLedger, type IntentStore, MemoryExecutions, MemoryIntents } from "./intents.js";
import { BybitMarket } from "./market.js";
import { type BybitOptions, type BybitSettings, settingsOf } from "./options.js";
import { type ProfileSource, profileOptions } from "./profile.js";
import { BybitVenue } from "./venue.js";

/** What a connection may be given besides its description. Nothing of it is stored in the description. */
export interface BybitConnectOptions {
  /** Keys in place of those of the environment or the file. */
  credentials?: { readonly apiKey: string; readonly apiSecret: string };
  /** Where orders are written down before they are sent; in memory unless given, which does not survive the process. */
  intents?: IntentStore;
  /** Executions told before, also by an earlier process; in memory unless given. */
  executions?: ExecutionLedger;
  clock?: Clock;
  /** Numbers in [0, 1) for the jitter of waits. */
  random?: () => number;
  /** Settings of the circuit breaker: 5 failures, 30 s, 3 trials, the machine's steady clock unless given. */
  breaker?: Readonly<Pick<BreakerOptions, "failureThreshold" | "recoveryMs" | "halfOpenTrials" | "clock">>;
  /** Hears what a person should look at: outcomes that stay unknown, orders that are not ours; a process warning unless given. */
  onAlert?: (alert: Alert) => void;
  /** Hears of messages that could not be read and of listeners that threw; a process warning unless given. */
  onProblem?: (problem: unknown) => void;
}

/** A connection to Bybit: the account and the market data. */
export interface BybitConnection {
  readonly venue: BybitVenue;
  readonly market: BybitMarket;
  close(): Promise<void>;
}

/** Bybit, described: what a session is told to trade on. It holds no keys and can be sent to where the session runs. */
export class BybitDescriptor implements BybitSettings {
  readonly kind = "bybit" as const;
  /** As it stands in symbols and journals: `bybit`, `bybit-testnet`. */
  readonly name: string;
  readonly env: BybitSettings["env"];
  readonly category: BybitSettings["category"];
  readonly profile: string | undefined;
  readonly configEnv: string | undefined;
  readonly secretsFile: string | undefined;
  readonly urls: BybitSettings["urls"];
  readonly timing: BybitSettings["timing"];
  readonly requestsPer5s: number;
  readonly connections: number;

  /** Where the profile is configured: no part of the description. */
  readonly #profiles: ProfileSource;

  constructor(settings: BybitSettings, profiles: ProfileSource = () => undefined) {
    this.#profiles = profiles;
    this.name = settings.env === "mainnet" ? "bybit" : `bybit-${settings.env}`;
    this.env = settings.env;
    this.category = settings.category;
    this.profile = settings.profile;
    this.configEnv = settings.configEnv;
    this.secretsFile = settings.secretsFile;
    this.urls = settings.urls;
    this.timing = settings.timing;
    this.requestsPer5s = settings.requestsPer5s;
    this.connections = settings.connections;
    Object.freeze(this);
  }

  /** Opens a connection in this process. Nothing is sent before `venue.connect()` or a question; market data need no keys. */
  async connect(options: BybitConnectOptions = {}): Promise<BybitConnection> {
    const { profile, configEnv, secretsFile, name, category } = this;
    let keys: Credentials | undefined =
      options.credentials === undefined
        ? undefined
        : credentials(options.credentials.apiKey, options.credentials.apiSecret, (missing) => `credentials.${missing} is empty`);
    const loaded = (): Credentials => {
      keys ??= loadCredentials({
        profile,
        secretsFile,
        configured: profile === undefined ? undefined : this.#profiles(profile, configEnv),
      });
      return keys;
    };
    const random = options.random ?? Math.random;
    const report =
      options.onProblem ??
      ((problem) => process.emitWarning(`${name}: ${problem instanceof Error ? problem.message : String(problem)}`, "VenueProblem"));
    const alert = options.onAlert ?? (({ code, message }) => process.emitWarning(message, { type: "VenueAlert", code }));
    const client = new BybitClient(this, {
      credentials: loaded,
      breaker: new CircuitBreaker({ name, ...options.breaker }),
      random,
      wall: options.clock ?? systemClock,
    });
    const catalogue = new Catalogue(client, category, name);
    const venue = new BybitVenue({
      name,
      settings: this,
      credentials: loaded,
      client,
      catalogue,
      intents: options.intents ?? new MemoryIntents(),
      ledger: options.executions ?? new MemoryExecutions(),
      clock: options.clock ?? systemClock,
      random,
      alert,
      report,
    });
    const market = new BybitMarket({ name, settings: this, client, catalogue, random, report });
    return {
      venue,
      market,
      close: async () => {
        await Promise.all([venue.close(), market.close()]);
        client.close();
      },
    };
  }
}

/**
 * Bybit as a venue. Keys come from `TESSERLAB__BYBIT__API_KEY` and `TESSERLAB__BYBIT__API_SECRET` (of a profile: `TESSERLAB__BYBIT__<PROFILE>__API_KEY` …) or from a file that only its owner may read.
 * @example const { venue, market, close } = await bybit({ env: "testnet", category: "linear" }).connect()
 * @throws LabError `BYBIT_ENV` without an environment, `CATEGORY_UNKNOWN`, `BYBIT_URL`, `BYBIT_TIMING`, `BYBIT_PROFILE`, `OPTION_UNKNOWN`.
 */
export const bybit: (options: BybitOptions) => BybitDescriptor = createBybit(() => undefined);

/** A {@link bybit} that knows the profiles of a configuration: what is not given is taken from there, keys included, which are read when a connection needs them. */
export function createBybit(profiles: ProfileSource): (options: BybitOptions) => BybitDescriptor {
  return (options) => {
    const { profile, configEnv } = options;
    const found = profile === undefined ? undefined : profiles(profile, configEnv);
    return new BybitDescriptor(settingsOf(found === undefined ? options : profileOptions(profile!, found, options)), profiles);
  };
}
