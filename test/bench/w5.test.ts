import { describe, expect, test } from "vitest";
import { runW5, w5Text } from "../../dist/bench/index.js";

// The server runs in a thread, which only the built package has as a file.
describe("W5", () => {
  test("loses nothing, and says what it measured", async () => {
    const result = await runW5({ seconds: 1, ordersPerSecond: 50, marketPerSecond: 500 });
    for (const of of [result.raw, result.connector]) {
      expect(of.orders).toBe(50);
      // The snapshot, then one message for each event but those that change no size.
      expect(of.market).toBeGreaterThan(490);
      expect(of.executions).toBeGreaterThanOrEqual(50);
      expect(of.processors).toBeGreaterThan(0);
      expect(of.orderMs.p50).toBeLessThanOrEqual(of.orderMs.max);
    }
    expect(w5Text(result)).toMatch(/bare protocol: 50 orders at \d+\/s[\s\S]*our connector: 50 orders[\s\S]*late by: {3}p50/);
  });
});
