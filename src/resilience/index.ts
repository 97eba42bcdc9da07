export { isBreakerFailure } from "./breaker-failure.js";
export { type BreakerMetrics, type BreakerOptions, type BreakerState, CircuitBreaker, type Permit } from "./circuit-breaker.js";
export { type MsClock, type Sleep, sleep, steadyClock } from "./clock.js";
export { ClockOffset, type ClockOffsetOptions, type ClockSample } from "./clock-offset.js";
export {
  type AcquireOptions,
  type RateLimit,
  RateLimiter,
  type RateLimiterOptions,
  type RatePriority,
  type RateReport,
} from "./rate-limiter.js";
export { type BackoffOptions, backoffMs, type RetryOptions, retry } from "./retry.js";
