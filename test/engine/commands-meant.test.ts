import { describe, expect, test } from "vitest";
import type { Command } from "../../src/engine/index.js";
import { expectMisuse } from "../misuse.js";
import type { Place } from "./executed.js";
import { line, pair } from "./pair.js";

describe("a command that cannot be meant", () => {
  const wrong: [unknown, RegExp][] = [
    [{ type: "open", symbol: "AAAUSDT", side: "buy", qty: "1" }, /quantity/],
    [{ type: "open", symbol: "AAAUSDT", side: "buy", quantity: 1, overideRisk: true }, /Did you mean overrideRisk/],
    [
      { type: "open", symbol: "AAAUSDT", side: "buy", quantity: 1, overrideRisk: "false" },
      /overrideRisk takes true or false, got the text 'false'/,
    ],
    [{ type: "open", symbol: "AAAUSDT", side: "Buy" }, /Did you mean buy/],
    [{ type: "liquidateOnly" }, /on takes true or false, got undefined/],
    [{ type: "liquidateOnly", on: "false" }, /true or false/],
    [{ type: "liquidateOnly", on: 0 }, /true or false/],
    [{ type: "closePositions", filters: { symbol: "AAAUSDT" } }, /Did you mean filter/],
    [{ type: "closePositions", filter: { symbl: "AAAUSDT" } }, /Did you mean symbol/],
    [{ type: "closePositions", filter: "AAAUSDT" }, /A filter is an object/],
    [{ type: "cancelEntries", filter: null }, /A filter is an object/],
    [{ type: "closePosition" }, /Did you mean closePositions/],
    ["closeAll", /closeAll/],
    [undefined, /Not a command/],
  ];
  test.each(wrong)("is refused by code, and changes nothing: %j", (command, message) => {
    const { one, say, asked, fill, held } = pair();
    say((desk) => desk.enterLong({ quantity: 3 }));
    fill(asked()[0] as Place, 3, "100");
    one.action({ type: "liquidateOnly", on: true });
    expectMisuse(() => one.action(command as Command), "COMMAND_INVALID", message);
    expect([asked(), held(), one.engine.orders.liquidateOnly]).toEqual([[], [3, 0], true]);
  });

  test("is refused as a policy before the run", () => {
    expectMisuse(() => pair({ policies: { disconnect: { type: "closePositions", filters: {} } as never } }), "COMMAND_INVALID");
    expectMisuse(() => pair({ policies: { tradingDisabled: "closeAll" as never } }), "COMMAND_INVALID");
  });
});

describe("cancelOrders", () => {
  test("ends an algorithm that enters, also between two of its children, and what waits for a position to close", () => {
    const { say, asked, fill, wait, one, held } = pair();
    say((desk) => desk.enterLong({ quantity: 10, hint: { algorithm: "twap", durationMs: 10_000, slices: 5 } }));
    fill(asked()[0] as Place, 2, "100");
    one.action({ type: "cancelOrders" });
    wait(20_000);
    expect([asked(), held()]).toEqual([[], [2, 0]]);
    say((desk) => desk.enterShort({ quantity: 1 }));
    const [closing] = asked() as Place[];
    one.action({ type: "cancelOrders", filter: { symbol: "AAAUSDT" } });
    expect(asked().map(line)).toEqual(["cancel AAAUSDT"]);
    fill(closing!, 2, "100");
    wait(1);
    expect([asked(), held()]).toEqual([[], [0, 0]]);
  });

  test("of an algorithm that has not begun to fill fails its group: the other leg is closed", () => {
    const { say, asked, fill, one } = pair();
    say((desk) => {
      desk.enterLong({ quantity: 3, group: "g" });
      desk.of("BBBUSDT").enterShort({ quantity: 6, group: "g", hint: { algorithm: "sniper", triggerPrice: "60" } });
    });
    fill(asked()[0] as Place, 3, "100");
    one.action({ type: "cancelEntries", filter: { symbol: "BBBUSDT" } });
    expect(asked().map(line)).toEqual(["sell 3 AAAUSDT market reduce-only"]);
  });
});
