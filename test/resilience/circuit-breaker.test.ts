import { createServer } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Breaker } from "../../src/core/index.js";
import { type BreakerOptions, CircuitBreaker, isBreakerFailure, type Permit } from "../../src/resilience/index.js";
import { expectMisuse } from "../misuse.js";
import { VirtualTime } from "./virtual-time.js";

function make(options: BreakerOptions = {}): { breaker: CircuitBreaker; time: VirtualTime; heard: string[] } {
  const time = new VirtualTime(1_000);
  const heard: string[] = [];
  const breaker = new CircuitBreaker({ clock: time, onChange: (state, reason) => heard.push(`${state}: ${reason ?? ""}`), ...options });
  return { breaker, time, heard };
}

function fail(breaker: CircuitBreaker, times: number): void {
  for (let i = 0; i < times; i++) {
    const permit = breaker.tryAcquire()!;
    permit.fail("HTTP 503");
    permit.release();
  }
}

describe("a circuit breaker", () => {
  test("is what a venue shows of its own", () => {
    const venue: Breaker = make().breaker;
    expect(venue.state).toBe("closed");
    expect(venue.metrics()).toEqual({
      state: "closed",
      consecutiveFailures: 0,
      failureRate: 0,
      trips: 0,
      lastTripReason: undefined,
      recoversInMs: 0,
    });
  });

  test("opens at the fifth failure in a row, with the reason, and refuses for 30 s", async () => {
    const { breaker, time, heard } = make();
    fail(breaker, 4);
    breaker.tryAcquire()!.succeed();
    fail(breaker, 4);
    expect(breaker.state).toBe("closed");
    fail(breaker, 1);
    expect(heard).toEqual(["open: 5 failures in a row, the last: HTTP 503"]);
    expect(breaker.metrics()).toMatchObject({ state: "open", trips: 1, recoversInMs: 30_000, failureRate: 0.9 });
    await time.pass(29_999);
    expect(breaker.tryAcquire()).toBeUndefined();
    expect(breaker.metrics().recoversInMs).toBe(1);
    await time.pass(1);
    expect(breaker.state).toBe("halfOpen");
    expect(breaker.tryAcquire()).toBeDefined();
  });

  test("lets three trials through at a time; the first success closes it", async () => {
    const { breaker, time, heard } = make();
    fail(breaker, 5);
    await time.pass(30_000);
    const trials = [breaker.tryAcquire(), breaker.tryAcquire(), breaker.tryAcquire()];
    expect(trials.every(Boolean)).toBe(true);
    expect(breaker.tryAcquire()).toBeUndefined();
    trials[0]!.release();
    expect(breaker.tryAcquire()).toBeDefined();
    trials[1]!.succeed();
    expect(breaker.state).toBe("closed");
    expect(breaker.metrics().consecutiveFailures).toBe(0);
    expect(heard.map((line) => line.split(":")[0])).toEqual(["open", "halfOpen", "closed"]);
  });

  test("opens again when a trial fails, for the whole time, and says so", async () => {
    const { breaker, time } = make();
    fail(breaker, 5);
    await time.pass(30_000);
    fail(breaker, 1);
    expect(breaker.metrics()).toMatchObject({
      state: "open",
      trips: 2,
      recoversInMs: 30_000,
      lastTripReason: "a trial request failed: HTTP 503",
    });
  });

  test("trials that never report give their places back", async () => {
    const { breaker, time } = make({ trialMs: 2_000 });
    fail(breaker, 5);
    await time.pass(30_000);
    const lost = [1, 2, 3].map(() => breaker.tryAcquire()!);
    await time.pass(1_999);
    expect(breaker.tryAcquire()).toBeUndefined();
    await time.pass(1);
    expect(breaker.tryAcquire()).toBeDefined();
    lost[0]!.fail("too late to decide");
    expect(breaker.state).toBe("halfOpen");
    lost[1]!.succeed();
    expect(breaker.state).toBe("halfOpen");
  });

  test("an outcome from before the state changed changes nothing", async () => {
    const { breaker, time } = make({ failureThreshold: 1 });
    const [early, late] = [breaker.tryAcquire()!, breaker.tryAcquire()!];
    fail(breaker, 1);
    await time.pass(10_000);
    early.succeed();
    late.fail("old news");
    expect(breaker.metrics()).toMatchObject({ state: "open", recoversInMs: 20_000, trips: 1 });
  });

  test("is tripped and reset by hand", async () => {
    const { breaker, time } = make();
    breaker.trip("the venue banned this address", 600_000);
    expect(breaker.metrics()).toMatchObject({ recoversInMs: 600_000, lastTripReason: "the venue banned this address" });
    await time.pass(599_999);
    expect(breaker.tryAcquire()).toBeUndefined();
    breaker.reset();
    expect(breaker.tryAcquire()).toBeDefined();
    expect(breaker.metrics()).toMatchObject({ state: "closed", lastTripReason: "the venue banned this address", trips: 1 });
  });

  test("a listener that throws stops nothing", () => {
    const breaker = new CircuitBreaker({
      failureThreshold: 1,
      onChange: () => {
        throw new Error("no");
      },
    });
    fail(breaker, 1);
    expect(breaker.state).toBe("open");
  });

  test.each<[BreakerOptions, RegExp]>([
    [{ failureThreshold: 0 }, /failureThreshold must be a whole number of at least 1, got 0/],
    [{ halfOpenTrials: 1.5 }, /halfOpenTrials must be a whole number/],
    [{ recoveryMs: -1 }, /recoveryMs must be a number of at least 0, got -1/],
    [{ trialMs: Number.NaN }, /trialMs must be a number/],
  ])("%j is misuse", (options, message) => {
    expectMisuse(() => new CircuitBreaker(options), "RESILIENCE_OPTION", message);
  });
});

