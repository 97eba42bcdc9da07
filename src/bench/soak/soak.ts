import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { seededRandom } from "../../core/index.js";
import { listSessions, type SessionHandle, startLive } from "../../live/index.js";
import { bybit } from "../../venues/bybit/index.js";
import { type Fault, type PaperServer, paperServer } from "../../venues/paper/index.js";
import { compareBooks } from "./books.js";
import { SOAK_SYMBOL, soakTape } from "./market.js";
import { collectHere, collectIn, type MemoryTrend, MemoryWatch, trendText, WARM_UP } from "./memory.js";

/** How a soak is run. */
export interface SoakOptions {
  /** Wall time in minutes. */
  readonly minutes: number;
  /** How much faster than the recording's clock. */
  readonly speed?: number;
  readonly seed?: number;
  /** Seconds between disturbances, at random around it. */
  readonly disturbEverySecs?: number;
  /** Hears how it goes, now and then. */
  readonly progress?: (line: string) => void;
}

/** How a soak went. */
export interface SoakResult {
  readonly wallSeconds: number;
  readonly speed: number;
  /** Minutes of the recording that were played. */
  readonly marketMinutes: number;
  readonly candles: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Streams that were cut, by place, and faults that struck, by kind. */
  readonly disconnects: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** What differs between server and session in the end, and what they ever disagreed on. Nothing is what is wanted. */
  readonly mismatches: readonly string[];
  /** How the memory went of the session's process, and of this one, in which the server keeps every order there was. */
  readonly memory: { readonly session: MemoryTrend; readonly server: MemoryTrend };
}

const built = (file: string): string => fileURLToPath(new URL(file, import.meta.url.replace("/src/bench/", "/dist/bench/")));
/** What goes wrong besides cut streams, each with what it strikes. */
const FAULTS: readonly Omit<Fault, "times">[] = [
  { kind: "timeout", at: "rest", match: "/v5/order/create" },
  { kind: "error", at: "rest", match: "/v5/order/create", landed: true },
  { kind: "error", at: "rest", match: "/v5/order/create" },
  { kind: "drop", at: "rest", match: "/v5/order/cancel" },
  { kind: "delay", at: "rest", match: "/v5/order", ms: 300 },
  { kind: "rateLimit", at: "rest", match: "/v5/order" },
  { kind: "duplicate", at: "private" },
  { kind: "reorder", at: "private" },
];

