import { timeText } from "../core/index.js";
import { openState, type SessionRecord } from "../state/index.js";
import { SessionHandle } from "./handle.js";
import { ProcessLink } from "./process/link.js";
import { findSession, type RunningSession, runningSessions } from "./process/registry.js";

/** A running session as `live.list()` shows it. */
export interface ListedSession {
  readonly id: string;
  readonly strategy: string;
  readonly venue: string;
  readonly statePath: string;
  readonly pid: number;
  /** When it was started, UTC. */
  readonly started: string;
  readonly bars: number | undefined;
  readonly equity: string | undefined;
  readonly metrics: string | undefined;
  readonly log: string | undefined;
}

/** The sessions of this user that run in processes of their own, the newest first, with how far each has come. */
export function listSessions(): readonly ListedSession[] {
  return runningSessions().map((session) => {
    const record = recordOf(session);
    return {
      id: session.id,
      strategy: session.strategy,
      venue: session.venue,
      statePath: session.statePath,
      pid: session.pid,
      started: timeText(session.started),
      bars: record?.bars,
      equity: record?.equity.toFixed(),
      metrics: session.metrics,
      log: session.log,
    };
  });
}

function recordOf({ statePath, id }: RunningSession): SessionRecord | undefined {
  try {
    const view = openState(statePath);
    try {
      return view.sessions().find((record) => record.id === id);
    } finally {
      view.close();
    }
  } catch {
    // A list must not fail of one session's file.
    return undefined;
  }
}

/**
 * A handle of a session that is running, wherever it was started.
 * @example const session = await live.attach(live.list()[0].id)
 * @throws LabError `SESSION_UNKNOWN` with the nearest id, `SESSION_UNREACHABLE`.
 */
export async function attachSession(id: string): Promise<SessionHandle> {
  const session = findSession(id);
  const link = await ProcessLink.open(session);
  const { warnings = [] } = recordOf(session) ?? {};
  const { strategy, venue, statePath, log } = session;
  return new SessionHandle({ id, strategy, venue, statePath, warnings, link, ...(log === undefined ? {} : { logPath: log }) });
}
