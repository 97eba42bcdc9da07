import { appendFileSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { getHeapCodeStatistics, getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process keeps once its garbage is collected, in MB. */
export interface Footprint {
  /** Objects of the program, {@link code} included. */
  readonly heap: number;
  /** What of the heap is compiled code with its metadata: it grows for as long as V8 still finds functions worth compiling. */
  readonly code: number;
  /** What is resident beside V8's pages: the program itself, buffers, the database's pages, what V8 compiles with. */
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
  return {
    heap: mb(heapUsed),
    code: mb(machine + bytes),
    beside: mb(besideHeap() ?? rss - getHeapStatistics().total_physical_size),
    at: Date.now(),
  };
}

/** V8 takes memory in pages of this size, at multiples of it. */
const PAGE = 262_144;

/**
 * Resident bytes of this process that are not V8's pages, by the map of its memory; undefined where the system has none. What V8's pages hold is counted as heap; how much
 * of them is resident besides rises and falls with every collection.
 */
function besideHeap(): number | undefined {
  let map: string;
  try {
    map = readFileSync("/proc/self/smaps", "utf8");
  } catch {
    return undefined;
  }
  let bytes = 0;
  let isHeap = false;
  for (const line of map.split("\n")) {
    const [, from, to, access, name] = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)$/.exec(line) ?? [];
    if (from !== undefined) {
      const [start, end] = [Number.parseInt(from, 16), Number.parseInt(to!, 16)];
      isHeap = name === "" && (access!.includes("x") || (start % PAGE === 0 && end % PAGE === 0));
    } else if (!isHeap && line.startsWith("Rss:")) bytes += Number.parseInt(line.slice(4), 10) * 1024;
  }
  return bytes;
}

/** A process that loads this file before its own (`--import file:///…/footprint.js?answer=PATH`) answers a signal with a line of what is left. */
const answer = new URL(import.meta.url).searchParams.get("answer");
if (answer !== null) process.on("SIGUSR2", () => void footprint().then((found) => appendFileSync(answer, `${JSON.stringify(found)}\n`)));
