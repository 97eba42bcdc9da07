import { appendFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process keeps once its garbage is collected, in MB. */
export interface Footprint {
  /** Objects of the program. */
  readonly heap: number;
  /** What is resident beside the room of V8's heap: the program itself, buffers, the database's pages. */
  readonly beside: number;
  /** Wall time. */
  readonly at: number;
}

/** Collects the garbage of this process and says what is left. */
export function footprint(): Footprint {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // What finalizers let go of is gone the second time.
  collect();
  collect();
  const { heapUsed, heapTotal, rss } = process.memoryUsage();
  const mb = (bytes: number): number => bytes / 1_048_576;
  return { heap: mb(heapUsed), beside: mb(rss - heapTotal), at: Date.now() };
}

/** A process that loads this file before its own (`--import file:///…/footprint.js?answer=PATH`) answers a signal with a line of what is left. */
const answer = new URL(import.meta.url).searchParams.get("answer");
if (answer !== null) process.on("SIGUSR2", () => appendFileSync(answer, `${JSON.stringify(footprint())}\n`));
