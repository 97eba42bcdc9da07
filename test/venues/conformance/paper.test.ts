import { describe, test } from "vitest";
import { VENUE_CASES, type VenueHarness } from "../../../src/venues/conformance/index.js";
import { PaperExchange, PaperVenue } from "../../../src/venues/paper/index.js";
import { handsOn, INSTRUMENT, PRICE, QUANTITY } from "./markets.js";

function harness(): VenueHarness {
  const exchange = new PaperExchange({ instruments: INSTRUMENT, balances: { USDT: "100000" } });
  return {
    venue: new PaperVenue(exchange, { report: () => {} }),
    symbol: "BTCUSDT",
    price: PRICE,
    quantity: QUANTITY,
    ...handsOn(exchange),
    close: () => {},
  };
}

describe("the paper exchange in process", () => {
  for (const { name, run, needsLink } of VENUE_CASES)
    test.skipIf(needsLink === true)(needsLink ? `${name} (skipped: no link to break)` : name, () => run(harness));
});
