import fc from "fast-check";
import { expect, test } from "vitest";
import { type CandleSeries, fromUnits, instrument, SeriesBar, scaleInstrument } from "../../src/core/index.js";
import { parseSizer, type Sizer } from "../../src/execution/index.js";
import { candles } from "../backtest/scripted.js";

/** Instruments of every shape: coarse and fine ticks and lots, money in 1e-8 and finer. */
const SHAPES = [
  { tickSize: "0.1", lotSize: "0.001" },
  { tickSize: "0.01", lotSize: "0.000001" },
  { tickSize: "0.00000001", lotSize: "1" },
  { tickSize: "5", lotSize: "0.02" },
  { tickSize: "0.00001", lotSize: "0.00000001" },
].map((filters) => scaleInstrument(instrument({ symbol: "ABCUSDT", ...filters })));

/** Candles that a sizer may look back on: 40 closes that move by 1 % or less, with wicks. */
const HISTORY: CandleSeries = candles(
  Array.from({ length: 40 }, (_, i): [number, number, number, number] => {
    const close = 1_000 + ((i * 7) % 11) - 5;
    return [close - 1, close + 3, close - 4, close];
  }),
);
const history = new SeriesBar(HISTORY, 0);
history.index = HISTORY.length - 1;

/** What every sizer keeps to. */
export function sizerContract(make: () => Sizer): void {
  test("says what it is: a name, and a text that reads back as itself unless it was written in a cell", () => {
    const sizer = make();
    expect(sizer.name).not.toBe("");
    expect(sizer.text).toMatch(new RegExp(`^${sizer.name}`));
    expect(Object.isFrozen(sizer)).toBe(true);
    if (sizer.text.includes(":")) expect(parseSizer(sizer.text).text).toBe(sizer.text);
  });

  test("inside a run it gives the exact quantity, floored to whole units, in doubles and beyond 2^53", () => {
    const sizer = make();
    fc.assert(
      fc.property(
        fc.constantFrom(...SHAPES),
        fc.oneof(fc.bigInt(0n, 2n ** 53n - 1n), fc.bigInt(2n ** 53n, 10n ** 20n)),
        fc.integer({ min: 1, max: 10 ** 10 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (scaled, equityUnits, price, confidence) => {
          const equity = equityUnits < 2n ** 53n ? Number(equityUnits) : equityUnits;
          const exact = sizer.size({
            equity: fromUnits(equity, scaled.cashDp),
            price: fromUnits(price, scaled.priceDp),
            signal: "enterLong",
            confidence,
            instrument: scaled.instrument,
            history: HISTORY,
          });
          const floor = exact.times(10 ** scaled.quantityDp).floor();
          fc.pre(floor.lte(Number.MAX_SAFE_INTEGER));
          expect(sizer.bind(scaled).units({ equity, price, kind: "enterLong", confidence, history })).toBe(floor.toNumber());
        },
      ),
      { numRuns: 300 },
    );
  });

  test("asks for nothing when equity is gone, and never for less than nothing", () => {
    const sizer = make();
    for (const equity of [0, -1, -(10 ** 12)])
      for (const scaled of SHAPES) {
        const units = sizer.bind(scaled).units({ equity, price: 1000, kind: "enterShort", confidence: 1, history });
        expect(units).toBeGreaterThanOrEqual(0);
        if (!sizer.text.startsWith("fixed")) expect(units).toBe(0);
      }
  });
}
