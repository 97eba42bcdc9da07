import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
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

/** Looks at a process: between them it goes on, so that what one finds on its way, the next does not. */
const LOOKS = 5;
const PAUSE_MS = 100;

/** Collects the garbage of this process, a few times within half a second, and says what is left: the least there was. */
export async function footprint(): Promise<Footprint> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // What finalizers let go of is gone the second time.
  collect();
  const looks: Footprint[] = [];
  for (let look = 0; look < LOOKS; look++) {
    collect();
    looks.push(measured());
    await pause(PAUSE_MS);
  }
  const least = (of: (one: Footprint) => number): number => Math.min(...looks.map(of));
  return { heap: least((one) => one.heap), code: least((one) => one.code), beside: least((one) => one.beside), at: Date.now() };
}

function measured(): Footprint {
  const { heapUsed, rss } = process.memoryUsage();
  const { code_and_metadata_size: machine, bytecode_and_metadata_size: bytes } = getHeapCodeStatistics();
  const mb = (size: number): number => size / 1_048_576;
  // Not the heap's total size: that counts room which V8 has given back to the system.
  return { heap: mb(heapUsed), code: mb(machine + bytes), beside: mb(rss - getHeapStatistics().total_physical_size), at: Date.now() };
}

/** A process that loads this file before its own (`--import file:///…/footprint.js?answer=PATH`) answers a signal with a line of what is left. */
const answer = new URL(import.meta.url).searchParams.get("answer");
if (answer !== null) process.on("SIGUSR2", () => void footprint().then((found) => appendFileSync(answer, `${JSON.stringify(found)}\n`)));
