// Entry of the kernel process: `main.js CONNECTION_FILE [--lab MODULE] [--supervised]`. The protocol thread starts first: it takes longest.
import { join } from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
import { Flags } from "./flags.js";
import type { ProtocolOptions } from "./threads.js";

const [connectionFile = "", ...rest] = process.argv.slice(2);
const lab = rest[rest.indexOf("--lab") + 1];
const flags = new Flags();
const answers = new MessageChannel();
const folder = process.cwd();
const workerData: ProtocolOptions = {
  connectionFile,
  folder,
  flags: flags.buffer,
  answers: answers.port2,
  supervised: rest.includes("--supervised"),
  ...(rest.includes("--lab") && lab !== undefined ? { lab } : {}),
};
const protocol = new Worker(new URL("../protocol/thread.js", import.meta.url), { workerData, transferList: [answers.port2] });
protocol.on("exit", (code) => process.exit(code === 0 ? 1 : code));
process.on("SIGINT", () => {}); // interrupts come as messages; the supervisor turns the signal into one

const notebook = process.env.JPY_SESSION_NAME?.endsWith(".ipynb") ? process.env.JPY_SESSION_NAME : join(folder, "notebook.ipynb");
const { MainThread } = await import("./main-thread.js");
await MainThread.start({ protocol, answers: answers.port1, flags, notebook, lab: workerData.lab });
