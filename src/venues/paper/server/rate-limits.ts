import { LIMIT_HEADERS } from "../../bybit-wire/index.js";

/** Requests a second of an account and endpoint that Bybit allows by default, spot where it differs. */
const TABLE: Readonly<Record<string, number | { readonly spot: number; readonly other: number }>> = {
  "/v5/order/create": { spot: 20, other: 10 },
  "/v5/order/amend": 10,
  "/v5/order/cancel": { spot: 20, other: 10 },
  "/v5/order/cancel-all": { spot: 20, other: 10 },
  "/v5/order/create-batch": { spot: 20, other: 10 },
  "/v5/order/amend-batch": 10,
  "/v5/order/cancel-batch": { spot: 20, other: 10 },
  "/v5/order/realtime": 50,
  "/v5/order/history": 50,
  "/v5/execution/list": 50,
  "/v5/position/list": 50,
  "/v5/position/set-leverage": 10,
  "/v5/position/switch-mode": 10,
  "/v5/position/trading-stop": 10,
  "/v5/account/wallet-balance": 50,
  "/v5/account/fee-rate": 5,
  "/v5/account/info": 50,
};
const WINDOW_MS = 1_000;
const IP_WINDOW_MS = 5_000;
const IP_LIMIT = 600;

/** Bybit's limits, so many requests a second of every account and endpoint, or none. */
export type ServerLimits = "bybit" | "none" | number;

/** What a request's limit says, in Bybit's headers. */
export interface LimitReport {
  readonly allowed: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** When requests were counted, oldest first; those before `from` have left the window. */
interface Used {
  times: number[];
  from: number;
}

/** Counts requests of accounts by endpoint over a rolling second, and of the address over five. Times are wall time. */
export class ServerRateLimits {
  readonly #limits: ServerLimits;
  readonly #used = new Map<string, Used>();
  readonly #address: number[] = [];

  constructor(limits: ServerLimits) {
    this.#limits = limits;
  }

  /** Whether the address may ask at all: 600 requests in five seconds. */
  allowsAddress(now: number): boolean {
    if (this.#limits !== "bybit") return true;
    while (this.#address.length > 0 && this.#address[0]! <= now - IP_WINDOW_MS) this.#address.shift();
    if (this.#address.length >= IP_LIMIT) return false;
    this.#address.push(now);
    return true;
  }

  /** Counts a request of `cost` orders, if there is room for it. */
  take(account: string, path: string, category: string, now: number, cost = 1): LimitReport {
    const limit = this.#limit(path, category);
    if (limit === undefined) return { allowed: true, headers: {} };
    const key = `${account} ${path}`;
    let used = this.#used.get(key);
    if (used === undefined) {
      used = { times: [], from: 0 };
      this.#used.set(key, used);
    }
    const { times } = used;
    while (used.from < times.length && times[used.from]! <= now - WINDOW_MS) used.from++;
    const allowed = times.length - used.from + cost <= limit;
    if (allowed) for (let i = 0; i < cost; i++) times.push(now);
    const count = times.length - used.from;
    const oldest = times[used.from] ?? now;
    // What has left is dropped when it is the larger part: each time is moved once at most.
    if (used.from > count) {
      times.splice(0, used.from);
      used.from = 0;
    }
    return {
      allowed,
      headers: {
        [LIMIT_HEADERS.limit]: String(limit),
        [LIMIT_HEADERS.remaining]: String(Math.max(0, limit - count)),
        [LIMIT_HEADERS.resetAt]: String(allowed ? now : oldest + WINDOW_MS),
      },
    };
  }

  #limit(path: string, category: string): number | undefined {
    if (this.#limits === "none") return undefined;
    const row = TABLE[path];
    if (row === undefined) return undefined;
    if (typeof this.#limits === "number") return this.#limits;
    return typeof row === "number" ? row : category === "spot" ? row.spot : row.other;
  }
}
