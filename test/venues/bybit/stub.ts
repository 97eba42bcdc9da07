import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { decimal, instrument, type OrderRequest } from "../../../src/core/index.js";
import { type BybitConnection, type BybitConnectOptions, type BybitOptions, bybit } from "../../../src/venues/bybit/index.js";
import {
  envelope,
  instrumentRow,
  type Row,
  sameSignature,
  signRequest,
  signStream,
  timestampAccepted,
} from "../../../src/venues/bybit-wire/index.js";
import { MARKETS } from "../conformance/markets.js";

export const KEY = "stub-key-3f9a";
export const SECRET = "stub-secret-77c1e0";

/** What a scripted answer may be: an envelope's parts, an HTTP status, a connection that is cut (before or after the request took effect). */
export type Script =
  | { code: number; message?: string; result?: object }
  | { status: number }
  | "cut"
  | "cut after"
  | { headers: Record<string, string> }
  /** Answered once that has happened; it takes effect then. */
  | { hold: Promise<unknown> };

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly params: URLSearchParams;
  readonly body: Row;
  /** As signed; NaN for a request that is not. */
  readonly timestamp: number;
  /** The query as it came. */
  readonly query: string;
  /** When it came, by our clock. */
  readonly at: number;
}

const BTC = instrument(MARKETS.linear.instrument);

/** A limit order that rests unless a test says otherwise. */
export const limit = (id: string, more: Partial<OrderRequest> = {}): OrderRequest => ({
  clientOrderId: id,
  symbol: "BTCUSDT",
  side: "buy",
  type: "limit",
  quantity: decimal("0.01"),
  price: decimal("60000"),
  ...more,
});

/** A v5 server with just enough of an exchange to be scripted: orders rest until a test fills them. Signatures and times are checked. */
export class StubExchange {
  readonly seen: Seen[] = [];
  readonly orders: Map<string, Record<string, unknown>> = new Map();
  readonly executions: Record<string, unknown>[] = [];
  readonly klines: string[][] = [];
  readonly subscriptions: { socket: WebSocket; topics: Set<string> }[] = [];
  readonly streams: string[] = [];
  readonly #scripts: Map<string, Script[]> = new Map();
  positions: Record<string, unknown>[] = [];
  /** Server time minus ours. */
  ahead = 0;
  /** Streams that are refused, by path. */
  mute: { auth?: boolean; subscribe?: boolean; pong?: boolean; silentOrders?: boolean } = {};
  extraTopics: Row[] = [];
  #id = 0;
  readonly #http: Server;
  readonly #ws: WebSocketServer;
  url = "";

  constructor() {
    this.#http = createServer((request, response) => this.#rest(request, response));
    this.#ws = new WebSocketServer({ server: this.#http });
    this.#ws.on("connection", (socket, request) => this.#stream(socket, request.url ?? ""));
  }

