import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Resident memory of a process and all it started, in MB; the language server, a helper of its own, apart. Linux and macOS (`ps`). */
export async function residentMb(root: number): Promise<{ idleMb: number; languageServerMb: number }> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,rss=,args="], { maxBuffer: 1 << 24 });
  const processes = stdout
    .trim()
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line)!)
    .map(([, pid, parent, kb, args]) => ({ pid: Number(pid), parent: Number(parent), mb: Number(kb) / 1024, args: args! }));
  const family = new Set([root]);
  // A child may stand above its parent in the list.
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  }
  const sum = (server: boolean): number =>
    processes.filter(({ pid, args }) => family.has(pid) && args.includes("--lsp") === server).reduce((total, { mb }) => total + mb, 0);
  return { idleMb: Math.round(sum(false)), languageServerMb: Math.round(sum(true)) };
}
