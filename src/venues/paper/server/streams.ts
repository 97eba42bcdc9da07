import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { InstrumentKind } from "../../../core/index.js";
import { isRow, MAX_TOPIC_CHARACTERS, MAX_TOPICS_PER_REQUEST, type Row } from "../../bybit-wire/index.js";
import type { PaperExchange } from "../exchange/exchange.js";
import { authenticateStream, checkTime } from "./auth.js";
import { ServerRefusal } from "./failure.js";
import type { FaultPlan } from "./faults.js";
import type { KeyRing } from "./keys.js";
import { answer, costOf, ORDER_ACTIONS } from "./order-routes.js";
import { isPrivateTopic, PrivateHub } from "./private-hub.js";
import { PublicHub } from "./public-hub.js";
import type { ServerRateLimits } from "./rate-limits.js";
import { Stream } from "./stream.js";

/** What the streams of a server share. */
export interface StreamParts {
  readonly exchange: PaperExchange;
  readonly keys: KeyRing;
  readonly faults: FaultPlan;
  readonly limits: ServerRateLimits;
  /** Wall time. */
  readonly now: () => number;
}

const IDLE_MS = 10 * 60_000;
/** Request ids that are remembered of a stream. */
const MOST_IDS = 50_000;

/** All WebSockets of a server: public by category, private, order entry. */
export class Streams {
  readonly #parts: StreamParts;
  readonly #open = new Set<Stream>();
  readonly #public = new Map<InstrumentKind, PublicHub>();
  readonly #private = new Map<string, PrivateHub>();
  readonly #requestIds = new Map<Stream, Set<string>>();
  #next = 1;

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  /** Takes a new connection by its path; undefined for a path that has no stream. */
  accept(path: string, socket: WebSocket, line: Duplex): boolean {
    const match = /^\/v5\/(?:public\/(linear|spot|inverse)|(private)|(trade))$/.exec(path);
    if (match === null) return false;
    const category = match[1] as InstrumentKind | undefined;
    const place = category !== undefined ? "public" : match[2] !== undefined ? "private" : "trade";
    const stream = new Stream(`paper-${this.#next++}`, place, socket, line, this.#parts.faults, this.#parts.now());
    this.#open.add(stream);
    socket.on("message", (data) => {
      stream.heard = this.#parts.now();
      this.#onMessage(stream, category, String(data));
    });
    socket.on("close", () => this.#left(stream, category));
    socket.on("error", () => stream.cut());
    return true;
  }

  #left(stream: Stream, category: InstrumentKind | undefined): void {
    this.#open.delete(stream);
    this.#requestIds.delete(stream);
    if (category !== undefined) this.#public.get(category)?.leave(stream);
    if (stream.account !== undefined) this.#private.get(stream.account)?.leave(stream);
  }

  /** Cuts the streams of a place. @returns how many there were. */
  cut(place: string): number {
    const all = [...this.#open].filter((stream) => stream.place === place);
    for (const stream of all) stream.cut();
    return all.length;
  }

  cutAll(): void {
    for (const stream of this.#open) stream.cut();
  }

  /** Cuts who has been silent for ten minutes. */
  cutIdle(): void {
    for (const stream of this.#open) if (this.#parts.now() - stream.heard > IDLE_MS) stream.cut();
  }

  /** Topics that open streams are subscribed to, each counted once a stream. */
  get subscriptions(): { readonly public: number; readonly private: number } {
    const count = (place: string): number =>
      [...this.#open].reduce((sum, stream) => (stream.place === place ? sum + stream.topics.size : sum), 0);
    return { public: count("public"), private: count("private") };
  }

  /** Frames of topics sent so far. */
  get sent(): { readonly public: number; readonly private: number } {
    const sum = (hubs: Iterable<{ readonly sent: number }>): number => [...hubs].reduce((total, hub) => total + hub.sent, 0);
    return { public: sum(this.#public.values()), private: sum(this.#private.values()) };
  }

  #onMessage(stream: Stream, category: InstrumentKind | undefined, text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      message = undefined;
    }
    const reply = (row: Row): void => stream.send(`op:${String(row.op ?? "")}`, JSON.stringify(row));
    if (!isRow(message) || typeof message.op !== "string") {
      reply({ success: false, ret_msg: "Request is no JSON object with an op", conn_id: stream.id, op: "" });
      return;
    }
    if (message.op === "ping") reply(this.#pong(stream, message));
    else if (stream.place === "trade") this.#onTrade(stream, message, reply);
    else if (message.op === "auth") reply(this.#auth(stream, message));
    else if (message.op === "subscribe" || message.op === "unsubscribe") this.#subscribe(stream, category, message, reply);
    else reply({ success: false, ret_msg: `unknown op ${message.op}`, conn_id: stream.id, ...requestId(message), op: message.op });
  }

  /** Pongs have a shape for each kind of stream. */
  #pong(stream: Stream, message: Row): Row {
    const at = String(this.#parts.now());
    if (stream.place === "public") return { success: true, ret_msg: "pong", conn_id: stream.id, ...requestId(message), op: "ping" };
    if (stream.place === "private") return { ...requestId(message), op: "pong", args: [at], conn_id: stream.id };
    return {
      ...(message.reqId !== undefined && { reqId: message.reqId }),
      retCode: 0,
      retMsg: "OK",
      op: "pong",
      data: [at],
      connId: stream.id,
    };
  }

  #login(stream: Stream, message: Row): void {
    const key = authenticateStream(this.#parts.keys, message.args, this.#parts.now());
    stream.account = key.account ?? "main";
  }

  #auth(stream: Stream, message: Row): Row {
    const shown = { conn_id: stream.id, ...requestId(message), op: "auth" };
    if (stream.place !== "private") return { success: false, ret_msg: "auth is for private streams", ...shown };
    try {
      this.#login(stream, message);
    } catch (error) {
      if (!(error instanceof ServerRefusal)) throw error;
      return { success: false, ret_msg: error.message, retCode: error.retCode, ...shown };
    }
    const account = stream.account!;
    let hub = this.#private.get(account);
    if (hub === undefined) {
      hub = new PrivateHub(this.#parts.exchange, this.#parts.exchange.account(account));
      this.#private.set(account, hub);
    }
    hub.join(stream);
    return { success: true, ret_msg: "", ...shown };
  }

  #subscribe(stream: Stream, category: InstrumentKind | undefined, message: Row, reply: (row: Row) => void): void {
    const names = Array.isArray(message.args) ? message.args.map(String) : [];
    const op = String(message.op);
    const refuse = (text: string): void => reply({ success: false, ret_msg: text, conn_id: stream.id, ...requestId(message), op });
    const done = (): void =>
      reply({ success: true, ret_msg: stream.place === "private" ? "" : op, conn_id: stream.id, ...requestId(message), op });
    if (names.length === 0) return void refuse("Params Error: args is empty");
    if (op === "unsubscribe") {
      for (const name of names) {
        if (category === undefined) stream.topics.delete(name);
        else this.#hub(category).unsubscribe(stream, name);
      }
      return void done();
    }
    if ([...stream.topics, ...names].join("").length > MAX_TOPIC_CHARACTERS) return void refuse("args size too long");
    if (category === undefined) return void this.#subscribePrivate(stream, names, refuse, done);
    if (category === "spot" && names.length > MAX_TOPICS_PER_REQUEST) return void refuse(`args size >${MAX_TOPICS_PER_REQUEST}`);
    const hub = this.#hub(category);
    const added: string[] = [];
    for (const name of names) {
      const problem = hub.subscribe(stream, name);
      if (problem !== undefined) {
        // One bad topic fails the whole request.
        for (const one of added) hub.unsubscribe(stream, one);
        return void refuse(problem);
      }
      added.push(name);
    }
    done();
    for (const name of names) hub.greet(stream, name);
  }

  #subscribePrivate(stream: Stream, names: readonly string[], refuse: (text: string) => void, done: () => void): void {
    if (stream.account === undefined) return void refuse("Request not authorized");
    const bad = names.find((name) => !isPrivateTopic(name));
    if (bad !== undefined) return void refuse(`error:handler not found,topic:${bad}`);
    const whole = names.some((name) => name !== "wallet" && !name.includes("."));
    if (whole && names.some((name) => name.includes(".")))
      return void refuse("All-in-one and categorised topics cannot be mixed in one request");
    for (const name of names) stream.topics.add(name);
    done();
  }

  #hub(category: InstrumentKind): PublicHub {
    let hub = this.#public.get(category);
    if (hub === undefined) {
      hub = new PublicHub(this.#parts.exchange, category);
      this.#public.set(category, hub);
    }
    return hub;
  }

  /** Order entry: the same bodies, codes and limits as REST. */
  #onTrade(stream: Stream, message: Row, reply: (row: Row) => void): void {
    const { exchange, limits, now } = this.#parts;
    const op = String(message.op);
    const shown = { ...(message.reqId !== undefined && { reqId: message.reqId }), op, connId: stream.id };
    if (op === "auth") {
      const again = stream.account !== undefined;
      try {
        this.#login(stream, message);
        reply({ retCode: again ? 20_001 : 0, retMsg: again ? "Repeat auth" : "OK", ...shown });
      } catch (error) {
        if (!(error instanceof ServerRefusal)) throw error;
        reply({ retCode: error.retCode, retMsg: error.message, ...shown });
      }
      return;
    }
    const action = op.startsWith("order.") ? op.slice("order.".length) : "";
    const body = Array.isArray(message.args) && isRow(message.args[0]) ? message.args[0] : {};
    const refuse = (retCode: number, retMsg: string, header: object = {}): void =>
      reply({ ...shown, retCode, retMsg, data: {}, header: { Timenow: String(now()), ...header } });
    if (stream.account === undefined) return void refuse(10_004, "Not authorized: send auth first");
    if (ORDER_ACTIONS[action] === undefined || action === "cancel-all") return void refuse(10_404, `op type is not found: ${op}`);
    const problem = this.#checkRequest(stream, message);
    if (problem !== undefined) return void refuse(problem.retCode, problem.message);
    const { allowed, headers } = limits.take(stream.account, `/v5/order/${action}`, String(body.category), now(), costOf(action, body));
    if (!allowed) return void refuse(10_006, "Too many visits. Exceeded the API Rate Limit.", headers);
    const account = exchange.account(stream.account);
    const row = answer(() => ORDER_ACTIONS[action]!({ exchange, account }, body), now());
    reply({
      ...shown,
      retCode: row.retCode,
      retMsg: row.retMsg,
      data: row.result,
      retExtInfo: row.retExtInfo,
      header: { Timenow: String(now()), ...headers },
    });
  }

  #checkRequest(stream: Stream, message: Row): ServerRefusal | undefined {
    const id = message.reqId === undefined ? undefined : String(message.reqId);
    if (id !== undefined) {
      if (id.length > 36) return new ServerRefusal(10_001, "reqId has more than 36 characters");
      let seen = this.#requestIds.get(stream);
      if (seen === undefined) {
        seen = new Set();
        this.#requestIds.set(stream, seen);
      }
      if (seen.has(id)) return new ServerRefusal(20_006, "reqId is duplicated");
      seen.add(id);
      if (seen.size > MOST_IDS) seen.delete(seen.values().next().value!);
    }
    const header = isRow(message.header) ? message.header : {};
    try {
      checkTime(String(header["X-BAPI-TIMESTAMP"] ?? ""), String(header["X-BAPI-RECV-WINDOW"] ?? 5000), this.#parts.now());
      return undefined;
    } catch (error) {
      if (error instanceof ServerRefusal) return error;
      throw error;
    }
  }
}

function requestId(message: Row): Row {
  return message.req_id === undefined ? {} : { req_id: message.req_id };
}
