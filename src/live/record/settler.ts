import { Worker } from "node:worker_threads";
import type { Settled } from "../../data/index.js";

/** A thread starts from JavaScript only: when this very file runs from its TypeScript source, as under a test runner, the thread's is the built one. */
function workerFile(): URL {
  const file = import.meta.url.endsWith(".ts") ? "../../../dist/live/record/settle-worker.js" : "./settle-worker.js";
  return new URL(file, import.meta.url);
}

/**
 * Makes Parquet of a segment on a thread of its own. It rejects with what went wrong: the segment then stays as it is.
 * @param refilled - its session fills in from its journal what came after its last flush.
 */
export function settleOnThread(folder: string, segment: string, refilled: boolean = false): Promise<Settled> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerFile(), { workerData: { folder, segment, refilled }, name: "recorder", execArgv: [] });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the recorder's thread ended with code ${code}`)));
  });
}
