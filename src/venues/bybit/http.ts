import type { EpochMs } from "../../core/index.js";
import { type Envelope, parseEnvelope, SIGN_HEADERS, signRequest } from "../bybit-wire/index.js";
import type { Credentials } from "./credentials.js";

/** A request of REST, before it is signed. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Query as text, encoded. */
  readonly query?: string;
  /** Body as text: what is sent and signed. */
  readonly body?: string;
  readonly signed: boolean;
}

/** What became of a request. `lost` with `sent: false` certainly never left; with true the server may have acted on it. */
export type HttpReply =
  | { readonly kind: "answer"; readonly status: number; readonly envelope: Envelope; readonly headers: Headers }
  | { readonly kind: "status"; readonly status: number; readonly message: string; readonly headers: Headers }
  | { readonly kind: "lost"; readonly sent: boolean; readonly timeout: boolean; readonly message: string };

/** Errors of a connection that was never made. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"]);

/** Sends requests once, signed over exactly the bytes that leave. */
export class BybitHttp {
  readonly #base: string;
  readonly #credentials: () => Credentials;
  readonly #now: () => EpochMs;
  readonly #recvWindow: number;
  readonly #timeoutMs: number;
  readonly #closing = new AbortController();

  constructor(options: { base: string; credentials: () => Credentials; now: () => EpochMs; recvWindow: number; timeoutMs: number }) {
    this.#base = options.base;
    this.#credentials = options.credentials;
    this.#now = options.now;
    this.#recvWindow = options.recvWindow;
    this.#timeoutMs = options.timeoutMs;
  }

  /** Gives up what is under way. */
  close(): void {
    this.#closing.abort();
  }

  /** Sends a request and reads its answer; never throws for what the network or the server does. */
  async send({ method, path, query = "", body = "", signed }: HttpRequest): Promise<HttpReply> {
    const url = new URL(`${this.#base}${path}${query === "" ? "" : `?${query}`}`);
    const headers: Record<string, string> = method === "POST" ? { "Content-Type": "application/json" } : {};
    // The parser of addresses may have rewritten the query: what it made of it is what leaves.
    if (signed) this.#sign(headers, method === "POST" ? body : url.search.slice(1));
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method,
        headers,
        ...(method === "POST" && { body }),
        redirect: "error",
        signal: AbortSignal.any([AbortSignal.timeout(this.#timeoutMs), this.#closing.signal]),
      });
      text = await response.text();
    } catch (error) {
      return lost(error);
    }
    const { status, headers: answer } = response;
    try {
      const envelope = parseEnvelope(JSON.parse(text));
      if (response.ok || envelope.retCode !== 0) return { kind: "answer", status, envelope, headers: answer };
    } catch {
      // No answer of Bybit's own.
    }
    return {
      kind: "status",
      status: response.ok ? 502 : status,
      message: response.ok ? "the answer is not Bybit's" : `HTTP ${status}`,
      headers: answer,
    };
  }

  #sign(headers: Record<string, string>, payload: string): void {
    const { apiKey, apiSecret } = this.#credentials();
    const input = { timestamp: this.#now(), apiKey: apiKey.reveal(), recvWindow: this.#recvWindow, payload };
    headers[SIGN_HEADERS.key] = input.apiKey;
    headers[SIGN_HEADERS.timestamp] = String(input.timestamp);
    headers[SIGN_HEADERS.recvWindow] = String(input.recvWindow);
    headers[SIGN_HEADERS.signature] = signRequest(apiSecret.reveal(), input);
  }
}

/** Only the code and the name of an error travel: its message may quote a request. */
function lost(error: unknown): HttpReply {
  const { name, code, cause } = error as { name?: string; code?: unknown; cause?: { code?: unknown; name?: string } };
  const reason = typeof cause?.code === "string" ? cause.code : typeof code === "string" ? code : (name ?? "unknown");
  const timeout = name === "TimeoutError";
  return { kind: "lost", sent: !NEVER_SENT.has(reason), timeout, message: timeout ? "no answer in time" : `connection failed (${reason})` };
}
