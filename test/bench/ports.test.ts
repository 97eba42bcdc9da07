import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const MODULE = new URL("../../dist/bench/w4/ports.js", import.meta.url).href;
const RANGE = "/proc/sys/net/ipv4/ip_local_port_range";
/** Takes ports, listens there, and takes more than the rest of its block has: it comes to the first ones again. */
const TAKER = `
const { freePorts } = await import(${JSON.stringify(MODULE)});
const { createServer } = await import("node:net");
const ports = [...await freePorts(5), ...await freePorts(5)];
const servers = ports.map((port) => createServer().listen(port, "127.0.0.1"));
for (let round = 0; round < 60; round++) ports.push(...await freePorts(5));
console.log(JSON.stringify(ports.slice(0, 245)), JSON.stringify(ports.slice(245)));
process.stdin.on("end", () => process.exit()).resume();
`;

/** A process that has taken its ports, which it keeps until it is let go. */
async function taker(): Promise<{ ports: number[]; again: number[]; end: () => Promise<unknown> }> {
  const running = promisify(execFile)(process.execPath, ["--input-type=module", "-e", TAKER]);
  let text = "";
  for await (const part of running.child.stdout!) {
    text += part;
    if (text.includes("\n")) break;
  }
  const [ports, again] = text.trim().split(" ");
  const end = (): Promise<unknown> => {
    running.child.stdin!.end();
    return running;
  };
  return { ports: JSON.parse(ports!), again: JSON.parse(again!), end };
}

test("ports for kernels are no other process's, none that is listened on, and none that the system gives to who connects", async () => {
  const takers = await Promise.all([taker(), taker(), taker()]);
  const all = takers.flatMap(({ ports }) => ports);
  expect(new Set(all).size).toBe(3 * 245);
  for (const { ports, again } of takers) {
    expect(again.length).toBe(65);
    for (const port of again) expect(ports.slice(0, 10)).not.toContain(port);
  }
  if (existsSync(RANGE)) {
    const [low, high] = readFileSync(RANGE, "utf8").trim().split(/\s+/).map(Number);
    if (low! >= 10_256 || high! < 65_040) expect(all.filter((port) => port >= low! && port <= high!)).toEqual([]);
  }
  await Promise.all(takers.map(({ end }) => end()));
});
