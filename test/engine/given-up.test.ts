import { describe, expect, test } from "vitest";
import type { StrategyContext } from "../../src/core/index.js";
import type { Place } from "./executed.js";
import { line, pair } from "./pair.js";

const ONE = (desk: StrategyContext): void => desk.of("AAAUSDT").enterLong({ stopLoss: "90" });

/** An engine with a position of 10 whose exit the venue has refused as often as it is tried at once. */
function stuck(leave: (desk: StrategyContext) => void = (desk) => desk.of("AAAUSDT").flatten({ reason: "MAX_HOLD" })) {
  const p = pair({ orders: { retries: 1 } });
  p.say(ONE);
  p.fill(p.asked()[0] as Place, 10, "100");
  p.asked();
  p.say(leave);
  const exits = (): Place[] => p.asked().filter((one): one is Place => one.type === "place" && one.request.type === "market");
  const tries: number[] = [];
  for (let [exit] = exits(); exit !== undefined; [exit] = exits()) {
    tries.push(exit.order.id);
    p.ended(exit, "rejected");
  }
  expect([tries.length, p.held()[0]]).toEqual([2, 10]);
  return { ...p, exits };
}

describe("an exit that was given up while its position is open", () => {
  test("is tried again at timers and ticks, after twice as long each time up to a minute, until the position is closed", () => {
    const p = stuck();
    const waits: number[] = [];
    for (let round = 0; round < 8; round++) {
      let waited = 0;
      let exit: Place | undefined;
      while (exit === undefined && waited < 100_000) {
        // Timers and ticks in turn.
        if (waited % 1_000 === 0) p.wait(500);
        else {
          p.wait(499);
          p.price("AAAUSDT", "100");
        }
        waited += 500;
        [exit] = p.exits();
      }
      waits.push(waited);
      expect(line(exit!)).toBe("sell 10 AAAUSDT market reduce-only");
      if (round < 7) p.ended(exit!, "rejected");
      else p.fill(exit!, 10, "99");
    }
    // The rejection itself takes a millisecond of its own.
    expect(waits.map((ms) => Math.round(ms / 1_000))).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(p.held()).toEqual([0, 0]);
    for (let i = 0; i < 200; i++) p.wait(1_000);
    expect(p.exits()).toEqual([]);
    expect(p.alerts().filter((code) => code === "EXIT_GIVEN_UP").length).toBe(8);
    expect(p.one.engine.orders.alerts.entries.at(-1)!.message).toMatch(/tried 9 times, the position is still open; tried again in 60 s$/);
    const [last] = p.one.engine.orders.desks;
    expect([last!.held, p.one.engine.orders.settlement.givenUp.size]).toEqual([0, 0]);
  });

  test("is tried again at a close, too, and keeps its reason", () => {
    const p = stuck();
    const close = (minute: number): unknown =>
      p.one.process({
        type: "candle",
        symbol: "AAAUSDT",
        interval: "1m",
        time: minute * 60_000,
        open: "100",
        high: "100",
        low: "100",
        close: "100",
        volume: "1",
        closed: true,
      });
    close(0);
    const [exit] = p.exits();
    expect(line(exit!)).toBe("sell 10 AAAUSDT market reduce-only");
    expect(p.one.engine.orders.open().find(({ id }) => id === exit!.order.id)!.reason).toBe("MAX_HOLD");
  });

  test("is not tried while another exit works, nor once the position is flat", () => {
    const p = stuck();
    p.say((desk) => desk.of("AAAUSDT").exitLong());
    const [own] = p.exits();
    for (let i = 0; i < 10; i++) p.wait(10_000);
    expect(p.exits()).toEqual([]);
    p.fill(own!, 10, "100");
    expect(p.one.engine.orders.settlement.givenUp.size).toBe(0);
    p.asked();
    p.say(ONE);
    p.fill(p.asked()[0] as Place, 10, "100");
    for (let i = 0; i < 10; i++) p.wait(10_000);
    expect(p.exits()).toEqual([]);
  });
});

test("a position without a stop whose closing order is refused, too, is closed in the end", () => {
  const p = pair({ orders: { retries: 0 } });
  p.say(ONE);
  p.fill(p.asked()[0] as Place, 10, "100");
  const [stop] = p.asked() as Place[];
  p.ended(stop!, "rejected");
  const [close] = p.asked() as Place[];
  expect(line(close!)).toBe("sell 10 AAAUSDT market reduce-only");
  p.ended(close!, "rejected");
  expect(p.alerts()).toEqual(["UNPROTECTED", "EXIT_GIVEN_UP"]);
  expect(p.asked()).toEqual([]);
  p.wait(1_000);
  const [again] = p.asked() as Place[];
  expect(line(again!)).toBe("sell 10 AAAUSDT market reduce-only");
  p.fill(again!, 10, "95");
  expect(p.held()).toEqual([0, 0]);
});
