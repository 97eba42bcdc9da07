import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { type InspectOptions, inspect } from "node:util";
import type { WebSocket } from "ws";
import { type Clock, systemClock } from "../../../core/index.js";
import { LabError } from "../../../errors/index.js";
import { ReplayDriver } from "../driver.js";
import { PaperExchange } from "../exchange/exchange.js";
import type { ExchangeOptions } from "../exchange/options.js";
import { checkSpeed, type ReplaySpeed } from "../feed.js";
import { controlNext, controlState } from "./control.js";
import { type Fault, FaultPlan } from "./faults.js";
import { type ApiKey, KeyRing, newKey } from "./keys.js";
import { type ServerLimits, ServerRateLimits } from "./rate-limits.js";
import { type HeardRequest, Rest } from "./rest.js";
import { Streams } from "./streams.js";

/** What a paper server takes besides the options of its exchange. */
export interface PaperServerOptions extends ExchangeOptions {
  /** An exchange that is there already, in place of the options of one. */
  readonly exchange?: PaperExchange;
  /** A free port unless given. The server listens on the loopback only. */
  readonly port?: number;
  /** How fast the recording is played once the server listens; it stands still until `play` or `next` unless given. */
  readonly speed?: ReplaySpeed;
  /** Events are released by control requests (or `next`) alone. */
  readonly lockStep?: boolean;
  /** Who may trade, and on which account; one random key unless given. */
  readonly keys?: ApiKey | readonly ApiKey[];
  /** Rate limits: Bybit's (unless given), so many requests a second of every endpoint, or none. */
  readonly limits?: ServerLimits;
  /** Wall time of signatures, limits and the server's clock. */
  readonly clock?: Clock;
  /** Hears of every REST request but those of the control, before it is looked at and after it has had its effect. For tests that let something happen at such a moment. */
  readonly onRequest?: (request: HeardRequest) => void;
}

/** A request as {@link PaperServerOptions.onRequest} hears of it. */
export type { HeardRequest } from "./rest.js";

/** Where and with what a client of the server trades. */
export interface PaperServerAccess {
  readonly restUrl: string;
  readonly wsPublicUrl: string;
  readonly wsPrivateUrl: string;
  readonly wsTradeUrl: string;
}

/** A paper server that listens. */
export interface PaperServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  /** The URLs of a client, each as the Bybit connector takes it. */
  readonly access: PaperServerAccess;
  /** The first key. It is no property of the server's own, so that printing the server does not print the secret. */
  readonly key: ApiKey;
  readonly exchange: PaperExchange;
  /** Lets something go wrong. @throws LabError `FAULT_INVALID`. */
  fault(fault: Fault): void;
  clearFaults(): void;
  /** Cuts all streams of a place. */
  disconnect(at: "public" | "private" | "trade"): number;
  /** Releases events, as `POST /_control/next` does. */
  next(options?: { readonly count?: number; readonly fills?: boolean }): Readonly<Record<string, unknown>>;
  /** What `GET /_control/state` tells. */
  state(): Readonly<Record<string, unknown>>;
  /** Plays the recording to its end. @throws LabError `CONTROL_LOCK_STEP`. */
  play(speed?: ReplaySpeed): Promise<void>;
  pause(): Promise<void>;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
/** Connections that may wait to be taken: a client that opens hundreds at once is not to be refused. */
const BACKLOG = 4_096;
/** How long an idle connection is kept: longer than clients keep theirs, so that the server never closes one that is just being used again. */
const KEEP_ALIVE_MS = 75_000;
/** How often silent streams are looked for. */
const IDLE_CHECK_MS = 30_000;

/**
 * The paper exchange as a server that speaks Bybit's v5: REST, public and private streams, order entry. Signatures, time window, limits and server time are of wall time; market data,
 * orders and executions of the recording's.
 * @throws LabError `SERVER_PORT` where the port is taken, and what the options of the exchange throw.
 */
export async function paperServer(options: PaperServerOptions = {}): Promise<PaperServer> {
  const {
    exchange: given,
    port = 0,
    speed,
    lockStep = false,
    keys: ownKeys,
    limits: ownLimits = "bybit",
    clock = systemClock,
    onRequest,
    ...rest
  } = options;
  if (speed !== undefined) checkSpeed(speed);
  if (lockStep && speed !== undefined)
    throw new LabError("OPTION_INVALID", "A server in lock-step is not played: leave speed or lockStep out.");
  const exchange = given ?? new PaperExchange(rest);
  const keys = new KeyRing(
    ownKeys === undefined ? [newKey()] : Array.isArray(ownKeys) ? (ownKeys as readonly ApiKey[]) : [ownKeys as ApiKey],
  );
  const faults = new FaultPlan();
  const limits = new ServerRateLimits(ownLimits);
  const driver = new ReplayDriver(exchange);
  const now = (): number => clock.now();
  const streams = new Streams({ exchange, keys, faults, limits, now });
  const parts = { exchange, driver, faults, streams, lockStep, speed: speed ?? ("max" as const), keys, limits, now, onRequest };
  const answers = new Rest(parts);
  const server = createServer((request, response) => void answers.handle(request, response));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  attachStreams(server, streams);
  await listen(server, port);
  const idle = setInterval(() => streams.cutIdle(), IDLE_CHECK_MS);
  idle.unref();
  const url = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  const ws = url.replace("http", "ws");
  if (speed !== undefined) void driver.play(speed);
  const handle: Omit<PaperServer, "key"> = {
    url,
    port: (server.address() as AddressInfo).port,
    access: { restUrl: url, wsPublicUrl: `${ws}/v5/public`, wsPrivateUrl: `${ws}/v5/private`, wsTradeUrl: `${ws}/v5/trade` },
    exchange,
    fault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    disconnect: (at) => streams.cut(at),
    next: (step = {}) => controlNext(parts, { ...step }),
    state: () => controlState(parts),
    play: (at = parts.speed) => {
      if (lockStep) throw new LabError("CONTROL_LOCK_STEP", "The server is in lock-step: events are released by next() alone.");
      return driver.play(checkSpeed(at));
    },
    pause: () => driver.pause(),
    async close() {
      clearInterval(idle);
      await driver.pause();
      streams.cutAll();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return new LocalServer(handle, keys.first()) as unknown as PaperServer;
}

/** A server's handle: no way of printing it prints the key, hidden properties and getters of its own included. */
class LocalServer {
  readonly #key: ApiKey;

  constructor(parts: Omit<PaperServer, "key">, key: ApiKey) {
    Object.assign(this, parts);
    this.#key = key;
  }

  get key(): ApiKey {
    return this.#key;
  }

  /** What consoles print: with hidden properties they would call the getter above. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return inspect({ ...this }, options);
  }
}

function attachStreams(server: Server, streams: Streams): void {
  const { WebSocketServer } = createRequire(import.meta.url)("ws") as typeof import("ws"); // loaded at first use: a kernel that starts does not wait for it
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1_000_000 });
  server.on("upgrade", (request, socket, head) => {
    const path = (request.url ?? "").split("?")[0]!;
    sockets.handleUpgrade(request, socket, head, (ws: WebSocket) => {
      // What a client sends at once must not be lost: the stream listens before anything is awaited.
      if (!streams.accept(path, ws, socket)) ws.close(1008, "There is no such stream");
    });
  });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(new LabError("SERVER_PORT", `The paper server cannot listen on port ${port}: ${cause.message}.`, { cause })),
    );
    server.listen({ port, host: HOST, backlog: BACKLOG }, () => resolve());
  });
}
