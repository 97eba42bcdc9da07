import { appendFileSync } from "node:fs";
import { getHeapCodeStatistics, getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process keeps once its garbage is collected, in MB. */
export interface Footprint {
  /** Objects of the program, {@link code} included. */
  readonly heap: number;
  /** What of the heap is compiled code with its metadata: it grows for as long as V8 still finds functions worth compiling. */
  readonly code: number;
  /** What is resident beside V8's heap: the program itself, buffers, the database's pages. */
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
  const { heapUsed, rss } = process.memoryUsage();
  const { code_and_metadata_size: machine, bytecode_and_metadata_size: bytes } = getHeapCodeStatistics();
  const mb = (size: number): number => size / 1_048_576;
  // Not the heap's total size: that counts room which V8 has given back to the system.
  return { heap: mb(heapUsed), code: mb(machine + bytes), beside: mb(rss - getHeapStatistics().total_physical_size), at: Date.now() };
}

/** A process that loads this file before its own (`--import file:///…/footprint.js?answer=PATH`) answers a signal with a line of what is left. */
const answer = new URL(import.meta.url).searchParams.get("answer");
if (answer !== null) process.on("SIGUSR2", () => appendFileSync(answer, `${JSON.stringify(footprint())}\n`));
