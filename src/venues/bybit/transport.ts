import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { urlToHttpOptions } from "node:url";

/** What goes first when every connection is taken: what takes risk off, what puts it on, what only asks. */
export type TransportPriority = "cancel" | "create" | "query";
const PRIORITIES: readonly TransportPriority[] = ["cancel", "create", "query"];

/** A request as it leaves, but for what depends on the moment it does. */
export interface WireRequest {
  readonly method: "GET" | "POST";
  /** Path with query, encoded. */
  readonly path: string;
  /** Exactly what is sent. */
  readonly body: string;
  /** Headers, asked for when a connection is ready to carry them: signatures hold for a few seconds only. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly priority: TransportPriority;
  /** Any of them gives up a request that has not left. */
  readonly signals?: readonly AbortSignal[];
}

/**
 * What came of a request. `lost` with `sent: false` certainly never left; with true the server may have acted on it, also where a connection that was kept open broke before a byte of the
 * answer. `leftAt` is when it left, by the clock of `performance.now()`; undefined where it did not.
 */
export type WireReply =
  | {
      readonly kind: "reply";
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly text: string;
      readonly leftAt: number;
    }
  | {
      readonly kind: "lost";
      readonly sent: boolean;
      readonly timeout: boolean;
      /** Given up by its caller, or because the connection was closed for good: it says nothing of the server. */
      readonly givenUp: boolean;
      readonly message: string;
      readonly leftAt: number | undefined;
    };

/** Settings of a {@link Transport}. Times in milliseconds. */
export interface TransportOptions {
  /** Address of the server, without a path. */
  readonly base: string;
  /** Connections at a time; {@link RESERVED} more for what takes risk off. */
  readonly connections: number;
  /** How long the making of a connection may take, encryption included. */
  readonly connectMs: number;
  /** How long an answer is waited for from the moment the request left. */
  readonly answerMs: number;
}

/** Connections that only requests of the first priority may use, so that orders that hang do not hold up a cancel. */
const RESERVED = 4;
/** Idle connections are given up after this time, well before servers usually do. */
const IDLE_MS = 20_000;
/** Largest answer that is read. */
const MOST_BYTES = 64 * 1024 * 1024;

interface Waiting {
  readonly request: WireRequest;
  readonly resolve: (reply: WireReply) => void;
  /** Stops listening to the request's signals. */
  readonly forget: () => void;
}

