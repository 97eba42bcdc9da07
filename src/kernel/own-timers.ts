/*
 * Timers and clock as they were before any cell ran. Libraries for tests replace the global ones and stop the time: the kernel's own must go on, or the cell that
 * does so, and every one after it, would never end.
 */
export const setTimeout: typeof globalThis.setTimeout = globalThis.setTimeout;
export const clearTimeout: typeof globalThis.clearTimeout = globalThis.clearTimeout;
export const setImmediate: typeof globalThis.setImmediate = globalThis.setImmediate;
export const clearImmediate: typeof globalThis.clearImmediate = globalThis.clearImmediate;
export const queueMicrotask: typeof globalThis.queueMicrotask = globalThis.queueMicrotask;

/** Milliseconds since the process began. */
export const now: () => number = performance.now.bind(performance);
