import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, type FSWatcher, openSync, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { CandleSeries, MarketTape } from "../../../src/core/index.js";
import { attachSession, type SessionHandle, type TradeSpec } from "../../../src/live/index.js";
import { type HeardRequest, type PaperServer, paperServer } from "../../../src/venues/paper/index.js";

const ENTRY = join(import.meta.dirname, "../../../dist/cli/session.js");
const STRATEGY = join(import.meta.dirname, "../../../dist/bench/soak/restless.js");
/** The session's id: the run of its client order ids. */
const RUN = "killed0001";
/** Agreeing takes a second or so; what takes this long will not come. */
const PATIENCE_MS = 180_000;
/** How long a session is given to take in an event of which it may tell nothing. */
const STEP_MS = 40;
/** Events of the market in a round, if the point is not reached before. */
const EVENTS = 15;
/** Candles the strategy sees first. */
const HISTORY = 20;

/** The soak's strategies quote. */
const ROUTER = {
  style: "maker_both",
  entryTtlS: 90,
  exitTtlS: 90,
  entryMiss: "retry",
  entryRetries: 2,
  retryExhaust: "market",
  offsetTicks: 5,
} as const;

/** Where a session is killed. */
export type KillPoint =
  /** So many milliseconds after it began to trade. */
  | { readonly kind: "time"; readonly ms: number }
  /** At its n-th request of a kind: before the server looks at it, or after it took effect; at its n-th order or amend, which then never arrives. */
  | { readonly kind: "arrived" | "done"; readonly nth: number; readonly what: "create" | "amend" | "cancel" | "any" }
  | { readonly kind: "dropped"; readonly nth: number; readonly what: "create" | "amend" }
  /** At the n-th execution, before it can have been told. */
  | { readonly kind: "fill"; readonly nth: number }
  /** While the n-th write to its journal is on its way to the disk. */
  | { readonly kind: "journal"; readonly nth: number }
  /** At the n-th request of its start: while it connects and reconciles. */
  | { readonly kind: "start"; readonly nth: number };

export interface Arena {
  readonly server: PaperServer;
  readonly statePath: string;
  /**
   * Starts the session, or goes on with it, lets it trade and kills it at a point.
   * @param ready - looks at it once it agrees with the server, before the market moves.
   * @returns whether the point was reached, rather than the end of the round.
   */
  round(point: KillPoint, random: () => number, ready?: () => Promise<void>): Promise<boolean>;
  /** Goes on with the session for good. */
  begin(): Promise<{ readonly session: SessionHandle; readonly exited: Promise<void> }>;
  /** Lets the session trade for so many events, then leave the market for good. Resolves when it has ended. */
  finish(session: SessionHandle, events: number): Promise<void>;
  close(): Promise<void>;
}

