import type { EpochMs, VenueFailure } from "../../core/index.js";
import { backoffMs, type CircuitBreaker, ClockOffset, type Permit, RateLimiter, type RatePriority, sleep } from "../../resilience/index.js";
import {
  type CodeClass,
  codeClass,
  type Envelope,
  LIMIT_HEADERS,
  pageOf,
  type Row,
  statusClass,
  wholeNumber,
} from "../bybit-wire/index.js";
import type { Credentials } from "./credentials.js";
import { BybitHttp, type HttpReply, type HttpRequest } from "./http.js";
import { ADDRESS, BAN_MS, knownLimits } from "./limits.js";
import type { BybitSettings } from "./options.js";

/** The answer to a request, or what is known of its failure. */
export type Reply =
  | { readonly ok: true; readonly envelope: Envelope }
  | {
      readonly ok: false;
      readonly kind: CodeClass;
      readonly failure: VenueFailure;
      /** When the request left, by the clock of `performance.now()`; undefined where it never did. */
      readonly leftAt: number | undefined;
    };

/** How a request is treated. */
export interface RequestOptions {
  readonly priority?: RatePriority;
  /** Orders in a batch: each takes a place of the limit. */
  readonly cost?: number;
  /** Goes out though the breaker is open: what asks for the fate of an order. */
  readonly always?: boolean;
  /** Takes risk off: it goes out though the breaker is open, unless this address is banned, and its outcome counts where the breaker lets it through. */
  readonly exit?: boolean;
  /** Each gives up waiting: for a place in a rate limit, for a connection. */
  readonly signals?: readonly AbortSignal[];
}

/** Codes of the class `rate` that say that the request itself was turned away; others may have been counted after the order was taken. */
const TURNED_AWAY = new Set([10006, 10018]);
const QUERY_ATTEMPTS = 4;
// Node tells the names of an answer's headers in lower case.
const [LIMIT, REMAINING, RESET_AT] = [
  LIMIT_HEADERS.limit.toLowerCase(),
  LIMIT_HEADERS.remaining.toLowerCase(),
  LIMIT_HEADERS.resetAt.toLowerCase(),
];
/** Longest that a rate limit's reset is waited for by a request that is tried again. */
const LONGEST_WAIT_MS = 5_000;

/** Requests of REST under clock, rate limits and breaker. */
export class BybitClient {
  readonly breaker: CircuitBreaker;
  readonly clock: ClockOffset;
  readonly #http: BybitHttp;
  readonly #limiter: RateLimiter;
  readonly #random: () => number;
  readonly #closing = new AbortController();
  /** Until when Bybit bans this address, by the clock of `performance.now()`. */
  #bannedUntil = 0;
  #syncing: Promise<unknown> | undefined;

