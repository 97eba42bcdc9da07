import { afterAll, describe, test } from "vitest";
import { bybit } from "../../../src/venues/bybit/index.js";
import { VENUE_CASES, type VenueHarness } from "../../../src/venues/conformance/index.js";
import { type Fault, paperServer } from "../../../src/venues/paper/index.js";
import { FAST } from "../bybit/stub.js";
import { handsOn, INSTRUMENT, PRICE, QUANTITY } from "./markets.js";

const open: { close(): Promise<void> }[] = [];
afterAll(() => Promise.all(open.map((one) => one.close())));

/** Our connector on the paper exchange's server, which speaks v5. */
async function harness(faults: readonly Fault[] = []): Promise<VenueHarness> {
  const server = await paperServer({ instruments: INSTRUMENT, balances: { USDT: "100000" }, limits: "none" });
  const { apiKey, apiSecret } = server.key;
  const link = await bybit({
    env: "local",
    urls: server.url,
    timing: { ...FAST, request: 300, reconcile: 20_000, settle: 500 },
    requestsPer5s: 1_000_000,
  }).connect({
    credentials: { apiKey, apiSecret },
    breaker: { failureThreshold: 1_000 },
    onProblem: () => {},
  });
  open.push(server, link);
  const { venue } = link;
  const connect = venue.connect.bind(venue);
  // Things go wrong once the connection stands.
  venue.connect = async () => {
    await connect();
    for (const fault of faults) server.fault(fault);
  };
  return {
    venue,
    symbol: "BTCUSDT",
    price: PRICE,
    quantity: QUANTITY,
    ...handsOn(server.exchange),
    breakLink: () => void server.disconnect("private"),
    close: () => link.close(),
  };
}

describe("our connector on the paper exchange's server", () => {
  for (const { name, run } of VENUE_CASES) test(name, () => run(() => harness()));
});

/** Each fault strikes requests and streams for a while; the rules hold nevertheless. */
const FAULTS: readonly [name: string, faults: readonly Fault[]][] = [
  ["answers that come late", [{ kind: "delay", at: "rest", ms: 30, times: 20 }]],
  ["answers that are lost after the order landed", [{ kind: "timeout", at: "rest", match: "/v5/order/create", times: 2 }]],
  ["server errors after the order landed", [{ kind: "error", at: "rest", match: "/v5/order/create", landed: true, times: 2 }]],
  ["server errors of cancels", [{ kind: "error", at: "rest", match: "/v5/order/cancel", times: 1 }]],
  ["rate limits", [{ kind: "rateLimit", at: "rest", match: "/v5/order", times: 2 }]],
  ["frames of the account told twice", [{ kind: "duplicate", at: "private", times: 20 }]],
  ["frames of the account out of order", [{ kind: "reorder", at: "private", times: 5 }]],
  ["a stream that is cut", [{ kind: "disconnect", at: "private", after: 1, times: 1 }]],
];

describe.each(FAULTS)("our connector with %s", (_name, faults) => {
  const kept = [
    "a market order fills at the other side as a taker",
    "a limit order rests, is listed, and is cancelled",
    "a resting order fills in parts as a maker, never beyond its quantity, never backwards",
    "a client order id is used once: no second order comes of it",
    "executions that were told are the ones that are listed, oldest first",
    "cancelAll ends every open order and says so of each",
  ];
  for (const { name, run } of VENUE_CASES.filter((one) => kept.includes(one.name))) test(name, () => run(() => harness(faults)));
});
