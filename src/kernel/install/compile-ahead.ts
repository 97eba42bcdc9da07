import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isCompiled } from "../compiled-program.js";

const START = new URL("../start/", import.meta.url);
const KERNEL: string = fileURLToPath(new URL("kernel.cjs", START));
const PROGRAM: string = fileURLToPath(new URL("protocol-program.cjs", START));
/** Longest to wait: the first real start does the same. */
const LIMIT_MS = 10_000;
const LOOK_MS = 50;

/** Runs a kernel that nobody talks to until it has left its compiled code, so that the first real one starts as fast as all others. */
export async function compileAhead(): Promise<void> {
  if (isCompiled(PROGRAM)) return;
  const folder = mkdtempSync(join(tmpdir(), "tesserlab-install-"));
  try {
    const connectionFile = join(folder, "connection.json");
    const ports = { shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5 };
    writeFileSync(connectionFile, JSON.stringify({ transport: "ipc", ip: join(folder, "kernel"), key: "", ...ports }), { mode: 0o600 });
    const kernel = spawn(process.execPath, [KERNEL, connectionFile], { cwd: folder, stdio: "ignore" });
    const ended = new Promise<void>((resolve) => {
      kernel.on("exit", () => resolve());
      kernel.on("error", () => resolve());
    });
    const isRunning = (): boolean => kernel.pid !== undefined && kernel.exitCode === null && kernel.signalCode === null;
    for (const end = performance.now() + LIMIT_MS; isRunning() && !isCompiled(PROGRAM) && performance.now() < end; ) await sleep(LOOK_MS);
    kernel.kill("SIGKILL");
    await ended;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