/**
 * A session in a process of its own trades on the paper server through the Bybit connector while the market plays fast and streams are cut at random: in the end the books of
 * both must be the same to the last unit, they must never have disagreed, and memory must not have grown.
 */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { minutes, speed = 20, seed = 1, disturbEverySecs = 8, progress = () => {} } = options;
  const folder = mkdtempSync(join(tmpdir(), "tesserlab-soak-"));
  const server = await paperServer({
    data: soakTape(Math.ceil(minutes * speed) + 10, seed),
    balances: { USDT: "100000" },
    limits: "none",
  });
  try {
    return await soak(server, folder, { minutes, speed, disturbEverySecs, seed, progress });
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function soak(server: PaperServer, folder: string, options: Required<SoakOptions>): Promise<SoakResult> {
  const { minutes, speed, progress } = options;
  const answers = join(folder, "memory.ndjson");
  const session = await start(server, folder, answers);
  let over = false;
  const watches: MemoryWatch[] = [];
  try {
    const began = Date.now();
    const warm = began + WARM_UP * minutes * 60_000;
    const { pid } = listSessions().find((one) => one.id === session.id)!;
    const ours = new MemoryWatch({ pid, collect: collectIn(pid, answers) });
    const servers = new MemoryWatch({ pid: process.pid, collect: collectHere });
    watches.push(ours, servers);
    const from = server.exchange.clock.now();
    server.next();
    void server.play(speed);
    const disconnects = disturb(server, options, () => over);
    const until = began + minutes * 60_000;
    let marked = false;
    for (let shown = began; Date.now() < until; await pause(Math.min(1_000, Math.max(1, until - Date.now())))) {
      if (!marked && Date.now() >= warm) {
        marked = true;
        for (const watch of watches) await watch.mark();
      }
      if (Date.now() - shown < 60_000) continue;
      shown = Date.now();
      const { orders, fills } = await session.summary();
      progress(`${Math.round((shown - began) / 60_000)} min: ${orders} orders, ${fills} fills, ${ours.now.toFixed(0)} MB`);
    }
    over = true;
    const cut = await disconnects;
    for (const watch of watches) await watch.mark();
    const memory = { session: await ours.end(warm), server: await servers.end(warm) };
    server.clearFaults();
    const marketMinutes = (server.exchange.clock.now() - from) / 60_000;
    const { struck } = server.state() as { readonly struck: Readonly<Record<string, number>> };
    const { bars, mismatches } = await finish(session);
    await server.pause();
    const { differences, counts } = compareBooks(server, session.statePath);
    return {
      wallSeconds: (Date.now() - began) / 1000,
      speed,
      marketMinutes,
      candles: bars,
      counts,
      disconnects: cut,
      faults: struck,
      mismatches: [...mismatches, ...differences],
      memory,
    };
  } finally {
    over = true;
    for (const watch of watches) await watch.end(0);
    await session.stop().catch(() => {});
  }
}

async function start(server: PaperServer, folder: string, answers: string): Promise<SessionHandle> {
  const limits = { maxOrderQuantity: "1", maxPositionQuantity: "1" };
  const venue = bybit({
    env: "local",
    urls: server.url,
    requestsPer5s: 1_000_000,
    timing: { request: 2_000, recvWindow: 2_000, reconnectBase: 100, reconnectMax: 1_000 },
  });
  const { TESSERLAB__BYBIT__API_KEY: key, TESSERLAB__BYBIT__API_SECRET: secret, NODE_OPTIONS: node } = process.env;
  const probe = pathToFileURL(built("footprint.js"));
  probe.searchParams.set("answer", answers);
  process.env.NODE_OPTIONS = `${node ?? ""} --import ${probe.href}`;
  process.env.TESSERLAB__BYBIT__API_KEY = server.key.apiKey;
  process.env.TESSERLAB__BYBIT__API_SECRET = server.key.apiSecret;
  try {
    return await startLive({
      strategy: { module: built("restless.js"), name: "RestlessOnTicks" },
      venue,
      statePath: join(folder, "state.db"),
      sizer: "fixed:0.05",
      risk: limits,
      router: { style: "maker_both", entryTtlS: 90, exitTtlS: 90, entryMiss: "retry", entryRetries: 2, retryExhaust: "market" },
      confirm: { venue: venue.name, env: "local", ...limits },
      trade: {
        symbols: SOAK_SYMBOL,
        interval: "1m",
        history: 0,
        candles: "trades",
        reconcileSecs: 10,
        reconcileThreshold: "0",
        metricsAddr: "127.0.0.1:0",
      },
    });
  } finally {
    restore("TESSERLAB__BYBIT__API_KEY", key);
    restore("TESSERLAB__BYBIT__API_SECRET", secret);
    restore("NODE_OPTIONS", node);
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** Cuts streams and lets requests fail at random until it is over; how often each stream was cut. */
async function disturb(
  server: PaperServer,
  { seed, disturbEverySecs }: Required<SoakOptions>,
  isOver: () => boolean,
): Promise<Readonly<Record<string, number>>> {
  const random = seededRandom(seed + 1);
  const cut: Record<string, number> = { public: 0, private: 0 };
  while (!isOver()) {
    const until = Date.now() + (0.5 + random()) * disturbEverySecs * 1000;
    while (!isOver() && Date.now() < until) await pause(100);
    if (isOver()) break;
    const at = random() < 0.5 ? "public" : "private";
    if (random() < 0.6) cut[at] = cut[at]! + server.disconnect(at);
    else server.fault({ ...FAULTS[Math.floor(random() * FAULTS.length)]!, times: 1 });
  }
  return cut;
}

/** Lets the session settle, leave the market and end. */
async function finish(session: SessionHandle): Promise<{ readonly bars: number; readonly mismatches: readonly string[] }> {
  const mismatches: string[] = [];
  // What was cut last may still be healing.
  for (let look = 1; ; look++) {
    const found = (await session.command({ type: "reconcile" })) as { readonly agreed: boolean };
    if (found.agreed) break;
    if (look === 30) {
      mismatches.push(`no agreement in the end: ${JSON.stringify(found)}`);
      break;
    }
    await pause(1_000);
  }
  await session.stop({ closePositions: true });
  return { bars: (await session.status()).bars, mismatches };
}

/** A soak's figures as text. */
export function soakText(result: SoakResult): string {
  const list = (values: Readonly<Record<string, number>>): string =>
    Object.entries(values)
      .map(([name, value]) => `${value} ${name}`)
      .join(", ") || "none";
  const { memory, counts, mismatches } = result;
  return [
    `${(result.wallSeconds / 60).toFixed(1)} min at ${result.speed}x: ${result.marketMinutes.toFixed(0)} minutes of market, ${result.candles} candles`,
    `${counts.orders} orders, ${counts.fills} fills, ${counts.algorithms} algorithms, ${counts.quotes} quotes, ${counts.reconciles} reconciliations`,
    `streams cut: ${list(result.disconnects)}; faults: ${list(result.faults)}`,
    trendText("session", memory.session),
    trendText("server", memory.server),
    mismatches.length === 0 ? "no mismatch" : `MISMATCHES\n${mismatches.join("\n")}`,
  ].join("\n");
}
