import { expect, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { type MarketEvent, tapeOf } from "../../src/core/index.js";
import { defineStrategy } from "../../src/strategies/index.js";

const T0 = Date.UTC(2024, 4, 1);

/** Short at the first book, long at the second: a turn closes and enters at one moment. */
const Turning = defineStrategy({
  name: "Turning",
  params: {},
  feeds: ["book"],
  create: () => {
    let books = 0;
    return {
      onBook(_book, desk) {
        if (++books === 1) desk.enterShort();
        else desk.enterLong();
      },
    };
  },
});

test("the entry of a turn finds what its exit has left of the book, and no more", () => {
  const book = (seconds: number): MarketEvent => ({
    type: "book",
    symbol: "BTCUSDT",
    time: T0 + seconds * 1_000,
    kind: "snapshot",
    bids: [["59999.0", "1.000"]],
    asks: [
      ["60000.0", "0.014"],
      ["60001.0", "0.500"],
    ],
  });
  const data = tapeOf("BTCUSDT", [book(1), book(2)], { name: "made for a test", synthetic: true });
  const run = backtest({ data, strategy: Turning, sizer: "fixed:0.01" });
  expect(run.fills.map(({ role, side, quantity, price }) => [role, side, quantity.toFixed(), price.toFixed()])).toEqual([
    ["entry", "sell", "0.01", "59999"],
    ["reverse", "buy", "0.01", "60000"],
    ["entry", "buy", "0.004", "60000"],
    ["entry", "buy", "0.006", "60001"],
  ]);
});