/** A server that lives as long as the test, and processes that trade on it and are killed. */
export async function arena(options: {
  readonly data: CandleSeries | MarketTape;
  readonly folder: string;
  readonly strategy?: "Restless" | "RestlessOnTicks";
  /** The module of another strategy than those of the soak; it trades without a router. */
  readonly module?: { readonly path: string; readonly name: string };
  /** Share of a candle's volume that orders may have; all they want unless given. */
  readonly participation?: string;
  readonly trade?: Partial<TradeSpec>;
  /** Events of the market that make a step; 1 unless given. */
  readonly stride?: number;
}): Promise<Arena> {
  const { strategy = "Restless", stride = 1, participation } = options;
  const { path, name } = options.module ?? { path: STRATEGY, name: strategy };
  const statePath = join(options.folder, "state.db");
  let hear: (request: HeardRequest) => void = () => {};
  const server = await paperServer({
    data: options.data,
    balances: { USDT: "100000" },
    limits: "none",
    ...(participation === undefined ? {} : { participation }),
    onRequest: (request) => hear(request),
  });
  server.next({ count: (HISTORY + 1) * stride, fills: true });
  const account = server.exchange.account("main");
  let begun = false;
  let spare: ChildProcess = idle();

  /** A process that has loaded everything and waits for its session: the next starts while this one trades. */
  function idle(): ChildProcess {
    const output = openSync(join(options.folder, "session.out"), "a");
    const child = spawn(process.execPath, [ENTRY], {
      stdio: ["ignore", output, output, "ipc"],
      serialization: "advanced",
      env: { ...process.env, TESSERLAB__BYBIT__API_KEY: server.key.apiKey, TESSERLAB__BYBIT__API_SECRET: server.key.apiSecret },
    });
    closeSync(output);
    return child;
  }

  function spec(): object {
    const trade: TradeSpec = {
      symbols: ["BTCUSDT"],
      interval: "1m",
      history: HISTORY,
      candles: "venue",
      reconcileSecs: 3600,
      reconcileThreshold: "0",
      maxDrawdown: "0",
      confirmRestored: false,
      alerting: {},
      real: false,
      ...options.trade,
      resume: begun,
    };
    return {
      id: RUN,
      statePath,
      venue: "bybit-local",
      strategy: { module: path, name, sha256: createHash("sha256").update(readFileSync(path)).digest("hex") },
      params: {},
      settings: {
        sizer: "fixed:0.05",
        ...(options.module === undefined ? { router: ROUTER } : {}),
      },
      data: [],
      speed: 1,
      warnings: [],
      venueSpec: { kind: "bybit", env: "local", urls: server.url, requestsPer5s: 1_000_000, timing: { recvWindow: 500, settle: 200 } },
      trade,
    };
  }

  /** Hands the session to a process. Resolves when it is ready, or dead. */
  async function hand(child: ChildProcess, exited: Promise<void>): Promise<void> {
    const told = once(child, "message").then(
      ([message]) => message as { readonly kind: string; readonly error?: { readonly message: string } },
    );
    child.send({ spec: spec(), token: randomBytes(32).toString("hex") }, () => {});
    const answer = await Promise.race([told, exited]);
    if (answer?.kind === "refused") throw new Error(`refused: ${answer.error?.message}`);
    if (answer !== undefined) begun = true;
  }

  function take(): { readonly child: ChildProcess; readonly exited: Promise<void> } {
    const child = spare;
    spare = idle();
    return { child, exited: once(child, "exit").then(() => {}) };
  }

  /** Lets the market move by an event, and the session take it in, unless it has died. */
  async function step(session: SessionHandle, died: Promise<void>, ms: number): Promise<void> {
    let off = (): void => {};
    const heard = new Promise<void>((resolve) => {
      off = session.on("status", () => resolve());
    });
    server.next({ count: stride, fills: true });
    // Not every event is a candle the session tells of.
    await Promise.race([heard, died, pause(STEP_MS)]);
    off();
    if (ms > 0) await pause(ms);
  }

  return {
    server,
    statePath,
    async round(point, random, ready) {
      let dead = false;
      let reached = false;
      const { child, exited } = take();
      let stop: FSWatcher | undefined;
      let count = 0;
      const kill = (): void => {
        if (dead) return;
        dead = true;
        reached = true;
        process.kill(child.pid!, "SIGKILL");
      };
      const nth = "nth" in point ? point.nth : 0;
      const starting = point.kind === "start";
      if (point.kind === "dropped") server.fault({ kind: "drop", at: "rest", match: `/v5/order/${point.what}`, after: nth - 1 });
      hear = ({ phase, method, path }) => {
        const act = /^\/v5\/order\/(create|amend|cancel)$/.exec(path)?.[1];
        if (starting) {
          if (phase === "arrived" && ++count === nth) kill();
        } else if (point.kind === "arrived" || point.kind === "done") {
          if (
            phase === point.kind &&
            method === "POST" &&
            (act === point.what || (act !== undefined && point.what === "any")) &&
            ++count === nth
          )
            kill();
        } else if (point.kind === "dropped" && phase === "arrived" && act === point.what && ++count === nth) kill();
      };
      const deaf = account.subscribe((event) => {
        if (point.kind === "fill" && event.type === "execution" && ++count === nth) kill();
      });
      try {
        await hand(child, exited);
        if (!dead) {
          // It may be killed while it is reached.
          const session = await attachSession(RUN).catch((error: unknown) => {
            if (dead) return undefined;
            throw error;
          });
          if (session !== undefined) {
            // It may be killed before it trades.
            const settled = await session.ready({ timeoutMs: PATIENCE_MS }).then(
              () => true,
              (error: unknown) => {
                if (dead) return false;
                throw error;
              },
            );
            if (settled && !dead) await ready?.();
            if (point.kind === "journal" && settled)
              stop = watch(options.folder, (_event, file) => {
                if (file === "state.db-wal" && ++count >= nth) kill();
              });
            if (point.kind === "time") void pause(point.ms).then(kill);
            for (let i = 0; i < EVENTS && !dead; i++) await step(session, exited, random() * 4);
          }
        }
        if (!dead) {
          kill();
          reached = false;
        }
        await exited;
      } finally {
        stop?.close();
        deaf();
        hear = () => {};
        server.clearFaults();
      }
      // The market does not wait for it.
      server.next({ count: (1 + Math.floor(random() * 4)) * stride, fills: true });
      return reached;
    },
    async begin() {
      const { child, exited } = take();
      await hand(child, exited);
      const session = await attachSession(RUN);
      return { session, exited };
    },
    async finish(session, events) {
      await session.ready({ timeoutMs: PATIENCE_MS });
      // It has had something to lose, however slow the machine is.
      for (let i = 0; i < events || account.executions.length === 0; i++) await step(session, new Promise(() => {}), 0);
      let over = false;
      const stopped = session.stop({ closePositions: true }).finally(() => {
        over = true;
      });
      const ended = stopped.then(() => {});
      while (!over) {
        await step(session, ended, 0);
        // The market does not run away from a process that is slow.
        await session.status();
      }
      await stopped;
    },
    async close() {
      process.kill(spare.pid!, "SIGKILL");
      await server.close();
    },
  };
}
