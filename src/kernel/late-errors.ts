import { constants } from "node:os";

/** Receives errors nobody caught: thrown in timers and callbacks, or rejections left alone. */
export type LateErrorHandler = (error: unknown) => void;

/**
 * Keeps the process alive when background work of a cell fails, and hands the error over.
 * @returns puts things back as they were.
 */
export function catchLateErrors(handle: LateErrorHandler): () => void {
  process.on("uncaughtException", handle);
  process.on("unhandledRejection", handle);
  return () => {
    process.off("uncaughtException", handle);
    process.off("unhandledRejection", handle);
  };
}

/**
 * Refuses `process.exit` to cells: it would take the notebook's state along.
 * @param inCell - whether a cell is asking; everyone else may.
 */
export function guardExit(inCell: () => boolean): () => void {
  const exit = process.exit;
  process.exit = ((code?: number) => {
    if (inCell()) throw new Error(`process.exit(${code ?? ""}) is disabled in a notebook: throw an error to stop the cell.`);
    return exit(code);
  }) as typeof process.exit;
  return () => {
    process.exit = exit;
  };
}

/** How long what a cell printed has to leave before the cell ends its process, milliseconds: longer than output is held back. */
const LEAVE_MS = 100;

/**
 * Lets a cell send a signal to its own process. Node tidies up before it sends one for which nobody listens, as if every signal ended the process: of the inspector, which runs
 * the cells, nothing would be left, and the kernel would live on without being able to execute anything. Sent by somebody else, the signal does what it does. What the cell
 * printed before leaves first.
 * @param inCell - whether a cell is asking; everyone else's signals do end the process.
 */
export function guardKill(inCell: () => boolean): () => void {
  const { kill, abort } = process;
  process.kill = (pid, signal = "SIGTERM") => {
    const isOwn = pid === 0 || Math.abs(pid) === process.pid;
    const name = typeof signal === "string" ? signal : Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
    if (process.platform === "win32" || !isOwn || name === undefined || !(name in constants.signals) || !inCell()) return kill(pid, signal);
    letOutputLeave();
    const { spawnSync } = process.getBuiltinModule("node:child_process"); // takes 4 ms to load: few cells need it
    const { status, stderr } = spawnSync("/bin/sh", ["-c", 'kill -s "$1" -- "$2"', "sh", name.slice("SIG".length), String(pid)]);
    // Without a status the shell, too, has got a signal that was for the whole group.
    if (status !== null && status > 0) throw new Error(`${name} could not be sent to ${pid}: ${String(stderr).trim()}`);
    return true;
  };
  process.abort = () => {
    if (inCell()) letOutputLeave();
    return abort();
  };
  return () => {
    Object.assign(process, { kill, abort });
  };
}

/** Another thread sends it. */
function letOutputLeave(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LEAVE_MS);
}

/**
 * Calls `fail` when nothing is left that could wake the process while a cell still waits: Node would end, silently and with success.
 */
export function catchDeadAwait(fail: () => void): () => void {
  process.on("beforeExit", fail);
  return () => {
    process.off("beforeExit", fail);
  };
}
