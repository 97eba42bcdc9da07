import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, rmSync, type Stats, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../../core/index.js";
import { LabError } from "../../errors/index.js";

/** What is no file of lines, and why it cannot be a log. */
function whyUnusable(there: Stats): string | undefined {
  if (there.isDirectory()) return "it is a folder";
  if (there.isFIFO()) return "it is a pipe, whose reader could hold the session up";
  if (there.isSocket()) return "it is a socket";
  if (there.isBlockDevice()) return "it is a disk";
  return undefined;
}

/**
 * Opens a log to append to, with the folders above it, and makes sure that it takes a write. It never waits: pipes are refused, devices are opened without waiting.
 * @returns the file's descriptor.
 * @throws LabError `LOG_UNUSABLE` saying why.
 */
export function openLog(path: string): number {
  return usable(path, () => {
    makeFolder(dirname(path));
    const there = statSync(path, { throwIfNoEntry: false });
    const why = there === undefined ? undefined : whyUnusable(there);
    if (why !== undefined) throw new Error(why);
    // Windows knows no such flag.
    const file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0));
    try {
      // Of nothing: a device that is full says so all the same.
      writeSync(file, Buffer.alloc(0));
    } catch (error) {
      closeSync(file);
      throw error;
    }
    return file;
  });
}

/** Whether a log ends within a line, as a process that dies or a full disk leaves it: what is written next must begin a new one. */
export function endsTorn(path: string): boolean {
  try {
    const file = openSync(path, "r");
    try {
      const stats = fstatSync(file);
      const last = Buffer.alloc(1);
      return stats.isFile() && stats.size > 0 && readSync(file, last, 0, 1, stats.size - 1) === 1 && last[0] !== 0x0a;
    } finally {
      closeSync(file);
    }
  } catch {
    // One that may only be written: nobody can tell.
    return false;
  }
}

/** Looks whether a log can be written, and leaves no file behind. @throws LabError `LOG_UNUSABLE` as {@link openLog}. */
export function checkLog(path: string): void {
  const isNew = usable(path, () => lstatSync(path, { throwIfNoEntry: false }) === undefined);
  closeSync(openLog(path));
  if (isNew) rmSync(path, { force: true });
}

function usable<T>(path: string, look: () => T): T {
  try {
    return look();
  } catch (cause) {
    throw new LabError("LOG_UNUSABLE", `The log ${path} cannot be written: ${(cause as Error).message}.`, { details: { path }, cause });
  }
}
