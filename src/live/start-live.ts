import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { AnyStrategy, BacktestOptions } from "../backtest/index.js";
import {
  CandleSeries,
  Decimal,
  type InstrumentInput,
  type InstrumentKind,
  type Interval,
  isLoopback,
  notebookHost,
} from "../core/index.js";
import { LabError } from "../errors/index.js";
import { writeCellModule } from "../handoff/index.js";
import { DEFAULT_STATE_PATH, openState, type SessionRecord, type SessionWarning } from "../state/index.js";
import { resolveStrategy } from "../strategies/index.js";
import { type MarketInput, readMarkets } from "./config/markets.js";
import { SessionHandle } from "./handle.js";
import { logPathOf, refuseHeld } from "./held.js";
import { marketHash } from "./market-hash.js";
import type { SessionOptions, SessionStrategy, SessionVenue } from "./options.js";
import { planSession, type SessionPlan, settingSource } from "./plan.js";
import { columnsOf, plainRecord, riskLimits, sizerText } from "./portable.js";
import { spawnSession } from "./process/spawn.js";
import { recordingFolder } from "./record/session-recording.js";
import { sessionId } from "./session-id.js";
import { type ExchangeSettings, shareSettings } from "./simulation.js";
import { type SessionSpec, type StrategySource, strategyOfModule } from "./spec.js";
import { symbolsOf } from "./symbols.js";
import { checkTrade, type TradeOptions } from "./trade-options.js";

/** A real venue, described: what `bybit()` returns. */
export interface RealVenue {
  readonly kind: "bybit";
  readonly name: string;
  /** `local` is a server of the user's own, such as a paper exchange that is served on this machine. */
  readonly env: string;
  readonly profile?: string | undefined;
  readonly urls?: { readonly rest: string };
  readonly category?: string;
}

/** What is confirmed before orders leave for a real venue: the venue's name, its environment and the limits that hold. */
export interface Confirmation {
  readonly venue: string;
  readonly env: string;
  /** As given in `risk`, both at least. */
  readonly maxOrderQuantity: string;
  readonly maxPositionQuantity: string;
}

/** Options of a session on a venue: those of {@link startSession} with a venue of any kind. */
export interface LiveOptions<S extends SessionStrategy = SessionStrategy> extends Omit<SessionOptions<S>, "venue" | "clock" | "thread"> {
  readonly venue: RealVenue | NonNullable<SessionOptions["venue"]>;
  readonly trade?: TradeOptions;
  /**
   * TOML file of instruments in Tesser's shape: those of the paper exchange, and what a real venue's must be. A symbol that is traded and does not stand there is
   * refused.
   */
  readonly marketsFile?: string;
  /** Record what the session sees and does: `true` in a folder beside the state file, or the folder. */
  readonly record?: boolean | string;
  /** Needed on a real venue, so that running a whole notebook again never trades by itself. */
  readonly confirm?: Confirmation;
  /** Trade a file that records no test on a real venue. */
  readonly allowUnproven?: boolean;
}

/** Whether orders at a venue may cost somebody's money: neither those at the paper exchange do, nor those at a server on this machine. */
function isReal(venue: LiveOptions["venue"]): boolean {
  return venue.kind === "bybit" && !(venue.env === "local" && venue.urls !== undefined && isLoopback(venue.urls.rest));
}

/** @throws LabError `CONFIRM_MISSING` saying what to confirm, `CONFIRM_WRONG` for a confirmation of something else. */
function checkConfirmation({ venue, confirm, risk }: LiveOptions): void {
  if (venue.kind !== "bybit" || !isReal(venue)) return;
  const limits = risk === undefined ? {} : riskLimits(risk);
  const { maxOrderQuantity, maxPositionQuantity } = limits as { readonly maxOrderQuantity?: string; readonly maxPositionQuantity?: string };
  if (maxOrderQuantity === undefined || maxPositionQuantity === undefined)
    throw new LabError(
      "CONFIRM_LIMITS",
      `A session on ${venue.name} needs limits: risk: { maxOrderQuantity: "…", maxPositionQuantity: "…" }.`,
    );
  const wanted = { venue: venue.name, env: venue.env, maxOrderQuantity, maxPositionQuantity };
  const text = `confirm: ${JSON.stringify(wanted)}`;
  if (confirm === undefined)
    throw new LabError("CONFIRM_MISSING", `This would send orders to ${venue.name} (${venue.env}). If that is meant, say so: ${text}.`, {
      details: { confirm: wanted },
    });
  const plain = (value: unknown): string => (/^[\d.]+$/.test(String(value)) ? new Decimal(String(value)).toFixed() : String(value));
  for (const [key, value] of Object.entries(wanted))
    if (plain(confirm[key as keyof Confirmation]) !== plain(value))
      throw new LabError(
        "CONFIRM_WRONG",
        `confirm says ${key} ${String(confirm[key as keyof Confirmation])}, but it is ${value}: ${text}.`,
        {
          details: { key, expected: value },
        },
      );
}

