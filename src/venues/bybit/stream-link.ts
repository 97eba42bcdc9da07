import { createRequire } from "node:module";
import type { WebSocket } from "ws";
import type { LinkState } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import { backoffMs, sleep } from "../../resilience/index.js";
import { isRow, MAX_TOPICS_PER_REQUEST, type Row, type StreamReply, streamReply } from "../bybit-wire/index.js";
import type { BybitTiming } from "./options.js";

/** What a {@link StreamLink} is told. */
export interface StreamLinkOptions {
  readonly url: string;
  readonly topics: readonly string[];
  readonly timing: BybitTiming;
  readonly random: () => number;
  /** The login, made anew for every connection; none on public streams. */
  readonly login?: () => Row;
  /** Hears every message that is no answer to a request. */
  readonly onMessage: (message: Row) => void;
  /** Subscribed: makes good what was missed, before the link counts as healthy. `again` says that there was a link before. */
  readonly onSubscribed: (again: boolean) => Promise<void> | void;
  readonly onState: (state: LinkState, reason?: string) => void;
  readonly report: (problem: unknown) => void;
}

/** `readyState` of a WebSocket that is connected. */
const OPEN = 1;
/** Tries to connect before a first connection counts as impossible. */
const FIRST_ATTEMPTS = 3;

interface PendingReply {
  readonly type: StreamReply["type"];
  readonly resolve: (reply: StreamReply) => void;
}

/**
 * A stream that comes back: it logs in, subscribes, pings, notices when the other side has fallen silent, and reconnects with growing, partly random waits. Every request has a timer.
 */
export class StreamLink {
  readonly #options: StreamLinkOptions;
  readonly #closing = new AbortController();
  #socket: WebSocket | undefined;
  #drop: (reason: string) => void = () => {};
  readonly #pending: Map<string, PendingReply> = new Map();
  #requests = 0;
  #lastFrame = 0;
  #pongTimer: NodeJS.Timeout | undefined;
  /** Who waits for the next pongs, in the order of their pings; undefined for a ping that keeps the link alive. */
  #pongs: ((() => void) | undefined)[] = [];
  #hadLink = false;
  #running: Promise<void> | undefined;

  constructor(options: StreamLinkOptions) {
    this.#options = options;
  }

  /**
   * Connects; resolves when the link is healthy for the first time, and keeps it so until closed.
   * @throws LabError `VENUE_AUTH` for a login that is refused, `TOPIC_REFUSED`, `VENUE_UNAVAILABLE` when nobody answers.
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#options.onState("connecting");
      this.#running = this.#run(resolve, reject);
    });
  }

  /** Closes for good. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#drop("closed");
    await this.#running;
    this.#options.onState("closed");
  }

  /** Ends the connection, so that a new one is made: something that only a fresh start mends. */
  restart(reason: string): void {
    this.#drop(reason);
  }