  constructor(
    settings: BybitSettings,
    options: { credentials: () => Credentials; breaker: CircuitBreaker; random: () => number; wall: { now(): EpochMs } },
  ) {
    this.breaker = options.breaker;
    this.clock = new ClockOffset({ clock: options.wall });
    this.#random = options.random;
    this.#limiter = new RateLimiter({
      limits: knownLimits(settings.category, settings.requestsPer5s),
      fallback: { limit: 50, perMs: 1_000 },
    });
    this.#http = new BybitHttp({
      base: settings.urls.rest,
      connections: settings.connections,
      credentials: options.credentials,
      now: () => this.clock.now(),
      recvWindow: settings.timing.recvWindow,
      connectMs: settings.timing.connect,
      timeoutMs: settings.timing.request,
    });
  }

  close(): void {
    this.#closing.abort();
    this.#http.close();
  }

  /** Requests a second that an endpoint takes, as far as is known. */
  limitOf(path: string): number {
    return this.#limiter.limitOf(path);
  }

  /** Measures anew after the server called our time wrong: what was measured before no longer holds. */
  #resync(): Promise<unknown> {
    this.clock.forget();
    return this.sync();
  }

  /** Measures how far the server's clock is ahead; calls at the same time share one measurement. Fails silently: the offset stays what it was. */
  sync(): Promise<unknown> {
    this.#syncing ??= this.clock
      .sync(async () => {
        const reply = await this.#once({ method: "GET", path: "/v5/market/time", signed: false }, { always: true });
        if (!reply.ok) throw new Error(reply.failure.message);
        const nano = reply.envelope.result.timeNano;
        return typeof nano === "string" && /^\d{16,}$/.test(nano)
          ? Number(BigInt(nano) / 1_000n) / 1_000
          : (reply.envelope.time ?? Number.NaN);
      })
      .catch(() => undefined)
      .finally(() => {
        this.#syncing = undefined;
      });
    return this.#syncing;
  }

  /**
   * Asks, and asks again where that may help: a question changes nothing.
   * @param params - values that are undefined are left out; a cursor is sent as it came.
   */
  async get(
    path: string,
    params: Readonly<Record<string, string | number | undefined>>,
    signed: boolean,
    options: RequestOptions = {},
  ): Promise<Reply> {
    for (let attempt = 1; ; attempt++) {
      const reply = await this.#once({ method: "GET", path, query: queryText(params), signed }, options);
      if (reply.ok || attempt === QUERY_ATTEMPTS || reply.failure.code === "BREAKER_OPEN") return reply;
      if (reply.kind === "clock") await this.#resync();
      else if (!(["rate", "ambiguous", "busy"] as CodeClass[]).includes(reply.kind)) return reply;
      await sleep(backoffMs(attempt, { baseMs: 100, maxMs: 2_000, random: this.#random }));
    }
  }

  /** All pages of a list. */
  async pages(
    path: string,
    params: Readonly<Record<string, string | number | undefined>>,
    signed: boolean,
    options: RequestOptions = {},
  ): Promise<Row[] | VenueFailure> {
    const rows: Row[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 1_000; page++) {
      const reply = await this.get(path, { ...params, cursor }, signed, options);
      if (!reply.ok) return reply.failure;
      const next = pageOf(reply.envelope.result);
      rows.push(...next.rows);
      if (next.cursor === undefined || next.cursor === cursor || next.rows.length === 0) return rows;
      cursor = next.cursor;
    }
    return rows;
  }

  /** Sends a command. It is sent again only where the server certainly did not act on it: a clock that was off (once), a rate limit that turned it away. */
  async post(path: string, body: Row, options: RequestOptions = {}): Promise<Reply> {
    const text = JSON.stringify(body);
    let synced = false;
    for (let attempt = 1; ; attempt++) {
      const reply = await this.#once({ method: "POST", path, body: text, signed: true }, options);
      if (reply.ok || attempt === QUERY_ATTEMPTS) return reply;
      if (reply.kind === "clock" && !synced) {
        synced = true;
        await this.#resync();
      } else if (!(reply.failure.code === "RATE_LIMITED" && reply.failure.definite && reply.failure.venueCode !== 403)) return reply;
    }
  }

  async #once(request: Omit<HttpRequest, "priority">, options: RequestOptions): Promise<Reply> {
    const { priority = "query", cost = 1, always = false, signals = [] } = options;
    const permit = always ? undefined : this.breaker.tryAcquire();
    if (permit === undefined && !always && !this.#mayLeave(options))
      return { ok: false, kind: "rate", failure: breakerFailure(this.breaker), leftAt: undefined };
    try {
      try {
        const places = Math.min(cost, this.#limiter.limitOf(request.path));
        await this.#limiter.acquire([ADDRESS, request.path], { priority, cost: places, signal: [...signals, this.#closing.signal] });
      } catch {
        const failure = {
          ok: false,
          definite: true,
          code: "RATE_LIMITED",
          message: "Given up before it was sent.",
          venueCode: 403,
        } as const;
        return { ok: false, kind: "rate", failure, leftAt: undefined };
      }
      const reply = await this.#http.send({ ...request, priority, signals });
      tell(permit, reply);
      this.#learn(request.path, reply);
      return judge(reply);
    } finally {
      permit?.release();
    }
  }

  /** Whether a request passes an open breaker: what takes risk off is tried on a side that fails, but not against a ban, which asking would prolong. */
  #mayLeave({ exit = false }: RequestOptions): boolean {
    return exit && performance.now() >= this.#bannedUntil;
  }

  /** Takes in what the answer says of rate limits and bans. */
  #learn(path: string, reply: HttpReply): void {
    if (reply.kind === "lost") return;
    if (reply.status === 403) {
      this.#limiter.block(ADDRESS, BAN_MS);
      this.#bannedUntil = performance.now() + BAN_MS;
      this.breaker.trip("HTTP 403: this address is banned for ten minutes", BAN_MS);
      return;
    }
    const header = (name: string): number | undefined => wholeNumber(reply.headers, name);
    const [limit, remaining, resetAt] = [header(LIMIT), header(REMAINING), header(RESET_AT)];
    const resetInMs = resetAt === undefined ? undefined : resetAt - this.clock.now();
    this.#limiter.observe(path, {
      ...(limit !== undefined && { limit }),
      ...(remaining !== undefined && { remaining }),
      ...(resetInMs !== undefined && { resetInMs }),
    });
    const code = reply.kind === "answer" ? reply.envelope.retCode : reply.status;
    if (TURNED_AWAY.has(code) || reply.status === 429)
      this.#limiter.block(path, Math.min(LONGEST_WAIT_MS, Math.max(50, resetInMs ?? 1_000) * (1 + this.#random() / 4)));
  }
}

