import { type BacktestOptions, PreparedBacktest } from "../../backtest/index.js";
import { CandleBuffer, type CandleSeries, Decimal, type EpochMs, type Instrument, scaleInstrument } from "../../core/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import { type JournalEntry, type Json, openState, type SessionStart, StateWriter } from "../../state/index.js";
import type { StrategyDefinition } from "../../strategies/index.js";
import { assertMarkets } from "../config/markets.js";
import { plainRecord } from "../portable.js";
import { bookDepthOf } from "./book-depth.js";
import type { StoredLine } from "./journal-events.js";
import type { LiveSessionParts } from "./session-parts.js";

/** A session made ready: strategy, instruments and history, and what its state file holds of it. */
export interface PreparedSession {
  readonly strategy: StrategyDefinition;
  readonly backtest: PreparedBacktest;
  readonly params: Readonly<Record<string, unknown>>;
  /** Levels of a side of an order book to subscribe to; the venue's usual where undefined. */
  readonly bookDepth: number | undefined;
  readonly buffers: readonly CandleBuffer[];
  readonly writer: StateWriter;
  /** Events of the journal, for a session that goes on. */
  readonly lines: readonly StoredLine[];
  /** Time from which the venue's executions are of this session. */
  readonly since: EpochMs;
  readonly points: number;
  /** Time of the newest point of its equity. */
  readonly marked: EpochMs;
  readonly bars: number;
  readonly length: number | undefined;
  /** Why the drawdown switch is on, and since when, where an earlier session has tripped it. */
  readonly tripped: { readonly reason: string; readonly time: EpochMs } | undefined;
  readonly peak: Decimal | undefined;
  readonly restored: boolean;
  /** An operator has let the strategy only leave. */
  readonly disabled: boolean;
  /** What an operator has accepted to differ from the venue, as `Reconciliation.keys` names it. */
  readonly confirmed: readonly string[];
}

const BEFORE_ALL: EpochMs = Number.NEGATIVE_INFINITY;

/** What a state file holds of a session that goes on. */
interface Stored {
  readonly history: readonly StoredHistory[];
  readonly lines: readonly StoredLine[];
  readonly cash: string;
  readonly since: EpochMs;
  readonly points: number;
  /** Time of the newest point of its equity. */
  readonly marked: EpochMs;
  readonly bars: number;
}

/** The candles a strategy saw before its session, as the journal keeps them. */
interface StoredHistory {
  readonly symbol: string;
  readonly priceDp: number;
  readonly volumeDp: number;
  readonly columns: readonly (readonly number[])[];
}

/** Reads a session's journal. @throws LabError `SESSION_UNKNOWN`, `STATE_JOURNAL` for one without what it needs to go on. */
function readStored(path: string, id: string): Stored {
  const opened = openState(path);
  try {
    if (opened.format !== "tesserlab")
      throw new LabError("STATE_FOREIGN", `${path} is a Tesser state file; a session cannot go on from it.`);
    const view = opened.session(id);
    const begun = view.journal({ kind: "history", limit: 1 })[0];
    if (begun === undefined)
      throw new LabError("STATE_JOURNAL", `Session ${id} of ${path} keeps no history to go on from: it was a replay of recorded candles.`, {
        details: { path, session: id },
      });
    const { history, since } = begun.payload as unknown as { readonly history: readonly StoredHistory[]; readonly since: EpochMs };
    const lines = view.journal({ kind: "event" }).map((entry: JournalEntry) => entry.payload as unknown as StoredLine);
    const { initialCash, bars } = view.record;
    const { time } = view.equity;
    return { history, since, lines, cash: initialCash.toFixed(), points: time.length, marked: time.at(-1) ?? BEFORE_ALL, bars };
  } finally {
    opened.close();
  }
}

function bufferOf(history: StoredHistory, interval: CandleSeries["interval"]): CandleBuffer {
  const { symbol, priceDp, volumeDp, columns } = history;
  const buffer = new CandleBuffer({ symbol, interval, priceDp, volumeDp, source: { name: "history of the venue", synthetic: false } });
  for (const [time, open, high, low, close, volume] of columns) buffer.appendUnits(time!, open!, high!, low!, close!, volume!);
  return buffer;
}

function storedOf(buffer: CandleBuffer): StoredHistory {
  const { symbol, priceDp, volumeDp, time, open, high, low, close, volume } = buffer;
  const columns = Array.from({ length: buffer.length }, (_, i) => [time[i]!, open[i]!, high[i]!, low[i]!, close[i]!, volume[i]!]);
  return { symbol, priceDp, volumeDp, columns };
}

/** Instruments of a session from its venue's list. @throws LabError `SYMBOL_UNKNOWN` with the nearest symbol. */
function instrumentsOf(all: readonly Instrument[], symbols: readonly string[]): readonly Instrument[] {
  return symbols.map((symbol) => {
    const found = all.find((one) => one.symbol === symbol);
    if (found === undefined)
      throw unknownName(
        "SYMBOL_UNKNOWN",
        "symbol of the venue",
        symbol,
        all.map((one) => one.symbol),
      );
    return found;
  });
}