describe("run", () => {
  test("counts errors and answers by what they say of the other side", async () => {
    const { breaker } = make({ failureThreshold: 2 });
    await expect(breaker.run(async () => ({ status: 503 }))).resolves.toEqual({ status: 503 });
    await expect(breaker.run(() => Promise.reject(Object.assign(new Error("gone"), { status: 404 })))).rejects.toThrow("gone");
    expect(breaker.metrics()).toMatchObject({ consecutiveFailures: 0, failureRate: 0.5 });
    await breaker.run(async () => ({ status: 503 }));
    await expect(breaker.run(() => Promise.reject(new TypeError("a bug of ours")))).rejects.toThrow("a bug");
    expect(breaker.metrics().consecutiveFailures).toBe(1);
    await expect(breaker.run(() => Promise.reject(Object.assign(new Error("reset"), { code: "ECONNRESET" })))).rejects.toThrow("reset");
    await expect(breaker.run(async () => 1)).rejects.toMatchObject({
      code: "BREAKER_OPEN",
      message: "breaker refuses requests (open: 2 failures in a row, the last: reset); tried again in 30000 ms.",
    });
  });

  test("gives its place back when what it runs says nothing", async () => {
    const { breaker, time } = make({ failureThreshold: 1, halfOpenTrials: 1 });
    fail(breaker, 1);
    await time.pass(30_000);
    for (let i = 0; i < 5; i++) await expect(breaker.run(() => Promise.reject(new Error("signing failed")))).rejects.toThrow("signing");
    await breaker.run(async () => "fine");
    expect(breaker.state).toBe("closed");
  });
});

