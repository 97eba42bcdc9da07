import { describe, test } from "vitest";
import { VENUE_CASES } from "../../../src/venues/conformance/index.js";
import { overTheWire } from "./server.js";

describe.each(["linear", "spot", "inverse"] as const)("our connector on the paper exchange's server, %s", (category) => {
  for (const { name, run } of VENUE_CASES) test.concurrent(name, () => run(() => overTheWire(category)));
});
