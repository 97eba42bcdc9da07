import type { IncomingHttpHeaders } from "node:http";
import type { EpochMs } from "../../core/index.js";
import { type Envelope, parseEnvelope, SIGN_HEADERS, signRequest } from "../bybit-wire/index.js";
import type { Credentials } from "./credentials.js";
import { Transport, type TransportPriority, type WireReply } from "./transport.js";

/** A request of REST, before it is signed. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Query as text, encoded. */
  readonly query?: string;
  /** Body as text: what is sent and signed. */
  readonly body?: string;
  readonly signed: boolean;
  readonly priority: TransportPriority;
  /** Any of them gives up a request that has not left. */
  readonly signals?: readonly AbortSignal[];
}

/** An answer that is Bybit's: its own envelope, with a status that lets it speak. */
interface HttpAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly envelope: Envelope;
  readonly headers: IncomingHttpHeaders;
  readonly leftAt: number;
}

/** What became of a request: an answer, an HTTP status without one that counts, or nothing. See {@link WireReply} for `sent` and `leftAt`. */
export type HttpReply =
  | HttpAnswer
  | {
      readonly kind: "status";
      readonly status: number;
      readonly message: string;
      readonly headers: IncomingHttpHeaders;
      readonly leftAt: number;
    }
  | Extract<WireReply, { kind: "lost" }>;

/** Sends requests once, signed over exactly the bytes that leave, at the moment they leave. */
export class BybitHttp {
  readonly #base: string;
  readonly #transport: Transport;
  readonly #credentials: () => Credentials;
  readonly #now: () => EpochMs;
  readonly #recvWindow: number;
  /** Paths as they leave, of requests without a query. */
  readonly #paths: Map<string, string> = new Map();

  constructor(options: {
    base: string;
    connections: number;
    credentials: () => Credentials;
    now: () => EpochMs;
    recvWindow: number;
    connectMs: number;
    timeoutMs: number;
  }) {
    const { base, connections, connectMs, timeoutMs } = options;
    this.#base = base;
    this.#credentials = options.credentials;
    this.#now = options.now;
    this.#recvWindow = options.recvWindow;
    this.#transport = new Transport({ base, connections, connectMs, answerMs: timeoutMs });
  }

  /** Gives up what is under way. */
  close(): void {
    this.#transport.close();
  }

  /**
   * Sends a request and reads its answer; never rejects for what the network or the server does.
   * @throws LabError `CREDENTIALS_MISSING` for a request to sign, before anything is sent.
   */
  async send({ method, path, query = "", body = "", signed, priority, signals }: HttpRequest): Promise<HttpReply> {
    const target = query === "" ? this.#pathOf(path) : this.#target(`${path}?${query}`);
    if (signed) this.#credentials();
    // The parser of addresses may have rewritten the query: what it made of it is what leaves.
    const payload = method === "POST" ? body : target.includes("?") ? target.slice(target.indexOf("?") + 1) : "";
    const reply = await this.#transport.send({
      method,
      path: target,
      body,
      headers: () => this.#headers(method, signed ? payload : undefined),
      priority,
      ...(signals !== undefined && { signals }),
    });
    return reply.kind === "lost" ? reply : read(reply);
  }

  #target(path: string): string {
    const { pathname, search } = new URL(`${this.#base}${path}`);
    return `${pathname}${search}`;
  }

  #pathOf(path: string): string {
    let known = this.#paths.get(path);
    if (known === undefined) {
      known = this.#target(path);
      this.#paths.set(path, known);
    }
    return known;
  }

  /** @param payload - what is to be signed; undefined for a request without a signature. */
  #headers(method: "GET" | "POST", payload: string | undefined): Record<string, string> {
    const headers: Record<string, string> = method === "POST" ? { "Content-Type": "application/json" } : {};
    if (payload === undefined) return headers;
    const { apiKey, apiSecret } = this.#credentials();
    const input = { timestamp: this.#now(), apiKey: apiKey.reveal(), recvWindow: this.#recvWindow, payload };
    headers[SIGN_HEADERS.key] = input.apiKey;
    headers[SIGN_HEADERS.timestamp] = String(input.timestamp);
    headers[SIGN_HEADERS.recvWindow] = String(input.recvWindow);
    headers[SIGN_HEADERS.signature] = signRequest(apiSecret.reveal(), input);
    return headers;
  }
}

/** An envelope under 5xx is no answer: what stands in front of the server may have made it up, and the request may have been acted on. */
function read({ status, headers, text, leftAt }: Extract<WireReply, { kind: "reply" }>): HttpReply {
  const fine = status >= 200 && status < 300;
  let said = "";
  try {
    const envelope = parseEnvelope(JSON.parse(text));
    if (fine || (status >= 400 && status < 500 && envelope.retCode !== 0)) return { kind: "answer", status, envelope, headers, leftAt };
    said = envelope.retMsg === "" ? "" : `: ${envelope.retMsg}`;
  } catch {
    // No answer of Bybit's own: told by its status below.
  }
  // A redirect or a page in place of an answer says nothing of what became of the request.
  return status < 400
    ? { kind: "status", status: 502, message: `the answer is not Bybit's (HTTP ${status})`, headers, leftAt }
    : { kind: "status", status, message: `HTTP ${status}${said}`, headers, leftAt };
}