describe("isBreakerFailure", () => {
  test.each([
    [500, true],
    [503, true],
    [599, true],
    [429, true],
    [200, false],
    [400, false],
    [401, false],
    [403, false],
    [404, false],
    [408, false],
    [600, false],
  ])("status %i: %s", (status, expected) => {
    expect(isBreakerFailure(status)).toBe(expected);
    expect(isBreakerFailure({ status })).toBe(expected);
    expect(isBreakerFailure(Object.assign(new Error("x"), { statusCode: status }))).toBe(expected);
  });

  test("a refused connection and a timeout of the real fetch are; a request its caller stopped is not", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const errorOf = (signal?: AbortSignal, to = port): Promise<unknown> =>
      fetch(`http://127.0.0.1:${to}/`, signal === undefined ? {} : { signal }).then(
        () => undefined,
        (error: unknown) => error,
      );
    const stopped = new AbortController();
    const aborted = errorOf(stopped.signal);
    stopped.abort();
    expect(isBreakerFailure(await aborted)).toBe(false);
    expect(isBreakerFailure(await errorOf(AbortSignal.timeout(5)))).toBe(true);
    silent.close();
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const freed = (closed.address() as { port: number }).port;
    await new Promise((resolve) => closed.close(resolve));
    expect(isBreakerFailure(await errorOf(undefined, freed))).toBe(true);
  });

  test("names that cannot be resolved, causes and rings of causes", () => {
    const ring: { cause?: unknown } = {};
    ring.cause = ring;
    expect(isBreakerFailure(ring)).toBe(false);
    expect(isBreakerFailure(new Error("x", { cause: Object.assign(new Error("y"), { code: "ENOTFOUND" }) }))).toBe(true);
    expect(isBreakerFailure(new AggregateError([Object.assign(new Error("y"), { code: "ECONNREFUSED" })]))).toBe(true);
    expect(isBreakerFailure({ code: "TIMEOUT" })).toBe(true);
    expect(isBreakerFailure({ code: "REJECTED" })).toBe(false);
    for (const nothing of [undefined, null, "ECONNRESET", new TypeError("x is not a function")])
      expect(isBreakerFailure(nothing)).toBe(false);
  });
});

describe("properties", () => {
  type Step =
    | { kind: "ask" }
    | { kind: "pass"; ms: number }
    | { kind: "tell"; which: number; ok: boolean }
    | { kind: "drop"; which: number };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.constant<Step>({ kind: "ask" }),
    fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 60 }) }),
    fc.record({ kind: fc.constant("tell" as const), which: fc.nat(9), ok: fc.boolean() }),
    fc.record({ kind: fc.constant("drop" as const), which: fc.nat(9) }),
  );

  test("whatever happens, no request passes while it is open, never more trials than allowed, and it always recovers", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 80 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        async (steps, threshold, most) => {
          const { breaker, time } = make({ failureThreshold: threshold, recoveryMs: 50, halfOpenTrials: most, trialMs: 40 });
          const permits: { permit: Permit; at: number; spell: number; told: boolean }[] = [];
          let spell = 0;
          let state = breaker.state;
          let openedAt = Number.NaN;
          const look = (): void => {
            if (breaker.state !== state) spell++;
            if (breaker.state === "open" && state !== "open") openedAt = time.now();
            state = breaker.state;
          };
          for (const s of steps) {
            if (s.kind === "pass") await time.pass(s.ms);
            look();
            if (s.kind === "ask") {
              const before = state;
              const permit = breaker.tryAcquire();
              if (before === "closed") expect(permit).toBeDefined();
              if (before === "open") expect(permit).toBeUndefined();
              if (before === "halfOpen") expect(time.now() - openedAt).toBeGreaterThanOrEqual(50);
              if (permit !== undefined) permits.push({ permit, at: time.now(), spell, told: false });
              if (before === "halfOpen") {
                const live = permits.filter((p) => !p.told && p.spell === spell && time.now() - p.at < 40);
                expect(live.length).toBeLessThanOrEqual(most);
                if (permit === undefined) expect(live.length).toBe(most);
              }
            }
            if ((s.kind === "tell" || s.kind === "drop") && permits.length > 0) {
              const chosen = permits[s.which % permits.length]!;
              const before = state;
              if (s.kind === "tell") (s.ok ? chosen.permit.succeed : chosen.permit.fail)("broken");
              chosen.permit.release();
              chosen.told = true;
              // Only what was let through since the state changed may change it.
              if (chosen.spell !== spell && before !== "halfOpen") expect(breaker.state).toBe(before);
              look();
            }
            const { recoversInMs, failureRate, state: shown } = breaker.metrics();
            expect(recoversInMs > 0).toBe(shown === "open");
            expect(recoversInMs).toBeLessThanOrEqual(50);
            expect(failureRate >= 0 && failureRate <= 1).toBe(true);
          }
          await time.pass(90);
          const permit = breaker.tryAcquire();
          expect(permit, "nothing can keep it shut for good").toBeDefined();
          permit!.succeed();
          expect(breaker.state).toBe("closed");
        },
      ),
      { numRuns: 200 },
    );
  });
});
