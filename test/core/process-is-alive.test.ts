import { expect, test } from "vitest";
import { processIsAlive } from "../../src/core/index.js";
import { endedProcess } from "../ended-process.js";

test.runIf(process.platform === "linux")("a process that has ended and was never asked how is not alive", async () => {
  const { pid, parent } = await endedProcess();
  expect(() => process.kill(pid, 0)).not.toThrow();
  expect([processIsAlive(pid), processIsAlive(parent), processIsAlive(process.pid)]).toEqual([false, true, true]);
});

test("a number that no process has is not alive", () => {
  expect(processIsAlive(2 ** 22 + 1)).toBe(false);
});