/** Sends requests over connections that are kept open. Each is sent once; trying again is its caller's decision. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #agent: HttpAgent;
  readonly #request: typeof httpRequest;
  readonly #host: ReturnType<typeof urlToHttpOptions>;
  readonly #waiting: readonly Waiting[][] = PRIORITIES.map(() => []);
  readonly #underWay: Set<Exchange> = new Set();
  #closed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    const url = new URL(options.base);
    const { hostname, port } = urlToHttpOptions(url);
    this.#host = { hostname, port };
    const secure = url.protocol === "https:";
    const settings = { keepAlive: true, maxSockets: options.connections + RESERVED, timeout: IDLE_MS };
    this.#agent = secure ? new HttpsAgent(settings) : new HttpAgent(settings);
    this.#request = secure ? httpsRequest : httpRequest;
  }

  /** Sends a request and reads its answer; never rejects. */
  send(request: WireRequest): Promise<WireReply> {
    return new Promise((resolve) => {
      if (this.#closed) return resolve(notSent("the connection is closed"));
      const rank = PRIORITIES.indexOf(request.priority);
      if (this.#free(rank)) return this.#start(request, resolve);
      const queue = this.#waiting[rank]!;
      const giveUp = (): void => {
        const at = queue.indexOf(waiting);
        if (at < 0) return;
        queue.splice(at, 1);
        waiting.forget();
        resolve(notSent("given up before it was sent"));
      };
      const signals = request.signals ?? [];
      const waiting: Waiting = {
        request,
        resolve,
        forget: () => {
          for (const signal of signals) signal.removeEventListener("abort", giveUp);
        },
      };
      queue.push(waiting);
      for (const signal of signals) signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  /** Gives up what waits and what is under way, and closes every connection. */
  close(): void {
    this.#closed = true;
    for (const queue of this.#waiting)
      for (const { resolve, forget } of queue.splice(0)) {
        forget();
        resolve(notSent("the connection is closed"));
      }
    for (const exchange of [...this.#underWay]) exchange.fail("the connection is closed", { givenUp: true });
    this.#agent.destroy();
  }

  #free(rank: number): boolean {
    return this.#underWay.size < this.#options.connections + (rank === 0 ? RESERVED : 0);
  }

  #start(request: WireRequest, resolve: (reply: WireReply) => void): void {
    const { method, path } = request;
    const exchange = new Exchange(request, this.#options, (reply) => {
      this.#underWay.delete(exchange);
      resolve(reply);
      this.#advance();
    });
    this.#underWay.add(exchange);
    const { hostname, port } = this.#host;
    exchange.run(this.#request({ hostname, port, agent: this.#agent, method, path }));
  }

  #advance(): void {
    for (const [rank, queue] of this.#waiting.entries()) {
      while (queue.length > 0 && this.#free(rank)) {
        const { request, resolve, forget } = queue.shift()!;
        forget();
        this.#start(request, resolve);
      }
    }
  }
}

/** One request on its connection. */
class Exchange {
  readonly #wire: WireRequest;
  readonly #times: TransportOptions;
  readonly #done: (reply: WireReply) => void;
  #request: ClientRequest | undefined;
  #timer: NodeJS.Timeout | undefined;
  #leftAt: number | undefined;
  #ended = false;

  constructor(wire: WireRequest, times: TransportOptions, done: (reply: WireReply) => void) {
    this.#wire = wire;
    this.#times = times;
    this.#done = done;
  }

  run(request: ClientRequest): void {
    this.#request = request;
    this.#timer = setTimeout(() => this.fail("no connection in time", { timeout: true }), this.#times.connectMs);
    request.on("error", (error: NodeJS.ErrnoException) => this.fail(`connection failed (${error.code ?? error.name})`));
    request.once("response", (response) => this.#read(response));
    request.once("socket", (socket: Socket | TLSSocket) => {
      const secure = "encrypted" in socket;
      // A connection that was kept open carries the request at once; a new one when it stands.
      if (socket.connecting) socket.once(secure ? "secureConnect" : "connect", () => this.#leave());
      else this.#leave();
    });
  }

  /** Signs and sends. From here on the server may act on it. */
  #leave(): void {
    const request = this.#request!;
    if (this.#ended || request.destroyed) return;
    const { body, headers, method } = this.#wire;
    for (const [name, value] of Object.entries(headers())) request.setHeader(name, value);
    if (method === "POST") request.setHeader("Content-Length", Buffer.byteLength(body));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.fail("no answer in time", { timeout: true }), this.#times.answerMs);
    this.#leftAt = performance.now();
    if (method === "POST") request.end(body);
    else request.end();
  }

  #read(response: IncomingMessage): void {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_BYTES) this.fail("the answer is too large");
      else chunks.push(chunk);
    });
    response.on("end", () => {
      const text = (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString("utf8");
      this.#end({ kind: "reply", status: response.statusCode ?? 0, headers: response.headers, text, leftAt: this.#leftAt ?? 0 });
    });
    response.on("error", (error: NodeJS.ErrnoException) => this.fail(`the answer broke off (${error.code ?? error.name})`));
  }

  /** Only the code and the name of an error travel: its message may quote a request. */
  fail(message: string, { timeout = false, givenUp = false }: { timeout?: boolean; givenUp?: boolean } = {}): void {
    if (this.#ended) return;
    this.#request?.destroy();
    this.#end({ kind: "lost", sent: this.#leftAt !== undefined, timeout, givenUp, message, leftAt: this.#leftAt });
  }

  #end(reply: WireReply): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#done(reply);
  }
}

function notSent(message: string): WireReply {
  return { kind: "lost", sent: false, timeout: false, givenUp: true, message, leftAt: undefined };
}
