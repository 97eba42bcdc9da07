import { type ProgressStream, type RunNotebookOptions, type RunNotebookResult, runNotebook, terminalProgress } from "../kernel/index.js";
import { LAB_MODULE } from "./paths.js";

/**
 * Executes a notebook with the helpers in scope: a line for every cell, the failing cell's error in full, and Ctrl-C interrupts the running cell, keeping what
 * there is. A second Ctrl-C ends the process.
 */
export async function execute(
  notebook: string,
  terminal: ProgressStream,
  options: Omit<RunNotebookOptions, "lab" | "onProgress" | "signal">,
): Promise<RunNotebookResult> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once("SIGINT", interrupt);
  try {
    const result = await runNotebook(notebook, {
      ...options,
      lab: LAB_MODULE,
      onProgress: terminalProgress(terminal),
      signal: stop.signal,
    });
    if (result.failed !== undefined) process.stderr.write(`\n${result.failed.error.traceback.join("\n")}\n`);
    return result;
  } finally {
    process.off("SIGINT", interrupt);
  }
}
