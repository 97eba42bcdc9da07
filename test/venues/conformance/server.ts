import type { InstrumentKind } from "../../../src/core/index.js";
import { bybit } from "../../../src/venues/bybit/index.js";
import type { VenueHarness } from "../../../src/venues/conformance/index.js";
import { type Fault, paperServer } from "../../../src/venues/paper/index.js";
import { FAST } from "../bybit/stub.js";
import { handsOn, MARKETS } from "./markets.js";

/** Our connector on the paper exchange's server, which speaks v5 and takes fees of spot buys in coins, as Bybit does. Faults strike once the connection stands. */
export async function overTheWire(category: InstrumentKind, faults: readonly Fault[] = [], request = 10_000): Promise<VenueHarness> {
  const { instrument, symbol, price, quantity, balances } = MARKETS[category];
  const server = await paperServer({ instruments: instrument, balances, limits: "none", spotFees: "base" });
  const { apiKey, apiSecret } = server.key;
  const link = await bybit({
    env: "local",
    category,
    urls: server.url,
    // No fault is one that only a timer of the stream could notice, and a busy machine is none.
    timing: { ...FAST, recvWindow: 2_000, request, reconcile: 20_000, settle: 500, check: 1_000, ack: 30_000, silence: 60_000 },
    requestsPer5s: 1_000_000,
  }).connect({
    credentials: { apiKey, apiSecret },
    breaker: { failureThreshold: 1_000 },
    onProblem: () => {},
  });
  const { venue } = link;
  const connect = venue.connect.bind(venue);
  venue.connect = async () => {
    await connect();
    for (const fault of faults) server.fault(fault);
  };
  return {
    venue,
    symbol,
    price,
    quantity,
    ...handsOn(server.exchange, symbol),
    breakLink: () => void server.disconnect("private"),
    async close() {
      await link.close();
      await server.close();
    },
  };
}
