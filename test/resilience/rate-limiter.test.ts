import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type RateLimit, RateLimiter, type RatePriority } from "../../src/resilience/index.js";
import { expectMisuse } from "../misuse.js";
import { settled, VirtualTime } from "./virtual-time.js";

function make(limits: Record<string, RateLimit>): { limiter: RateLimiter; time: VirtualTime } {
  const time = new VirtualTime();
  return { limiter: new RateLimiter({ limits, clock: time, sleep: time.sleep }), time };
}

describe("a rate limiter", () => {
  test("lets the limit pass at once and the rest a window later", async () => {
    const { limiter, time } = make({ create: { limit: 3, perMs: 1_000 } });
    const at: number[] = [];
    for (let i = 0; i < 7; i++) void limiter.acquire("create").then(() => at.push(time.now()));
    await settled();
    expect(limiter.snapshot("create")).toEqual({ limit: 3, perMs: 1_000, available: 0, availableInMs: 1_000, waiting: 4 });
    await time.pass(5_000);
    expect(at).toEqual([0, 0, 0, 1_000, 1_000, 1_000, 2_000]);
  });

  test("cancels go before creates, creates before queries, each in order", async () => {
    const { limiter, time } = make({ ip: { limit: 1, perMs: 10 } });
    const order: string[] = [];
    const ask = (name: string, priority: RatePriority): void => void limiter.acquire("ip", { priority }).then(() => order.push(name));
    ask("first", "query");
    ask("q1", "query");
    ask("c1", "create");
    ask("q2", "query");
    ask("x1", "cancel");
    ask("c2", "create");
    ask("x2", "cancel");
    await time.pass(100);
    expect(order).toEqual(["first", "x1", "x2", "c1", "c2", "q1", "q2"]);
  });

  test("a large request of a higher rank is not starved by small ones", async () => {
    const { limiter, time } = make({ ip: { limit: 4, perMs: 10 } });
    const order: string[] = [];
    for (let i = 0; i < 2; i++) void limiter.acquire("ip");
    void limiter.acquire("ip", { priority: "cancel", cost: 4 }).then(() => order.push("large"));
    void limiter.acquire("ip", { priority: "query" }).then(() => order.push("small"));
    expect(limiter.tryAcquire("ip", { priority: "query" })).toBe(false);
    await time.pass(40);
    expect(order).toEqual(["large", "small"]);
  });

  test("one that waits for another key does not hold up the key they share", async () => {
    const { limiter } = make({ ip: { limit: 10, perMs: 1_000 }, a: { limit: 1, perMs: 1_000 }, b: { limit: 1, perMs: 1_000 } });
    await limiter.acquire(["ip", "a"]);
    void limiter.acquire(["ip", "a"], { priority: "cancel" });
    await limiter.acquire(["ip", "b"]);
    expect(limiter.snapshot("ip")).toMatchObject({ available: 8, waiting: 1 });
  });

  test("what the venue says lowers what is left, never raises it", async () => {
    const { limiter, time } = make({ create: { limit: 10, perMs: 1_000 } });
    await limiter.acquire("create", { cost: 2 });
    limiter.observe("create", { limit: 10, remaining: 9 });
    expect(limiter.snapshot("create").available).toBe(8);
    limiter.observe("create", { remaining: 0, resetInMs: 250 });
    expect(limiter.snapshot("create")).toMatchObject({ available: 0, availableInMs: 250 });
    await time.pass(250);
    expect(limiter.snapshot("create").available).toBe(8);
    limiter.observe("create", { limit: 20 });
    expect(limiter.snapshot("create")).toMatchObject({ limit: 20, available: 18 });
    limiter.observe("create", { limit: 1 });
    expect(limiter.snapshot("create")).toMatchObject({ limit: 1, available: 0 });
    limiter.observe("create", { limit: Number.NaN, remaining: Number.NaN, resetInMs: Number.NaN });
    expect(limiter.snapshot("create").limit).toBe(1);
  });

  test("a request larger than a limit that fell meanwhile waits for all of it", async () => {
    const { limiter, time } = make({ create: { limit: 5, perMs: 100 } });
    await limiter.acquire("create", { cost: 5 });
    let got = false;
    void limiter.acquire("create", { cost: 4 }).then(() => {
      got = true;
    });
    limiter.observe("create", { limit: 2 });
    await time.pass(100);
    expect(got).toBe(true);
  });

  test("a block holds everything of its key back", async () => {
    const { limiter, time } = make({ create: { limit: 5, perMs: 100 } });
    limiter.block("create", 600_000);
    const at: number[] = [];
    void limiter.acquire("create").then(() => at.push(time.now()));
    await time.pass(700_000);
    expect(at).toEqual([600_000]);
  });

  test("gives up with the signal's reason, and hands its turn on", async () => {
    const { limiter, time } = make({ create: { limit: 1, perMs: 100 } });
    await limiter.acquire("create");
    const stop = new AbortController();
    const given = limiter.acquire("create", { priority: "cancel", signal: stop.signal });
    let next = Number.NaN;
    void limiter.acquire("create").then(() => {
      next = time.now();
    });
    await time.pass(50);
    stop.abort(new Error("session stopped"));
    await expect(given).rejects.toThrow("session stopped");
    await time.pass(100);
    expect(next).toBe(100);
    await expect(limiter.acquire("create", { signal: stop.signal })).rejects.toThrow("session stopped");
    expect(limiter.snapshot("create").waiting).toBe(0);
  });

  test("listens to a signal once, for however many wait with it, and no longer than they do", async () => {
    const { limiter, time } = make({ ip: { limit: 5, perMs: 10 } });
    const [closing, own] = [new AbortController(), new AbortController()];
    const listeners = (): number[] => [closing, own].map(({ signal }) => getEventListeners(signal, "abort").length);
    const passed: number[] = [];
    for (let i = 0; i < 5; i++) await limiter.acquire("ip", { signal: closing.signal });
    expect(listeners()).toEqual([0, 0]);
    for (let i = 0; i < 100; i++) void limiter.acquire("ip", { signal: closing.signal }).then(() => passed.push(i));
    const both = limiter.acquire("ip", { signal: [closing.signal, own.signal], priority: "query" });
    expect(listeners()).toEqual([1, 1]);
    own.abort(new Error("enough"));
    await expect(both).rejects.toThrow("enough");
    await time.pass(1_000);
    expect(passed).toHaveLength(100);
    expect(listeners()).toEqual([0, 0]);
    await expect(limiter.acquire("ip", { signal: [closing.signal, own.signal] })).rejects.toThrow("enough");
  });

  test("misuse", async () => {
    const { limiter } = make({ create: { limit: 1, perMs: 100 } });
    await expect(limiter.acquire("craete")).rejects.toMatchObject({ code: "RATE_KEY_UNKNOWN", message: /Did you mean create/ });
    await expect(limiter.acquire("create", { cost: 2 })).rejects.toMatchObject({ code: "RATE_COST" });
    await expect(limiter.acquire("create", { priority: "amend" as "cancel" })).rejects.toMatchObject({ code: "RATE_PRIORITY_UNKNOWN" });
    expectMisuse(() => new RateLimiter({ limits: { a: { limit: 0, perMs: 1 } } }), "RESILIENCE_OPTION", /limit of 'a'/);
    const open = new RateLimiter({ limits: {}, fallback: { limit: 2, perMs: 10 } });
    await open.acquire("anything");
    expect(open.snapshot("anything").available).toBe(1);
  });
});

