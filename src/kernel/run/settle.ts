import { setTimeout as sleep } from "node:timers/promises";

const STEP_MS = 10;

/** Waits until no timer and no immediate of the process is pending, so that late prints arrive, but not longer than `limitMs`. */
export async function settle(limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  await new Promise(setImmediate);
  while (performance.now() < end && process.getActiveResourcesInfo().some((kind) => kind === "Timeout" || kind === "Immediate"))
    await sleep(STEP_MS);
}
