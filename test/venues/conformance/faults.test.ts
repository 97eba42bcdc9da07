import { describe, test, vi } from "vitest";
import { VENUE_CASES } from "../../../src/venues/conformance/index.js";
import type { Fault } from "../../../src/venues/paper/index.js";
import { overTheWire } from "./server.js";

/** Every kind of fault at every place it can strike; each strikes for a while, and the rules hold nevertheless. */
const FAULTS: readonly [name: string, faults: readonly Fault[], request?: number][] = [
  ["answers that come late", [{ kind: "delay", at: "rest", ms: 30, times: 20 }]],
  ["requests that never arrive", [{ kind: "drop", at: "rest", times: 2 }]],
  ["order requests that never arrive", [{ kind: "drop", at: "rest", match: "/v5/order/create", times: 1 }]],
  ["connections that break", [{ kind: "disconnect", at: "rest", after: 1, times: 2 }]],
  ["server errors", [{ kind: "error", at: "rest", times: 2 }]],
  ["server errors after the order landed", [{ kind: "error", at: "rest", match: "/v5/order/create", landed: true, times: 2 }]],
  ["server errors of cancels", [{ kind: "error", at: "rest", match: "/v5/order/cancel", times: 1 }]],
  ["answers that are lost after the order landed", [{ kind: "timeout", at: "rest", match: "/v5/order/create", times: 2 }], 1_500],
  ["answers of cancels and amendments that are lost", [{ kind: "timeout", at: "rest", match: "/v5/order/", after: 1, times: 1 }], 1_500],
  ["rate limits", [{ kind: "rateLimit", at: "rest", match: "/v5/order", times: 2 }]],
  ["HTTP 429", [{ kind: "tooMany", at: "rest", match: "/v5/order", times: 2 }]],
  ["frames of the account that come late", [{ kind: "delay", at: "private", ms: 30, times: 10 }]],
  ["executions that are not told", [{ kind: "drop", at: "private", match: "execution", times: 3 }]],
  ["orders that are not told", [{ kind: "drop", at: "private", match: "order", times: 3 }]],
  ["frames of the account that are lost", [{ kind: "drop", at: "private", after: 1, times: 4 }]],
  ["frames of the account told twice", [{ kind: "duplicate", at: "private", times: 20 }]],
  ["frames of the account out of order", [{ kind: "reorder", at: "private", times: 5 }]],
  ["a stream that is cut", [{ kind: "disconnect", at: "private", after: 1, times: 1 }]],
];

const KINDS = ["linear", "spot", "inverse"] as const;

// The rules mostly wait, each on a server of its own: so many at a time, whatever fault they are under.
vi.setConfig({ maxConcurrency: 40 });

describe.concurrent.each(FAULTS)("our connector with %s", (_name, faults, request) => {
  describe.concurrent.each(KINDS)("%s", (category) => {
    for (const { name, run } of VENUE_CASES) test(name, () => run(() => overTheWire(category, faults, request)));
  });
});
