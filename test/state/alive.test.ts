import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { LabError } from "../../src/errors/index.js";
import { processIsAlive, StateWriter } from "../../src/state/index.js";
import { scratch, start } from "./samples.js";

test.runIf(process.platform === "linux")("a process that has ended and was never asked how is not alive", async () => {
  // The shell becomes a program that asks for no child of it, before its child ends.
  const script = 'sh -c "read line" <&3 & echo $!; exec sleep 600';
  const parent = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore", "pipe"] });
  onTestFinished(() => void parent.kill("SIGKILL"));
  const pid = await new Promise<number>((resolve) => createInterface(parent.stdout!).once("line", (line) => resolve(Number(line))));
  const until = async (file: string, wanted: RegExp): Promise<void> => {
    while (!wanted.test(readFileSync(file, "latin1"))) await nextTurn();
  };
  await until(`/proc/${parent.pid}/comm`, /^sleep$/m);
  (parent.stdio[3] as Writable).end();
  await until(`/proc/${pid}/stat`, /\) Z /);
  expect(() => process.kill(pid, 0)).not.toThrow();
  expect([processIsAlive(pid), processIsAlive(parent.pid!), processIsAlive(process.pid)]).toEqual([false, true, true]);
});

test("a state file whose folder cannot be made is an error that names both", () => {
  const file = join(scratch(), "file");
  writeFileSync(file, "");
  const open = (): StateWriter => new StateWriter(join(file, "state.db"), start("a"));
  expect(open).toThrow(LabError);
  expect(open).toThrow(/file\/state\.db cannot be used: its folder cannot be made \(E/);
});