describe("properties", () => {
  const request = fc.record({
    after: fc.integer({ min: 0, max: 30 }),
    priority: fc.constantFrom<RatePriority>("cancel", "create", "query"),
    keys: fc.constantFrom<readonly string[]>(["ip"], ["ip", "a"], ["a"], ["b", "ip"]),
    cost: fc.integer({ min: 1, max: 2 }),
    stopAfter: fc.option(fc.integer({ min: 0, max: 60 })),
  });

  test("no stretch of a window ever sees more than the limit; nobody is forgotten; ranks are kept", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 40 }), async (requests) => {
        const limits = { ip: { limit: 5, perMs: 40 }, a: { limit: 2, perMs: 25 }, b: { limit: 3, perMs: 10 } };
        const { limiter, time } = make(limits);
        const granted: { at: number; keys: readonly string[]; cost: number; rank: number; asked: number; index: number }[] = [];
        let gone = 0;
        let index = 0;
        for (const { after, priority, keys, cost, stopAfter } of requests) {
          await time.pass(after);
          const stop = new AbortController();
          const asked = time.now();
          const mine = index++;
          const rank = ["cancel", "create", "query"].indexOf(priority);
          void limiter.acquire(keys, { priority, cost, signal: stop.signal }).then(
            () => granted.push({ at: time.now(), keys, cost, rank, asked, index: mine }),
            () => gone++,
          );
          if (stopAfter !== null) void time.sleep(stopAfter).then(() => stop.abort());
        }
        await time.pass(10_000);
        expect(granted.length + gone).toBe(requests.length);
        for (const [key, { limit, perMs }] of Object.entries(limits)) {
          const mine = granted.filter((g) => g.keys.includes(key));
          for (const from of mine) {
            const spent = mine.filter((g) => g.at >= from.at && g.at < from.at + perMs).reduce((sum, g) => sum + g.cost, 0);
            expect(spent).toBeLessThanOrEqual(limit);
          }
        }
        // For the same keys and cost, an equal or higher rank that asked earlier was served no later.
        for (const x of granted)
          for (const y of granted)
            if (x.keys === y.keys && x.cost <= y.cost && x.rank <= y.rank && x.index < y.index) expect(x.at).toBeLessThanOrEqual(y.at);
      }),
      { numRuns: 150 },
    );
  });
});
