import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backoffMs, ClockOffset, retry, sleep, steadyClock } from "../../src/resilience/index.js";
import { expectMisuse } from "../misuse.js";
import { settled, VirtualTime } from "./virtual-time.js";

describe("backoff", () => {
  test("doubles from 200 ms to 30 s", () => {
    const waits = [1, 2, 3, 4, 8, 9, 60, 5_000].map((n) => backoffMs(n, { jitter: 0 }));
    expect(waits).toEqual([200, 400, 800, 1_600, 25_600, 30_000, 30_000, 30_000]);
  });

  test("jitter takes away, never adds", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (n, jitter, draw) => {
          const whole = backoffMs(n, { jitter: 0 });
          const wait = backoffMs(n, { jitter, random: () => draw });
          expect(wait).toBeLessThanOrEqual(whole);
          expect(wait).toBeGreaterThanOrEqual(whole * (1 - jitter) - 1e-9);
        },
      ),
    );
  });

  test("misuse", () => {
    expectMisuse(() => backoffMs(0), "RESILIENCE_OPTION", /attempt must be a whole number of at least 1/);
    expectMisuse(() => backoffMs(1, { jitter: 2 }), "RESILIENCE_OPTION", /jitter must be a number from 0 to 1, got 2/);
  });
});

describe("retry", () => {
  test("waits longer each time and gives the first success back", async () => {
    const time = new VirtualTime();
    const at: number[] = [];
    const result = retry(
      async (n) => {
        at.push(time.now());
        if (n < 4) throw new Error(`no ${n}`);
        return n;
      },
      { baseMs: 100, jitter: 0, sleep: time.sleep },
    );
    await time.pass(10_000);
    expect(await result).toBe(4);
    expect(at).toEqual([0, 100, 300, 700]);
  });

  test("throws the last error when its attempts are used up, and at once what is not worth another", async () => {
    const none = { sleep: async (): Promise<void> => undefined };
    let tries = 0;
    const broken = async (n: number): Promise<never> => {
      tries = n;
      throw new Error(`no ${n}`);
    };
    await expect(retry(broken, { attempts: 3, ...none })).rejects.toThrow("no 3");
    await expect(retry(broken, { retryable: () => false, ...none })).rejects.toThrow("no 1");
    expect(tries).toBe(1);
    await expect(retry(broken, { attempts: 0 })).rejects.toMatchObject({ code: "RESILIENCE_OPTION" });
  });

  test("leaves the other side alone for as long as it asked", async () => {
    const waits: number[] = [];
    const failing = retry(() => Promise.reject(new Error("slow down")), {
      attempts: 3,
      baseMs: 100,
      jitter: 0,
      retryable: (_, n) => (n === 1 ? 5_000 : true),
      onRetry: (_error, _n, ms) => waits.push(ms),
      sleep: async () => undefined,
    });
    await expect(failing).rejects.toThrow("slow down");
    expect(waits).toEqual([5_000, 200]);
  });

  test("ends with the signal's reason while it waits, also on the real timer", async () => {
    const stop = new AbortController();
    let tries = 0;
    const failing = retry(
      async () => {
        tries++;
        throw new Error("no");
      },
      { baseMs: 1_000_000, maxMs: 1_000_000, signal: stop.signal },
    );
    await settled();
    stop.abort(new Error("stopped"));
    await expect(failing).rejects.toThrow("stopped");
    expect(tries).toBe(1);
    await expect(sleep(1, stop.signal)).rejects.toThrow("stopped");
    await sleep(0);
    expect(steadyClock.now()).toBeGreaterThan(0);
  });
});

describe("the server's clock", () => {
  test("takes the sample with the shortest round trip", () => {
    const offset = new ClockOffset();
    expect([offset.synced, offset.offsetMs, offset.uncertaintyMs]).toEqual([false, 0, Number.POSITIVE_INFINITY]);
    offset.add({ sentAt: 1_000, receivedAt: 1_400, serverTime: 2_390 });
    expect([offset.synced, offset.offsetMs, offset.uncertaintyMs]).toEqual([true, 1_190, 200]);
    offset.add({ sentAt: 2_000, receivedAt: 2_020, serverTime: 3_010.5 });
    expect([offset.offsetMs, offset.uncertaintyMs]).toEqual([1_000.5, 10]);
    offset.add({ sentAt: 3_000, receivedAt: 3_300, serverTime: 4_000 });
    expect(offset.offsetMs).toBe(1_000.5);
  });

  test("forgets the oldest, so that drift is followed", () => {
    const few = new ClockOffset({ window: 2 });
    const old = new ClockOffset({ maxAgeMs: 1_000 });
    for (const offset of [few, old]) {
      offset.add({ sentAt: 0, receivedAt: 2, serverTime: 501 });
      offset.add({ sentAt: 10, receivedAt: 20, serverTime: 615 });
      expect(offset.offsetMs).toBe(500);
    }
    few.add({ sentAt: 30, receivedAt: 40, serverTime: 735 });
    expect(few.offsetMs).toBe(700);
    old.add({ sentAt: 1_005, receivedAt: 1_015, serverTime: 1_710 });
    expect(old.offsetMs).toBe(700);
    old.forget();
    expect(old.synced).toBe(false);
  });

  test("asks, and tells the server's time", async () => {
    const time = new VirtualTime(1_000);
    const offset = new ClockOffset({ clock: time });
    const delays = [80, 10, 40];
    const ask = async (): Promise<number> => {
      const delay = delays.shift()!;
      await time.sleep(delay);
      const server = time.now() + 250;
      await time.sleep(delay);
      return server;
    };
    const synced = offset.sync(ask, 3);
    await time.pass(1_000);
    expect(await synced).toBe(250);
    expect(offset.uncertaintyMs).toBe(10);
    expect(offset.now()).toBe(time.now() + 250);
    await expect(offset.sync(() => Promise.reject(new Error("offline")))).rejects.toThrow("offline");
    await expect(offset.sync(async () => Number.NaN)).rejects.toMatchObject({ code: "CLOCK_SAMPLE" });
    expect(offset.offsetMs).toBe(250);
  });

  test("is never wrong by more than it says, whatever the delays", () => {
    const sample = fc.record({ there: fc.integer({ min: 0, max: 500 }), back: fc.integer({ min: 0, max: 500 }) });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 20 }), fc.integer({ min: -5_000, max: 5_000 }), (samples, truth) => {
        const offset = new ClockOffset();
        let now = 1_000_000;
        for (const { there, back } of samples) {
          offset.add({ sentAt: now, receivedAt: now + there + back, serverTime: now + there + truth });
          now += 10_000;
        }
        expect(Math.abs(offset.offsetMs - truth)).toBeLessThanOrEqual(offset.uncertaintyMs);
      }),
    );
  });

  test("a sample during which our clock was set back is dropped", () => {
    const offset = new ClockOffset();
    expect(offset.add({ sentAt: 2_000, receivedAt: 1_000, serverTime: 5_000 })).toBe(false);
    expect(offset.synced).toBe(false);
  });
});
