// Entry of what a kernelspec starts: `supervisor.cjs CONNECTION_FILE [--lab MODULE]`, made of this file by the build.
// It starts the kernel, hands its native output over to it, and, should it die, says in the cell what happened. It loads next to nothing:
// the kernel waits for it.
import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { type Death, isIntended } from "./death.js";
import { type FromSupervisor, Link, type RunningRequest, type ToSupervisor } from "./link.js";
import { openNote, readNote } from "./note.js";

/** How long pipes may stay open after the kernel's end: a child of its own may hold them. */
const PIPES_MS = 200;
const TAIL_LENGTH = 20_000;
/** More than both pipes and what was read ahead of them hold. */
const PIPES_LENGTH = 4_000_000;
const PARENT_POLL_MS = 1000;
const LAST_WORDS = /\n*<--- Last few GCs --->|FATAL ERROR: /;
/** How long a dying process may take: it writes a report, and perhaps a core file. */
const LAST_WORDS_MS = 3000;

const args = process.argv.slice(2);
const note = openNote();
const kernel: ChildProcess = spawn(
  process.execPath,
  [
    ...process.execArgv,
    fileURLToPath(new URL("kernel.cjs", import.meta.url)),
    ...args,
    "--supervised",
    ...(note === undefined ? [] : ["--noting"]),
  ],
  { stdio: ["ignore", "pipe", "pipe", "pipe", ...(note === undefined ? [] : [note])] },
);

/** What the kernel executes, where it could not note it. */
let told: { readonly request: RunningRequest | undefined } | undefined;
let isLeaving = false;
let tail = "";
let lastWords = "";

const socket = kernel.stdio[3] as Socket;
const link = new Link<ToSupervisor, FromSupervisor>(
  socket,
  (message) => {
    if (message.type === "running") told = message;
    else if (message.type === "log") process.stderr.write(`${message.text}\n`);
    else if (message.type === "leaving") isLeaving = true;
    else afterWritten(() => link.send(message));
  },
  () => {},
);

/** Characters read from the pipes. */
let read = 0;

for (const name of ["stdout", "stderr"] as const) {
  const stream = kernel[name]!;
  stream.setEncoding("utf8");
  stream.on("data", (written: string) => {
    read += written.length;
    tail = (tail + written).slice(-TAIL_LENGTH);
    const text = name === "stderr" ? withoutLastWords(written) : written;
    if (text === "") return;
    if (link.send({ type: "native", name, text })) return;
    stream.pause();
    socket.once("drain", () => stream.resume());
  });
}

/**
 * Calls back once everything that lay in the pipes has been read. That happens in the same turn of the event loop, or in the next one, unless the link is full:
 * then the pipes are read again when it has drained, until more has come than they can hold.
 */
function afterWritten(done: () => void, until: number = read + PIPES_LENGTH): void {
  setImmediate(() =>
    setImmediate(() => {
      const isHeld = kernel.stdout!.isPaused() || kernel.stderr!.isPaused();
      if (isHeld && read < until && !socket.destroyed) socket.once("drain", () => afterWritten(done, until));
      else done();
    }),
  );
}

/**
 * What V8 says when it runs out of memory stays out of the cell: the error that follows says it in words. Should the kernel live on, it was
 * somebody else's text.
 */
function withoutLastWords(text: string): string {
  if (lastWords === "") {
    const start = text.search(LAST_WORDS);
    if (start < 0) return text;
    lastWords = text.slice(start);
    setTimeout(() => {
      const late = lastWords;
      lastWords = "";
      link.send({ type: "native", name: "stderr", text: late });
    }, LAST_WORDS_MS).unref();
    return text.slice(0, start);
  }
  lastWords += text;
  return "";
}

process.on("SIGINT", () => link.send({ type: "interrupt" }));
for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => link.send({ type: "terminate" }));

// A server that is gone cannot end its kernels: they notice, if it asked them to.
const parent = process.ppid;
if (Number(process.env.JPY_PARENT_PID) === parent)
  setInterval(() => {
    if (process.ppid !== parent) link.send({ type: "terminate" });
  }, PARENT_POLL_MS).unref();

kernel.on("error", (error) => {
  process.stderr.write(`[tesserlab] the kernel could not be started: ${error.message}\n`);
  process.exit(1);
});

kernel.on("exit", (code, signal) => {
  const death: Death = { code, signal, tail: "" };
  const closed = new Promise((resolve) => kernel.once("close", resolve));
  const late = new Promise((resolve) => setTimeout(resolve, PIPES_MS));
  void Promise.race([closed, late]).then(async () => {
    if (isIntended(death, isLeaving)) process.exit(0);
    const { announceDeath, exitCodeOf } = await import("./announce-death.js");
    const running = told !== undefined ? told.request : note === undefined ? undefined : readNote(note);
    await announceDeath(args[0] ?? "", running, { ...death, tail }).catch((error: unknown) =>
      process.stderr.write(`[tesserlab] ${String(error)}\n`),
    );
    process.exit(exitCodeOf(death));
  });
});
