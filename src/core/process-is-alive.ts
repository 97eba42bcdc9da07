import { readFileSync } from "node:fs";

/** Whether a process of that id is there: one that has ended does not count, though nobody has asked yet how it ended. */
export function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Ended, and kept in the table of processes by a parent that does not ask for it, as the first process of a container may not. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name before it is in parentheses, and may hold any.
    return stat.charAt(stat.lastIndexOf(")") + 2) === "Z";
  } catch {
    return false;
  }
}
