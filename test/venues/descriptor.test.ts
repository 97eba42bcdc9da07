import { describe, expect, test } from "vitest";
import { paper, replay } from "../../src/venues/paper/index.js";
import { candles, still } from "../backtest/scripted.js";
import { expectMisuse } from "../misuse.js";

const series = candles([still(100)]);

describe("the paper venue, described", () => {
  test("holds its feed and is immutable", () => {
    const venue = paper({ feed: replay(series, { speed: 60 }) });
    expect(venue).toEqual({ kind: "paper", feed: { kind: "replay", data: [series], speed: 60 } });
    expect(Object.isFrozen(venue) && Object.isFrozen(venue.feed)).toBe(true);
    expect(replay([series]).speed).toBe("max");
    expect(paper().feed).toBeUndefined();
  });

  test.each<[string, () => unknown, string, RegExp]>([
    ["a promise of a series", () => replay(Promise.resolve(series) as never), "FEED_INVALID", /forget to await/],
    ["no series", () => replay([]), "FEED_INVALID", /candle series/],
    ["a speed of zero", () => replay(series, { speed: 0 }), "FEED_SPEED", /number above 0, got 0/],
    ["a speed in words", () => replay(series, { speed: "fast" as never }), "FEED_SPEED", /got fast/],
    ["a misspelt option", () => replay(series, { sped: 1 } as never), "OPTION_UNKNOWN", /Did you mean speed\?/],
    ["a series for a feed", () => paper({ feed: series as never }), "FEED_INVALID", /paper\(\{ feed: replay\(btc\) \}\)/],
    ["another misspelt option", () => paper({ fed: 1 } as never), "OPTION_UNKNOWN", /Did you mean feed\?/],
  ])("%s is misuse", (_what, act, code, message) => {
    expectMisuse(act, code, message);
  });
});