  async listen(): Promise<this> {
    await new Promise<void>((done) => this.#http.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
    return this;
  }

  async close(): Promise<void> {
    this.dropStreams();
    this.#ws.close();
    this.#http.closeAllConnections();
    await new Promise((done) => this.#http.close(done));
  }

  /** Answers the next requests of a path as scripted. */
  script(path: string, ...answers: Script[]): void {
    this.#scripts.set(path, [...(this.#scripts.get(path) ?? []), ...answers]);
  }

  count(path: string): number {
    return this.seen.filter((one) => one.path === path).length;
  }

  dropStreams(): void {
    for (const { socket } of this.subscriptions) socket.terminate();
  }

  push(topic: string, message: object): void {
    for (const { socket, topics } of this.subscriptions) if (topics.has(topic)) socket.send(JSON.stringify({ topic, ...message }));
  }

  /** Changes an order and tells the private stream unless told to be silent. */
  change(orderLinkId: string, change: object, silent = false): void {
    const order = { ...this.orders.get(orderLinkId)!, ...change, updatedTime: String(Date.now() + ++this.#id) };
    this.orders.set(orderLinkId, order);
    if (!silent) this.push("order", { creationTime: Date.now(), data: [order] });
  }

  fill(orderLinkId: string, quantity: string, price: string, silent = false): Record<string, unknown> {
    const order = this.orders.get(orderLinkId)!;
    const total = Number(order.cumExecQty) + Number(quantity);
    const execution = {
      category: "linear",
      symbol: "BTCUSDT",
      execId: `e${++this.#id}`,
      orderId: order.orderId,
      orderLinkId,
      side: order.side,
      execQty: quantity,
      execPrice: price,
      execFee: "0.01",
      feeCurrency: "",
      execType: "Trade",
      isMaker: true,
      execTime: String(Date.now()),
    };
    this.executions.push(execution);
    if (!silent) this.push("execution", { creationTime: Date.now(), data: [execution] });
    this.change(
      orderLinkId,
      { cumExecQty: String(total), avgPrice: price, orderStatus: total >= Number(order.qty) ? "Filled" : "PartiallyFilled" },
      silent,
    );
    return execution;
  }

  #rest(request: IncomingMessage, response: ServerResponse): void {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", async () => {
      const [path = "", query = ""] = (request.url ?? "").split("?");
      const body = (text === "" ? {} : JSON.parse(text)) as Row;
      const params = new URLSearchParams(query);
      this.seen.push({
        method: request.method ?? "",
        path,
        params,
        body,
        timestamp: Number(request.headers["x-bapi-timestamp"]),
        query,
        at: Date.now(),
      });
      const script = this.#scripts.get(path)?.shift();
      const reply = (answer: object, status = 200, headers: Record<string, string> = {}): void => {
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(JSON.stringify(answer));
      };
      if (script === "cut") return void request.socket.destroy();
      if (typeof script === "object" && "status" in script) return reply({}, script.status);
      if (typeof script === "object" && "code" in script)
        return reply(envelope(script.code, script.message ?? "scripted", script.result ?? {}, this.#now()));
      const refused = path.startsWith("/v5/market/") ? undefined : this.#unsigned(request, request.method === "POST" ? text : query);
      if (refused !== undefined) return reply(envelope(...refused, {}, this.#now()));
      if (typeof script === "object" && "hold" in script) await script.hold;
      const answer = this.#answer(path, params, body);
      if (script === "cut after") return void request.socket.destroy();
      reply(answer, 200, typeof script === "object" && "headers" in script ? script.headers : {});
    });
  }

  #now(): number {
    return Date.now() + this.ahead;
  }

  #unsigned(request: IncomingMessage, payload: string): [number, string] | undefined {
    const header = (name: string): string => String(request.headers[name] ?? "");
    const [timestamp, recvWindow] = [header("x-bapi-timestamp"), header("x-bapi-recv-window")];
    if (header("x-bapi-api-key") !== KEY) return [10003, "API key is invalid."];
    if (!timestampAccepted(Number(timestamp), Number(recvWindow), this.#now()))
      return [10002, "invalid request, please check your server timestamp"];
    return sameSignature(header("x-bapi-sign"), signRequest(SECRET, { timestamp, apiKey: KEY, recvWindow, payload }))
      ? undefined
      : [10004, "error sign!"];
  }

  #answer(path: string, params: URLSearchParams, body: Row): Row {
    const ok = (result: object, ext: object = {}): Row => envelope(0, "OK", result, this.#now(), ext);
    const id = String(body.orderLinkId ?? "");
    const open = (order: Record<string, unknown>): boolean => ["New", "PartiallyFilled", "Untriggered"].includes(String(order.orderStatus));
    switch (path) {
      case "/v5/market/time":
        return ok({ timeSecond: String(Math.floor(this.#now() / 1000)), timeNano: `${this.#now()}000000` });
      case "/v5/market/instruments-info":
        return params.get("cursor") === null
          ? ok({ list: [instrumentRow(BTC)], nextPageCursor: "first%3D1" })
          : ok({ list: [instrumentRow({ ...BTC, symbol: "ETHUSDT", base: "ETH" })], nextPageCursor: "" });
      case "/v5/market/kline": {
        const [start, end, limit] = ["start", "end", "limit"].map((name) => Number(params.get(name))) as [number, number, number];
        return ok({
          list: this.klines
            .filter((row) => Number(row[0]) >= start && Number(row[0]) <= end)
            .sort((a, b) => Number(b[0]) - Number(a[0]))
            .slice(0, limit),
        });
      }
      case "/v5/order/create":
        return this.orders.has(id) ? envelope(110072, "OrderLinkedID is duplicate", {}, this.#now()) : ok(this.create(body));
      case "/v5/order/create-batch": {
        const rows = (body.request as Row[]).map((row) =>
          this.orders.has(String(row.orderLinkId))
            ? { code: 110072, msg: "duplicate", row: {} }
            : { code: 0, msg: "OK", row: this.create(row) },
        );
        return ok({ list: rows.map((one) => one.row) }, { list: rows.map(({ code, msg }) => ({ code, msg })) });
      }
      case "/v5/order/cancel": {
        const order = this.orders.get(id);
        if (order === undefined || !open(order)) return envelope(110001, "order not exists or too late to cancel", {}, this.#now());
        this.change(id, { orderStatus: "Cancelled", cancelType: "CancelByUser" }, this.mute.silentOrders);
        return ok({ orderId: order.orderId, orderLinkId: id });
      }
      case "/v5/order/amend": {
        this.change(
          id,
          { ...(body.qty !== undefined && { qty: body.qty }), ...(body.price !== undefined && { price: body.price }) },
          this.mute.silentOrders,
        );
        return ok({ orderLinkId: id });
      }
      case "/v5/order/cancel-all":
        for (const [link, order] of this.orders) if (open(order)) this.change(link, { orderStatus: "Cancelled" });
        return ok({ list: [], success: "1" });
      case "/v5/order/realtime":
      case "/v5/order/history": {
        const link = params.get("orderLinkId");
        const all = [...this.orders.values()].filter((order) => (link === null ? open(order) : order.orderLinkId === link));
        return ok({ list: path.endsWith("history") ? all.filter((order) => !open(order)) : all.filter(open), nextPageCursor: "" });
      }
      case "/v5/execution/list":
        return ok({
          list: this.executions.filter((one) => params.get("orderLinkId") === null || one.orderLinkId === params.get("orderLinkId")),
          nextPageCursor: "",
        });
      case "/v5/position/list":
        return ok({ list: this.positions, nextPageCursor: "" });
      case "/v5/account/wallet-balance":
        return ok({
          list: [
            { accountType: "UNIFIED", coin: [{ coin: "USDT", walletBalance: "1000", totalOrderIM: "10.5", availableToWithdraw: "" }] },
          ],
        });
      default:
        return ok({});
    }
  }

  create(body: Row): Row {
    const orderId = `o${++this.#id}`;
    const order = {
      category: "linear",
      orderId,
      orderLinkId: body.orderLinkId,
      symbol: body.symbol,
      side: body.side,
      orderType: body.orderType,
      qty: body.qty,
      price: body.price ?? "",
      timeInForce: body.timeInForce,
      reduceOnly: body.reduceOnly ?? false,
      triggerPrice: body.triggerPrice ?? "",
      triggerDirection: body.triggerDirection ?? 0,
      stopOrderType: body.triggerPrice === undefined ? "" : "Stop",
      orderStatus: body.triggerPrice === undefined ? "New" : "Untriggered",
      cumExecQty: "0",
      avgPrice: "",
      createdTime: String(Date.now()),
      updatedTime: String(Date.now()),
      someNewField: [1],
    };
    this.orders.set(String(body.orderLinkId), order);
    if (this.mute.silentOrders !== true)
      setImmediate(() => this.push("order", { creationTime: Date.now(), data: [this.orders.get(String(body.orderLinkId))] }));
    return { orderId, orderLinkId: body.orderLinkId };
  }

  #stream(socket: WebSocket, url: string): void {
    const one = { socket, topics: new Set<string>() };
    this.subscriptions.push(one);
    this.streams.push(url);
    let authorised = !url.includes("/v5/private");
    socket.on("close", () => this.subscriptions.splice(this.subscriptions.indexOf(one), 1));
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as { op: string; args: string[]; req_id?: string };
      const send = (answer: object): void => socket.send(JSON.stringify({ conn_id: "c", op: message.op, ...answer }));
      if (message.op === "ping" && this.mute.pong !== true) send({ op: "pong", args: [String(Date.now())] });
      if (message.op === "auth" && this.mute.auth !== true) {
        const [key, expires, signature] = message.args as [string, string, string];
        authorised = key === KEY && Number(expires) > this.#now() && sameSignature(signature, signStream(SECRET, expires));
        send({ success: authorised, ret_msg: authorised ? "" : "Invalid apikey" });
      }
      if ((message.op === "subscribe" || message.op === "unsubscribe") && this.mute.subscribe !== true) {
        for (const topic of message.args) {
          if (message.op === "subscribe") one.topics.add(topic);
          else one.topics.delete(topic);
        }
        this.subscribed.push(`${message.op} ${message.args.join(",")}`);
        send({ success: authorised, ret_msg: "", req_id: message.req_id });
      }
    });
  }

  readonly subscribed: string[] = [];
}

/** Fast times, so that tests do not wait. */
export const FAST = {
  request: 2_000,
  reconcile: 1_500,
  recvWindow: 5_000,
  ping: 30,
  ack: 500,
  silence: 5_000,
  reconnectBase: 5,
  reconnectMax: 20,
  settle: 50,
  // Tests that count requests are not to count these.
  check: 60_000,
};

export async function open(
  stub: StubExchange,
  options: Partial<BybitOptions> = {},
  connect: BybitConnectOptions = {},
): Promise<BybitConnection> {
  return bybit({ env: "local", urls: stub.url, timing: FAST, requestsPer5s: 100_000, ...options }).connect({
    credentials: { apiKey: KEY, apiSecret: SECRET },
    ...connect,
  });
}
