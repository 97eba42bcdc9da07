import { Decimal } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import { TestDesk } from "./desk.js";
import type { ConformanceCase, MakeHarness } from "./harness.js";
import { code, must } from "./watch.js";

/** Connecting, misuse and listeners. */
export const CONNECTION_CASES: readonly ConformanceCase[] = [
  {
    name: "before connect no request has an effect, and connecting twice is connecting once",
    async run(make: MakeHarness) {
      const harness = await make();
      const { venue, symbol, quantity } = harness;
      try {
        const outcome = await venue.place({
          clientOrderId: "conf-early",
          symbol,
          side: "buy",
          type: "market",
          quantity: new Decimal(quantity),
        });
        must(!outcome.ok && outcome.definite && outcome.code === "NOT_CONNECTED", "an order before connect is NOT_CONNECTED", outcome);
        await Promise.all([venue.connect(), venue.connect()]);
        await venue.connect();
      } finally {
        await venue.close();
        await harness.close();
      }
    },
  },
  {
    name: "the link is told healthy, and closed at the end; nothing works after closing",
    run: (make) =>
      TestDesk.use(make, async (desk) => {
        const { venue, symbol } = desk.harness;
        await desk.until("the link is told healthy", () => desk.events.some((event) => event.type === "link" && event.state === "healthy"));
        await venue.close();
        await venue.close();
        must(
          desk.events.some((event) => event.type === "link" && event.state === "closed"),
          "closing is told",
        );
        must((await code(() => venue.place(desk.request()))) === "VENUE_CLOSED", "an order after closing throws VENUE_CLOSED");
        must((await code(() => venue.orders(symbol))) === "VENUE_CLOSED", "a question after closing throws VENUE_CLOSED");
      }),
  },
  {
    name: "an unknown symbol is misuse that names the symbol",
    run: (make) =>
      TestDesk.use(make, async ({ harness: { venue }, ...desk }) => {
        const request = { clientOrderId: "conf-x", symbol: "NOSUCHSYMBOL", side: "buy", type: "market", quantity: desk.quantity } as const;
        const got = await code(() => venue.place(request));
        must(got === "SYMBOL_UNKNOWN", "an order of an unknown symbol throws SYMBOL_UNKNOWN", got ?? "no error");
        const cancel = await code(() => venue.cancel("NOSUCHSYMBOL", "conf-x"));
        must(cancel === "SYMBOL_UNKNOWN", "a cancel of an unknown symbol throws SYMBOL_UNKNOWN", cancel ?? "no error");
      }),
  },
  {
    name: "a listener that throws stops nobody, and one that left hears nothing",
    run: (make) =>
      TestDesk.use(make, async (desk) => {
        const { venue } = desk.harness;
        let [heard, left] = [0, 0];
        const stopBad = venue.subscribe(() => {
          throw new LabError("LISTENER_OF_THE_SUITE", "This listener throws on purpose.");
        });
        const stop = venue.subscribe(() => left++);
        venue.subscribe(() => heard++);
        stop();
        const request = desk.resting(-20);
        await desk.place(request);
        await desk.told(request.clientOrderId, "working");
        stopBad();
        must(heard > 0 && left === 0, "a listener is heard until it leaves", { heard, left });
      }),
  },
  {
    name: "instruments have filters above zero",
    run: (make) =>
      TestDesk.use(make, async ({ instrument: one }) => {
        must(one.tickSize.gt(0) && one.lotSize.gt(0) && one.minQuantity.gt(0), "tick, lot and minimum are above zero", one.symbol);
        must(one.base !== "" && one.quote !== "" && one.settlement !== "", "currencies are named", one.symbol);
      }),
  },
  {
    name: "the circuit breaker is closed, counts, and can be reset",
    run: (make) =>
      TestDesk.use(make, async ({ harness: { venue } }) => {
        const before = venue.breaker.metrics();
        must(venue.breaker.state === "closed" && before.state === "closed" && before.recoversInMs === 0, "a breaker begins closed", before);
        venue.breaker.reset();
        must(venue.breaker.state === "closed", "reset closes");
      }),
  },
];
