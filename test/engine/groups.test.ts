import { describe, expect, test } from "vitest";
import type { StrategyContext } from "../../src/core/index.js";
import { routerConfig } from "../../src/execution/index.js";
import { candles, MINUTE, play, START, still } from "../backtest/scripted.js";
import { expectMisuse } from "../misuse.js";
import type { Place } from "./executed.js";
import { line, pair } from "./pair.js";

const both = (desk: StrategyContext): void => {
  desk.of("AAAUSDT").enterLong({ group: "p1" });
  desk.of("BBBUSDT").enterShort({ group: "p1" });
};

/** What befalls the second leg of a pair whose first is filled, and what it is called. */
const FAILURES: readonly [string, (desk: ReturnType<typeof pair>) => void][] = [
  [
    "refused by risk",
    (p) => {
      p.say((desk) => desk.of("AAAUSDT").enterLong({ group: "p1" }));
      p.fill(p.asked()[0] as Place, 10, "100");
      p.say((desk) => desk.of("BBBUSDT").enterShort({ group: "p1", quantity: "21" }));
      expect(p.one.engine.orders.counts.refused).toBe(1);
    },
  ],
  [
    "rejected by the venue",
    (p) => {
      p.say(both);
      const [first, second] = p.asked() as Place[];
      p.fill(first!, 10, "100");
      p.ended(second!, "rejected");
    },
  ],
  [
    "cancelled unfilled",
    (p) => {
      p.say((desk) => {
        desk.of("AAAUSDT").enterLong({ group: "p1" });
        desk.of("BBBUSDT").enterShort({ group: "p1", limit: "51" });
      });
      const [first, second] = p.asked() as Place[];
      p.fill(first!, 10, "100");
      p.ended(second!, "cancelled");
    },
  ],
];

describe.each(FAILURES)("a pair whose second leg is %s", (_what, fail) => {
  const limits = { risk: { maxOrderQuantity: "20" } };

  test("closes the first at the market", () => {
    const p = pair(limits);
    fail(p);
    const asked = p.asked();
    expect(asked.map(line)).toEqual(["sell 10 AAAUSDT market reduce-only"]);
    expect(p.alerts()).toEqual(["GROUP_FAILED"]);
    p.fill(asked[0] as Place, 10, "99.9");
    expect(p.held()).toEqual([0, 0]);
    expect(p.asked()).toEqual([]);
  });

  test.each([0, 2])("or by a limit beyond the last price, and what that leaves at the market, with %i retries", (retries) => {
    const p = pair({ ...limits, orders: { groupExit: { offsetBps: 25 }, retries } });
    fail(p);
    const [limit] = p.asked();
    // 0.25 % below 100 is 99.75, down to the tick.
    expect(line(limit!)).toBe("sell 10 AAAUSDT limit 99.7 ioc reduce-only");
    p.fill(limit as Place, 4, "99.8");
    p.ended(limit as Place, "cancelled", 4);
    const [rest] = p.asked();
    expect(line(rest!)).toBe("sell 6 AAAUSDT market reduce-only");
    p.fill(rest as Place, 6, "99");
    expect(p.held()).toEqual([0, 0]);
    expect(p.asked()).toEqual([]);
  });

  test("and refuses what comes later for the group, not another group", () => {
    const p = pair(limits);
    fail(p);
    p.fill(p.asked()[0] as Place, 10, "100");
    p.say((desk) => desk.of("BBBUSDT").enterShort({ group: "p1" }));
    expect(p.asked()).toEqual([]);
    expect(p.one.engine.orders.orders.verdict(p.one.engine.orders.orders.length - 1)?.code).toBe("GROUP_FAILED");
    p.say((desk) => desk.of("BBBUSDT").enterShort({ group: "p2" }));
    expect(p.asked().map(line)).toEqual(["sell 10 BBBUSDT market"]);
  });
});

