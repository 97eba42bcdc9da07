import { describe, expect, test } from "vitest";
import { risk, routerConfig } from "../../src/execution/index.js";
import type { Place } from "./executed.js";
import { line, pair } from "./pair.js";

/** Half of 10 held is one step too many. */
const halves = (): ReturnType<typeof risk.heat> => risk.heat({ reduce: "0.05", step: "0.5" });

/** Holds 10 of the first instrument, of which the risk checker reduces 5: that exit is on its way. */
function reducing(options: Parameters<typeof pair>[0] = {}) {
  const world = pair({ risk: halves(), ...options });
  world.say((desk) => desk.enterLong({ quantity: 10 }));
  world.fill(world.asked()[0] as Place, 10, "100");
  const [reduction, ...others] = world.asked() as Place[];
  expect([line(reduction!), others]).toEqual(["sell 5 AAAUSDT market reduce-only", []]);
  return { ...world, reduction: reduction! };
}

describe("an exit that closes a part", () => {
  test("does not keep one that closes everything from leaving: the rest leaves beside it", () => {
    const { say, asked, fill, held, reduction } = reducing();
    say((desk) => desk.flatten({ reason: "KILL_SWITCH" }));
    const [rest, ...others] = asked() as Place[];
    expect([line(rest!), rest!.order.reason, others]).toEqual(["sell 5 AAAUSDT market reduce-only", "KILL_SWITCH", []]);
    // Everything is being closed now: the next one is ignored.
    say((desk) => desk.flatten());
    expect(asked()).toEqual([]);
    fill(reduction, 5, "100");
    fill(rest!, 5, "100");
    expect(held()).toEqual([0, 0]);
  });

  test("does not keep the operator's command, nor an entry of the other side, from closing the rest", () => {
    const operator = reducing();
    operator.one.action("closePositions");
    expect(operator.asked().map(line)).toEqual(["sell 5 AAAUSDT market reduce-only"]);
    const turned = reducing();
    turned.say((desk) => desk.enterShort({ quantity: 1 }));
    const [rest] = turned.asked() as Place[];
    expect(line(rest!)).toBe("sell 5 AAAUSDT market reduce-only");
    turned.fill(turned.reduction, 5, "100");
    turned.fill(rest!, 5, "100");
    turned.wait(1);
    expect(turned.asked().map(line)).toEqual(["sell 1 AAAUSDT market"]);
  });

  test("is tried again for that part alone, and where it is given up the checker asks again", () => {
    const { asked, ended, held, alerts, reduction, price } = reducing();
    let last = reduction;
    for (let attempt = 1; attempt <= 2; attempt++) {
      ended(last, "rejected");
      const again = asked() as Place[];
      expect(again.map(line)).toEqual(["sell 5 AAAUSDT market reduce-only"]);
      last = again[0]!;
    }
    ended(last, "rejected");
    expect([held(), alerts()]).toEqual([
      [10, 0],
      ["EXIT_FAILED", "EXIT_FAILED", "EXIT_GIVEN_UP"],
    ]);
    price("AAAUSDT", "100");
    expect(asked().map(line)).toEqual(["sell 5 AAAUSDT market reduce-only"]);
  });

  test("becomes a part of the whole once everything is to be closed: failed, it is tried until the position is flat", () => {
    const { say, asked, ended, fill, wait, held, reduction } = reducing({ orders: { retries: 0 } });
    say((desk) => desk.flatten());
    fill(asked()[0] as Place, 5, "100");
    ended(reduction, "rejected");
    expect([held(), asked()]).toEqual([[5, 0], []]);
    wait(1_000);
    const [again] = asked() as Place[];
    expect(line(again!)).toBe("sell 5 AAAUSDT market reduce-only");
    fill(again!, 5, "100");
    expect(held()).toEqual([0, 0]);
  });
});

describe("an entry that the router let go, its cancel not confirmed", () => {
  const quoted = { orders: { router: routerConfig({ style: "maker_entry", entryTtlS: 1, entryMiss: "skip", offsetTicks: 0 }) } };
  const letGo = (act: Parameters<ReturnType<typeof pair>["say"]>[0] = (desk) => desk.enterLong({ quantity: 10 })) => {
    const world = pair(quoted);
    world.say(act);
    const placed = world.asked() as Place[];
    world.wait(2_000);
    expect(world.asked().map(({ type }) => type)).toEqual(placed.map(() => "cancel"));
    return { ...world, placed };
  };

  test("counts if it is filled after all, as long as nobody has left since", () => {
    const { placed, fill, asked, held } = letGo();
    fill(placed[0]!, 10, "100");
    expect([held(), asked()]).toEqual([[10, 0], []]);
  });

  test.each([
    ["a flatten", (world: ReturnType<typeof pair>) => world.say((desk) => desk.flatten({ reason: "KILL_SWITCH" }))],
    ["an exit of its side", (world: ReturnType<typeof pair>) => world.say((desk) => desk.exitLong())],
    ["the operator's command", (world: ReturnType<typeof pair>) => void world.one.action("closePositions")],
  ])("is closed at once if it is filled after %s", (_, leave) => {
    const world = letGo();
    leave(world);
    expect(world.asked()).toEqual([]);
    world.fill(world.placed[0]!, 4, "100");
    expect(world.asked().map(line)).toEqual(["sell 4 AAAUSDT market reduce-only"]);
    world.fill(world.placed[0]!, 6, "100");
    expect(world.asked().map(line)).toEqual(["sell 6 AAAUSDT market reduce-only"]);
  });

  test("is not waited for beside an entry of the other side", () => {
    const { say, asked, fill, held, placed } = letGo();
    say((desk) => desk.enterShort({ quantity: 3 }));
    const [short] = asked() as Place[];
    expect(line(short!)).toBe("sell 3 AAAUSDT limit 100");
    fill(placed[0]!, 10, "100");
    const [closing] = asked() as Place[];
    expect(line(closing!)).toBe("sell 10 AAAUSDT market reduce-only");
    fill(closing!, 10, "100");
    fill(short!, 3, "100");
    expect(held()).toEqual([-3, 0]);
  });

  test("is closed with its group, which another leg has failed", () => {
    const { say, asked, fill, ended, placed, held } = letGo((desk) => desk.enterLong({ quantity: 10, group: "g" }));
    say((desk) => desk.of("BBBUSDT").enterShort({ quantity: 5, group: "g" }));
    ended(asked()[0] as Place, "rejected");
    fill(placed[0]!, 10, "100");
    const [closing] = asked() as Place[];
    expect(line(closing!)).toBe("sell 10 AAAUSDT market reduce-only");
    fill(closing!, 10, "100");
    expect(held()).toEqual([0, 0]);
  });
});
