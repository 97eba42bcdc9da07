import { timingSafeEqual } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { asLabError, toWire } from "../failure.js";
import type { SessionMessage, SessionRequest, SessionService } from "../messages.js";
import { readLines, writeLine } from "./lines.js";

/** Requests are short; what is longer is not one of ours. */
const LONGEST_REQUEST = 1_000_000;
/** A client that reads so slowly that this much waits for it is let go; it can attach again. */
const LARGEST_BACKLOG = 32_000_000;

/** The socket through which handles reach a session: on loopback, opened by a token. Any number may be connected; each hears everything. */
export class SessionServer {
  readonly #server: Server;
  readonly #token: Buffer;
  readonly #service: SessionService;
  readonly #clients = new Set<Socket>();

  constructor(token: string, service: SessionService) {
    this.#token = Buffer.from(token);
    this.#service = service;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** @returns the port. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Tells every handle. */
  tell(message: SessionMessage): void {
    for (const socket of this.#clients)
      if (socket.writableLength > LARGEST_BACKLOG) socket.destroy();
      else writeLine(socket, { kind: "message", message });
  }

  /** Ends every connection once it has been told everything. */
  async close(): Promise<void> {
    for (const socket of this.#clients) socket.end();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    let known = false;
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#clients.delete(socket));
    readLines(socket, LONGEST_REQUEST, (value) => {
      if (known) void this.#answer(socket, value as { readonly id: number; readonly request: SessionRequest });
      else if (this.#isToken(value)) {
        known = true;
        this.#clients.add(socket);
        writeLine(socket, { kind: "welcome" });
      } else socket.destroy();
    });
  }

  #isToken(value: unknown): boolean {
    const given = Buffer.from(String((value as { readonly token?: unknown } | null)?.token));
    return given.length === this.#token.length && timingSafeEqual(given, this.#token);
  }

  async #answer(socket: Socket, { id, request }: { readonly id: number; readonly request: SessionRequest }): Promise<void> {
    try {
      writeLine(socket, { kind: "answer", id, answer: await this.#service.answer(request) });
    } catch (error) {
      writeLine(socket, { kind: "answer", id, error: toWire(asLabError(error, "SESSION_FAILED", "The session could not answer")) });
    }
  }
}