describe("a pair under way", () => {
  test("a short leg is bought back by a limit above the last price", () => {
    const p = pair({ orders: { groupExit: { offsetBps: 25 } } });
    p.say(both);
    const [first, second] = p.asked() as Place[];
    p.fill(second!, 10, "50");
    p.ended(first!, "rejected");
    // 0.25 % above 50 is 50.125, up to the tick.
    expect(p.asked().map(line)).toEqual(["buy 10 BBBUSDT limit 50.2 ioc reduce-only"]);
  });

  test("a working leg is taken back, its filled part closed, and so is a fill that crosses the cancel", () => {
    const p = pair();
    p.say((desk) => {
      desk.of("AAAUSDT").enterLong({ group: "p1", limit: "99" });
      desk.of("BBBUSDT").enterShort({ group: "p1" });
    });
    const [first, second] = p.asked() as Place[];
    p.fill(first!, 3, "99");
    p.ended(second!, "rejected");
    const asked = p.asked();
    expect(asked.map(line)).toEqual(["cancel AAAUSDT", "sell 3 AAAUSDT market reduce-only"]);
    p.fill(first!, 2, "99");
    const late = p.asked();
    expect(late.map(line)).toEqual(["sell 2 AAAUSDT market reduce-only"]);
    p.fill(asked[1] as Place, 3, "99");
    p.fill(late[0] as Place, 2, "99");
    p.ended(first!, "cancelled", 5);
    expect(p.held()).toEqual([0, 0]);
    expect(p.asked()).toEqual([]);
  });

  test("both legs refused at once: nothing leaves", () => {
    const p = pair({ risk: { maxOrderQuantity: "20" } });
    p.say((desk) => {
      desk.of("AAAUSDT").enterLong({ group: "p1" });
      desk.of("BBBUSDT").enterShort({ group: "p1", quantity: "21" });
    });
    expect(p.asked()).toEqual([]);
    expect(p.one.engine.orders.open()).toEqual([]);
  });

  test.each(["cancelled", "rejected"] as const)(
    "a leg %s after a part was filled has failed: both are closed, and what still fills of it",
    (status) => {
      const p = pair();
      p.say(both);
      const [first, second] = p.asked() as Place[];
      p.fill(first!, 10, "100");
      p.fill(second!, 4, "50");
      p.ended(second!, status, 4);
      const asked = p.asked() as Place[];
      expect(asked.map(line)).toEqual(["sell 10 AAAUSDT market reduce-only", "buy 4 BBBUSDT market reduce-only"]);
      p.fill(second!, 2, "50");
      const late = p.asked() as Place[];
      expect(late.map(line)).toEqual(["buy 2 BBBUSDT market reduce-only"]);
      p.fill(asked[0]!, 10, "100");
      p.fill(asked[1]!, 4, "50");
      p.fill(late[0]!, 2, "50");
      expect(p.held()).toEqual([0, 0]);
      expect(p.asked()).toEqual([]);
      expect(p.alerts()).toEqual(["GROUP_FAILED", "GROUP_FAILED", "LATE_FILL"]);
    },
  );

  test("a quote that is given up after a part was filled has failed", () => {
    const p = pair({ orders: { router: routerConfig({ style: "maker_entry", entryMiss: "skip", entryTtlS: 5 }) } });
    p.say(both);
    const [first, second] = p.asked() as Place[];
    p.fill(first!, 10, "99.9");
    p.fill(second!, 4, "50.1");
    expect(p.asked()).toEqual([]);
    p.wait(5_000);
    expect(p.asked().map(line)).toEqual(["cancel BBBUSDT"]);
    p.ended(second!, "cancelled", 4);
    expect(p.asked().map(line)).toEqual(["sell 10 AAAUSDT market reduce-only", "buy 4 BBBUSDT market reduce-only"]);
    p.fill(second!, 1, "50.1");
    expect(p.asked().map(line)).toEqual(["buy 1 BBBUSDT market reduce-only"]);
  });

  test("a quote that is filled in the end is whole, however many orders it took", () => {
    const p = pair({ orders: { router: routerConfig({ style: "maker_entry", entryMiss: "market", entryTtlS: 5 }) } });
    p.say(both);
    const [first, second] = p.asked() as Place[];
    p.fill(first!, 10, "99.9");
    p.fill(second!, 4, "50.1");
    p.wait(5_000);
    expect(p.asked().map(line)).toEqual(["cancel BBBUSDT"]);
    p.ended(second!, "cancelled", 4);
    const [rest] = p.asked() as Place[];
    expect(line(rest!)).toBe("sell 6 BBBUSDT market");
    p.fill(rest!, 6, "50");
    p.wait(5_000);
    expect([p.held(), p.asked(), p.alerts()]).toEqual([[10, -10], [], []]);
  });

  test("an algorithm that runs out of time after a part was filled has failed", () => {
    const p = pair();
    p.say((desk) => {
      desk.of("AAAUSDT").enterLong({ group: "p1" });
      desk.of("BBBUSDT").enterShort({ group: "p1", hint: { algorithm: "vwap", durationMs: 5_000, participationRate: "1" } });
    });
    const [first] = p.asked() as Place[];
    p.fill(first!, 10, "100");
    for (let i = 0; i < 3; i++) {
      p.price("BBBUSDT", "50");
      p.wait(1_000);
      for (const child of p.asked() as Place[]) p.fill(child, Number(child.request.quantity), "50");
    }
    const part = -p.held()[1]!;
    expect(part > 0 && part < 10).toBe(true);
    p.wait(5_000);
    expect(p.asked().map(line)).toEqual(["sell 10 AAAUSDT market reduce-only", `buy ${part} BBBUSDT market reduce-only`]);
    expect(p.alerts()).toEqual(["ALGORITHM_ENDED", "GROUP_FAILED", "GROUP_FAILED"]);
  });

  test("a working leg that an operator takes back has failed", () => {
    const p = pair();
    p.say(both);
    const [first, second] = p.asked() as Place[];
    p.fill(first!, 10, "100");
    p.fill(second!, 4, "50");
    p.one.action({ type: "cancelOrders" });
    expect(p.asked().map(line)).toEqual(["cancel BBBUSDT", "sell 10 AAAUSDT market reduce-only", "buy 4 BBBUSDT market reduce-only"]);
    p.ended(second!, "cancelled", 4);
    expect(p.asked()).toEqual([]);
  });

  test("a leg that its strategy leaves before it is filled whole is no failure", () => {
    const p = pair();
    p.say(both);
    const [first, second] = p.asked() as Place[];
    p.fill(first!, 10, "100");
    p.fill(second!, 4, "50");
    p.say((desk) => desk.of("BBBUSDT").exitShort());
    expect(p.asked().map(line)).toEqual(["cancel BBBUSDT", "buy 4 BBBUSDT market reduce-only"]);
    p.ended(second!, "cancelled", 4);
    expect(p.asked()).toEqual([]);
    expect(p.held()).toEqual([10, -4]);
  });

  test("a leg that is ignored because its desk is busy with something else leaves the other no leg of a pair", () => {
    const p = pair();
    p.say((desk) => desk.of("BBBUSDT").enterShort());
    p.fill(p.asked()[0] as Place, 10, "50");
    p.say(both);
    expect(p.asked()).toEqual([]);
    expect(p.held()).toEqual([0, -10]);
  });

  test("a group asked for again while it stands is left alone", () => {
    const p = pair();
    p.say(both);
    const [first, second] = p.asked() as Place[];
    p.say(both);
    p.fill(first!, 10, "100");
    p.fill(second!, 10, "50");
    p.say(both);
    expect(p.asked()).toEqual([]);
    expect(p.held()).toEqual([10, -10]);
  });

  test("without reversals an entry against a position only closes it: the other leg is taken back", () => {
    const p = pair({ orders: { reverse: false } });
    p.say((desk) => desk.of("BBBUSDT").enterLong());
    p.fill(p.asked()[0] as Place, 10, "50");
    p.say(both);
    expect(p.asked().map(line)).toEqual(["sell 10 BBBUSDT market reduce-only"]);
  });

  test("an offset that is no whole number of basis points is a mistake", () => {
    for (const offsetBps of [-1, 10_000, 2.5, "5" as never])
      expectMisuse(() => pair({ orders: { groupExit: { offsetBps } } }), "OPTION_INVALID", /offsetBps/);
  });
});

