import { createHmac } from "node:crypto";
import WebSocket from "ws";
import type { PaperServer } from "../../../src/venues/paper/index.js";
import { Inbox } from "./server-support.js";

// biome-ignore lint/suspicious/noExplicitAny: what a stranger's server answers
export type Answer = any;

const sign = (secret: string, text: string): string => createHmac("sha256", secret).update(text).digest("hex");

/** A client by hand: signs as Bybit's guide says, and nothing more. */
export class RawClient {
  readonly #server: PaperServer;
  /** Added to the time that requests are signed with. */
  skew = 0;

  constructor(server: PaperServer) {
    this.#server = server;
  }

  async get(path: string, query = "", change: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const response = await fetch(`${this.#server.url}${path}${query === "" ? "" : `?${query}`}`, { headers: this.#headers(query, change) });
    return { status: response.status, headers: response.headers, ...((await response.json()) as object) };
  }

  async post(path: string, body: object | string, change: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Promise<Answer> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const headers = { "Content-Type": "application/json", ...this.#headers(text, change) };
    const response = await fetch(`${this.#server.url}${path}`, {
      method: "POST",
      body: text,
      headers,
      ...(signal !== undefined && { signal }),
    });
    return { status: response.status, headers: response.headers, ...((await response.json()) as object) };
  }

  #headers(payload: string, change: Readonly<Record<string, string>>): Record<string, string> {
    const { apiKey, apiSecret } = this.#server.key;
    const timestamp = String(Date.now() + this.skew);
    return {
      "X-BAPI-API-KEY": apiKey,
      "X-BAPI-TIMESTAMP": timestamp,
      "X-BAPI-RECV-WINDOW": "5000",
      "X-BAPI-SIGN": sign(apiSecret, `${timestamp}${apiKey}5000${payload}`),
      ...change,
    };
  }

  /** Logs a stream in, again where it is. */
  login(stream: RawStream): void {
    const { apiKey, apiSecret } = this.#server.key;
    const expires = Date.now() + 10_000;
    stream.send({ op: "auth", args: [apiKey, expires, sign(apiSecret, `GET/realtime${expires}`)] });
  }

  /** A stream; those that need it are logged in, unless they are to be a stranger's. */
  async stream(path: string, topics: readonly string[] = [], { stranger = false } = {}): Promise<RawStream> {
    const socket = new WebSocket(`${this.#server.url.replace("http", "ws")}${path}`);
    const stream = new RawStream(socket);
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    if (!path.startsWith("/v5/public") && !stranger) {
      this.login(stream);
      await stream.inbox.find((one) => one.op === "auth");
    }
    if (topics.length > 0) {
      stream.send({ op: "subscribe", req_id: "s", args: topics });
      await stream.inbox.find((one) => one.op === "subscribe");
    }
    return stream;
  }
}

/** One WebSocket and all that came through it. */
export class RawStream {
  readonly inbox: Inbox<Answer> = new Inbox<Answer>();
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  #pings = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.inbox.push(JSON.parse(String(data))));
    this.closed = new Promise((resolve) => socket.on("close", () => resolve()));
  }

  send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Resolves when everything that was sent before has arrived: frames keep their order. */
  async barrier(): Promise<void> {
    const id = `ping-${++this.#pings}`;
    this.send({ op: "ping", req_id: id });
    await this.inbox.find((one) => one.req_id === id);
  }

  close(): void {
    this.#socket.terminate();
  }
}
