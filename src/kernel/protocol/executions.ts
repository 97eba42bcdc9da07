import { KeyboardInterrupt } from "../cell.js";
import type { Outcome, ToMain } from "../server/threads.js";
import type { History } from "./history.js";
import { type Content, type Message, textOf } from "./message.js";
import type { OutputPort } from "./output-port.js";
import type { Publisher } from "./publisher.js";
import type { Supervision } from "./supervision.js";

/** Sends the reply to a request. */
type Reply = (message: Message, content: Content, metadata?: Content) => void;

/**
 * What happens between a request being next and its code running: questions, type checks. Answers how the cell ended when it is not to run; nothing at all
 * where nothing is to happen.
 */
type BeforeRun = (request: number, code: string) => Promise<Outcome | undefined> | undefined;

interface Execution {
  readonly request: number;
  readonly message: Message;
  readonly code: string;
  /** Execution count. */
  readonly number: number;
  readonly started: string;
  /** Its result as text. */
  result?: string;
}

/** A cell without any of these cannot reach native code or child processes. */
const REACHES_OUT = /\b(import|require|process)\b/;

/** What executing needs of the rest of the protocol. */
export interface ExecutionParts {
  readonly publisher: Publisher;
  readonly outputs: OutputPort;
  readonly supervision: Supervision;
  readonly history: History;
  readonly post: (message: ToMain) => void;
  readonly reply: Reply;
  readonly beforeRun: BeforeRun;
  /** Called for cells whose code ran, to its end or not. */
  readonly afterRun: (message: Message, outcome: Outcome) => void;
}

/** Execute requests, one after the other; those waiting when one fails are aborted, as the protocol has it. */
export class Executions {
  readonly #parts: ExecutionParts;
  #queue: Message[] = [];
  #running: Execution | undefined;
  /** Ends the cell that is being prepared, as long as its code does not run. */
  #callOff: (() => void) | undefined;
  #last = 0;
  #count = 0;
  #hasReachedOut = false;

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
  }

  /** The request whose code runs. */
  get running(): number | undefined {
    return this.#callOff === undefined ? this.#running?.request : undefined;
  }

  /** The message whose cell is next: it is being prepared, or runs. */
  get runningMessage(): Message | undefined {
    return this.#running?.message;
  }

  /** The request executed last: what native code writes belongs to it. */
  get latest(): number {
    return this.#last;
  }

  get count(): number {
    return this.#count;
  }

  /** Notes the text of a request's result, for the history. */
  resulted(request: number, text: string): void {
    if (this.#running?.request === request) this.#running.result = text;
  }

  add(message: Message): void {
    this.#queue.push(message);
    void this.#next();
  }

  /** Ends a cell that still waits for its types to be checked: it is not run. Code that runs is for the interrupter. */
  interrupt(): void {
    this.#callOff?.();
  }

  async #next(): Promise<void> {
    const message = this.#running === undefined ? this.#queue.shift() : undefined;
    if (message === undefined) return;
    const { content, headerText: parent } = message;
    const { publisher, outputs, supervision, post } = this.#parts;
    const text = textOf(content.code);
    const code = text ?? "";
    this.#hasReachedOut ||= REACHES_OUT.test(code);
    const silent = content.silent === true;
    const counted = !silent && content.store_history !== false && code.trim() !== "";
    if (counted) this.#count++;
    const request = ++this.#last;
    const running: Execution = { request, message, code, number: this.#count, started: new Date().toISOString() };
    this.#running = running;
    outputs.open(request, { parent, number: this.#count, silent });
    supervision.running({
      parent,
      identities: message.identities.map((frame) => frame.toString("base64")),
      number: this.#count,
    });
    const run = (): void => {
      const cellId = typeof message.metadata.cellId === "string" ? message.metadata.cellId : undefined;
      const expressions = expressionsOf(content.user_expressions);
      post({ type: "execute", request, code, cellId, counted, silent, stdin: content.allow_stdin === true, expressions });
    };
    const preparing =
      text === undefined
        ? Promise.resolve(failed(new TypeError("The code of a cell must be text; this request has an object there.")))
        : this.#parts.beforeRun(request, code);
    // It runs while it is announced: what it shows arrives in a later turn of this thread.
    if (preparing === undefined) run();
    publisher.hold();
    void publisher.status("busy", parent);
    if (!silent) void publisher.publish({ type: "execute_input", content: { code, execution_count: this.#count }, parent });
    if (preparing === undefined) return;
    const outcome = await this.#unlessCalledOff(preparing);
    if (outcome?.error !== undefined) outputs.output(request, { type: "error", error: outcome.error });
    if (outcome === undefined) run();
    else await this.#end(request, outcome, false);
  }

  /** What the preparation of a cell came to, or its interrupt, which wins. */
  async #unlessCalledOff(preparing: Promise<Outcome | undefined>): Promise<Outcome | undefined> {
    let end: Outcome | undefined;
    const calledOff = new Promise<undefined>((resolve) => {
      this.#callOff = () => {
        end = failed(new KeyboardInterrupt());
        resolve(undefined);
      };
    });
    const checked = await Promise.race([preparing.catch(failed), calledOff]);
    this.#callOff = undefined;
    return end ?? checked; // it may have been called off in the very moment the check was done
  }

  /** A cell has ended: its last outputs, the reply, and idle, in this order. */
  done(request: number, outcome: Outcome): Promise<void> {
    return this.#end(request, outcome, true);
  }

  async #end(request: number, outcome: Outcome, hasRun: boolean): Promise<void> {
    const running = this.#running;
    if (running?.request !== request) return;
    const { publisher, outputs, supervision, history, reply } = this.#parts;
    const { message, code, number } = running;
    if (this.#hasReachedOut) await supervision.nativeOutput();
    outputs.close(request);
    const { status, error, expressions, exit, page } = outcome;
    const payload = exit ? [{ source: "ask_exit", keepkernel: false }] : page === undefined ? [] : [page];
    const common = { status, execution_count: number, user_expressions: expressions, payload };
    reply(message, error === undefined ? common : { ...common, ...error }, { started: running.started, status });
    supervision.running(undefined);
    this.#running = undefined;
    if (status === "error" && message.content.stop_on_error !== false) this.#abort();
    void publisher.status("idle", message.headerText);
    publisher.letGo();
    if (message.content.silent !== true && message.content.store_history !== false) history.add(number, code, running.result);
    if (hasRun) this.#parts.afterRun(message, outcome);
    void this.#next();
  }

  #abort(): void {
    for (const message of this.#queue.splice(0)) {
      void this.#parts.publisher.status("busy", message.headerText);
      const content = { status: "aborted", execution_count: this.#count, user_expressions: {}, payload: [] };
      this.#parts.reply(message, content, { status: "aborted" });
      void this.#parts.publisher.status("idle", message.headerText);
    }
  }
}

/** A front end's expressions by name; what is none is left out. */
function expressionsOf(given: unknown): Record<string, string> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return {};
  return Object.fromEntries(Object.entries(given).filter(([, expression]) => typeof expression === "string"));
}

/** What prepares a cell is ours: should it fail, the cell must say so instead of waiting for ever. */
function failed(error: unknown): Outcome {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const traceback = (stack ?? message).split("\n");
  return { status: "error", error: { ename: name, evalue: message, traceback }, expressions: {}, exit: false };
}
