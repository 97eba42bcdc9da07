import { expect, test } from "vitest";
import { type OwnedTrade, ownedTradesOf, PreparedBacktest, RoundTrips } from "../../src/backtest/index.js";
import { instrument, ROLE, scaleInstrument, seededRandom, TYPE, WorkingOrder } from "../../src/core/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { FillLog } from "../../src/execution/index.js";
import { candles, still } from "./scripted.js";

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

test("a fill that goes through flat ends one round trip and begins the next, each with its part of the fee", () => {
  const scaled = scaleInstrument(instrument({ symbol: "TESTUSDT", tickSize: "0.1", lotSize: "1" }), 1);
  const series = candles([100, 100, 100, 100].map(still));
  const fills = new FillLog();
  const fill = (role: number, signed: number, price: number, fee: number, bar: number): void => {
    const direction = signed > 0 ? 1 : -1;
    const order = new WorkingOrder(1, 0, direction, TYPE.market, role, false, Math.abs(signed), 0, 0);
    fills.add(order, Math.abs(signed), price, fee * 1e8, false, series.time[bar]!);
  };
  fill(ROLE.entry, 10, 1000, 5, 0);
  // The target and the whole stop fill: 4 more than was held.
  fill(ROLE.takeProfit, -4, 1050, 1, 1);
  fill(ROLE.stopLoss, -10, 950, 10, 1);
  fill(ROLE.exit, 4, 940, 2, 2);
  const shown = ownedTradesOf(fills, [scaled], [series]).map(({ trade }) => [
    ...[trade.side, trade.quantity, trade.entryPrice, trade.exitPrice, trade.grossPnl, trade.fees, trade.netPnl].map(String),
    trade.exitReason,
  ]);
  expect(shown).toEqual([
    ["long", "10", "100", "99", "-10", "12", "-22", "stop"],
    ["short", "4", "95", "94", "4", "6", "-2", "signal"],
  ]);
});
