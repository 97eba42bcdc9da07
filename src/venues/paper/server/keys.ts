import { randomBytes } from "node:crypto";
import { LabError } from "../../../errors/index.js";

/** A key of the paper server and the account it trades on. */
export interface ApiKey {
  readonly apiKey: string;
  readonly apiSecret: string;
  /** `main` unless given. */
  readonly account?: string;
}

/** A new random key, in the form of Bybit's. */
export function newKey(): ApiKey {
  return { apiKey: randomBytes(9).toString("hex"), apiSecret: randomBytes(18).toString("hex") };
}

/** Holds keys so that printing what holds them does not print the secrets. */
export class KeyRing {
  readonly #keys: ReadonlyMap<string, ApiKey>;

  /** @throws LabError `OPTION_INVALID` for a key without id or secret. */
  constructor(keys: readonly ApiKey[]) {
    for (const { apiKey, apiSecret } of keys)
      if (typeof apiKey !== "string" || apiKey === "" || typeof apiSecret !== "string" || apiSecret.length < 8)
        throw new LabError("OPTION_INVALID", "keys of the paper server are { apiKey, apiSecret }, the secret of at least 8 characters.");
    this.#keys = new Map(keys.map((one) => [one.apiKey, one]));
  }

  get(apiKey: string | undefined): ApiKey | undefined {
    return apiKey === undefined ? undefined : this.#keys.get(apiKey);
  }

  /** The first key, for who is to trade on the server. */
  first(): ApiKey {
    return this.#keys.values().next().value!;
  }
}
