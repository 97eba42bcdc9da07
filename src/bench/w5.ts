import { availableParallelism } from "node:os";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { LabError } from "../errors/index.js";
import { newKey } from "../venues/paper/index.js";
import { connectorClient, type LoadClient, rawClient } from "./w5/load.js";

/** Percentiles of a latency in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** What one client went through. */
export interface LoadResult {
  /** Orders answered, and how many a second that was, from the first answer to the last; never more than were offered. */
  readonly orders: number;
  readonly ordersPerSecond: number;
  /** How long after the last order was due the last answer came: what is not kept up with piles up there. */
  readonly orderRunOutMs: number;
  /** The same of market messages. */
  readonly market: number;
  readonly marketPerSecond: number;
  readonly marketRunOutMs: number;
  readonly executions: number;
  /** Processors that client and server together kept busy, from the first order until everything had arrived: as many as there are means that the machine set the pace, not the program. */
  readonly processors: number;
  readonly orderMs: Latency;
  readonly marketMs: Latency;
}

/** What W5 measured: a client that speaks the bare protocol, and our connector. */
export interface W5Result {
  readonly seconds: number;
  readonly raw: LoadResult;
  readonly connector: LoadResult;
}

/** Orders that may wait for their answer at a time: a slower client sends later, and the figure says so. */
const MOST_IN_FLIGHT = 64;
/** Between two looks at how many orders are due. */
const PACE_MS = 5;

/**
 * W5: 1,000 orders a second and 10,000 market messages a second at the same time, through the paper server (in a thread of its own, its limits raised) to a client. Nothing may be
 * lost: every order is answered, every execution and market message arrives, in order.
 * @throws LabError `BENCH_MISMATCH` naming what was lost.
 */
export async function runW5(
  options: { readonly seconds?: number; readonly ordersPerSecond?: number; readonly marketPerSecond?: number } = {},
): Promise<W5Result> {
  const { seconds = 5, ordersPerSecond = 1_000, marketPerSecond = 10_000 } = options;
  return {
    seconds,
    raw: await load(rawClient, seconds, ordersPerSecond, marketPerSecond),
    connector: await load(connectorClient, seconds, ordersPerSecond, marketPerSecond),
  };
}

/** The next message of the server's thread that has a field. */
function answer<T>(worker: Worker, field: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      worker.off("message", onMessage);
      worker.off("error", onError);
    };
    const onMessage = (message: Record<string, unknown>): void => {
      if (!(field in message)) return;
      stop();
      resolve(message as T);
    };
    const onError = (error: Error): void => {
      stop();
      reject(error);
    };
    worker.on("message", onMessage);
    worker.on("error", onError);
  });
}

async function load(
  connect: (url: string, key: ReturnType<typeof newKey>) => Promise<LoadClient>,
  seconds: number,
  ordersPerSecond: number,
  marketPerSecond: number,
): Promise<LoadResult> {
  const key = newKey();
  const worker = new Worker(new URL("./w5/server-thread.js", import.meta.url), {
    workerData: { perSecond: marketPerSecond, seconds, key },
  });
  try {
    const { url } = await answer<{ url: string }>(worker, "url");
    const client = await connect(url, key);
    const before = client.seen.market;
    const started = answer<{ began: number; from: number }>(worker, "began");
    const played = answer(worker, "played");
    worker.postMessage("play");
    client.clock = Object.assign(client.clock, await started);
    const used = process.cpuUsage();
    const first = performance.now();
    const end = performance.timeOrigin + first + seconds * 1000;
    const orders = ordersPerSecond * seconds;
    for (let sent = 0; sent < orders; ) {
      const due = Math.min(orders, Math.floor(((performance.now() - first) * ordersPerSecond) / 1000));
      for (; sent < due && client.inFlight < MOST_IN_FLIGHT; sent++) client.place(sent);
      await delay(PACE_MS);
    }
    await client.settled();
    await played;
    const state = await settle(worker, client);
    const { user, system } = process.cpuUsage(used);
    const processors = (user + system) / 1000 / (performance.now() - first);
    const { seen } = client;
    await client.close();
    check(seen.gap === undefined, `the market data have a gap: ${seen.gap}`);
    check(
      seen.acknowledged === orders && seen.refused === 0,
      `of ${orders} orders ${seen.acknowledged} were taken and ${seen.refused} refused (${seen.why})`,
    );
    check(state.orders === orders + client.warmUp, `the exchange knows ${state.orders - client.warmUp} orders of ${orders}`);
    check(seen.executions === state.executions, `${seen.executions} executions arrived of ${state.executions}`);
    check(seen.market === state.frames.public, `${seen.market} market messages arrived of ${state.frames.public}`);
    return {
      orders,
      ordersPerSecond: rate(orders, seen.answers, ordersPerSecond),
      orderRunOutMs: seen.answers.last - end,
      market: seen.market,
      marketPerSecond: rate(seen.market - before, seen.messages, marketPerSecond),
      marketRunOutMs: seen.messages.last - (client.clock.began + seconds * 1000),
      executions: seen.executions,
      processors,
      orderMs: percentiles(seen.orderMs),
      marketMs: percentiles(seen.marketMs.slice(before)),
    };
  } finally {
    worker.postMessage("close");
    await worker.terminate();
  }
}

interface ServerState {
  readonly orders: number;
  readonly executions: number;
  readonly frames: { readonly public: number };
}

/** What is on its way gets two seconds to arrive. */
async function settle(worker: Worker, { seen }: LoadClient): Promise<ServerState> {
  const until = performance.now() + 2_000;
  for (;;) {
    const state = answer<ServerState>(worker, "frames");
    worker.postMessage("state");
    const now = await state;
    if ((seen.executions >= now.executions && seen.market >= now.frames.public) || performance.now() > until) return now;
    await nextTurn();
  }
}

/**
 * How many a second came, by the intervals between them. Reckoned from the start to the last one it would be as many too few as the run-out is long: the last one is due when the time is
 * over. A first one that came late makes it no more than what was offered.
 */
function rate(count: number, { first, last }: { readonly first: number; readonly last: number }, offered: number): number {
  return Math.min(offered, ((count - 1) * 1000) / (last - first));
}

function check(fine: boolean, problem: string): void {
  if (!fine) throw new LabError("BENCH_MISMATCH", `W5: ${problem}.`);
}

function percentiles(values: readonly number[]): Latency {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

/** The figures in lines, latencies in milliseconds. */
export function w5Text({ seconds, raw, connector }: W5Result): string {
  const ms = ({ p50, p90, p99, max }: Latency): string =>
    `p50 ${p50.toFixed(1)}, p90 ${p90.toFixed(1)}, p99 ${p99.toFixed(1)}, max ${max.toFixed(1)} ms`;
  const lines = (name: string, of: LoadResult): string[] => [
    `    ${name}: ${of.orders} orders at ${of.ordersPerSecond.toFixed(0)}/s, ${of.market} market messages at ${of.marketPerSecond.toFixed(0)}/s, ${of.executions} executions, nothing lost in ${seconds} s`,
    `        the last of them late by: order ${of.orderRunOutMs.toFixed(1)} ms, market message ${of.marketRunOutMs.toFixed(1)} ms`,
    `        processors busy with both sides: ${of.processors.toFixed(2)} of ${availableParallelism()}`,
    `        order to acknowledgement: ${ms(of.orderMs)}`,
    `        market message late by:   ${ms(of.marketMs)}`,
  ];
  return [...lines("bare protocol", raw), ...lines("our connector", connector)].join("\n");
}
