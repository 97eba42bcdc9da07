import { type LatencyPercentiles, type LatencySample, percentilesOf } from "./latency-percentiles.js";
import { type LatencySource, replaceSamples } from "./request-latencies.js";

/**
 * Latency of cancel and replace: mean, maximum and percentiles, by linear interpolation at p x (n - 1). Of a stored session, in milliseconds, its amends and what its
 * router cancelled and sent anew, as its journal tells when they left and were confirmed; or of samples at hand, where a replacement that worked before its cancel counts
 * as 0.
 * @example quality.cancelReplaceLatency(state.session(session.statePath, session.id)).p95
 * @throws LabError `QUALITY_LATENCY` for a time that is no number; `QUALITY_SOURCE`, `QUALITY_CLOCK` for a session on a recorded market, or whose journal keeps no times.
 */
export function cancelReplaceLatency(source: readonly LatencySample[] | LatencySource): LatencyPercentiles {
  return percentilesOf(Array.isArray(source) ? source : replaceSamples(source as LatencySource));
}
