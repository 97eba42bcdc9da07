import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { median } from "../stats.js";
import { type Footprint, footprint } from "./footprint.js";

/** Wall milliseconds between samples. */
const SAMPLE_MS = 5_000;
/** How long a process may take to collect its garbage and say what is left. */
const ANSWER_MS = 30_000;
/** How much of the time is warm-up: code is compiled, caches fill. */
export const WARM_UP = 0.25;
/** Growth of what a process keeps that counts as none, in MB an hour of wall time. */
const FLAT_MB = 10;

/** How the memory of one process went. Everything in MB. */
export interface MemoryTrend {
  /** Resident set: median of the first tenth after warm-up, of the last tenth, and the most there was. */
  readonly early: number;
  readonly late: number;
  readonly peak: number;
  /** Slope of the resident set after warm-up by least squares, an hour of wall time; undefined for too few samples to tell. */
  readonly perHour: number | undefined;
  readonly samples: number;
  /** What is left after the garbage was collected: at the end of the warm-up, and at the end. */
  readonly kept: readonly Footprint[];
}

/** What a process is watched by. */
export interface Watched {
  readonly pid: number;
  /** Asks it to collect its garbage and say what is left. */
  readonly collect: () => Promise<Footprint | undefined>;
}

/** Watches the memory of a process while a soak runs. */
export class MemoryWatch {
  readonly #watched: Watched;
  readonly #samples: { readonly at: number; readonly mb: number }[] = [];
  readonly #kept: Footprint[] = [];
  readonly #sampled: Promise<void>;
  #over = false;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#sampled = this.#sample();
  }

  /** The newest sample, in MB. */
  get now(): number {
    return this.#samples.at(-1)?.mb ?? 0;
  }

  /** Collects the garbage of the process and keeps what is left. Once at the end of the warm-up and once at the end: more often it would be flat by that alone. */
  async mark(): Promise<void> {
    const found = await this.#watched.collect();
    if (found !== undefined) this.#kept.push(found);
  }

  /** Ends sampling. @param warm - wall time at which the process was warm. */
  async end(warm: number): Promise<MemoryTrend> {
    this.#over = true;
    await this.#sampled;
    const { perHour, early, late } = trendOf(this.#samples, warm);
    return {
      early,
      late,
      peak: Math.max(0, ...this.#samples.map((one) => one.mb)),
      perHour,
      samples: this.#samples.length,
      kept: this.#kept,
    };
  }

  async #sample(): Promise<void> {
    while (!this.#over) {
      const { stdout } = await promisify(execFile)("ps", ["-o", "rss=", "-p", String(this.#watched.pid)]).catch(() => ({ stdout: "" }));
      const kb = Number(stdout.trim());
      if (kb > 0) this.#samples.push({ at: Date.now(), mb: kb / 1024 });
      for (let waited = 0; waited < SAMPLE_MS && !this.#over; waited += 250) await pause(250);
    }
  }
}

/** Slope and ends of samples after a moment. */
export function trendOf(
  all: readonly { readonly at: number; readonly mb: number }[],
  warm: number,
): { readonly early: number; readonly late: number; readonly perHour: number | undefined } {
  const samples = all.filter((one) => one.at >= warm);
  const tenth = Math.max(1, Math.ceil(samples.length / 10));
  const middle = (values: typeof samples): number => (values.length === 0 ? 0 : median(values.map((one) => one.mb)));
  const ends = { early: middle(samples.slice(0, tenth)), late: middle(samples.slice(-tenth)) };
  const mean = (value: (one: (typeof samples)[number]) => number): number =>
    samples.reduce((sum, one) => sum + value(one), 0) / samples.length;
  const at = mean((one) => one.at);
  const mb = mean((one) => one.mb);
  const spread = samples.reduce((sum, one) => sum + (one.at - at) ** 2, 0);
  if (samples.length < 10 || spread === 0) return { ...ends, perHour: undefined };
  return { ...ends, perHour: (samples.reduce((sum, one) => sum + (one.at - at) * (one.mb - mb), 0) / spread) * 3_600_000 };
}

/** Asks another process, which runs with the footprint's module, by a signal; it answers in a file. */
export function collectIn(pid: number, file: string): () => Promise<Footprint | undefined> {
  const answers = (): string[] => {
    try {
      return readFileSync(file, "utf8").split("\n").slice(0, -1);
    } catch {
      return [];
    }
  };
  return async () => {
    const before = answers().length;
    process.kill(pid, "SIGUSR2");
    for (let waited = 0; waited < ANSWER_MS; waited += 50) {
      const lines = answers();
      if (lines.length > before) return JSON.parse(lines.at(-1)!) as Footprint;
      await pause(50);
    }
    return undefined;
  };
}

/** Asks this very process. */
export async function collectHere(): Promise<Footprint> {
  return footprint();
}

/** Growth of what a process keeps, after collection and beside the heap, in MB an hour of wall time; undefined where it was not asked twice. */
export function growthOf(kept: readonly Footprint[]): number | undefined {
  const [first, last] = [kept[0], kept.at(-1)];
  if (first === undefined || last === undefined || last.at <= first.at) return undefined;
  return ((last.heap + last.beside - first.heap - first.beside) / (last.at - first.at)) * 3_600_000;
}

/**
 * A trend in words. What tells is whether that grows which a process keeps after collection: the resident set as a whole rises and falls with garbage that V8 has not
 * collected yet, for many minutes where little is made.
 */
export function trendText(name: string, { early, late, peak, perHour, samples, kept }: MemoryTrend): string {
  const mb = (value: number): string => value.toFixed(1);
  const signed = (value: number): string => `${value < 0 ? "" : "+"}${mb(value)} MB an hour`;
  const slope = perHour === undefined ? "too few samples for a slope" : signed(perHour);
  const growth = growthOf(kept);
  const [first, last] = [kept[0], kept.at(-1)];
  const left =
    growth === undefined || first === undefined || last === undefined
      ? "what it keeps was not asked twice"
      : `keeps ${mb(first.heap)} -> ${mb(last.heap)} MB of heap after collection (${mb(first.code)} -> ${mb(last.code)} of it compiled code) and ${mb(first.beside)} -> ${mb(last.beside)} MB beside it: ${signed(growth)}, ${growth <= FLAT_MB ? "flat" : "GROWS"} (up to ${FLAT_MB} count as flat)`;
  return `memory of the ${name} after warm-up: ${left}; resident, uncollected garbage included, ${mb(early)} -> ${mb(late)} MB, ${slope}, ${mb(peak)} MB at most (${samples} samples)`;
}