/** What a session on a venue holds for itself alone: an account's symbols. Every server on this machine has accounts of its own. */
function holdsOf(venue: LiveOptions["venue"], symbols: readonly string[]): readonly string[] {
  if (venue.kind !== "bybit") return [];
  const at = isReal(venue) ? [venue.name] : [venue.name, venue.urls?.rest];
  const account = [...at, venue.profile ?? "default"].join("/");
  return symbols.map((symbol) => `${account}/${symbol}`);
}

/**
 * The session of a state file that goes on: the newest, if it traded the same strategy on the same venue and has not been closed for good. One on a recorded market
 * (`market` is its hash) goes on only after it went away without a word, and only on the very market it left.
 */
function resumable(path: string, venue: string, strategy: string, market?: string): string | undefined {
  try {
    const view = openState(path);
    try {
      if (view.format !== "tesserlab") return undefined;
      const newest = view.sessions()[0];
      const same = newest !== undefined && newest.venue === venue && newest.strategy === strategy && newest.status !== "running";
      const goesOn = same && (market === undefined || (newest.status === "interrupted" && marketOf(newest) === market));
      return goesOn && view.session(newest.id).journal({ kind: "history", limit: 1 }).length > 0 ? newest.id : undefined;
    } finally {
      view.close();
    }
  } catch {
    // What is wrong with the file is said when it is opened to write.
    return undefined;
  }
}

function marketOf({ settings }: SessionRecord): unknown {
  return (settings.trade as { readonly market?: unknown } | undefined)?.market;
}

/** Says that a paper session which went away is not gone on with, and why. */
function leftBehind(path: string, market: string): readonly SessionWarning[] {
  const newest = existsSync(path) ? newestOf(path) : undefined;
  if (newest?.status !== "interrupted" || newest.venue !== "paper") return [];
  const why = marketOf(newest) === market ? "another strategy" : "another recording, or another exchange";
  const message = `Session ${newest.id} of ${path} was interrupted on ${why}: this is a new one. The old one stays in the file.`;
  return [{ code: "SESSION_NOT_RESUMED", message }];
}

function newestOf(path: string): SessionRecord | undefined {
  try {
    const view = openState(path);
    try {
      return view.format === "tesserlab" ? view.sessions()[0] : undefined;
    } finally {
      view.close();
    }
  } catch {
    // What is wrong with the file is said when it is opened to write.
    return undefined;
  }
}

/**
 * Starts a session on a venue, real or paper, in a process of its own: it reconciles first, trades what comes, takes an operator's commands, and goes on with the
 * session of its state file after a crash.
 * @throws LabError `CONFIRM_MISSING`, `CONFIRM_WRONG`, `CONFIRM_LIMITS`, `SESSION_HELD`, `LOG_HELD`, `LOG_UNUSABLE`, `SYMBOL_MISSING`, `SYMBOL_MISMATCH`, `OPTION_UNKNOWN`, and what {@link startSession} throws.
 */
