import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { onTestFinished } from "vitest";

/** A process that has ended and was never asked how by its parent, which lives until the test is finished (Linux). */
export async function endedProcess(): Promise<{ pid: number; parent: number }> {
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
  return { pid, parent: parent.pid! };
}
