import { type BacktestOptions, PreparedBacktest } from "../backtest/index.js";
import { CandleSeries, type Decimal, type EpochMs, type EquityPoints, type Fill, type Order, timeText } from "../core/index.js";
import { Recording, unheardOf } from "../data/index.js";
import { LabError } from "../errors/index.js";
import { backtestOptions, type StrategySettings } from "../handoff/index.js";
import type { SessionRecord, SessionView } from "../state/index.js";
import { type ComparedCommand, reasonsOf, refusedText, toldTo } from "./told.js";

/** One place of two lists: what the session did there, and what the backtest did. */
export interface ComparedRow {
  readonly kind: "order" | "fill" | "equity";
  /** Place in the list, from 1. */
  readonly number: number;
  /** `undefined` where a side has no such row. */
  readonly session: string | undefined;
  readonly backtest: string | undefined;
  readonly equal: boolean;
}

/**
 * A session beside a backtest of the same strategy, parameters, settings and candles. What an operator ordered is in the session's journal; the backtest is given it, too,
 * at the close of the same candle.
 */
export class SessionComparison {
  /** Id of the session. */
  readonly session: string;
  /** Open time of the newest candle both saw. */
  readonly until: EpochMs;
  readonly orders: readonly ComparedRow[];
  readonly fills: readonly ComparedRow[];
  readonly equity: readonly ComparedRow[];
  /** Exact, at the newest close. */
  readonly finalEquity: { readonly session: Decimal; readonly backtest: Decimal };
  /** What an operator, or a switch of the session, ordered: the backtest was given it, too. */
  readonly commands: readonly ComparedCommand[];
  /** What came from outside the strategy and bears on the comparison, a sentence each: commands, and what somebody else did at the venue. */
  readonly reasons: readonly string[];
  /** Whether every order, fill, point of equity and the final equity are the same. */
  readonly equal: boolean;

  constructor(view: SessionView, options: BacktestOptions) {
    const { id, marketTime, equity } = view.record;
    if (marketTime === undefined)
      throw new LabError("SESSION_EMPTY", `Session ${id} has seen no candle yet; compare it after its first.`, {
        details: { session: id },
      });
    const fills = view.fills();
    const data = dataUntil(options, marketTime, fills.at(-1)?.time);
    const { params, ...settings } = options;
    const told = toldTo(view);
    // Of one that did not see its market's end, what is due after its newest open was not paid yet.
    const paid = view.record.status === "completed" ? settings.funding : settings.funding?.filter((one) => one.time <= marketTime);
    const run = new PreparedBacktest({ ...settings, data, ...(paid === undefined ? {} : { funding: paid }) }).run(params, {
      told: told.events,
      refused: (one, error) => told.refused.push(refusedText(one, error)),
    });
    this.commands = told.commands;
    this.reasons = reasonsOf(told);
    this.session = id;
    this.until = marketTime;
    // What the backtest decides at a close that the session has not seen is nothing to compare; what protects comes with a fill.
    const decided = run.orders.filter(({ createdAt, role }) => createdAt <= marketTime || (role !== "entry" && role !== "exit"));
    this.orders = rows("order", view.orders().map(orderLine), decided.map(orderLine));
    this.fills = rows("fill", fills.map(fillLine), run.fills.map(fillLine));
    this.equity = rows("equity", equityLines(view.equity), equityLines(heardOf(run.equity, data, marketTime)));
    this.finalEquity = { session: equity, backtest: run.finalEquity };
    this.equal = equity.eq(run.finalEquity) && this.differences.length === 0;
  }

  /** The rows that are not the same, orders first. */
  get differences(): readonly ComparedRow[] {
    return [...this.orders, ...this.fills, ...this.equity].filter((row) => !row.equal);
  }
}

// Ids are drawn anew for every session, and times of orders are the clock's: neither says what was traded.
function orderLine({ symbol, side, quantity, type, role, price, triggerPrice, filledQuantity, status }: Order): string {
  const at = [price, triggerPrice].filter((one) => one !== undefined).map((one) => one.toFixed());
  return [symbol, side, quantity.toFixed(), type, role, ...at, `${status} ${filledQuantity.toFixed()}`].join(" ");
}

