import { expect, test } from "vitest";
import { runCells } from "./run-cells.js";

test("types block while any live venue is open, and are as strict as before once all are closed", async () => {
  const host = "const host = globalThis[Symbol.for('tesserlab.host') as never] as any;";
  const run = await runCells([
    `${host}\nhost.typeMode = 'warn'; host.typeMode`,
    "host.liveVenueOpened('bybit'); host.liveVenueOpened('bybit'); host.liveVenueOpened('paper'); host.typeMode",
    "host.typeMode = 'off'; host.typeMode",
    "host.liveVenueClosed('bybit'); host.liveVenueClosed('paper'); host.liveVenueClosed('never opened'); host.typeMode",
    "host.liveVenueClosed('bybit'); host.typeMode",
  ]);
  expect([1, 2, 3, 4, 5].map((n) => run.result(n))).toEqual(["warn", "block", "block", "block", "off"]);
});
