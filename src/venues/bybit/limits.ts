import type { RateLimit } from "../../resilience/index.js";
import type { Category } from "../bybit-wire/index.js";

/** Key of the limit that all requests of this address share. */
export const ADDRESS = "address";

/** Bybit bans an address for ten minutes that passed its limit. */
export const BAN_MS = 600_000;

const PER_SECOND = 1_000;

/** Requests a second that an account may send to an endpoint, before the server has said otherwise. */
const DEFAULTS: Readonly<Record<string, number>> = {
  "/v5/order/create": 10,
  "/v5/order/amend": 10,
  "/v5/order/cancel": 10,
  "/v5/order/cancel-all": 10,
  "/v5/order/create-batch": 10,
  "/v5/order/realtime": 50,
  "/v5/order/history": 50,
  "/v5/execution/list": 50,
  "/v5/position/list": 50,
  "/v5/position/set-leverage": 10,
  "/v5/account/wallet-balance": 50,
};
const SPOT: Readonly<Record<string, number>> = {
  "/v5/order/create": 20,
  "/v5/order/create-batch": 20,
  "/v5/order/cancel": 20,
  "/v5/order/cancel-all": 20,
};

/** The limits known beforehand, keyed by endpoint. */
export function knownLimits(category: Category, requestsPer5s: number): Record<string, RateLimit> {
  const limits: Record<string, RateLimit> = { [ADDRESS]: { limit: requestsPer5s, perMs: 5_000 } };
  for (const [path, limit] of Object.entries({ ...DEFAULTS, ...(category === "spot" && SPOT) }))
    limits[path] = { limit, perMs: PER_SECOND };
  return limits;
}

/** Orders that one batch request may hold. */
export function batchSize(category: Category): number {
  return category === "spot" ? 10 : 20;
}
