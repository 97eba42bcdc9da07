import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { LabError } from "../../errors/index.js";

/** Ports a process takes at a time: far more than it uses, so that what an earlier kernel had is not given to the next one. */
const BLOCK = 256;
const FIRST = 10_000;
const LAST = 65_535;

/** What the system gives to whoever connects, on most machines. */
const USUAL: readonly [number, number] = [32_768, 65_535];

/** The block this process holds, and what it has given away of it. */
let block: Promise<number> | undefined;
let given = 0;

/**
 * Free ports of 127.0.0.1, for a kernel that is going to listen there while its client knocks already.
 *
 * None is one that the system gives to who connects: a client that knocks at such a port, where nobody listens yet, may be given this very port for its own end
 * and be connected with itself, and another program's connection may begin there. And none is another process's: the first of a block is listened on as long as
 * this process lives.
 * @throws LabError `BENCH_PORTS` when this machine has none.
 */
export async function freePorts(count: number): Promise<number[]> {
  block ??= takeBlock();
  const first = await block;
  const ports: number[] = [];
  for (let tried = 0; ports.length < count && tried < BLOCK; tried++) {
    const port = first + 1 + (given++ % (BLOCK - 1));
    if (await isFree(port)) ports.push(port);
  }
  if (ports.length < count) throw none();
  return ports;
}

async function takeBlock(): Promise<number> {
  const all = Array.from({ length: Math.floor((LAST - FIRST) / BLOCK) }, (_, k) => FIRST + k * BLOCK);
  const [low, high] = connectingPorts();
  const outside = all.filter((first) => first + BLOCK <= low || first > high);
  const blocks = outside.length > 0 ? outside : all; // a system that gives every port to who connects
  for (let k = 0; k < blocks.length; k++) {
    const first = blocks[(process.pid + k) % blocks.length]!;
    const holder = await listen(first);
    if (holder === undefined) continue;
    holder.unref();
    return first;
  }
  throw none();
}

/** The ports that the system gives to whoever connects. */
function connectingPorts(): [low: number, high: number] {
  try {
    const [low, high] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").trim().split(/\s+/).map(Number);
    return [low!, high!];
  } catch {
    return [...USUAL]; // not Linux
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server === undefined) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** A server at this port; `undefined` where there is one. */
function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

function none(): LabError {
  return new LabError("BENCH_PORTS", `No ports of 127.0.0.1 are free from ${FIRST} to ${LAST}: end programs that listen there.`);
}