export async function startLive(options: LiveOptions): Promise<SessionHandle> {
  const { venue, trade = {}, confirm, allowUnproven, record = false, marketsFile, ...session } = options;
  if (typeof record !== "boolean" && (typeof record !== "string" || record.trim() === ""))
    throw new LabError("OPTION_INVALID", `record is true, or the folder to record in, got ${JSON.stringify(record)}.`);
  checkTrade(trade);
  const feed = venue.kind === "paper" ? venue.feed : undefined;
  if (venue.kind === "paper" && feed === undefined)
    throw new LabError("SESSION_NO_FEED", "A paper session needs a market to trade on: venue: paper({ feed: replay(series) }).");
  const planned = await planSession(session, feed?.data ?? [], isReal(venue) ? "live" : "paper", allowUnproven);
  const recorded = feed === undefined ? undefined : [...new Set(feed.data.map((one) => one.symbol))];
  const symbols = symbolsOf(options.trade?.symbols, planned.run, recorded);
  const markets = marketsFile === undefined ? undefined : marketsOf(options, planned, symbols);
  const { plan, venue: traded } = onVenue(options, markets === undefined ? planned : specified(planned, markets, venue.kind === "paper"));
  checkConfirmation({ ...options, ...(plan.run.risk === undefined ? {} : { risk: plan.run.risk }) });
  const { data: _, strategy, params, sizer, risk, interval, ...settings } = plan.run as BacktestOptions & { interval?: Interval };
  const holds = holdsOf(venue, symbols);
  const statePath = resolve(options.statePath ?? DEFAULT_STATE_PATH);
  refuseHeld(statePath, holds);
  const source = plan.source ?? (await cellSource(strategy as AnyStrategy, dirname(statePath)));
  const venueName = venue.kind === "paper" ? "paper" : venue.name;
  const name = typeof strategy === "string" ? strategy : strategy.name;
  const columns = (feed?.data ?? []).map(columnsOf);
  const market = venue.kind === "paper" ? marketHash(columns, (traded as SessionVenue).options as ExchangeSettings) : undefined;
  const goesOn = trade.fresh === true ? undefined : resumable(statePath, venueName, name, market);
  const left = market === undefined || goesOn !== undefined || trade.fresh === true ? [] : leftBehind(statePath, market);
  const unread = withoutBooks(trade, strategy as string | AnyStrategy, record !== false);
  const warnings: readonly SessionWarning[] = [...plan.warnings, ...left, ...unread];
  const { symbols: _symbols, fresh: _fresh, interval: asked, ...told } = trade;
  const id = goesOn ?? sessionId();
  const log = trade.logPath === undefined ? {} : { logPath: logPathOf(trade.logPath, id) };
  const spec: SessionSpec = {
    id,
    statePath,
    venue: venueName,
    strategy: source,
    params: plainRecord(params ?? {}, "params"),
    settings: {
      ...plainRecord(settings, "settings"),
      ...(sizer === undefined ? {} : { sizer: sizerText(sizer) }),
      ...(risk === undefined ? {} : { risk: riskLimits(risk) }),
    },
    data: columns,
    speed: feed?.speed ?? 1,
    warnings,
    holds,
    venueSpec: JSON.parse(JSON.stringify({ ...traded, feed: undefined })) as Record<string, unknown>,
    trade: {
      history: 512,
      candles: "venue",
      reconcileSecs: 60,
      reconcileThreshold: "0.001",
      maxDrawdown: "0",
      confirmRestored: false,
      alerting: {},
      ...told,
      ...log,
      ...(record === false ? {} : { record: recordingFolder(record, statePath) }),
      ...(markets === undefined ? {} : { markets }),
      symbols,
      interval: intervalOf(asked ?? interval, plan.interval, feed?.data.find((one) => one instanceof CandleSeries)?.interval),
      real: isReal(venue),
      ...(market === undefined ? {} : { market }),
      resume: goesOn !== undefined,
    },
  };
  const known = feed === undefined ? {} : { backtest: plan.run };
  const handle = new SessionHandle({
    id: spec.id,
    strategy: name,
    venue: venueName,
    statePath,
    warnings,
    link: await spawnSession(spec),
    ...log,
    ...known,
  });
  if (isReal(venue)) blockTypeErrors();
  return handle;
}

/** The instruments of a session as its markets file specifies them. @throws LabError as {@link readMarkets} and {@link Markets.of}; `OPTION_INVALID`. */
function marketsOf(
  { marketsFile, instrument, venue }: LiveOptions,
  { run }: SessionPlan,
  symbols: readonly string[],
): readonly MarketInput[] {
  if (instrument !== undefined)
    throw new LabError("OPTION_INVALID", "marketsFile and instrument both specify what is traded: give one of the two.");
  if (typeof marketsFile !== "string" || marketsFile.trim() === "")
    throw new LabError("OPTION_INVALID", `marketsFile is the path of a TOML file, got ${JSON.stringify(marketsFile)}.`);
  const ofVenue = venue.kind === "bybit" ? venue.category : ((venue.options ?? {}) as ExchangeSettings).category;
  return readMarkets(marketsFile).of(symbols, (run.category ?? ofVenue) as InstrumentKind | undefined);
}

