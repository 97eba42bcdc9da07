import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Dealer, Request, Subscriber } from "zeromq";
import type * as Bench from "../../src/bench/index.js";

// What is built, as the kernel itself is, and no more of the bench than this: loading all of it takes longer than most tests.
export const { freePorts } = (await import(new URL("../../dist/bench/w4/ports.js", import.meta.url).href)) as Pick<
  typeof Bench,
  "freePorts"
>;

// A Jupyter client of a hundred lines: what the tests need to drive a real kernel process. It knows nothing of the kernel's code.

const DELIMITER = "<IDS|MSG>";
const CHANNELS = ["shell", "control", "iopub", "stdin", "hb"] as const;

// biome-ignore lint/suspicious/noExplicitAny: contents are looked into freely by the tests
export type Content = Record<string, any>;

export interface Received {
  type: string;
  parent: string | undefined;
  content: Content;
  metadata: Content;
  /** When the kernel made it, epoch milliseconds. */
  at: number;
}

/** A request under way. */
export interface Exchange {
  id: string;
  /** Everything published for it so far. */
  published: Received[];
  reply: Promise<Content>;
  idle: Promise<void>;
}

interface Pending extends Exchange {
  replied: (content: Content) => void;
  idled: () => void;
}

export interface StartOptions {
  cwd?: string;
  env?: Record<string, string>;
  args?: string[];
  /** Node's own flags. */
  nodeArgs?: string[];
  connection?: Record<string, unknown>;
  curve?: { publicKey: string; secretKey: string; serverKey: string };
  /** The kernel without its supervisor. */
  bare?: boolean;
  /** What the supervisor runs in. */
  shell?: string;
  /** Subscribes only when told to. */
  late?: boolean;
}

const START = new URL("../../dist/kernel/start/", import.meta.url);
export const KERNEL: string = fileURLToPath(new URL("kernel.cjs", START));

/** What starts the kernel, as the kernelspec has it. */
export function kernelCommand(
  args: readonly string[],
  { nodeArgs = [], bare = false, shell = "/bin/sh" }: Pick<StartOptions, "nodeArgs" | "bare" | "shell"> = {},
): [string, string[]] {
  const node = [...nodeArgs, KERNEL, ...args];
  return bare ? [process.execPath, node] : [shell, [fileURLToPath(new URL("supervise.sh", START)), process.execPath, ...node]];
}

export class KernelClient {
  readonly process: ChildProcess;
  /** What the kernel wrote to its own standard error: its log. */
  log = "";
  /** Everything published, in the order it arrived. */
  readonly iopubMessages: Received[] = [];
  readonly exited: Promise<number | null>;
  readonly key: string;
  readonly shell: Dealer;
  readonly control: Dealer;
  readonly #session = randomUUID();
  readonly #sockets: { stdin: Dealer; iopub: Subscriber; heartbeat: Request };
  readonly #pending = new Map<string, Pending>();
  /** Answers a question of the kernel; unless set, it waits. */
  onInput: ((content: Content) => string | undefined) | undefined;

