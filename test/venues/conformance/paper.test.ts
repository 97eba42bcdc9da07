import { describe, test } from "vitest";
import type { InstrumentKind } from "../../../src/core/index.js";
import { VENUE_CASES, type VenueHarness } from "../../../src/venues/conformance/index.js";
import { PaperExchange, PaperVenue } from "../../../src/venues/paper/index.js";
import { handsOn, MARKETS } from "./markets.js";

function harness(category: InstrumentKind): VenueHarness {
  const { instrument, symbol, price, quantity, balances } = MARKETS[category];
  const exchange = new PaperExchange({ instruments: instrument, balances });
  return {
    venue: new PaperVenue(exchange, { report: () => {} }),
    symbol,
    price,
    quantity,
    ...handsOn(exchange, symbol),
    close: () => {},
  };
}

describe.each(["linear", "spot", "inverse"] as const)("the paper exchange in process, %s", (category) => {
  for (const { name, run, needsLink } of VENUE_CASES)
    test.skipIf(needsLink === true)(needsLink ? `${name} (skipped: no link to break)` : name, () => run(() => harness(category)));
});