function fillLine({ time, symbol, side, quantity, price, fee, role }: Fill): string {
  return `${timeText(time)} ${symbol} ${side} ${quantity.toFixed()} at ${price.toFixed()} ${role}, fee ${fee.toFixed()}`;
}

function equityLines({ time, value }: EquityPoints): string[] {
  return Array.from(time, (at, i) => `${timeText(at)} ${value[i]!}`);
}

/** The points of candles that the session acted on: of those it saw without a say, and of one that it ended in, it has none. */
function heardOf(equity: EquityPoints, data: readonly CandleSeries[], last: EpochMs): EquityPoints {
  const { time, value } = equity;
  if (time.at(-1)! <= last && data.every((series) => unheardOf(series) === undefined)) return equity;
  const heard = new Set(data.flatMap((series) => [...series.time].filter((at) => at <= last && unheardOf(series)?.has(at) !== true)));
  return { ...equity, time: time.filter((at) => heard.has(at)), value: value.filter((_, i) => heard.has(time[i]!)) };
}

function rows(kind: ComparedRow["kind"], session: readonly string[], run: readonly string[]): ComparedRow[] {
  return Array.from({ length: Math.max(session.length, run.length) }, (_, i) => ({
    kind,
    number: i + 1,
    session: session[i],
    backtest: run[i],
    equal: session[i] === run[i],
  }));
}

/**
 * The candles up to a session's newest one; with that in which its last fill lies, where it ended before that closed.
 * @throws LabError `COMPARE_DATA` for trades and books, or candles that begin after it.
 */
function dataUntil({ data }: BacktestOptions, last: EpochMs, filled: EpochMs = last): CandleSeries[] {
  const market = [data].flat().flatMap((one) => (one instanceof Recording ? one.replayed : [one]));
  return market.map((series) => {
    if (!(series instanceof CandleSeries))
      throw new LabError(
        "COMPARE_DATA",
        "A session is compared on candles: session.compare({ data: series }); of a recording with trades and books, data.load(folder) gives the candles, and backtest({ data: recording }) replays it all.",
      );
    const until = filled < last + series.intervalMs ? last : filled;
    const length = series.time.findLastIndex((time) => time <= until) + 1;
    if (length === 0)
      throw new LabError("COMPARE_DATA", `The candles of ${series.symbol} begin after the session's newest, ${timeText(last)}.`, {
        details: { symbol: series.symbol, last },
      });
    return series.slice(0, length);
  });
}

/** What a state file knows of a backtest's options: everything but the candles, funding payments and what lives only in code. */
function storedOptions({ strategy, params, settings }: SessionRecord): Omit<BacktestOptions, "data"> {
  const { cash, maintenanceMargin, participation } = settings as {
    readonly cash?: string;
    readonly maintenanceMargin?: string;
    readonly participation?: string;
  };
  // Older files say "1" for a volume that does not limit.
  const isLimited = participation !== undefined && participation !== "none" && participation !== "1";
  return {
    ...backtestOptions(settings as StrategySettings),
    ...(cash === undefined ? {} : { cash }),
    ...(maintenanceMargin === undefined || maintenanceMargin === "none" ? {} : { maintenanceMargin }),
    ...(isLimited ? { participation } : {}),
    strategy,
    params,
  };
}

/**
 * Sets a session against a backtest of its period.
 * @param known the options of whoever started it; what its state file says unless known.
 * @param given options that stand before those, `data` for one.
 * @throws LabError `COMPARE_DATA` where nobody has the candles, `COMPARE_FUNDING` where funding was paid that nobody has, and what a backtest throws.
 */
export function compareSession(view: SessionView, known: BacktestOptions | undefined, given: Partial<BacktestOptions>): SessionComparison {
  const { record } = view;
  const options = { ...(known ?? storedOptions(record)), ...given };
  const { data } = options;
  if (data === undefined || (Array.isArray(data) && data.length === 0))
    throw new LabError(
      "COMPARE_DATA",
      `This program did not start session ${record.id} on recorded candles, so give it those of the period: session.compare({ data: series }).`,
      { details: { session: record.id } },
    );
  if (known === undefined && given.funding === undefined && Number(record.settings.funding ?? 0) > 0)
    throw new LabError("COMPARE_FUNDING", `Session ${record.id} had funding payments: session.compare({ data, funding }).`);
  return new SessionComparison(view, options as BacktestOptions);
}