test("in a backtest the filled leg is closed at its own next bar, though the other's series began earlier", () => {
  const late = candles([10, 10, 10, 11, 12, 13, 14].map(still), { symbol: "AAAUSDT", times: [20, 21, 22, 23, 24, 25, 26] });
  const early = candles(
    Array.from({ length: 27 }, () => still("50")),
    { symbol: "BBBUSDT" },
  );
  const run = play(
    [],
    {
      0: (desk, { symbol }) => void (symbol === "AAAUSDT" && desk.enterLong({ group: "p1" })),
      2: (desk, { symbol }) => void (symbol === "AAAUSDT" && desk.of("BBBUSDT").enterShort({ group: "p1", quantity: "21" })),
    },
    {
      data: [late, early],
      risk: { maxOrderQuantity: "20" },
      instrument: ["AAAUSDT", "BBBUSDT"].map((symbol) => ({ symbol, tickSize: "0.1", lotSize: "1" })),
    },
  );
  expect(run.fills.map(({ time, symbol, side, price }) => [(time - START) / MINUTE, symbol, side, price.toFixed()])).toEqual([
    [21, "AAAUSDT", "buy", "10"],
    [23, "AAAUSDT", "sell", "11"],
  ]);
  expect(run.orders.at(-1)).toMatchObject({ symbol: "AAAUSDT", role: "exit", status: "filled" });
});
