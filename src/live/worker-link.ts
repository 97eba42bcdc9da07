import { Worker } from "node:worker_threads";
import type { LabError } from "../errors/index.js";
import { fromWire, type WireError } from "./failure.js";
import type { SessionLink, SessionMessage, SessionRequest, WireAnswer } from "./messages.js";
import { buffersOf } from "./portable.js";
import type { SessionSpec } from "./spec.js";

/** What a session's thread sends: that it is ready, answers, and what it tells of its own accord. */
export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "refused"; readonly error: WireError }
  | { readonly kind: "answer"; readonly id: number; readonly answer?: WireAnswer; readonly error?: WireError }
  | { readonly kind: "message"; readonly message: SessionMessage };

/** What it is sent. */
export interface ToWorker {
  readonly id: number;
  readonly request: SessionRequest;
}

interface Pending {
  resolve(answer: WireAnswer): void;
  reject(error: LabError): void;
}

/** A session on a worker thread: nothing the caller's thread does, or is interrupted in, holds it up. */
export class WorkerLink implements SessionLink {
  readonly lost: Promise<WireError>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #listener: (message: SessionMessage) => void = () => {};
  #next = 1;

  private constructor(worker: Worker) {
    this.#worker = worker;
    this.lost = new Promise((resolve) => {
      const lose = (why: string): void => {
        const error = { code: "SESSION_LOST", message: why };
        for (const { reject } of this.#pending.values()) reject(fromWire(error));
        this.#pending.clear();
        resolve(error);
      };
      worker.once("error", (error) => lose(`The session's thread broke down: ${error.message}`));
      worker.once("exit", (code) => lose(`The session's thread ended on its own (exit code ${code}).`));
    });
    worker.on("message", (message: FromWorker) => this.#receive(message));
  }

  /** Starts a thread and enters the session into its state file. @throws LabError what that throws there, `SESSION_LOST`. */
  static async open(spec: SessionSpec): Promise<WorkerLink> {
    const worker = new Worker(workerFile(), {
      workerData: spec,
      transferList: spec.data.flatMap(buffersOf),
      name: `session ${spec.id}`,
      // Flags of the program, such as --input-type, may not suit a thread of ours.
      execArgv: [],
    });
    const link = new WorkerLink(worker);
    await new Promise<void>((resolve, reject) => {
      worker.once("message", (first: FromWorker) => (first.kind === "refused" ? reject(fromWire(first.error)) : resolve()));
      void link.lost.then((error) => reject(fromWire(error)));
    });
    return link;
  }

  listen(listener: (message: SessionMessage) => void): void {
    this.#listener = listener;
  }

  request(request: SessionRequest): Promise<WireAnswer> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, request } satisfies ToWorker);
    });
  }

  #receive(message: FromWorker): void {
    if (message.kind === "message") this.#listener(message.message);
    if (message.kind !== "answer") return;
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.error === undefined) pending?.resolve(message.answer);
    else pending?.reject(fromWire(message.error));
  }
}

/** A thread starts from JavaScript only: when this very file runs from its TypeScript source, as under a test runner, the thread's is the built one. */
function workerFile(): URL {
  const file = import.meta.url.endsWith(".ts") ? "../../dist/live/session-worker.js" : "./session-worker.js";
  return new URL(file, import.meta.url);
}
