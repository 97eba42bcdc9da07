import { setTimeout as sleep } from "node:timers/promises";
import type { CellError } from "../output/outputs.js";
import { readConnection } from "../protocol/connection.js";
import { Publisher } from "../protocol/publisher.js";
import { openSockets } from "../protocol/sockets.js";
import { Wire } from "../protocol/wire.js";
import { type Death, signalOf } from "./death.js";
import type { RunningRequest } from "./note.js";

/** Longest to wait for a client to be connected again: it tries every tenth of a second. */
const RECONNECT_MS = 1500;
/** Time for other clients, and for the shell, once one is there. */
const OTHERS_MS = 150;
/** The status of a kernel that cannot start, and has said why: its connection file is none, or its ports are taken. */
const NOT_STARTED = 2;

/** Says in the running cell why the kernel died, in its place and on its sockets, and answers the request. */
export async function announceDeath(connectionFile: string, running: RunningRequest | undefined, death: Death): Promise<void> {
  if (death.status === NOT_STARTED) {
    process.stderr.write(death.tail);
    return;
  }
  const error = describeDeath(death);
  process.stderr.write(`[tesserlab] ${error.evalue}\n${death.tail.trimEnd()}\n`);
  if (running === undefined) return;
  const connection = readConnection(connectionFile);
  const sockets = await openSockets(connection);
  const wire = new Wire(connection);
  const publisher = new Publisher(sockets.iopub, wire);
  const connected = new Promise<void>((resolve) => void publisher.welcome(resolve).catch(() => {}));
  await Promise.race([connected, sleep(RECONNECT_MS)]);
  await sleep(OTHERS_MS);
  publisher.release();
  const { parent } = running;
  const identities = running.identities.map((frame) => Buffer.from(frame, "base64"));
  await publisher.publish({ type: "error", content: { ...error }, parent });
  const content = { status: "error", ...error, execution_count: running.number, user_expressions: {}, payload: [] };
  await sockets.shell.send(wire.encode(identities, { type: "execute_reply", content, parent }));
  await publisher.status("idle", parent);
  sockets.close();
  await sleep(OTHERS_MS); // what was sent leaves
}

const AFTER = "All variables are lost; restart the kernel to go on.";
/** What a process that exits while its threads run says last: of no use to anybody. */
const EXIT_NOISE = /^(Waiting for the debugger to disconnect|terminate called|\s*what\(\):)/;

/** Signals by which a process ends itself. */
const CRASHES = /^SIG(SEGV|BUS|ILL|FPE|TRAP|ABRT|SYS)$/;

/** What happened, for the person who ran the cell. */
function describeDeath(death: Death): CellError {
  const lines = death.tail.split("\n").filter((line) => line.trim() !== "");
  const [ename, reason] = reasonOf(death, lines);
  const evalue = `${reason} ${AFTER}`;
  const fatal = lines.filter((line) => line.includes("FATAL ERROR"));
  const last = fatal.length > 0 ? fatal : lines.filter((line) => !EXIT_NOISE.test(line)).slice(-10);
  return { ename, evalue, traceback: [`${ename}: ${evalue}`, ...last] };
}

function reasonOf({ status, tail }: Death, lines: readonly string[]): [ename: string, reason: string] {
  const signal = signalOf(status);
  if (/FATAL ERROR: .*(heap out of memory|allocation failed)/i.test(tail))
    return ["OutOfMemory", "The kernel ran out of memory. NODE_OPTIONS=--max-old-space-size=MEGABYTES in its environment gives it more."];
  if (signal === "SIGKILL") return ["KernelKilled", "The kernel was killed (SIGKILL): by the system when memory is short, or by somebody."];
  if (signal === "SIGABRT" && lines.some((line) => EXIT_NOISE.test(line)))
    return [
      "KernelExited",
      "The kernel's process was ended by a call of exit, in native code or outside any cell, or by an error of its own: a cell may have replaced what all code needs.",
    ];
  if (signal !== undefined) {
    const where = CRASHES.test(signal) ? "most likely in native code" : "which a cell or somebody else sent";
    return ["KernelDied", `The kernel died of ${signal}, ${where}.`];
  }
  return ["KernelExited", `The kernel's process ended with exit code ${status}.`];
}
