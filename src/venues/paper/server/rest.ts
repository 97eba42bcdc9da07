import type { IncomingMessage, ServerResponse } from "node:http";
import { LabError } from "../../../errors/index.js";
import { envelope, isRow, type Row } from "../../bybit-wire/index.js";
import { ACCOUNT_ROUTES } from "./account-routes.js";
import { authenticate } from "./auth.js";
import { type ControlParts, control } from "./control.js";
import { ServerRefusal } from "./failure.js";
import type { Fault } from "./faults.js";
import type { KeyRing } from "./keys.js";
import { PUBLIC_ROUTES } from "./market-routes.js";
import { costOf, ORDER_ACTIONS } from "./order-routes.js";
import type { ServerRateLimits } from "./rate-limits.js";

/** What answering requests needs. */
export interface RestParts extends ControlParts {
  readonly keys: KeyRing;
  readonly limits: ServerRateLimits;
  readonly now: () => number;
  readonly onRequest: ((request: HeardRequest) => void) | undefined;
}

/** A request that somebody hears of. */
export interface HeardRequest {
  /** `arrived`: nothing has happened yet; `done`: it has had its effect and is not answered yet. */
  readonly phase: "arrived" | "done";
  readonly method: string;
  readonly path: string;
  /** The text of its body, or of its query. */
  readonly body: string;
}

/** Largest body that is read. */
const MOST_BYTES = 1_000_000;

interface Answer {
  readonly status: number;
  readonly body: Row;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers Bybit's REST requests and those of the control. */
export class Rest {
  readonly #parts: RestParts;

  constructor(parts: RestParts) {
    this.#parts = parts;
  }

