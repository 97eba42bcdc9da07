import { describe, expect, test } from "vitest";
import type { BacktestOptions, BacktestRun } from "../../src/backtest/index.js";
import { risk } from "../../src/execution/index.js";
import { play, type Row, still } from "./scripted.js";

const PEGGED = { algorithm: "pegged", offsetBps: "30", refreshMs: 0 };
/** One coin that follows the price from 30 basis points below it, and never gets filled. */
const followed = (prices: readonly string[], options: Partial<BacktestOptions>, entry: object = {}): BacktestRun =>
  play(
    prices.map((price): Row => still(price)),
    { 0: (desk) => desk.enterLong({ hint: PEGGED, ...entry }) },
    options,
  );
const entries = (run: BacktestRun): string[] =>
  run.orders.map(({ price, status, reason }) => `${price?.toFixed()} ${status}${reason === undefined ? "" : ` ${reason.code}`}`);

describe("an entry that follows the market passes at every price what it passed at the first", () => {
  const rising = ["100", "101", "102", "103", "104"];

  test("above the largest order value it is taken back, and says why", () => {
    const run = followed(rising, { risk: risk.basic({ maxOrderNotional: "101" }) });
    expect(entries(run)).toEqual(["100.6 cancelled", ...Array(3).fill("101.6 refused MAX_ORDER_NOTIONAL")]);
    expect(run.alerts.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "MOVE_REFUSED pegged a1-1 may not go to 101.6: order notional 101.6 exceeds limit 101",
      "ALGORITHM_ENDED pegged a1 ended failed: MAX_ORDER_NOTIONAL",
    ]);
  });

  test("below the venue's least order value, too", () => {
    const run = play(
      ["100", "95", "90", "85"].map((price): Row => still(price)),
      { 0: (desk) => desk.enterShort({ hint: PEGGED }) },
      { instrument: { symbol: "TESTUSDT", minNotional: "91", lotSize: "0.001", tickSize: "0.1" } },
    );
    expect(entries(run)).toEqual(["95.3 cancelled", ...Array(3).fill("90.3 refused BELOW_MIN_NOTIONAL")]);
    expect(run.alerts[0]).toMatchObject({
      code: "MOVE_REFUSED",
      message: "pegged a1-1 may not go to 90.3: order value 90.3 is below the venue's minimum 91",
    });
  });

  test("where it would lie beyond its own target, too", () => {
    const run = followed(rising, {}, { takeProfit: "102" });
    expect(entries(run)).toEqual(["101.6 cancelled", ...Array(3).fill("102.6 refused TARGET_WRONG_SIDE")]);
  });

  test("once a check of the user's refuses, too; it is asked about what is left to fill", () => {
    const asked: string[] = [];
    const check = risk.define({
      name: "notes",
      check: ({ quantity, price }) => {
        asked.push(`${quantity.toFixed()} @ ${price.toFixed()}`);
        return price.gt(102) ? "dear" : undefined;
      },
    });
    const run = followed(rising, { risk: check });
    expect(asked.slice(1, 5)).toEqual(["1 @ 99.7", "1 @ 100.6", "1 @ 101.6", "1 @ 102.6"]);
    expect(entries(run)[0]).toBe("101.6 cancelled");
    expect(run.alerts[0]).toMatchObject({ code: "MOVE_REFUSED", message: "pegged a1-1 may not go to 102.6: dear" });
  });

  test("it counts as one order where orders are counted", () => {
    const run = followed(rising, { risk: risk.rate({ maxOrders: 1, perMs: 3_600_000 }) });
    expect(entries(run)).toEqual(["103.6 working"]);
    expect(run.alerts).toEqual([]);
  });

  test("an exit that follows the market is asked for nothing", () => {
    const run = play(
      ["100", "100", "99", "98", "97", "96", "95"].map((price): Row => still(price)),
      { 0: (desk) => desk.enterLong(), 2: (desk) => desk.exitLong({ hint: PEGGED }) },
      {
        risk: risk.basic({ maxOrderNotional: "100" }),
        instrument: { symbol: "TESTUSDT", minNotional: "97", lotSize: "0.001", tickSize: "0.1" },
      },
    );
    expect(run.orders.at(-1)!.price!.toFixed()).toBe("95.3");
    expect(run.alerts).toEqual([]);
  });
});
