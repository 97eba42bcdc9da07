import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dealer, Subscriber } from "zeromq";
import { LabError } from "../../errors/index.js";
import { freePorts } from "./ports.js";

/** How a kernel is started: the `argv` of a kernelspec, where `{connection_file}` stands for the file. */
export interface KernelCommand {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface KernelMessage {
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** When it arrived, on the clock of `performance.now()`. */
  readonly at: number;
}

/** A request under way: what came back for it so far, its reply, and the moment the kernel was idle again. */
export interface Exchange {
  readonly sentAt: number;
  readonly published: readonly KernelMessage[];
  readonly reply: Promise<KernelMessage>;
  readonly idle: Promise<KernelMessage>;
}

interface Pending extends Exchange {
  readonly published: KernelMessage[];
  readonly replied: (message: KernelMessage) => void;
  readonly idled: (message: KernelMessage) => void;
}

interface Sockets {
  readonly shell: Dealer;
  readonly control: Dealer;
  readonly iopub: Subscriber;
}

const DELIMITER = Buffer.from("<IDS|MSG>");
const CHANNELS = ["shell", "control", "iopub", "stdin", "hb"] as const;

/** A Jupyter client small enough to measure kernels with: shell, control and iopub, signed, protocol 5.4. */
export class KernelClient {
  readonly child: ChildProcess;
  readonly spawnedAt: number;
  readonly #folder: string;
  readonly #key: string;
  readonly #session: string = randomUUID();
  readonly #shell: Dealer;
  readonly #control: Dealer;
  readonly #iopub: Subscriber;
  readonly #pending: Map<string, Pending> = new Map();

  private constructor(child: ChildProcess, spawnedAt: number, folder: string, key: string, sockets: Sockets) {
    this.child = child;
    this.spawnedAt = spawnedAt;
    this.#folder = folder;
    this.#key = key;
    this.#shell = sockets.shell;
    this.#control = sockets.control;
    this.#iopub = sockets.iopub;
    for (const socket of [sockets.shell, sockets.control, sockets.iopub]) void this.#receive(socket);
  }

  /** Starts a kernel and connects to it; the sockets knock every 2 ms, so that waiting for the kernel adds nothing to its start. */
  static async start(command: KernelCommand): Promise<KernelClient> {
    const folder = await mkdtemp(join(tmpdir(), "tesserlab-w4-"));
    const key = randomUUID();
    const ports = await freePorts(CHANNELS.length);
    const connection = {
      ...Object.fromEntries(CHANNELS.map((name, i) => [`${name}_port`, ports[i]])),
      transport: "tcp",
      ip: "127.0.0.1",
      key,
      signature_scheme: "hmac-sha256",
      kernel_name: "bench",
    };
    const file = join(folder, "connection.json");
    await writeFile(file, JSON.stringify(connection), { mode: 0o600 });
    const options = { reconnectInterval: 2, linger: 0 };
    const sockets: Sockets = {
      shell: new Dealer(options),
      control: new Dealer(options),
      iopub: new Subscriber({ ...options, receiveHighWaterMark: 0 }),
    };
    sockets.iopub.subscribe();
    for (const name of ["shell", "control", "iopub"] as const) sockets[name].connect(`tcp://127.0.0.1:${ports[CHANNELS.indexOf(name)]}`);
    const [program, ...args] = command.argv.map((word) => word.replace("{connection_file}", file));
    const spawnedAt = performance.now();
    const child = spawn(program!, args, { cwd: folder, env: { ...process.env, ...command.env }, stdio: "ignore" });
    // A program that cannot be started is noticed as a kernel that never answers.
    child.on("error", () => undefined);
    return new KernelClient(child, spawnedAt, folder, key, sockets);
  }

  request(type: string, content: object = {}, channel: "shell" | "control" = "shell"): Exchange {
    const id = randomUUID();
    const header = {
      msg_id: id,
      session: this.#session,
      username: "bench",
      date: new Date().toISOString(),
      msg_type: type,
      version: "5.4",
    };
    const parts = [header, {}, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
    const reply = deferred<KernelMessage>();
    const idle = deferred<KernelMessage>();
    const pending: Pending = {
      sentAt: performance.now(),
      published: [],
      reply: reply.promise,
      idle: idle.promise,
      replied: reply.resolve,
      idled: idle.resolve,
    };
    this.#pending.set(id, pending);
    const socket = channel === "shell" ? this.#shell : this.#control;
    void socket.send([DELIMITER, this.#sign(parts), ...parts]);
    return pending;
  }

  execute(code: string): Exchange {
    return this.request("execute_request", { code, silent: false, store_history: false, user_expressions: {}, allow_stdin: false });
  }

  /** Waits until published messages arrive too: a subscription joins some time after the shell answers. */
  async subscribed(limitMs = 10_000): Promise<void> {
    const end = performance.now() + limitMs;
    while (performance.now() < end) {
      const { idle } = this.request("kernel_info_request");
      if (await within(idle, 100)) return;
    }
    throw new LabError("BENCH_KERNEL", `W4: the kernel published nothing for ${limitMs} ms.`);
  }

  /** Ends the kernel by request, or by force after 3 s, and frees everything. */
  async stop(): Promise<void> {
    const exited =
      this.child.exitCode !== null || this.child.signalCode !== null || new Promise((resolve) => this.child.once("exit", resolve));
    this.request("shutdown_request", { restart: false }, "control");
    if (exited instanceof Promise && !(await within(exited, 3_000))) {
      this.child.kill("SIGKILL");
      await exited;
    }
    for (const socket of [this.#shell, this.#control, this.#iopub]) socket.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #sign(parts: readonly Buffer[]): string {
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  async #receive(socket: Dealer | Subscriber): Promise<void> {
    for await (const frames of socket) {
      const at = performance.now();
      const start = frames.findIndex((frame) => frame.equals(DELIMITER)) + 2;
      const [header, parent, , content] = frames.slice(start, start + 4).map((frame) => JSON.parse(frame.toString())) as [
        { msg_type: string },
        { msg_id?: string },
        object,
        Record<string, unknown>,
      ];
      const pending = this.#pending.get(parent.msg_id ?? "");
      if (pending === undefined) continue;
      const message = { type: header.msg_type, content, at };
      if (socket !== this.#iopub) pending.replied(message);
      else if (message.type === "status" && content.execution_state === "idle") pending.idled(message);
      else pending.published.push(message);
    }
  }
}

// Promise.withResolvers, which Node 20 lacks.
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Whether a promise settles within a time. */
export async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
