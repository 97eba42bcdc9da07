import type { MessagePort, Worker } from "node:worker_threads";
import { KeyboardInterrupt } from "../cell.js";
import { Executor } from "../executor.js";
import type { TypeMode } from "../host.js";
import type { Output } from "../output/outputs.js";
import { clearTimeout, now, setTimeout } from "../own-timers.js";
import { questions } from "./ask.js";
import { CommHub } from "./comms.js";
import { Flags } from "./flags.js";
import { prepareForTermination, SENTINEL } from "./interrupt-target.js";
import { outputSender } from "./output-sender.js";
import { keepStandardDescriptors } from "./standard-descriptors.js";
import type { ExpressionResult, ToMain, ToProtocol } from "./threads.js";

/** A cell that notices its interrupt but does not end is given up after this many milliseconds. */
const ENDING_MS = 50;
/** The helpers are loaded once the kernel has been idle this long; a cell that needs them earlier loads them itself. */
const IDLE_MS = 50;
/** How long the protocol thread may take to end, milliseconds: its sockets may send for one second more. */
const LEAVING_MS = 3000;

type Execute = Extract<ToMain, { type: "execute" }>;

/** What the main thread is made of. */
export interface MainThreadParts {
  readonly thread: Worker;
  readonly protocol: MessagePort;
  readonly answers: MessagePort;
  /** Of `Flags`. */
  readonly flags: SharedArrayBuffer;
  /** Absolute path of the notebook, or of one that could be: cells import from its folder. */
  readonly notebook: string;
  /** Module of the helpers. */
  readonly lab: string | undefined;
  readonly types: TypeMode;
}

/** Runs the user's code, as the protocol thread asks. */
export class MainThread {
  readonly #executor: Executor;
  readonly #thread: Worker;
  readonly #protocol: MessagePort;
  readonly #flags: Flags;
  readonly #wasTerminated: () => boolean;
  readonly #comms: CommHub;
  #running: Execute | undefined;
  /** The request that was interrupted, and when. */
  #interrupted: { readonly request: number; readonly at: number } | undefined;
  #loading: NodeJS.Timeout | undefined;

  private constructor({ thread, protocol }: MainThreadParts, flags: Flags, executor: Executor, comms: CommHub) {
    this.#executor = executor;
    this.#thread = thread;
    this.#protocol = protocol;
    this.#flags = flags;
    this.#comms = comms;
    this.#wasTerminated = prepareForTermination(flags, () => executor.isPreparing);
  }

  /** Starts executing what the protocol thread has asked for meanwhile, and goes on. */
  static async start(parts: MainThreadParts): Promise<void> {
    const { protocol, answers, notebook, lab, types } = parts;
    const flags = new Flags(parts.flags);
    let main: MainThread | undefined;
    const post = (message: ToProtocol): void => protocol.postMessage(message);
    const comms = new CommHub((message) => post({ type: "comm", request: main?.running?.request, message }));
    const ask = questions(
      flags,
      answers,
      (prompt, password) => post({ type: "ask", request: main?.running?.request ?? 0, prompt, password }),
      () => main?.running?.stdin === true,
    );
    const executor = await Executor.start({
      notebook,
      sink: outputSender(protocol, flags),
      loading: "lazy",
      helpers: { ...ask, comms },
      ignoredError: SENTINEL,
      typeMode: types,
      onTypeMode: (mode) => post({ type: "types", mode }),
      ...(lab === undefined ? {} : { lab }),
    });
    main = new MainThread(parts, flags, executor, comms);
    main.#listen();
  }

  /** The request that is being executed. */
  get running(): Execute | undefined {
    return this.#running;
  }

