import { createWriteStream, readFileSync, type WriteStream, writeSync } from "node:fs";
import { Socket } from "node:net";
import type { ProtocolOptions } from "../server/threads.js";
import { identityOf, isStill, LOG, SIGNALS } from "../supervisor/descriptors.js";
import { KernelNote, type RunningRequest } from "../supervisor/note.js";
import { NativeOutput } from "./native-output.js";

const SERVER_POLL_MS = 1000;

/** What the protocol does when its supervisor speaks. */
export interface SupervisionEvents {
  /** Native code or a child process wrote to the kernel's standard streams. */
  native(name: "stdout" | "stderr", text: string): void;
  interrupt(): void;
  /** The supervisor is asked to end, or is gone. */
  terminate(): void;
}

/** What a supervised kernel has of its supervisor. */
interface Held {
  readonly note: KernelNote;
  readonly native: NativeOutput;
  /** Which file the log is. */
  readonly logFile: string;
}

/** The kernel's side of its supervisor; without one, the same calls do what can be done alone. */
export class Supervision {
  readonly #held: Held | undefined;
  /** From the first line on: Node takes 3 ms to make it, and most kernels have nothing to say. */
  #log: WriteStream | undefined;

  constructor({ server }: Pick<ProtocolOptions, "server">, events: SupervisionEvents) {
    if (server === undefined) return;
    const note = new KernelNote(process.ppid);
    const native = new NativeOutput({ text: events.native, tail: (text) => note.tail(text) });
    this.#held = { note, native, logFile: identityOf(LOG) };
    listen(events);
    if (Number(process.env.JPY_PARENT_PID) === server) watch(server, events.terminate);
  }

  /** What is executed from now on: what is answered in the kernel's place should it die. */
  running(request: RunningRequest | undefined): void {
    this.#held?.note.running(request);
  }

  /** Writes to the log of whoever started the kernel. */
  log(text: string): void {
    if (this.#held === undefined) {
      writeSync(2, `${text}\n`);
      return;
    }
    if (!isStill(LOG, this.#held.logFile)) return;
    // By a thread of its own: who started the kernel may not read it for a while.
    this.#log ??= createWriteStream("", { fd: LOG, autoClose: false }).on("error", () => {});
    this.#log.write(`${text}\n`);
  }

  /** Settles once all that the process wrote natively has come in. */
  async nativeOutput(): Promise<void> {
    await this.#held?.native.allRead();
  }

  /** The end that follows is intended. */
  async leaving(): Promise<void> {
    const log = this.#log;
    this.#held?.note.leaving();
    if (log !== undefined && log.writableLength > 0) await new Promise((resolve) => log.write("", resolve));
  }
}

/** Signals that the supervisor passes on, a word a line. */
function listen(events: SupervisionEvents): void {
  let pending = "";
  new Socket({ fd: SIGNALS, readable: true, writable: false })
    .setEncoding("utf8")
    .on("data", (data: string) => {
      const words = (pending + data).split("\n");
      pending = words.pop() ?? "";
      for (const word of words) {
        if (word === "interrupt") events.interrupt();
        else if (word === "terminate") events.terminate();
      }
    })
    .on("error", () => {}) // "close" follows
    .on("close", () => events.terminate());
}

/** A server that is gone cannot end its kernels: they notice, if it asked them to. */
function watch(server: number, onGone: () => void): void {
  setInterval(() => {
    if (isGone(server)) onGone();
  }, SERVER_POLL_MS).unref();
}

/** Whether a server is no longer the parent of the supervisor; where that cannot be read, whether it is no longer there. */
function isGone(server: number): boolean {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, "latin1");
    // The name before it is in parentheses, and may hold any.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) !== server;
  } catch {
    return !isThere(server);
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
