import { Decimal } from "../../core/index.js";
import { TestDesk } from "./desk.js";
import type { ConformanceCase, MakeHarness } from "./harness.js";
import { must } from "./watch.js";

const rule = (name: string, run: (desk: TestDesk) => Promise<void>, needsLink = false): ConformanceCase => ({
  name,
  ...(needsLink && { needsLink }),
  run: (make: MakeHarness) => TestDesk.use(make, run),
});

/** Positions, balances, executions and a link that breaks. */
export const ACCOUNT_CASES: readonly ConformanceCase[] = [
  rule("executions that were told are the ones that are listed, oldest first", async (desk) => {
    const { venue, symbol } = desk.harness;
    await desk.close(await desk.long());
    const told = desk.events.flatMap((event) => (event.type === "execution" ? [event.execution.executionId] : []));
    must(new Set(told).size === told.length, "no execution is told twice", told);
    const listed = await desk.until("they are listed", async () => {
      const executions = await venue.executions({ since: 0, symbol });
      return executions.length >= told.length && executions;
    });
    must(
      listed
        .map((one) => one.executionId)
        .sort()
        .join() === [...told].sort().join(),
      "the same are listed",
      listed.map((one) => one.executionId),
    );
    must(
      listed.every((one, i) => i === 0 || one.time >= listed[i - 1]!.time),
      "they are listed oldest first",
    );
    must((await venue.executions({ since: listed.at(-1)!.time + 1 })).length === 0, "none is after the last");
  }),
  rule("what is held has its quantity, sign and entry, and is gone when closed", async (desk) => {
    const { venue, symbol } = desk.harness;
    must((await desk.held()).isZero(), "an account begins flat");
    const quantity = await desk.long();
    const held = (await venue.positions()).find((one) => one.symbol === symbol);
    must(held !== undefined || desk.instrument.kind === "spot", "a contract that is held is a position");
    if (held !== undefined) must(held.averageEntry?.eq(desk.at(0)) === true, "the entry is what was paid", held.averageEntry?.toFixed());
    await desk.close(quantity);
    must(
      !(await venue.positions()).some((one) => one.quantity.abs().gte(desk.instrument.lotSize)),
      "a position that is closed is told no more",
    );
  }),
  rule("a fee is paid out of the balance, and available is never above the total", async (desk) => {
    const { venue } = desk.harness;
    const total = async () => (await venue.balances()).find((one) => one.currency === desk.instrument.settlement);
    const before = await total();
    must(before?.total.gt(0), "the settlement currency has a balance");
    await desk.close(await desk.long());
    await desk.until("the balance has fallen", async () => (await total())!.total.lt(before!.total));
    for (const { currency, total: whole, available } of await venue.balances())
      must(available.lte(whole), `available of ${currency} is at most its total`);
  }),
  rule("leverage can be set, also to what it is", async (desk) => {
    const { venue, symbol } = desk.harness;
    if (desk.instrument.kind === "spot") {
      const outcome = await venue.setLeverage(symbol, new Decimal(2));
      must(!outcome.ok && outcome.definite, "spot has no leverage, and says so", outcome);
      return;
    }
    for (let i = 0; i < 2; i++) {
      // Setting it is setting it again: an outcome that is not known is asked for by doing so.
      await desk.until("leverage 2 is taken", async () => {
        const outcome = await venue.setLeverage(symbol, new Decimal(2));
        return outcome.ok;
      });
    }
  }),
  rule(
    "what happens while the link is broken is told once, before it is healthy again",
    async (desk) => {
      const { venue, symbol } = desk.harness;
      const [filled, stays] = [desk.resting(-10), desk.resting(-40)];
      for (const request of [filled, stays]) {
        await desk.place(request);
        await desk.told(request.clientOrderId, "working");
      }
      await desk.harness.breakLink!();
      await desk.quote(-15);
      await desk.trade(-15, desk.quantity.times(20), "sell");
      await desk.until("the break is told", () => desk.events.some((event) => event.type === "link" && event.state === "reconnecting"));
      const broken = desk.events.findIndex((event) => event.type === "link" && event.state === "reconnecting");
      await desk.until("the link comes back", () =>
        desk.events.some((event, i) => i > broken && event.type === "link" && event.state === "healthy"),
      );
      await desk.executed(filled.clientOrderId, desk.quantity);
      await desk.told(filled.clientOrderId, "filled");
      must((await venue.order(symbol, stays.clientOrderId))?.status === "working", "what rested still rests");
      const after = desk.request();
      await desk.place(after);
      await desk.executed(after.clientOrderId, desk.quantity);
      const ids = desk.events.flatMap((event) => (event.type === "execution" ? [event.execution.executionId] : []));
      must(new Set(ids).size === ids.length, "no execution is told twice", ids);
    },
    true,
  ),
];
