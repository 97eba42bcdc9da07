import { LabError } from "../errors/index.js";

/** When a cancel was asked for, and when its replacement was working; milliseconds or seconds, as long as both are the same. */
export interface LatencySample {
  readonly cancel: number;
  readonly replace: number;
}

/** How long cancel and replace took, in the samples' unit; `null` without samples. */
export interface LatencyPercentiles {
  readonly count: number;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/**
 * Mean, maximum and percentiles, by linear interpolation at p x (n - 1). An end before its beginning counts as 0.
 * @throws LabError `QUALITY_LATENCY` for a time that is no number.
 */
export function percentilesOf(samples: readonly LatencySample[]): LatencyPercentiles {
  const latencies = Float64Array.from(samples, ({ cancel, replace }, i) => {
    if (!Number.isFinite(cancel) || !Number.isFinite(replace))
      throw new LabError("QUALITY_LATENCY", `samples[${i}] needs cancel and replace times, got ${String(cancel)} and ${String(replace)}.`);
    return Math.max(0, replace - cancel);
  }).sort();
  const n = latencies.length;
  if (n === 0) return Object.freeze({ count: 0, mean: null, p50: null, p95: null, p99: null, max: null });
  const at = (p: number): number => {
    const place = p * (n - 1);
    const below = Math.floor(place);
    const low = latencies[below]!;
    return low + (place - below) * (latencies[Math.min(below + 1, n - 1)]! - low);
  };
  const mean = latencies.reduce((sum, one) => sum + one, 0) / n;
  return Object.freeze({ count: n, mean, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: latencies[n - 1]! });
}