  #listen(): void {
    this.#protocol.on("message", (message: ToMain) => this.#receive(message));
    this.#protocol.postMessage({ type: "listening" } satisfies ToProtocol);
    this.#loadWhenIdle();
  }

  #receive(message: ToMain): void {
    switch (message.type) {
      case "execute":
        void this.#execute(message);
        break;
      case "interrupt":
        this.#interrupt(message.id, message.request);
        break;
      case "comm":
        this.#comms.received(message.message);
        break;
      case "exit":
        this.#exit();
    }
  }

  async #execute(request: Execute): Promise<void> {
    clearTimeout(this.#loading);
    this.#running = request;
    const isExit = /^\s*(exit|quit)\s*(\(\s*\))?\s*;?\s*$/.exec(request.code);
    if (isExit !== null && !this.#executor.declares(isExit[1]!)) {
      this.#done(request, { status: "ok", expressions: {}, exit: true });
      return;
    }
    const { code, cellId, counted, expressions } = request;
    const options = { request: request.request, counted, ...(cellId === undefined ? {} : { id: cellId }) };
    const { status, error } = await this.#executor.execute(code, options);
    if (this.#running !== request) return; // it was given up
    const results: Record<string, ExpressionResult> = {};
    if (status === "ok") for (const [name, source] of Object.entries(expressions)) results[name] = await this.#evaluate(String(source));
    if (this.#running !== request) return;
    this.#done(request, { status, expressions: results, exit: false, ...(error === undefined ? {} : { error }) });
  }

  /** An expression of the front end's: its value goes into the reply and nowhere else. */
  async #evaluate(source: string): Promise<ExpressionResult> {
    const outputs: Output[] = [];
    const { error } = await this.#executor.execute(source, { counted: false, sink: (output) => outputs.push(output) });
    if (error !== undefined) return { status: "error", ...error };
    const result = outputs.find((output) => output.type === "execute_result");
    return { status: "ok", data: result?.data ?? { "text/plain": "undefined" }, metadata: {} };
  }

  #done({ request }: Execute, outcome: Extract<ToProtocol, { type: "done" }>["outcome"]): void {
    this.#running = undefined;
    keepStandardDescriptors();
    this.#protocol.postMessage({ type: "done", request, outcome } satisfies ToProtocol);
    this.#loadWhenIdle();
  }

  #interrupt(id: number, request: number | undefined): void {
    this.#flags.seen(id);
    const wasTerminated = this.#wasTerminated();
    const running = this.#running;
    if (running === undefined || running.request !== request) return;
    const before = this.#interrupted?.request === request ? this.#interrupted : undefined;
    if (before === undefined) this.#interrupted = { request, at: now() };
    this.#executor.interrupt();
    if (wasTerminated || (before !== undefined && now() - before.at > ENDING_MS)) this.#giveUp(running);
    else setTimeout(() => this.#running === running && this.#giveUp(running), ENDING_MS);
  }

  /** Ends an interrupted cell that does not end by itself, or whose end a termination took along. */
  #giveUp(running: Execute): void {
    let error = this.#executor.abandon()?.error;
    if (error === undefined) {
      error = this.#executor.describe(new KeyboardInterrupt());
      this.#protocol.postMessage({ type: "output", request: running.request, output: { type: "error", error } } satisfies ToProtocol);
      this.#flags.push(0);
    }
    this.#done(running, { status: "error", expressions: {}, exit: false, error });
  }

  #loadWhenIdle(): void {
    clearTimeout(this.#loading);
    this.#loading = setTimeout(() => {
      const tell = (): void => this.#protocol.postMessage({ type: "helpers", names: this.#executor.host.helpers } satisfies ToProtocol);
      this.#executor.prepare().then(tell, tell); // a cell that needs them says what is wrong with them
    }, IDLE_MS);
  }

  /**
   * The protocol thread ends itself, and the process with it: ended from here, it could be stopped in the midst of native code of its sockets,
   * which aborts the process.
   */
  #exit(): void {
    this.#executor.close();
    this.#thread.removeAllListeners("exit");
    this.#thread.once("exit", () => process.exit(0));
    setTimeout(() => process.kill(process.pid, "SIGKILL"), LEAVING_MS);
    this.#protocol.postMessage({ type: "leave" } satisfies ToProtocol);
  }
}
