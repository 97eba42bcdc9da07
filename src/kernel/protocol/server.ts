import { setTimeout as sleep } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import type { Router } from "zeromq";
import { historyFile } from "../data-folder.js";
import { Flags } from "../server/flags.js";
import type { Outcome, ProtocolOptions, ToMain, ToProtocol } from "../server/threads.js";
import { Comms } from "./comms.js";
import type { Connection } from "./connection.js";
import { Executions } from "./executions.js";
import { History } from "./history.js";
import { Interrupter } from "./interrupter.js";
import { type Content, type Message, textOf } from "./message.js";
import { OutputPort } from "./output-port.js";
import { Publisher } from "./publisher.js";
import { page, questionOf } from "./question.js";
import { type Answer, requestTable } from "./requests.js";
import type { Channel, Sockets } from "./sockets.js";
import { Stdin } from "./stdin.js";
import { Supervision } from "./supervision.js";
import { Types } from "./types.js";
import { Wire } from "./wire.js";

/** How long the main thread gets to end by itself, milliseconds. */
const EXIT_MS = 1500;

/** The kernel as its clients see it: lives in a thread of its own, so that it answers whatever the user's code does. */
export class ProtocolServer {
  readonly #port: MessagePort;
  readonly #wire: Wire;
  readonly #sockets: Sockets;
  readonly #flags: Flags;
  readonly #publisher: Publisher;
  readonly #outputs: OutputPort;
  readonly #executions: Executions;
  readonly #interrupter: Interrupter;
  readonly #supervision: Supervision;
  readonly #history: History;
  readonly #stdin: Stdin;
  readonly #comms = new Comms();
  readonly #answers: Readonly<Record<string, Answer>>;
  readonly #types: Types;
  #isEnding = false;

