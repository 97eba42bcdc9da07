import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { processIsAlive } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import { fromWire, type WireError } from "../failure.js";
import type { SessionLink, SessionMessage, SessionRequest, WireAnswer } from "../messages.js";
import { readLines, writeLine } from "./lines.js";
import type { RunningSession } from "./registry.js";

/** Answers may hold a whole health report. */
const LONGEST_ANSWER = 64_000_000;
/** A connection that is cut while the session lives is made again this often. */
const RETRIES = 20;
const RETRY_MS = 100;

type Incoming =
  | { readonly kind: "welcome" }
  | { readonly kind: "answer"; readonly id: number; readonly answer?: WireAnswer; readonly error?: WireError }
  | { readonly kind: "message"; readonly message: SessionMessage };

interface Pending {
  resolve(answer: WireAnswer): void;
  reject(error: LabError): void;
}

/** A session in a process of its own, over its socket. The process goes on whatever becomes of this one. */
export class ProcessLink implements SessionLink {
  readonly lost: Promise<WireError>;
  readonly #session: RunningSession;
  readonly #pending = new Map<number, Pending>();
  #lose: (error: WireError) => void = () => {};
  #listener: (message: SessionMessage) => void = () => {};
  #socket: Socket | undefined;
  #ended = false;
  #next = 1;

  private constructor(session: RunningSession) {
    this.#session = session;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
  }

  /** Connects to a running session. @throws LabError `SESSION_UNREACHABLE`. */
  static async open(session: RunningSession): Promise<ProcessLink> {
    const link = new ProcessLink(session);
    try {
      await link.#connect();
    } catch (cause) {
      throw new LabError(
        "SESSION_UNREACHABLE",
        `Session ${session.id} (process ${session.pid}) does not answer: ${(cause as Error).message}.`,
        {
          details: { session: session.id, pid: session.pid },
          cause,
        },
      );
    }
    return link;
  }

  listen(listener: (message: SessionMessage) => void): void {
    this.#listener = listener;
  }

  request(request: SessionRequest): Promise<WireAnswer> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (this.#ended || this.#socket === undefined) return reject(this.#gone());
      this.#pending.set(id, { resolve, reject });
      writeLine(this.#socket, { id, request });
    });
  }

  close(): void {
    this.#ended = true;
    this.#socket?.end();
  }

  #gone(): LabError {
    return new LabError("SESSION_LOST", `Session ${this.#session.id} is gone.`);
  }

  async #connect(): Promise<void> {
    const socket = connect(this.#session.port, "127.0.0.1");
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("it hung up")));
      readLines(socket, LONGEST_ANSWER, (value) => {
        const incoming = value as Incoming;
        if (incoming.kind === "welcome") resolve();
        else this.#receive(incoming);
      });
      socket.once("connect", () => writeLine(socket, { token: this.#session.token }));
    });
    this.#socket = socket;
    socket.on("error", () => socket.destroy());
    socket.once("close", () => void this.#cut());
  }

  #receive(incoming: Exclude<Incoming, { readonly kind: "welcome" }>): void {
    if (incoming.kind === "message") {
      if (incoming.message.kind === "ended") this.#ended = true;
      this.#listener(incoming.message);
      return;
    }
    const pending = this.#pending.get(incoming.id);
    this.#pending.delete(incoming.id);
    if (incoming.error === undefined) pending?.resolve(incoming.answer);
    else pending?.reject(fromWire(incoming.error));
  }

  /** The connection is gone: with the session, or without it. */
  async #cut(): Promise<void> {
    this.#socket = undefined;
    for (const { reject } of this.#pending.values()) reject(this.#gone());
    this.#pending.clear();
    for (let attempt = 0; attempt < RETRIES && !this.#ended && processIsAlive(this.#session.pid); attempt++) {
      try {
        await this.#connect();
        return;
      } catch {
        await pause(RETRY_MS, undefined, { ref: false });
      }
    }
    if (this.#ended) return;
    const { id, pid } = this.#session;
    const alive = processIsAlive(pid);
    this.#lose({
      code: "SESSION_LOST",
      message: alive
        ? `Session ${id} no longer answers, but its process ${pid} lives; live.attach("${id}") tries again.`
        : `The process of session ${id} (${pid}) ended on its own.`,
    });
  }
}
