import { resolve } from "node:path";
import { PreparedBacktest } from "../backtest/index.js";
import { marketOf } from "../data/index.js";
import { LabError } from "../errors/index.js";
import { DEFAULT_STATE_PATH, type SessionWarning } from "../state/index.js";
import { wallClock } from "./clock.js";
import { SessionHandle } from "./handle.js";
import { LocalLink } from "./local-link.js";
import type { SessionLink } from "./messages.js";
import { checkOptions, feedOf, type SessionOptions } from "./options.js";
import { planSession, type SessionPlan, settingSource } from "./plan.js";
import { columnsOf, plainRecord, riskLimits, sizerText } from "./portable.js";
import { spawnSession } from "./process/spawn.js";
import { sessionId } from "./session-id.js";
import { assertReplayable, type ExchangeSettings, shareSettings } from "./simulation.js";
import type { SessionSpec } from "./spec.js";
import { WorkerLink } from "./worker-link.js";

/** A plan in a form another thread can be sent. @throws LabError `NOT_PORTABLE` for what only lives in this thread. */
function portable(plan: SessionPlan, prepared: PreparedBacktest): Pick<SessionSpec, "strategy" | "settings" | "params" | "data"> {
  const { data, strategy, params, sizer, risk, ...settings } = plan.run;
  if (plan.source === undefined)
    throw new LabError("NOT_PORTABLE", `The strategy ${prepared.strategy.name} is defined in this program and not in a module of its own.`);
  return {
    strategy: plan.source,
    params: plainRecord(prepared.parse(params), "params"),
    settings: {
      ...plainRecord(settings, "settings"),
      ...(sizer === undefined ? {} : { sizer: sizerText(sizer) }),
      ...(risk === undefined ? {} : { risk: riskLimits(risk) }),
    },
    data: marketOf(data).map(columnsOf),
  };
}

/** The plan with what its paper venue was described with. @throws LabError `VENUE_SETTINGS_DIFFER`, `VENUE_UNSUPPORTED`. */
function replayed(options: SessionOptions, plan: SessionPlan): SessionPlan {
  const exchange = (options.venue?.options ?? {}) as ExchangeSettings;
  assertReplayable(exchange);
  return { ...plan, run: shareSettings(plan.run, exchange, settingSource(options)).run };
}

/** The same as a value: what can be sent, or why it cannot. */
function tryPortable(plan: SessionPlan, prepared: PreparedBacktest): ReturnType<typeof portable> | LabError {
  try {
    return portable(plan, prepared);
  } catch (error) {
    if (error instanceof LabError && error.code === "NOT_PORTABLE") return error;
    throw error;
  }
}

/**
 * Starts a session on the paper exchange and returns its handle. It runs in a process of its own, through the engine and the matching a backtest uses, is kept in
 * an SQLite file, and goes on when this program ends. A strategy, sizer or check that lives only in a cell keeps it on the caller's thread; a warning says so.
 * @example const session = await startSession({ strategy: "SmaCross", venue: paper({ feed: replay(btc) }) }); await session.done
 * @throws LabError for options that are misspelt, of the wrong type or out of range, `SESSION_NO_FEED`, `STATE_LOCKED`, `STRATEGY_EDITED` for a strategy file that
 *   is not what was tested, `NOT_PORTABLE` where another thread or process is insisted on.
 */
export async function startSession(options: SessionOptions): Promise<SessionHandle> {
  checkOptions(options);
  const feed = feedOf(options);
  const plan = replayed(options, await planSession(options, feed.data));
  // Made here as well as on the session's thread, so that whatever is wrong is said before one is started.
  const { params, ...run } = plan.run;
  const prepared = new PreparedBacktest(run);
  const checked = prepared.parse(params);
  const common = { id: sessionId(), statePath: resolve(options.statePath ?? DEFAULT_STATE_PATH), venue: "paper", speed: feed.speed };
  const handle = (link: SessionLink, own: readonly SessionWarning[]): SessionHandle =>
    new SessionHandle({ ...common, strategy: prepared.strategy.name, warnings: [...own, ...prepared.warnings], link, backtest: plan.run });

  const sent = options.thread === "caller" ? undefined : tryPortable(plan, prepared);
  if (sent instanceof LabError && options.thread !== undefined) throw sent;
  if (sent !== undefined && !(sent instanceof LabError)) {
    const spec: SessionSpec = { ...common, ...sent, warnings: plan.warnings };
    return handle(await (options.thread === "worker" ? WorkerLink.open(spec) : spawnSession(spec)), plan.warnings);
  }
  const stays = sent === undefined ? [] : [staysHere(sent)];
  const warnings = [...plan.warnings, ...stays];
  return handle(new LocalLink({ ...common, prepared, params: checked, warnings, clock: options.clock ?? wallClock }), warnings);
}

function staysHere(reason: LabError): SessionWarning {
  return {
    code: "RUNS_IN_THIS_THREAD",
    message: `${reason.message} The session runs on this thread, in slices of a few milliseconds, and waits while a cell computes.`,
  };
}