  private constructor(options: ProtocolOptions, connection: Connection, sockets: Sockets, wire: Wire) {
    this.#port = options.main;
    this.#sockets = sockets;
    this.#wire = wire;
    this.#flags = new Flags(options.flags);
    this.#publisher = new Publisher(sockets.iopub, wire);
    this.#outputs = new OutputPort(this.#publisher, (length) => this.#flags.sent(length));
    this.#supervision = new Supervision(options, {
      native: (name, text) => {
        if (this.#executions.latest > 0) this.#outputs.write(this.#executions.latest, name, text);
        else this.#log(text.trimEnd());
      },
      interrupt: () => void this.#interrupt(),
      terminate: () => void this.#end(),
    });
    this.#history = new History(historyFile(), options.folder, (text) => this.#log(text));
    const { folder, lab, types: mode } = options;
    this.#types = new Types({ folder, lab, mode, isBusy: () => this.#executions.runningMessage !== undefined });
    this.#stdin = new Stdin(sockets.stdin, wire, options.answers, this.#flags);
    const post = (message: ToMain): void => options.main.postMessage(message);
    this.#executions = new Executions({
      publisher: this.#publisher,
      outputs: this.#outputs,
      supervision: this.#supervision,
      history: this.#history,
      post,
      reply: (message, content, metadata) => this.#reply(sockets.shell, message, content, metadata),
      beforeRun: (request, code) => {
        const name = questionOf(code);
        return name === undefined ? this.#checkTypes(request, code) : this.#question(name);
      },
      afterRun: (message, { status }) => {
        const { cellId } = message.metadata;
        const id = typeof cellId === "string" ? cellId : message.header.msg_id;
        this.#types.remember(id, textOf(message.content.code) ?? "", status === "error");
      },
    });
    this.#interrupter = new Interrupter(this.#flags, post, () => this.#executions.running);
    this.#answers = requestTable({
      connection,
      history: this.#history,
      comms: this.#comms,
      language: () => this.#types.service(),
      interrupt: () => this.#interrupt(),
      shutdown: async () => {
        setImmediate(() => void this.#end());
      },
    });
  }

  /** Answers what comes in through these sockets, from now on. */
  static start(options: ProtocolOptions, connection: Connection, sockets: Sockets): ProtocolServer {
    const server = new ProtocolServer(options, connection, sockets, new Wire(connection));
    sockets.onError = (error) => server.#log(`send: ${String(error)}`);
    server.#serve();
    return server;
  }

  #serve(): void {
    const { shell, control, stdin } = this.#sockets;
    for (const [name, channel] of Object.entries({ shell, control, stdin }))
      this.#receive(name, channel).catch((error: unknown) => {
        if (!this.#isEnding) this.#log(`${name}: ${error instanceof Error ? error.stack : String(error)}`);
      });
    void this.#publisher.welcome().catch(() => {}); // the socket was closed
    void this.#publisher.status("starting");
    this.#port.on("message", (message: ToProtocol) => this.#fromMain(message));
  }

  async #receive(name: string, channel: Channel<Router>): Promise<void> {
    for await (const frames of channel.socket) {
      const message = this.#wire.decode(frames as Buffer[]);
      if ("refused" in message) this.#log(`a message on ${name} was dropped: ${message.refused}`);
      else
        try {
          this.#dispatch(message, channel);
        } catch (error) {
          // Nothing that a client sends may end the channel for all of them.
          this.#log(`a message on ${name} could not be handled: ${error instanceof Error ? error.stack : String(error)}`);
        }
    }
  }

  #dispatch(message: Message, channel: Channel<Router>): void {
    const type = message.header.msg_type;
    if (type === "execute_request" && channel === this.#sockets.shell) this.#executions.add(message);
    else if (type === "input_reply") this.#stdin.replied(message);
    else if (type === "comm_open" || type === "comm_msg" || type === "comm_close") this.#comm(message);
    else if (type.endsWith("_request")) void this.#answer(message, channel);
    else this.#log(`a message of the unknown type '${type}' was ignored`);
  }

  async #answer(message: Message, channel: Channel<Router>): Promise<void> {
    const parent = message.headerText;
    this.#publisher.hold();
    void this.#publisher.status("busy", parent);
    const answer = Object.hasOwn(this.#answers, message.header.msg_type) ? this.#answers[message.header.msg_type] : undefined;
    let content: Content;
    try {
      if (answer === undefined) throw new RangeError(`This kernel does not know '${message.header.msg_type}'.`);
      content = await answer(message.content);
    } catch (error) {
      const { name, message: text } = error instanceof Error ? error : new Error(String(error));
      content = { status: "error", ename: name, evalue: text, traceback: [] };
    }
    this.#reply(channel, message, content);
    void this.#publisher.status("idle", parent);
    this.#publisher.letGo();
  }

  #reply(channel: Channel<Router>, message: Message, content: Content, metadata: Content = {}): void {
    const type = message.header.msg_type.replace(/_request$/, "_reply");
    void channel.send(this.#wire.encode(message.identities, { type, content, parent: message.headerText, metadata }));
  }

  #comm(message: Message): void {
    const comm = this.#comms.received(message);
    if (comm === undefined) return;
    void this.#publisher.status("busy", message.headerText);
    try {
      this.#port.postMessage({ type: "comm", message: comm } satisfies ToMain); // data that lies too deep cannot be copied
    } finally {
      void this.#publisher.status("idle", message.headerText);
    }
  }

  #fromMain(message: ToProtocol): void {
    if (!("type" in message)) {
      this.#flags.taken();
      this.#outputs.write(message[0], message[1], message[2]);
      return;
    }
    switch (message.type) {
      case "output":
        this.#flags.taken();
        this.#outputs.output(message.request, message.output);
        if (message.output.type === "execute_result")
          this.#executions.resulted(message.request, String(message.output.data["text/plain"] ?? ""));
        break;
      case "done":
        this.#stdin.cancel();
        void this.#executions.done(message.request, message.outcome);
        break;
      case "ask":
        if (this.#executions.runningMessage !== undefined)
          this.#stdin.ask(this.#executions.runningMessage, message.prompt, message.password);
        break;
      case "comm": {
        const parent = message.request === undefined ? undefined : this.#outputs.parentOf(message.request);
        void this.#publisher.publish(this.#comms.sent(message.message, parent));
        break;
      }
      case "listening":
        if (!this.#isEnding) this.#interrupter.begin();
        this.#types.begin();
        break;
      case "helpers":
        void this.#types.start(message.names);
        break;
      case "types":
        this.#types.mode = message.mode;
        break;
      case "leave":
        // From a turn of its own: no native code of a socket is under way, and those that were closed have told so.
        setImmediate(() => setImmediate(() => process.exit(0)));
    }
  }

  /** Answers a cell that only asks what something is. */
  async #question(name: string): Promise<Outcome> {
    const language = await this.#types.service();
    return { status: "ok", expressions: {}, exit: false, page: page(name, await language?.inspect(name, name.length, 0)) };
  }

  #checkTypes(request: number, code: string): Promise<Outcome | undefined> | undefined {
    const write = (warning: string): void => this.#outputs.write(request, "stderr", warning);
    return this.#types.check(code, write)?.then((verdict) => {
      if (verdict !== undefined && "refusal" in verdict) return { status: "error", error: verdict.refusal, expressions: {}, exit: false };
      if (verdict !== undefined) write(verdict.warning);
      return undefined;
    });
  }

  async #interrupt(): Promise<void> {
    this.#stdin.cancel();
    this.#executions.interrupt();
    await this.#interrupter.interrupt();
  }

  #log(text: string): void {
    this.#supervision.log(`[tesserlab] ${text}`);
  }

  /** Ends the process: the running cell is interrupted, what was sent leaves, and the main thread goes last. */
  async #end(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    await this.#supervision.leaving();
    const stuck = sleep(EXIT_MS, undefined, { ref: false }).then(() => process.kill(process.pid, "SIGKILL"));
    if (this.#executions.runningMessage !== undefined) await Promise.race([this.#interrupt(), stuck]);
    await Promise.race([this.#types.stop(), sleep(200)]);
    this.#history.close();
    this.#publisher.release();
    const { shell, control, iopub } = this.#sockets;
    await Promise.race([Promise.all([shell.sent(), control.sent(), iopub.sent()]), sleep(EXIT_MS / 2)]);
    this.#interrupter.close();
    this.#sockets.close();
    this.#port.postMessage({ type: "exit" } satisfies ToMain);
  }
}
