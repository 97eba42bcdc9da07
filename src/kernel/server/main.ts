// Entry of the kernel process: `kernel.cjs CONNECTION_FILE [--lab MODULE] [--supervised SERVER]`, made of this file by the build. The protocol
// thread starts first: it takes longest.
import { writeSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
import { TYPE_MODES, type TypeMode } from "../host.js";
import { Flags } from "./flags.js";
import type { ProtocolOptions } from "./threads.js";

const [connectionFile = "", ...rest] = process.argv.slice(2);
const flags = new Flags();
// Not the worker's own port: what arrives there before somebody listens is lost.
const channel = new MessageChannel();
const answers = new MessageChannel();
const notebook = notebookPath();
const server = after("--supervised");
const workerData: ProtocolOptions = {
  connectionFile,
  folder: dirname(notebook),
  flags: flags.buffer,
  main: channel.port2,
  answers: answers.port2,
  types: typeModeOf(process.env.TESSERLAB__TYPES),
  lab: after("--lab"),
  server: server === undefined ? undefined : Number(server),
};
const protocol = new Worker(new URL("protocol.cjs", import.meta.url), {
  workerData,
  transferList: [channel.port2, answers.port2],
});
// What keeps it from loading: where nobody takes the error, Node throws it too late to be seen.
protocol.on("error", (error: Error) => writeSync(2, `[tesserlab] protocol: ${error.stack}\n`));
protocol.on("exit", (code) => process.exit(code === 0 ? 1 : code));
process.on("SIGINT", () => {}); // interrupts come as messages; the supervisor turns the signal into one

// What runs cells loads beside it; what clients ask for meanwhile waits in the channel.
void import("./main-thread.js").then(({ MainThread }) => {
  const { lab, types } = workerData;
  return MainThread.start({ thread: protocol, protocol: channel.port1, answers: answers.port1, flags: flags.buffer, notebook, lab, types });
});

function after(option: string): string | undefined {
  return rest.includes(option) ? rest[rest.indexOf(option) + 1] : undefined;
}

/** The notebook the server names, or one that could be in this folder: cells import from there. */
function notebookPath(): string {
  const named = process.env.JPY_SESSION_NAME;
  return named?.endsWith(".ipynb") === true && isAbsolute(named) ? named : join(process.cwd(), "notebook.ipynb");
}

function typeModeOf(text = "warn"): TypeMode {
  const mode = TYPE_MODES.find((known) => known === text);
  if (mode === undefined)
    process.stderr.write(`[tesserlab] TESSERLAB__TYPES is '${text}'; known are ${TYPE_MODES.join(", ")}. Taking warn.\n`);
  return mode ?? "warn";
}
