import { expect, test } from "vitest";
import { type OwnedTrade, ownedTradesOf, PreparedBacktest, RoundTrips } from "../../src/backtest/index.js";
import { seededRandom } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";

test.each(["linear", "inverse"] as const)(
  "round trips read as the fills of a %s run come are those of all its fills, at any time",
  (category) => {
    const prepared = new PreparedBacktest({
      strategy: "SmaCross",
      data: syntheticCandles({ bars: 1_200, seed: 4, gaps: true }),
      category,
      sizer: category === "inverse" ? "fixed:100" : "fixed:0.1",
      cash: category === "inverse" ? "10" : "100000",
    });
    const run = prepared.replay(prepared.parse({ fastPeriod: 2, slowPeriod: 7, minSamples: 7 }));
    const { fills } = run.engine.orders;
    const trips = new RoundTrips(fills, prepared.instruments, prepared.series);
    const random = seededRandom(5);
    const closed: OwnedTrade[] = [];
    let open = 0;
    while (run.position < run.length) {
      for (let i = Math.floor(random() * 40); i >= 0 && run.position < run.length; i--) run.step();
      closed.push(...trips.closed());
      const now = trips.open();
      open += now.length;
      // Looking at what is open changes nothing.
      expect(trips.open()).toEqual(now);
      expect([...closed, ...now]).toEqual(ownedTradesOf(fills, prepared.instruments, prepared.series));
    }
    expect(closed.length).toBeGreaterThan(50);
    expect(open).toBeGreaterThan(10);
  },
);
