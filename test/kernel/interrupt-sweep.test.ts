import { expect, test } from "vitest";
import { KernelClient } from "./kernel-client.js";
import { runCells } from "./run-cells.js";

const LAB = "tesserlab/lab";
const SET_UP = "let kept = 41; const candles = data.synthetic({ bars: 20_000 });";
/** Takes minutes unless it is stopped. */
const SWEEP =
  "const swept = await tune({ data: candles, strategy: 'SmaCross', space: { fastPeriod: range(2, 400), slowPeriod: range(401, 900) } })";

test("an interrupt stops a running sweep; variables keep their values, and cells and sweeps go on", async () => {
  const kernel = await KernelClient.start({ args: ["--lab", LAB] });
  expect((await kernel.run(SET_UP)).reply.status).toBe("ok");
  const cell = kernel.execute(SWEEP);
  await kernel.seen(cell, "display_data"); // its progress
  await kernel.interrupt();
  expect(await cell.reply).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
  await cell.idle;
  expect((await kernel.run("[kept, candles.length, 1 + 1].join()")).result).toBe("41,20000,2");
  const small =
    "(await tune({ data: candles, strategy: 'SmaCross', space: { fastPeriod: range(2, 3), slowPeriod: range(4, 5) } })).best !== undefined";
  expect((await kernel.run(small)).result).toBe("true");
  expect(await kernel.shutdown()).toBe(0);
});

test("so does an interrupt of the executor, as the command line's Ctrl-C is", async () => {
  const session = await runCells([SET_UP, { source: SWEEP, interruptAfterMs: 200 }, "kept", "1 + 1"], { lab: LAB });
  expect(session.results.map(({ status }) => status)).toEqual(["ok", "error", "ok", "ok"]);
  expect(session.results[1]?.error?.ename).toBe("KeyboardInterrupt");
  expect([session.result(3), session.result(4)]).toEqual(["41", "2"]);
});
