import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom, TYPE } from "../../src/core/index.js";
import { HostileVenue } from "./hostile-venue.js";
import { rig } from "./rig.js";

describe("a venue that does everything a venue may", () => {
  test("whatever happens: positions agree, legs guard exactly what is held, nothing outlives its position", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
        const chance = seededRandom(seed);
        const { engine, edge, say, feed, take, held } = rig();
        const venue = new HostileVenue(edge, chance);
        const settle = (): void => {
          for (const request of take()) venue.ask(request);
        };
        for (let round = 0; round < 120; round++) {
          const pick = chance();
          if (pick < 0.12) say((d) => d.enterLong({ stopLoss: "95", takeProfit: "110", ...(chance() < 0.5 ? { limit: "99" } : {}) }));
          else if (pick < 0.2) say((d) => d.enterShort({ stopLoss: "105" }));
          else if (pick < 0.3) say((d) => d.flatten());
          else if (pick < 0.45) venue.move();
          else feed(venue.tell());
          settle();
        }
        venue.hostility = 0;
        for (let i = 0; i < 3000 && !venue.quiet; i++) {
          feed(venue.tell());
          settle();
        }
        expect(venue.quiet).toBe(true);
        for (const id of edge.waiting()) feed(edge.release(id));
        const position = venue.executions.reduce((sum, e) => sum + Number(e.quantity) * (e.side === "buy" ? 1 : -1), 0);
        expect(held(), "position of the desk").toBe(position);
        expect(engine.portfolio.quantity[0], "position of the account").toBe(position);
        expect(venue.position.toNumber()).toBe(position);
        const live = venue.live();
        const open = engine.orders.open();
        expect(open.map((one) => edge.idOf(one)).sort()).toEqual(live.map((one) => one.request.clientOrderId).sort());
        for (const order of open) {
          const there = venue.orders.get(edge.idOf(order))!;
          expect([order.quantity, order.filled]).toEqual([there.quantity.toNumber(), there.filled.toNumber()]);
        }
        const stops = open.filter((one) => one.type === TYPE.stop);
        const guarded = stops.reduce((sum, one) => sum + one.remaining, 0);
        const entryIds = new Set(stops.map((one) => one.parent!.id));
        if (position === 0)
          expect(
            open.filter((one) => one.reduceOnly),
            "orders without a position",
          ).toEqual([]);
        else if (stops.length > 0) {
          // A stop whose trigger was reached, or which its venue does not amend, is reduce-only and may be larger.
          const exact = stops.every((one) => one.amendable && !one.triggered);
          if (exact) expect(guarded, "units guarded").toBe(Math.abs(position));
          else expect(guarded, "units guarded").toBeGreaterThanOrEqual(Math.abs(position));
          expect(entryIds.size).toBe(1);
        } else {
          const gaveUp = engine.orders.alerts.entries.some((one) => one.code === "EXIT_GIVEN_UP" || one.code === "UNPROTECTED");
          expect(gaveUp, "an unguarded position has its alert").toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
