import { loadConfig } from "./config.js";

/** An account of the configuration: its table `[exchange.<name>]`, secrets included, and the files that its keys stand in, if they stand in any. */
export interface ExchangeProfile {
  readonly settings: Readonly<Record<string, string>>;
  readonly keysFiles: readonly string[];
}

/**
 * Reads `[exchange.<name>]` of the configuration in force; undefined where there is none.
 * @param configEnv - name of the environment whose file counts, too.
 * @throws LabError as {@link loadConfig}.
 */
export function exchangeProfile(name: string, configEnv?: string): ExchangeProfile | undefined {
  const config = loadConfig(configEnv === undefined ? {} : { environment: configEnv });
  const lower = name.toLowerCase();
  if (!config.exchanges().includes(lower)) return undefined;
  const files = ["api_key", "api_secret"].flatMap((key) => config.fileOf(`exchange.${lower}.${key}`) ?? []);
  return { settings: config.exchange(name), keysFiles: [...new Set(files)] };
}