  /** Resolves when everything the server has sent so far has been taken in: frames come in order, so the answer to a ping comes after them. At once without a link. */
  synced(): Promise<void> {
    if (this.#socket?.readyState !== OPEN) return Promise.resolve();
    return new Promise((resolve) => this.#sendPing(resolve));
  }

  /** Unsubscribes and subscribes a topic again: the server answers with a snapshot. A refusal restarts the link. */
  async resubscribe(topic: string): Promise<void> {
    try {
      await this.#ask("unsubscribe", [topic]);
      await this.#ask("subscribe", [topic]);
    } catch (error) {
      this.#drop(error instanceof Error ? error.message : String(error));
    }
  }

  async #run(resolve: () => void, reject: (error: unknown) => void): Promise<void> {
    const { timing, random, onState } = this.#options;
    for (let attempt = 1; !this.#closing.signal.aborted; attempt++) {
      let reason: string;
      let healthyAt: number | undefined;
      try {
        reason = await this.#session(() => {
          healthyAt = performance.now();
          this.#hadLink = true;
          onState("healthy");
          resolve();
        });
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
        const fatal =
          error instanceof LabError && (error.code === "VENUE_AUTH" || error.code === "TOPIC_REFUSED" || error.code === "POSITION_MODE");
        if (!this.#hadLink && (fatal || attempt >= FIRST_ATTEMPTS)) {
          reject(
            fatal
              ? error
              : new LabError("VENUE_UNAVAILABLE", `No stream from Bybit after ${attempt} attempts: ${reason}.`, { cause: error }),
          );
          onState("closed", reason);
          return;
        }
      }
      if (this.#closing.signal.aborted) break;
      // A link that held is no reason to wait longer; one that breaks at once is.
      if (healthyAt !== undefined && performance.now() - healthyAt > timing.reconnectMax) attempt = 1;
      onState("reconnecting", reason);
      const wait = backoffMs(attempt, { baseMs: timing.reconnectBase, maxMs: timing.reconnectMax, jitter: 0.5, random });
      await sleep(wait, this.#closing.signal).catch(() => undefined);
    }
    reject(new LabError("VENUE_CLOSED", "The link was closed before it stood."));
  }

  /** One connection, from its making to its end. @returns why it ended. */
  async #session(healthy: () => void): Promise<string> {
    const { url, timing, login, topics, onSubscribed } = this.#options;
    const { WebSocket } = createRequire(import.meta.url)("ws") as typeof import("ws"); // loaded at first use: a kernel that starts does not wait for it
    const socket = new WebSocket(url, { handshakeTimeout: timing.ack, perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 });
    this.#socket = socket;
    let ping: NodeJS.Timeout | undefined;
    const lost = new Promise<string>((ended) => {
      this.#drop = ended;
      socket.on("close", (code: number) => ended(`the connection closed (${code})`));
      // The message of an error may quote the request; its code does not.
      socket.on("error", (error: NodeJS.ErrnoException) => ended(`the connection failed (${error.code ?? error.name})`));
    });
    const orLost = <T>(work: Promise<T> | T): Promise<T> =>
      Promise.race([
        Promise.resolve(work),
        lost.then((reason): never => {
          throw new Error(reason);
        }),
      ]);
    try {
      if (this.#closing.signal.aborted) return "closed";
      socket.on("message", (data) => this.#receive(data as Buffer));
      await orLost(new Promise<void>((opened) => socket.once("open", opened)));
      this.#lastFrame = performance.now();
      if (login !== undefined) await orLost(this.#login(login()));
      const size = MAX_TOPICS_PER_REQUEST;
      for (let i = 0; i < topics.length; i += size) await orLost(this.#ask("subscribe", topics.slice(i, i + size)));
      ping = setInterval(() => this.#ping(), timing.ping);
      await orLost(onSubscribed(this.#hadLink));
      healthy();
      return await lost;
    } finally {
      clearInterval(ping);
      clearTimeout(this.#pongTimer);
      this.#pongTimer = undefined;
      for (const answered of this.#pongs.splice(0)) answered?.();
      this.#pending.clear();
      this.#socket = undefined;
      socket.removeAllListeners("message");
      socket.terminate();
    }
  }

  async #login(message: Row): Promise<void> {
    const reply = await this.#reply("auth", "auth", message);
    if (reply.type === "auth" && !reply.ok)
      throw new LabError("VENUE_AUTH", `Bybit refused the login to its private stream: ${reply.message || "no reason given"}.`, {
        details: { code: reply.code },
      });
  }

  /** @throws LabError `TOPIC_REFUSED`; an error when there is no answer. */
  async #ask(op: "subscribe" | "unsubscribe", args: readonly string[]): Promise<void> {
    const requestId = String(++this.#requests);
    const reply = await this.#reply(op, requestId, { req_id: requestId, op, args });
    if (reply.type === op && !reply.ok)
      throw new LabError("TOPIC_REFUSED", `Bybit refused to ${op} ${args.join(", ")}: ${reply.message || "no reason given"}.`);
  }

  #reply(type: PendingReply["type"], key: string, message: Row): Promise<StreamReply> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(key);
        reject(new Error(`no answer to ${type}`));
      }, this.#options.timing.ack);
      this.#pending.set(key, {
        type,
        resolve: (reply) => {
          clearTimeout(timer);
          this.#pending.delete(key);
          resolve(reply);
        },
      });
      this.#socket?.send(JSON.stringify(message));
    });
  }

  #ping(): void {
    const { timing } = this.#options;
    if (performance.now() - this.#lastFrame > timing.silence) {
      this.#drop(`silent for more than ${timing.silence} ms`);
      return;
    }
    this.#sendPing(undefined);
  }

  #sendPing(answered: (() => void) | undefined): void {
    this.#pongs.push(answered);
    this.#socket?.send('{"op":"ping"}');
    this.#pongTimer ??= setTimeout(() => this.#drop("no answer to a ping"), this.#options.timing.ack);
  }

  #receive(data: Buffer): void {
    this.#lastFrame = performance.now();
    let message: unknown;
    try {
      message = JSON.parse(data.toString());
    } catch (error) {
      this.#options.report(error);
      return;
    }
    if (!isRow(message)) return;
    if (typeof message.topic === "string") {
      try {
        this.#options.onMessage(message);
      } catch (error) {
        this.#options.report(error);
      }
      return;
    }
    const reply = streamReply(message);
    if (reply === undefined) return;
    if (reply.type === "pong") {
      clearTimeout(this.#pongTimer);
      this.#pongTimer = undefined;
      this.#pongs.shift()?.();
      return;
    }
    this.#waiting(reply)?.resolve(reply);
  }

  /** The request that an answer belongs to; a refusal may come without its id, and then it is the oldest of its kind. */
  #waiting(reply: Exclude<StreamReply, { type: "pong" }>): PendingReply | undefined {
    if (reply.type === "auth") return this.#pending.get("auth");
    if (reply.requestId !== undefined) return this.#pending.get(reply.requestId);
    return [...this.#pending.values()].find((one) => one.type === reply.type);
  }
}
