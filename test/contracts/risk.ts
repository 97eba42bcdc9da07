import fc from "fast-check";
import { expect, test } from "vitest";
import { type Direction, instrument, ROLE, scaleInstrument, TYPE, WorkingOrder } from "../../src/core/index.js";
import type { RiskChecker, Verdict } from "../../src/execution/index.js";

const scaled = scaleInstrument(instrument({ symbol: "ABCUSDT", tickSize: "0.1", lotSize: "0.001" }));

/** An order as the engine makes it, for a bound check. */
export function orderOf(direction: Direction, quantity: number, role: number = ROLE.entry): WorkingOrder {
  return new WorkingOrder(1, 0, direction, TYPE.market, role, role !== ROLE.entry, quantity, 0, 1);
}

/** What every risk checker keeps to. */
export function riskContract(make: () => RiskChecker): void {
  const verdict = (): Verdict => ({ code: "NONE", asked: 0, limit: 0, units: "quantity", message: "" });

  test("says what it is, immutably", () => {
    const checker = make();
    expect(checker.name).not.toBe("");
    expect(Object.isFrozen(checker)).toBe(true);
    expect(Object.isFrozen(checker.limits)).toBe(true);
  });

  test("never keeps a position from being left: what only reduces it passes, liquidate-only or not", () => {
    const bound = make().bind(scaled);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 ** 12 }),
        fc.boolean(),
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (held, long, liquidateOnly, part) => {
          const position = long ? held : -held;
          const quantity = Math.max(1, Math.floor(held * part));
          const order = orderOf(long ? -1 : 1, quantity, ROLE.exit);
          expect(bound.check(order, { position, price: 1000, equity: 10 ** 12, liquidateOnly }, verdict())).toBe(true);
        },
      ),
    );
  });

  test("liquidate-only lets no entry from flat pass", () => {
    const bound = make().bind(scaled);
    const out = verdict();
    expect(bound.check(orderOf(1, 1), { position: 0, price: 1000, equity: 10 ** 12, liquidateOnly: true }, out)).toBe(false);
    expect(out.code).toBe("LIQUIDATE_ONLY");
  });

  test("an order cap is a number of at least zero", () => {
    expect(make().bind(scaled).orderCap).toBeGreaterThanOrEqual(0);
  });
}
