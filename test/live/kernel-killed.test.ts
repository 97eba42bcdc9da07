import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { backtest } from "../../src/backtest/index.js";
import { syntheticCandles } from "../../src/data/index.js";
import { attachSession } from "../../src/live/index.js";
import { KernelClient } from "../kernel/kernel-client.js";
import { scratch } from "../state/samples.js";
import { ownSessions } from "./own-sessions.js";

const LAB = fileURLToPath(new URL("../../dist/lab/index.js", import.meta.url));
const MARKET = { bars: 200, seed: 5, gaps: true };

test("a Jupyter kernel that is interrupted, and killed, in the middle of its session's fills changes nothing: the session ends as the backtest does", {
  timeout: 240_000,
}, async () => {
  const folder = ownSessions();
  // Bare: what is killed is the kernel itself, not its supervisor.
  const kernel = await KernelClient.start({ bare: true, args: ["--lab", LAB], env: { TESSERLAB__SESSIONS_DIR: folder } });
  onTestFinished(() => kernel.close());
  // The cell waits for the session; at the first fill it is interrupted and the kernel killed, while the others come.
  const cell = kernel.execute(`
    const btc = data.synthetic(${JSON.stringify(MARKET)});
    const session = await live.start({
      strategy: "SmaCross",
      venue: paper({ feed: replay(btc, { speed: 600 }) }),
      statePath: ${JSON.stringify(join(scratch(), "state.db"))},
      trade: {},
    });
    session.on("fill", () => console.log("a fill of " + session.id));
    await session.done;`);
  await kernel.seen(cell, "stream", "a fill of ");
  await kernel.interrupt();
  expect(await cell.reply).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
  kernel.process.kill("SIGKILL");
  await kernel.exited;

  const id = /a fill of (\w+)/.exec(JSON.stringify(cell.published))![1]!;
  const session = await attachSession(id);
  const { status, equity } = await session.done;
  const run = backtest({ data: syntheticCandles(MARKET), strategy: "SmaCross" });
  expect([status, equity]).toEqual(["completed", run.finalEquity]);
  expect((await session.fills()).map((fill) => [fill.side, fill.quantity, fill.price])).toEqual(
    run.fills.map((fill) => [fill.side, fill.quantity, fill.price]),
  );
});