  private constructor(
    child: ChildProcess,
    key: string,
    shell: Dealer,
    control: Dealer,
    sockets: { stdin: Dealer; iopub: Subscriber; heartbeat: Request },
  ) {
    this.process = child;
    this.key = key;
    this.shell = shell;
    this.control = control;
    this.#sockets = sockets;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.log += text;
    });
    this.exited = new Promise((resolve) => child.once("exit", resolve));
    for (const socket of [shell, control, sockets.stdin, sockets.iopub]) void this.#receive(socket).catch(() => {});
  }

  static async start({ cwd, env, args = [], connection = {}, curve, late = false, ...command }: StartOptions = {}): Promise<KernelClient> {
    const folder = mkdtempSync(join(tmpdir(), "tesserlab-client-"));
    const key = randomUUID();
    const ports = await freePorts(CHANNELS.length);
    const named = Object.fromEntries(CHANNELS.map((name, i) => [`${name}_port`, ports[i]!]));
    const file = join(folder, "connection.json");
    const keys = curve === undefined ? {} : { curve_publickey: curve.serverKey };
    writeFileSync(
      file,
      JSON.stringify({ transport: "tcp", ip: "127.0.0.1", key, signature_scheme: "hmac-sha256", ...named, ...keys, ...connection }),
    );
    const child = spawn(...kernelCommand([file, ...args], command), {
      cwd: cwd ?? folder,
      env: { ...process.env, TESSERLAB__HISTORY: ":memory:", NO_COLOR: "1", ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const identity = randomUUID();
    const security =
      curve === undefined ? {} : { curveServerKey: curve.serverKey, curvePublicKey: curve.publicKey, curveSecretKey: curve.secretKey };
    const options = { linger: 0, reconnectInterval: 5, ...security };
    const make = {
      shell: new Dealer({ ...options, routingId: identity }),
      control: new Dealer({ ...options, routingId: identity }),
      stdin: new Dealer({ ...options, routingId: identity }),
      iopub: new Subscriber(options),
      heartbeat: new Request(options),
    };
    const at = (name: string): string => `tcp://127.0.0.1:${named[`${name}_port`]}`;
    make.shell.connect(at("shell"));
    make.control.connect(at("control"));
    make.stdin.connect(at("stdin"));
    make.iopub.connect(at("iopub"));
    make.heartbeat.connect(at("hb"));
    if (!late) make.iopub.subscribe();
    const client = new KernelClient(child, key, make.shell, make.control, make);
    if (!late) await client.published("iopub_welcome");
    return client;
  }

  /** Settles once a message of this type has been published. */
  async published(type: string, count = 1): Promise<Received> {
    for (;;) {
      const found = this.iopubMessages.filter((message) => message.type === type)[count - 1];
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Settles once a message of this type, and with this in it where that is given, has been published for a request. */
  async seen(exchange: Exchange, type: string, part = ""): Promise<void> {
    const isIt = (message: Received): boolean => message.type === type && JSON.stringify(message.content).includes(part);
    while (!exchange.published.some(isIt)) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  request(type: string, content: Content, { channel = "shell" as "shell" | "control", metadata = {} as Content } = {}): Exchange {
    const pending = this.expect(randomUUID());
    this.send(channel === "shell" ? this.shell : this.control, this.frames(type, content, { id: pending.id, metadata }));
    return pending;
  }

  /** What comes back for a message of this id. */
  expect(id: string): Exchange {
    const pending = { id, published: [] as Received[] } as unknown as Pending;
    pending.reply = new Promise((resolve) => {
      pending.replied = resolve;
    });
    pending.idle = new Promise((resolve) => {
      pending.idled = resolve;
    });
    this.#pending.set(id, pending);
    return pending;
  }

  frames(
    type: string,
    content: Content,
    { id = randomUUID() as string, parent = {} as Content, metadata = {} as Content, key = this.key } = {},
  ): (Buffer | string)[] {
    const header = { msg_id: id, msg_type: type, session: this.#session, username: "test", date: new Date().toISOString(), version: "5.4" };
    const parts = [header, parent, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
    const hmac = createHmac("sha256", key);
    for (const part of parts) hmac.update(part);
    return [DELIMITER, hmac.digest("hex"), ...parts];
  }

  #sends: Promise<void> = Promise.resolve();

  send(socket: Dealer, frames: (Buffer | string)[]): void {
    this.#sends = this.#sends.then(() => socket.send(frames));
  }

  execute(code: string, options: Content = {}): Exchange {
    const { cellId, ...content } = options;
    const metadata = cellId === undefined ? {} : { cellId };
    return this.request("execute_request", { code, silent: false, store_history: true, allow_stdin: false, ...content }, { metadata });
  }

  /** Executes a cell and waits for its end. */
  async run(code: string, options: Content = {}): Promise<Run> {
    const exchange = this.execute(code, options);
    const [reply] = await Promise.all([exchange.reply, exchange.idle]);
    return new Run(reply, exchange.published);
  }

  async ask(type: string, content: Content = {}, channel: "shell" | "control" = "shell"): Promise<Content> {
    return this.request(type, content, { channel }).reply;
  }

  interrupt(): Promise<Content> {
    return this.ask("interrupt_request", {}, "control");
  }

  async heartbeat(): Promise<void> {
    await this.#sockets.heartbeat.send("ping");
    await this.#sockets.heartbeat.receive();
  }

  async #receive(socket: Dealer | Subscriber): Promise<void> {
    for await (const frames of socket) {
      const at = frames.findIndex((frame) => frame.toString() === DELIMITER);
      const [header, parent, metadata, content] = frames.slice(at + 2, at + 6).map((part) => JSON.parse(part.toString()) as Content);
      const message: Received = {
        type: header!.msg_type,
        parent: parent!.msg_id,
        content: content!,
        metadata: metadata!,
        at: Date.parse(header!.date),
      };
      const pending = this.#pending.get(message.parent ?? "");
      if (message.type === "input_request") {
        const value = this.onInput?.(message.content);
        if (value !== undefined) this.send(this.#sockets.stdin, this.frames("input_reply", { value, status: "ok" }));
      } else if (socket === this.#sockets.iopub) {
        this.iopubMessages.push(message);
        pending?.published.push(message);
        if (message.type === "status" && message.content.execution_state === "idle") pending?.idled();
      } else pending?.replied({ ...message.content, type: message.type });
    }
  }

  /** Subscribes, where it was started without: whatever has been published before is lost, unless the kernel kept it. */
  async subscribe(): Promise<void> {
    this.#sockets.iopub.subscribe();
    await this.published("iopub_welcome");
  }

  async shutdown(restart = false): Promise<number | null> {
    void this.ask("shutdown_request", { restart }, "control");
    const code = await this.exited;
    this.close();
    return code;
  }

  close(): void {
    this.process.kill("SIGKILL");
    for (const socket of [this.shell, this.control, this.#sockets.stdin, this.#sockets.iopub, this.#sockets.heartbeat]) socket.close();
  }
}

/** A cell that was executed. */
export class Run {
  readonly reply: Content;
  readonly published: Received[];

  constructor(reply: Content, published: Received[]) {
    this.reply = reply;
    this.published = published;
  }

  of(type: string): Content[] {
    return this.published.filter((message) => message.type === type).map(({ content }) => content);
  }

  text(name: "stdout" | "stderr" = "stdout"): string {
    return this.of("stream")
      .map((content) => (content.name === name ? content.text : ""))
      .join("");
  }

  get result(): unknown {
    return this.of("execute_result")[0]?.data["text/plain"];
  }

  get error(): Content | undefined {
    return this.of("error")[0];
  }
}