/** Opens state, fetches history and makes the engine's parts. @throws LabError what those throw. */
export async function prepareSession(parts: LiveSessionParts): Promise<PreparedSession> {
  const { id, statePath, trade, connected, settings, strategy } = parts;
  const { market, venue } = connected;
  const instruments = instrumentsOf(await market.instruments(), trade.symbols);
  assertMarkets(trade.markets ?? [], instruments, venue.name);
  const stored = trade.resume ? readStored(statePath, id) : undefined;
  const now = parts.clock.now();
  const buffers =
    stored === undefined ? await fetchHistory(parts, instruments, now) : stored.history.map((one) => bufferOf(one, trade.interval));
  const cash = stored?.cash ?? trade.cash ?? (await cashOf(parts, instruments[0]!));
  const backtest = new PreparedBacktest({
    ...(settings as Partial<BacktestOptions>),
    data: buffers,
    strategy,
    cash,
    category: instruments[0]!.kind,
    instrument: instruments.map(
      ({ symbol, venue: _, kind, base, quote, settlement, tickSize, lotSize, minQuantity, maxQuantity, minNotional }) => ({
        symbol,
        kind,
        base,
        quote,
        settlement,
        tickSize,
        lotSize,
        minQuantity,
        minNotional,
        ...(maxQuantity === undefined ? {} : { maxQuantity }),
      }),
    ),
  });
  const params = backtest.parse(parts.params);
  const bookDepth = bookDepthOf(trade.bookDepth, strategy, params, market);
  const start: SessionStart = {
    id,
    strategy: backtest.strategy.name,
    params: plainRecord(params, "params"),
    settings: plainRecord({ ...backtest.settings, trade: { ...trade, alerting: {} } }, "settings"),
    data: buffers.map(({ symbol, interval, length, source: { synthetic } }) => ({
      symbol,
      interval,
      name: venue.name,
      synthetic,
      bars: length,
    })),
    venue: parts.venueName,
    currency: backtest.settings.currency,
    initialCash: new Decimal(cash),
    periodsPerYear: backtest.periodsPerYear,
    warnings: [...parts.warnings, ...backtest.warnings],
  };
  const writer = new StateWriter(statePath, start, { resume: trade.resume });
  const flags = flagsOf(statePath);
  const last = Math.max(...buffers.map((buffer) => (buffer.length === 0 ? 0 : buffer.time[buffer.length - 1]! + buffer.intervalMs)));
  const since = stored?.since ?? (trade.real ? now : last);
  if (stored === undefined) writer.write({ lines: [{ kind: "history", time: since, payload: { since, history: buffers.map(storedOf) } }] });
  const peak = flags.get("peakEquity");
  return {
    strategy: backtest.strategy as unknown as StrategyDefinition,
    backtest,
    params,
    bookDepth,
    buffers,
    writer,
    lines: stored?.lines ?? [],
    since,
    points: stored?.points ?? 0,
    marked: stored?.marked ?? BEFORE_ALL,
    bars: stored?.bars ?? 0,
    length: undefined,
    tripped: flags.get("liquidateOnly") as PreparedSession["tripped"],
    peak: peak === undefined || stored === undefined ? undefined : new Decimal(peak as string),
    restored: flags.has("restored"),
    disabled: flags.has("disabled"),
    confirmed: (flags.get("confirmed") ?? []) as readonly string[],
  };
}

function flagsOf(path: string): ReadonlyMap<string, Json> {
  const view = openState(path);
  try {
    return view.format === "tesserlab" ? view.flags() : new Map();
  } finally {
    view.close();
  }
}

async function fetchHistory(
  { trade, connected }: LiveSessionParts,
  instruments: readonly Instrument[],
  now: EpochMs,
): Promise<CandleBuffer[]> {
  return Promise.all(
    trade.symbols.map(async (symbol, slot) => {
      const { interval, history, real } = trade;
      const empty = new CandleBuffer({ symbol, interval, priceDp: 0, volumeDp: 0 });
      const from = real ? now - (history + 1) * empty.intervalMs : 0;
      const all = await connected.market.candles({ symbol, interval, from, to: real ? now : Number.MAX_SAFE_INTEGER });
      const series = all.slice(Math.max(0, all.length - history), all.length);
      const instrument = instruments[slot]!;
      const { priceDp, quantityDp } = scaleInstrument(instrument, series.priceDp);
      const volumeDp = Math.max(series.volumeDp, quantityDp);
      const source = { name: `${connected.venue.name} ${symbol}`, synthetic: series.source.synthetic };
      if (series.length === 0) return new CandleBuffer({ symbol, interval, priceDp, volumeDp, source });
      const scaled = series.withPriceDp(priceDp);
      const buffer = new CandleBuffer({ symbol, interval, priceDp, volumeDp, source });
      const scale = 10 ** (volumeDp - series.volumeDp);
      for (let i = 0; i < scaled.length; i++)
        buffer.appendUnits(scaled.time[i]!, scaled.open[i]!, scaled.high[i]!, scaled.low[i]!, scaled.close[i]!, scaled.volume[i]! * scale);
      return buffer;
    }),
  );
}

/** The account's money in the settlement currency. @throws LabError `CASH_MISSING`. */
async function cashOf({ connected }: LiveSessionParts, { settlement, symbol }: Instrument): Promise<string> {
  const total = (await connected.venue.balances()).find((balance) => balance.currency === settlement)?.total;
  if (total === undefined || total.lte(0))
    throw new LabError("CASH_MISSING", `The account at ${connected.venue.name} holds no ${settlement}, in which ${symbol} settles.`, {
      details: { currency: settlement },
    });
  return total.toFixed();
}
