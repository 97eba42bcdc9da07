import { exchangeProfile } from "../live/index.js";
import { type BybitDescriptor, type BybitOptions, createBybit } from "../venues/bybit/index.js";

/**
 * Bybit as a venue, with the accounts of `config/*.toml`. Keys come from `TESSERLAB__BYBIT__API_KEY` and `TESSERLAB__BYBIT__API_SECRET` (of a profile: `TESSERLAB__BYBIT__<PROFILE>__API_KEY` …),
 * from a file that only its owner may read, or from the profile's configuration.
 * @example const { venue, market, close } = await bybit({ env: "testnet" }).connect()
 * @example const { venue } = await bybit({ profile: "bybit_testnet" }).connect() // [exchange.bybit_testnet] of config/*.toml
 * @throws LabError `BYBIT_ENV` without an environment, `CATEGORY_UNKNOWN`, `BYBIT_URL`, `BYBIT_TIMING`, `BYBIT_PROFILE`, `OPTION_UNKNOWN`.
 */
export const bybit: (options: BybitOptions) => BybitDescriptor = createBybit(exchangeProfile);
