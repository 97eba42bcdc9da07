import { inspect } from "node:util";
import { expect, test } from "vitest";
import { tapeOf } from "../../src/core/index.js";
import { toBundle } from "../../src/display/index.js";
import "../../src/lab/index.js";

const symbol = "ABCUSDT";
const tape = tapeOf(
  symbol,
  [
    { type: "book", symbol, time: 0, kind: "snapshot", bids: [["10", "5"]], asks: [["10.5", "1"]] },
    { type: "trade", symbol, time: 1, id: "", side: "buy", price: "10.5", quantity: "0.25" },
    {
      type: "book",
      symbol,
      time: 2,
      kind: "delta",
      bids: [
        ["10", "0"],
        ["9.5", "7"],
      ],
      asks: [],
    },
  ],
  { name: "a generator", synthetic: true },
);

test("a tape says in a console what it holds, and that it is made up", () => {
  expect(inspect(tape)).toBe(
    "SYNTHETIC DATA: made by a generator, not by a market\n3 events of ABCUSDT (1 trades), 1970-01-01T00:00:00Z to 1970-01-01T00:00:00.002Z (a generator)",
  );
});

test("a tape shows its events and the book they leave", async () => {
  const bundle = await toBundle(tape);
  const text = String(bundle["text/plain"]);
  expect(text).toMatch(/whole book of 2 levels/);
  expect(text).toMatch(/trade, taker buys +10\.5 +0\.25/);
  expect(text).toMatch(/change of 2 levels/);
  expect(text).toMatch(/7\.00 +9\.5 +10\.5 +1\.00/);
  expect(String(bundle["text/html"])).toContain("SYNTHETIC DATA");
  expect(String((await toBundle(tape.slice(0, 0)))["text/plain"])).toMatch(/0 events of ABCUSDT/);
});