  /** Answers one request; it never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const raw = await bodyOf(request);
      const [path = "", search = ""] = splitOnce(request.url ?? "", "?");
      if (path.startsWith("/_control/")) return void send(response, await this.#control(request, path, raw));
      this.#parts.onRequest?.({ phase: "arrived", method: request.method ?? "GET", path, body: raw === "" ? search : raw });
      const fault = this.#parts.faults.isQuiet("rest") ? undefined : this.#parts.faults.take("rest", path, raw);
      const act = (): Answer => {
        const answer = this.#answer(request, path, search, raw);
        this.#parts.onRequest?.({ phase: "done", method: request.method ?? "GET", path, body: raw === "" ? search : raw });
        return answer;
      };
      if (fault === undefined) return void send(response, act());
      await this.#answerWith(fault, request, response, act);
    } catch (error) {
      const status = error instanceof ServerRefusal ? error.status : 500;
      const message = error instanceof Error ? error.message : String(error);
      send(response, {
        status,
        body: envelope(error instanceof ServerRefusal ? error.retCode : 10_016, message, {}, this.#parts.now()),
        headers: {},
      });
    }
  }

  async #answerWith(fault: Fault, request: IncomingMessage, response: ServerResponse, act: () => Answer): Promise<void> {
    const now = this.#parts.now();
    switch (fault.kind) {
      case "delay":
        await new Promise((resolve) => setTimeout(resolve, fault.ms ?? 0));
        return void send(response, act());
      case "rateLimit":
        return void send(response, {
          status: 200,
          body: envelope(10_006, "Too many visits. Exceeded the API Rate Limit.", {}, now),
          headers: {},
        });
      case "tooMany":
        return void send(response, { status: 429, body: envelope(429, "Too many requests", {}, now), headers: {} });
      case "error":
        if (fault.landed === true) act();
        return void send(response, {
          status: fault.status ?? (fault.retCode === undefined ? 503 : 200),
          body: envelope(fault.retCode ?? 10_016, fault.retCode === undefined ? "Server error." : "As it was asked for.", {}, now),
          headers: {},
        });
      case "timeout":
        // It lands and is never answered: the client has to find out.
        act();
        return;
      default:
        request.socket.destroy();
    }
  }

  async #control(request: IncomingMessage, path: string, raw: string): Promise<Answer> {
    const address = request.socket.remoteAddress ?? "";
    // A page in a browser may reach the loopback, too: it says where it comes from.
    if (!/^(::1|(::ffff:)?127\.)/.test(address) || request.headers.origin !== undefined)
      return {
        status: 403,
        body: { error: "CONTROL_FOREIGN", message: "Control requests come from this machine, not from a page." },
        headers: {},
      };
    try {
      const body = await control(this.#parts, request.method ?? "GET", path, raw === "" ? {} : (JSON.parse(raw) as unknown));
      return body === undefined
        ? { status: 404, body: { error: "CONTROL_UNKNOWN", message: `There is no ${request.method} ${path}.` }, headers: {} }
        : { status: 200, body, headers: {} };
    } catch (error) {
      if (!(error instanceof LabError) && !(error instanceof SyntaxError)) throw error;
      return {
        status: 400,
        body: { error: error instanceof LabError ? error.code : "CONTROL_INVALID", message: error.message },
        headers: {},
      };
    }
  }

  #answer(request: IncomingMessage, path: string, search: string, raw: string): Answer {
    const { exchange, keys, limits, now } = this.#parts;
    const method = request.method ?? "GET";
    const at = now();
    let headers: Readonly<Record<string, string>> = {};
    try {
      if (!limits.allowsAddress(at)) throw new ServerRefusal(403, "access too frequent", 403);
      if (method === "GET" && raw !== "") throw new ServerRefusal(403, "A GET request has no body.", 403);
      const query = new URLSearchParams(search);
      const open = PUBLIC_ROUTES[path];
      if (open !== undefined && method === "GET")
        return { status: 200, body: envelope(0, "OK", open({ exchange, query, now: at }), at), headers };
      const action = /^\/v5\/order\/([a-z-]+)$/.exec(path)?.[1] ?? "";
      const acts = method === "POST" ? ORDER_ACTIONS[action] : undefined;
      const route = ACCOUNT_ROUTES[`${method} ${path}`];
      if (acts === undefined && route === undefined) throw new ServerRefusal(10_017, `Route not found: ${method} ${path}`, 404);
      const header = (name: string): string | undefined => {
        const value = request.headers[name.toLowerCase()];
        return Array.isArray(value) ? value[0] : value;
      };
      const key = authenticate(keys, header, method === "GET" ? search : raw, at);
      const body = method === "GET" ? {} : parse(raw);
      const account = exchange.account(key.account ?? "main");
      const category = String(body.category ?? query.get("category") ?? "");
      const report = limits.take(account.name, path, category, at, acts === undefined ? 1 : costOf(action, body));
      headers = report.headers;
      if (!report.allowed) throw new ServerRefusal(10_006, "Too many visits. Exceeded the API Rate Limit.");
      if (acts !== undefined) {
        const { result, extra } = acts({ exchange, account }, body);
        return { status: 200, body: envelope(0, "OK", result, at, extra), headers };
      }
      return { status: 200, body: envelope(0, "OK", route!({ exchange, account, query, body }), at), headers };
    } catch (error) {
      if (!(error instanceof ServerRefusal)) throw error;
      return { status: error.status, body: envelope(error.retCode, error.message, {}, at), headers };
    }
  }
}

/** @throws ServerRefusal 10001. */
function parse(raw: string): Row {
  let body: unknown;
  try {
    body = JSON.parse(raw === "" ? "{}" : raw);
  } catch {
    // Refused below, as anything else is that is no object.
  }
  if (isRow(body)) return body;
  throw new ServerRefusal(10_001, "The request's body is no JSON object.");
}

function splitOnce(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}

/** @throws ServerRefusal 10001 for a body that is too large, an error where the connection breaks. */
function bodyOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MOST_BYTES) chunks.push(chunk);
      else reject(new ServerRefusal(10_001, "The request's body is too large.", 413));
    });
    request.on("end", () => resolve(chunks.length === 1 ? chunks[0]!.toString("utf8") : Buffer.concat(chunks).toString("utf8")));
    request.on("error", reject);
  });
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": String(Buffer.byteLength(text)),
    ...headers,
  });
  response.end(text);
}
