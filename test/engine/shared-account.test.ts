import { describe, expect, test } from "vitest";
import type { StrategyContext } from "../../src/core/index.js";
import type { TradingEngineOptions } from "../../src/engine/index.js";
import { risk } from "../../src/execution/index.js";
import type { Place } from "./executed.js";
import { line, pair } from "./pair.js";

/** Two strategies that share an account and do what they are told. */
function two(options: Partial<TradingEngineOptions> = {}) {
  const todo: Record<string, ((desk: StrategyContext) => void) | undefined> = {};
  const world = pair({
    strategy: ["a", "b"].map((id) => ({ id, strategy: { onTimer: (_, desk) => todo[id]?.(desk) } })),
    ...options,
  });
  const as = (id: "a" | "b", act: (desk: StrategyContext) => void): void => {
    todo[id] = act;
    world.wait(1);
    todo[id] = undefined;
  };
  const { orders } = world.one.engine.orders;
  return {
    ...world,
    as,
    /** Has it enter at the market, filled whole; what is asked for then. */
    enter(id: "a" | "b", act: (desk: StrategyContext) => void): Place[] {
      as(id, act);
      const [entry] = world.asked() as Place[];
      world.fill(entry!, entry!.order.quantity, "100");
      return world.asked() as Place[];
    },
    refused: (): (string | undefined)[] =>
      Array.from({ length: orders.length }, (_, row) => orders.verdict(row)?.code).filter((code) => code !== undefined),
  };
}

describe("an entry against what another strategy holds is an entry", () => {
  const against: [string, Partial<TradingEngineOptions>, (world: ReturnType<typeof two>) => void, string][] = [
    ["liquidate-only", {}, ({ one }) => void one.action("liquidateOnly"), "LIQUIDATE_ONLY"],
    ["liquidate-only of a checker", { risk: risk.noop() }, ({ one }) => void one.action("liquidateOnly"), "LIQUIDATE_ONLY"],
    ["the order cap", { risk: { maxOrderQuantity: 8 } }, () => {}, "MAX_ORDER_QUANTITY"],
    ["the order's value", { risk: { maxOrderNotional: 850 } }, () => {}, "MAX_ORDER_NOTIONAL"],
    ["the rate of orders", { risk: risk.rate({ maxOrders: 1, perMs: 60_000 }) }, () => {}, "ORDER_RATE"],
    ["the drawdown switch", { risk: risk.drawdown("0.005") }, ({ price }) => void price("AAAUSDT", "90"), "DRAWDOWN_STOP"],
    ["the collar", { risk: risk.collar("0.01") }, () => {}, "PRICE_COLLAR"],
  ];
  test.each(against)("for %s", (_, options, before, code) => {
    const world = two(options);
    world.enter("a", (desk) => desk.enterLong({ quantity: 8 }));
    before(world);
    world.asked();
    const quantity = code === "MAX_ORDER_QUANTITY" || code === "MAX_ORDER_NOTIONAL" ? 9 : 5;
    world.as("b", (desk) => desk.enterShort({ quantity, ...(code === "PRICE_COLLAR" ? { limit: "120" } : {}) }));
    expect([world.asked(), world.refused()]).toEqual([[], [code]]);
    // An exit is none: it leaves all the same.
    world.as("a", (desk) => desk.flatten());
    expect(world.asked().map(line)).toEqual(["sell 8 AAAUSDT market reduce-only"]);
  });
});

describe("what is on its way counts", () => {
  test("toward the position limit: of two strategies that enter at once, one is refused", () => {
    const { as, asked, refused } = two({ risk: { maxPositionQuantity: 12 } });
    as("a", (desk) => desk.enterLong({ quantity: 8 }));
    as("b", (desk) => desk.enterLong({ quantity: 5 }));
    expect([asked().map(line), refused()]).toEqual([["buy 8 AAAUSDT market"], ["MAX_POSITION_QUANTITY"]]);
    as("b", (desk) => desk.enterLong({ quantity: 4 }));
    expect(asked().map(line)).toEqual(["buy 4 AAAUSDT market"]);
  });

  test("toward the heat and the balance: of two legs, the second is refused", () => {
    for (const [check, code] of [
      [risk.heat({ refuse: "0.15" }), "PORTFOLIO_HEAT"],
      [risk.balance({ leverage: 1 }), "INSUFFICIENT_BALANCE"],
    ] as const) {
      const { say, asked, refused } = pairOf(check, code === "PORTFOLIO_HEAT" ? 10_000 : 1_500);
      say((desk) => {
        desk.enterLong({ quantity: 10 });
        desk.of("BBBUSDT").enterShort({ quantity: 11 });
        desk.of("BBBUSDT").enterShort({ quantity: 10 });
      });
      expect([asked().map(line), refused()]).toEqual([["buy 10 AAAUSDT market", "sell 10 BBBUSDT market"], [code]]);
    }
  });

  test("until it has ended or was taken back", () => {
    const { as, asked, ended } = two({ risk: { maxPositionQuantity: 12 } });
    as("a", (desk) => desk.enterLong({ quantity: 8, limit: "99" }));
    const [first] = asked() as Place[];
    ended(first!, "cancelled");
    as("b", (desk) => desk.enterLong({ quantity: 12, limit: "99" }));
    expect(asked().map(line)).toEqual(["buy 12 AAAUSDT limit 99"]);
    // Taken back, it is closed at once where it still fills.
    as("b", (desk) => desk.exitLong());
    as("a", (desk) => desk.enterLong({ quantity: 12 }));
    expect(asked().map(line)).toEqual(["cancel AAAUSDT", "buy 12 AAAUSDT market"]);
  });

  function pairOf(check: ReturnType<typeof risk.noop>, cash: number) {
    const world = pair({ risk: check, cash });
    const { orders } = world.one.engine.orders;
    const refused = (): (string | undefined)[] =>
      Array.from({ length: orders.length }, (_, row) => orders.verdict(row)?.code).filter((code) => code !== undefined);
    return { ...world, refused };
  }
});

describe("legs of a strategy whose position others offset", () => {
  test("are not reduce-only, so that the venue takes them, and close what they guard", () => {
    const { enter, fill, asked, held } = two();
    enter("a", (desk) => desk.enterLong({ quantity: 10 }));
    const [stop, target] = enter("b", (desk) => desk.enterShort({ quantity: 10, stopLoss: "110", takeProfit: "90" }));
    expect([line(stop!), line(target!)]).toEqual(["buy 10 AAAUSDT stop", "buy 10 AAAUSDT limit 90"]);
    fill(target!, 10, "90");
    expect([held(), asked().map(({ type }) => type)]).toEqual([[10, 0, 0, 0], ["cancel"]]);
    // Both filled: what is too much is closed, and the other strategy keeps what it has.
    fill(stop!, 10, "110");
    const [back] = asked() as Place[];
    expect(line(back!)).toBe("sell 10 AAAUSDT market reduce-only");
    fill(back!, 10, "110");
    expect(held()).toEqual([10, 0, 0, 0]);
  });

  test("are reduce-only where the account has as much to reduce, and placed again where the venue ends them because it has not any more", () => {
    const { enter, ended, asked, held } = two();
    const [stop] = enter("a", (desk) => desk.enterLong({ quantity: 10, stopLoss: "90" }));
    expect(line(stop!)).toBe("sell 10 AAAUSDT stop reduce-only");
    enter("b", (desk) => desk.enterShort({ quantity: 10 }));
    ended(stop!, "cancelled");
    expect([asked().map(line), held()]).toEqual([["sell 10 AAAUSDT stop"], [10, 0, -10, 0]]);
  });
});