/** A plan whose paper exchange lists these instruments; at a real venue they are held against its own when it is open. */
function specified(plan: SessionPlan, markets: readonly MarketInput[], onPaper: boolean): SessionPlan {
  if (!onPaper) return plan;
  return { ...plan, run: { ...plan.run, category: markets[0]!.kind!, instrument: markets as readonly InstrumentInput[] } };
}

/** @throws LabError `OPTION_INVALID` for a depth that is no number of levels. */
function withoutBooks({ bookDepth }: TradeOptions, strategy: string | AnyStrategy, recorded: boolean): readonly SessionWarning[] {
  if (bookDepth === undefined) return [];
  if (!Number.isInteger(bookDepth) || bookDepth < 1)
    throw new LabError("OPTION_INVALID", `bookDepth is a whole number of levels of at least 1, got ${String(bookDepth)}.`);
  const { name, feeds } = resolveStrategy(strategy);
  if (recorded || feeds.includes("book")) return [];
  return [{ code: "BOOK_DEPTH_UNUSED", message: `${name} is not fed with order books: how deep they are makes no difference to it.` }];
}

/** The plan and the venue with the settings that hold for both. @throws LabError `VENUE_SETTINGS_DIFFER`. */
function onVenue(options: LiveOptions, plan: SessionPlan): { readonly plan: SessionPlan; readonly venue: LiveOptions["venue"] } {
  const { venue } = options;
  if (venue.kind !== "paper") {
    const { category } = plan.run;
    if (category !== undefined && venue.category !== undefined && category !== venue.category)
      throw new LabError(
        "VENUE_SETTINGS_DIFFER",
        `category is ${category} in ${settingSource(options)("category")}, but ${venue.name} is opened for ${venue.category}: bybit({ category: "${category}" }).`,
        { details: { setting: "category", session: category, venue: venue.category } },
      );
    return { plan, venue };
  }
  const { run, options: told } = shareSettings(plan.run, (venue.options ?? {}) as ExchangeSettings, settingSource(options));
  return { plan: { ...plan, run }, venue: { kind: venue.kind, feed: venue.feed, options: told } };
}

/**
 * A strategy of a cell, for the session's own process: its cell is written beside the state file as a module.
 * @throws LabError `STRATEGY_NOT_PORTABLE` naming the variable of another cell that it uses, `NOT_PORTABLE` for a definition that is in no cell.
 */
async function cellSource(strategy: AnyStrategy, folder: string): Promise<StrategySource> {
  const path = await writeCellModule(strategy, folder);
  if (path === undefined)
    throw new LabError(
      "NOT_PORTABLE",
      `A session on a venue runs in a process of its own, which does not reach ${strategy.name}: it is defined in this program. Put it into a file that exports it, and give strategy: { module: "strategies/x.ts" }; in Tesserlab's kernel a cell of its own will do.`,
      { details: { strategy: strategy.name } },
    );
  const module = await strategyOfModule(path, strategy.name);
  return { module: module.path, sha256: module.sha256, name: module.strategy.name };
}

/**
 * The length of the candles a session trades on. One that a strategy was not tested with is refused: its periods would mean something else.
 * @throws LabError `INTERVAL_MISMATCH`.
 */
function intervalOf(asked: Interval | undefined, ofFile: Interval | undefined, ofFeed: Interval | undefined): Interval {
  if (asked !== undefined && ofFile !== undefined && asked !== ofFile)
    throw new LabError("INTERVAL_MISMATCH", `The strategy file is made for ${ofFile} candles, trade.interval is ${asked}.`, {
      details: { expected: ofFile, found: asked },
    });
  return asked ?? ofFile ?? ofFeed ?? "1m";
}

/** With real orders about, a cell with a type error must not run. */
function blockTypeErrors(): void {
  const host = notebookHost<{ typeMode: string }>();
  if (host !== undefined) host.typeMode = "block";
}
