import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import type { CandleSeries } from "../../src/core/index.js";
import { LiveSession, type LiveSessionParts, type SessionMessage, type TradeSpec, type VenueStores } from "../../src/live/index.js";
import { defineStrategy, resolveStrategy, type StrategyDefinition } from "../../src/strategies/index.js";
import { connectPaper, type PaperConnection, PaperExchange, paper, replay } from "../../src/venues/paper/index.js";
import { scratch } from "../state/samples.js";

/** A recorded market whose exchange outlives the sessions that trade on it. */
export class Market {
  readonly exchange: PaperExchange;
  readonly feed;
  constructor(data: CandleSeries | readonly CandleSeries[], options: Record<string, unknown> = {}) {
    this.feed = paper({ feed: replay(data) });
    this.exchange = new PaperExchange({ data, ...options });
  }
  connect(): Promise<PaperConnection> {
    return connectPaper(this.feed, this.exchange);
  }
}

const TRADE: TradeSpec = {
  symbols: ["BTCUSDT"],
  interval: "1m",
  history: 100,
  candles: "venue",
  reconcileSecs: 3600,
  reconcileThreshold: "0.001",
  maxDrawdown: "0",
  confirmRestored: false,
  alerting: {},
  real: false,
  resume: false,
};

export interface Opened {
  readonly session: LiveSession;
  readonly connection: PaperConnection;
  readonly messages: SessionMessage[];
  readonly ended: Promise<Extract<SessionMessage, { kind: "ended" }>>;
}

/** Opens a session on a market in this process. `play` plays the market in lock-step. */
export async function openSession(
  market: Market,
  statePath: string,
  options: {
    trade?: Partial<TradeSpec>;
    strategy?: string | StrategyDefinition;
    params?: Record<string, unknown>;
    settings?: Record<string, unknown>;
    id?: string;
    play?: boolean;
    until?: () => boolean;
    clock?: LiveSessionParts["clock"];
    heard?: (message: SessionMessage) => void;
  } = {},
): Promise<Opened> {
  const connection = await market.connect();
  const opened = await openOn(connection, statePath, {
    ...options,
    clock: options.clock ?? { now: () => market.exchange.clock.now(), sleep: () => nextTurn() },
    ...(options.play === false
      ? { play: undefined }
      : {
          play: async (settled: () => Promise<void>) => {
            while (options.until?.() !== true && market.exchange.next({ fills: true }) !== undefined) await settled();
          },
        }),
  });
  return { ...opened, connection };
}

/** Opens a session on any venue that is open. `play` plays its market. */
export async function openOn(
  connected: LiveSessionParts["connected"],
  statePath: string,
  options: {
    trade?: Partial<TradeSpec>;
    strategy?: string | StrategyDefinition;
    params?: Record<string, unknown>;
    settings?: Record<string, unknown>;
    id?: string;
    play: LiveSessionParts["play"] | undefined;
    clock: LiveSessionParts["clock"];
    stores?: VenueStores;
    /** Listens to what the session tells. */
    heard?: (message: SessionMessage) => void;
  },
): Promise<Omit<Opened, "connection">> {
  const messages: SessionMessage[] = [];
  let end: (message: Extract<SessionMessage, { kind: "ended" }>) => void = () => {};
  const ended = new Promise<Extract<SessionMessage, { kind: "ended" }>>((resolve) => {
    end = resolve;
  });
  const session = await LiveSession.open({
    id: options.id ?? "abcdefghij",
    statePath,
    venueName: connected.venue.name,
    strategy: resolveStrategy(options.strategy ?? "SmaCross") as StrategyDefinition,
    params: options.params ?? {},
    settings: options.settings ?? {},
    warnings: [],
    trade: { ...TRADE, ...options.trade },
    connected,
    clock: options.clock,
    tell: (message) => {
      messages.push(message);
      if (message.kind === "ended") end(message);
      options.heard?.(message);
    },
    ...(options.play === undefined ? {} : { play: options.play }),
    ...(options.stores === undefined ? {} : { stores: options.stores }),
  });
  return { session, messages, ended };
}

/**
 * Runs a session for so many events of the market, or until it has died, and leaves it as a killed process would: only what is on disk remains, and what was sent stays sent. The market waits for
 * the session after each event, so that it dies between two of them.
 */
export async function crashed(
  data: CandleSeries | readonly CandleSeries[],
  events: number | (() => boolean),
  options: Parameters<typeof openSession>[2] = {},
  exchange: Record<string, unknown> = {},
  /** How the session hears its venue. */
  through: (connection: PaperConnection) => LiveSessionParts["connected"] = (connection) => connection,
): Promise<{ readonly market: Market; readonly path: string }> {
  const market = new Market(data, exchange);
  const folder = scratch();
  const live = join(folder, "live.db");
  const left = join(folder, "left.db");
  let seen = 0;
  let hold = (): void => {};
  const died = new Promise<void>((resolve) => {
    hold = resolve;
  });
  const connection = await market.connect();
  const { session } = await openOn(through(connection), live, {
    ...options,
    clock: { now: () => market.exchange.clock.now(), sleep: () => nextTurn() },
    play: async (settled) => {
      while ((typeof events === "number" ? seen++ < events : !events()) && market.exchange.next({ fills: true }) !== undefined)
        await settled();
      hold();
      await new Promise(() => {});
    },
  });
  void session.run();
  await died;
  void connection.close();
  const disk = new Sqlite(live, { readonly: true });
  disk.prepare("VACUUM INTO ?").run(left);
  disk.close();
  await session.stop(false);
  const lock = new Sqlite(left);
  lock.exec("DELETE FROM lock");
  lock.close();
  return { market, path: left };
}

/** Releases the market's next event, until the session has taken it in: what it made leave is on disk, has left and has been answered. */
export async function advance({ exchange }: Market, session: LiveSession): Promise<void> {
  exchange.next({ fills: true });
  await session.answer({ kind: "flush" });
  await nextTurn();
  await session.answer({ kind: "flush" });
}

/** Enters and leaves often, with a stop and a target: there are always orders on their way. */
export const Busy = defineStrategy({
  name: "Busy",
  params: {},
  create: () => {
    let seen = 0;
    return {
      onCandle(bar, desk) {
        seen++;
        if (desk.isFlat) desk.enterLong({ stopLoss: bar.exact.low.times("0.999"), takeProfit: bar.exact.high.times("1.001") });
        else if (seen % 3 === 0) desk.exitLong();
      },
    };
  },
});
