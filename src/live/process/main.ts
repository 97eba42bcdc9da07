import { setTimeout as pause } from "node:timers/promises";
import { wallClock } from "../clock.js";
import { asLabError, toWire } from "../failure.js";
import { answer } from "../local-link.js";
import type { SessionMessage, SessionService } from "../messages.js";
import { SessionRunner } from "../session-runner.js";
import { findStrategy, prepareSpec, type SessionSpec } from "../spec.js";
import type { ConnectedVenue, RecordedMarket, TradeSpec } from "../trader/contracts.js";
import { LiveSession } from "../trader/live-session.js";
import { VenueStores } from "../trader/venue-stores.js";
import { enterSession, leaveSession, type RunningSession } from "./registry.js";
import { SessionServer } from "./server.js";
import type { FromSession, ToSession } from "./spawn.js";

/** A starter that never says run has died before it could: the session runs all the same. */
const SELF_START_MS = 10_000;

/** A replay as a service. */
async function openReplay(spec: SessionSpec, tell: (message: SessionMessage) => void): Promise<SessionService> {
  const prepared = await prepareSpec(spec);
  const { id, statePath, venue, speed, warnings } = spec;
  const params = prepared.parse(spec.params);
  const runner = new SessionRunner({ id, statePath, venue, prepared, params, speed, warnings, clock: wallClock }, tell);
  return { answer: (request) => answer(runner, request) };
}

/** An open venue, and how its recorded market is played, for one. */
export interface OpenedVenue {
  readonly connected: ConnectedVenue;
  readonly play?: (settled: () => Promise<void>) => Promise<void>;
  /** How the recorded market is brought to where a session left it. */
  readonly recorded?: RecordedMarket;
}

/** Opens the venue of a session: which there are is for the program to say. A connector keeps its intents and executions in the stores. */
export type OpenVenue = (spec: SessionSpec, stores: VenueStores) => Promise<OpenedVenue>;

/** A session on a venue as a service. */
async function openTrading(
  spec: SessionSpec,
  trade: TradeSpec,
  openVenue: OpenVenue,
  tell: (message: SessionMessage) => void,
): Promise<LiveSession> {
  const strategy = await findStrategy(spec.strategy);
  const stores = new VenueStores(trade.resume ? spec : undefined);
  const { connected, play, recorded } = await openVenue(spec, stores);
  const { id, statePath, params, settings, warnings, venue: venueName } = spec;
  const clock = { now: () => wallClock.now(), sleep: (ms: number) => pause(ms) };
  try {
    return await LiveSession.open({
      id,
      statePath,
      venueName,
      strategy,
      params,
      settings,
      warnings,
      trade,
      connected,
      stores,
      clock,
      tell,
      ...(play === undefined ? {} : { play }),
      ...(recorded === undefined ? {} : { recorded }),
    });
  } catch (error) {
    await connected.close();
    throw error;
  }
}

/**
 * The process of a session: waits for what its starter sends, opens the session, listens on its socket and runs until the session has ended. Interrupts and hang-ups
 * are not for it: it is ended by its handles. A request to terminate stops it in order.
 */
export function runSessionProcess(openVenue: OpenVenue): void {
  process.on("SIGINT", () => {});
  process.on("SIGHUP", () => {});
  process.once("message", (message) => void open(message as ToSession, openVenue));
}

async function open({ spec, token }: ToSession, openVenue: OpenVenue): Promise<void> {
  let server: SessionServer | undefined;
  let trading: LiveSession | undefined;
  const finish = async (): Promise<void> => {
    leaveSession(spec.id);
    // Its last alerts may still be on their way.
    await trading?.closed;
    await server?.close();
    process.exit(0);
  };
  const tell = (message: SessionMessage): void => {
    server?.tell(message);
    if (message.kind === "ended") void finish();
  };
  try {
    trading = spec.trade === undefined ? undefined : await openTrading(spec, spec.trade, openVenue, tell);
    const service: SessionService = trading ?? (await openReplay(spec, tell));
    server = new SessionServer(token, service);
    const port = await server.listen();
    const session: RunningSession = {
      id: spec.id,
      pid: process.pid,
      port,
      token,
      strategy: spec.strategy.name,
      venue: spec.venue,
      statePath: spec.statePath,
      started: wallClock.now(),
      ...(trading?.metricsUrl === undefined ? {} : { metrics: trading.metricsUrl }),
      ...(spec.trade?.logPath === undefined ? {} : { log: spec.trade.logPath }),
      ...(spec.holds === undefined ? {} : { holds: spec.holds }),
    };
    enterSession(session);
    process.once("SIGTERM", () => void service.answer({ kind: "stop", closePositions: false }));
    setTimeout(() => void service.answer({ kind: "run" }), SELF_START_MS).unref();
    reply({ kind: "ready", session });
  } catch (error) {
    reply({ kind: "refused", error: toWire(asLabError(error, "SESSION_FAILED", "The session could not be started")) }, () =>
      process.exit(1),
    );
  }
}

function reply(message: FromSession, then: () => void = () => {}): void {
  // A starter that has died cannot be told; the session lives on.
  if (process.connected) process.send!(message, undefined, {}, then);
  else then();
}