function queryText(params: Readonly<Record<string, string | number | undefined>>): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(params)) {
    if (value === undefined) continue;
    // A cursor arrives encoded; it goes back as it came.
    parts.push(`${key}=${key === "cursor" ? value : encodeURIComponent(value)}`);
  }
  return parts.join("&");
}

/** Why an answer counts as the server's failure in the breaker; undefined for one that answers. */
function troubleOf(reply: HttpReply): string | undefined {
  if (reply.kind === "lost") return reply.message;
  if (reply.kind === "status") return reply.status >= 500 || reply.status === 429 ? `HTTP ${reply.status}` : undefined;
  return codeClass(reply.envelope.retCode) === "ambiguous" ? `retCode ${reply.envelope.retCode}` : undefined;
}

/** Tells the breaker of an outcome. A request that never left because it was given up says nothing of the server. */
function tell(permit: Permit | undefined, reply: HttpReply): void {
  if (reply.kind === "lost" && reply.givenUp) return;
  const trouble = troubleOf(reply);
  if (trouble === undefined) permit?.succeed();
  else permit?.fail(trouble);
}

function breakerFailure(breaker: CircuitBreaker): VenueFailure {
  return { ok: false, definite: true, code: "BREAKER_OPEN", message: breaker.refusal().message };
}

function judge(reply: HttpReply): Reply {
  const { leftAt } = reply;
  if (reply.kind === "lost") {
    const code = reply.sent ? "TIMEOUT" : "NOT_CONNECTED";
    return {
      ok: false,
      kind: "ambiguous",
      failure: { ok: false, definite: !reply.sent, code, message: `Bybit: ${reply.message}.` },
      leftAt,
    };
  }
  if (reply.kind === "status") {
    const kind = statusClass(reply.status);
    return { ok: false, kind, failure: failureOf(kind, reply.status, reply.message, reply.status === 403), leftAt };
  }
  const { retCode, retMsg } = reply.envelope;
  const kind = codeClass(retCode);
  if (kind === "ok" || kind === "noop") return { ok: true, envelope: reply.envelope };
  return { ok: false, kind, failure: failureOf(kind, retCode, retMsg, TURNED_AWAY.has(retCode)), leftAt };
}

const CODES: Readonly<Record<CodeClass, [code: string, definite: boolean]>> = {
  ok: ["OUTCOME_UNKNOWN", false],
  noop: ["OUTCOME_UNKNOWN", false],
  clock: ["REJECTED", true],
  credentials: ["AUTH", true],
  rate: ["RATE_LIMITED", false],
  ambiguous: ["OUTCOME_UNKNOWN", false],
  duplicate: ["DUPLICATE_ID", true],
  gone: ["NOT_FOUND", true],
  busy: ["OUTCOME_UNKNOWN", false],
  funds: ["INSUFFICIENT_FUNDS", true],
  validation: ["INVALID_ORDER", true],
  market: ["REJECTED", true],
  unknown: ["OUTCOME_UNKNOWN", false],
};

/** The failure for a code of Bybit; `turnedAway` says that a rate limit certainly stopped the request. */
export function failureOf(kind: CodeClass, venueCode: number, message: string, turnedAway = false): VenueFailure {
  const [code, definite] = CODES[kind];
  return {
    ok: false,
    definite: definite || (kind === "rate" && turnedAway),
    code,
    message: `Bybit: ${message || "no reason given"} (${venueCode}).`,
    venueCode,
  };
}
