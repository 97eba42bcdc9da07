import { spawn } from "node:child_process";
import { kernelCommand } from "./install.js";

/** Runs a kernel for a connection file until it ends, as a kernelspec would. Answers its exit code. */
export function runKernel(connectionFile: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const [program, ...args] = kernelCommand(connectionFile, process.execArgv);
    const child = spawn(program, args, { stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
