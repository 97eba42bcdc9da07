import { type Candle, type Decimal, type Fill, type Order, type Position, parseTime, type TimeInput, timeText } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { type Decision, DecisionLog } from "../execution/index.js";
import type { PreparedBacktest } from "./prepared.js";
import { RunRecords, type SignalRecord } from "./records.js";

/** Everything about one bar of a run. */
export class Explanation {
  declare readonly time: number;
  declare readonly bar: number;
  /** The candle then, or the last before: of the first symbol that has one. */
  declare readonly candle: Candle;
  /** Signals made on this bar's close. */
  declare readonly signals: readonly SignalRecord[];
  /** How each entry decided on this bar came to its size, and every limit and filter it was held against. Exits are as large as the position and pass no check. */
  declare readonly decisions: readonly Decision[];
  /** Orders made on this bar: entries, exits, protective legs, and those refused. */
  declare readonly orders: readonly Order[];
  /** Fills inside this bar. */
  declare readonly fills: readonly Fill[];
  /** Orders working after this bar. */
  declare readonly working: readonly Order[];
  declare readonly positions: readonly Position[];
  /** Equity at this bar's close. */
  declare readonly equity: Decimal;

  /** Use `run.explain(time)`. */
  constructor(parts: Explanation) {
    Object.freeze(Object.assign(this, parts));
  }
}

/** Replays a run up to the bar at a moment and reads its state there. */
export function explain(prepared: PreparedBacktest, params: Readonly<Record<string, unknown>>, time: TimeInput): Explanation {
  const at = parseTime(time);
  const series = prepared.series[0]!;
  const { times } = prepared;
  const end = times[times.length - 1]! + series.intervalMs;
  if (at < times[0]! || at >= end)
    throw new LabError("TIME_OUTSIDE", `${timeText(at)} lies outside the data, ${timeText(times[0]!)} to ${timeText(end)}.`, {
      details: { time: at },
    });
  const step = lastAtOrBefore(times, at);
  const moment = times[step]!;
  const decisions = new DecisionLog(moment);
  const replay = prepared.replay(params, undefined, decisions);
  replay.run(step + 1);
  const { engine } = replay;
  const records = new RunRecords(engine.portfolio.instruments, prepared.series);
  for (const [slot, one] of prepared.series.entries()) {
    const bar = lastAtOrBefore(one.time, moment);
    if (bar >= 0) engine.portfolio.mark[slot] = one.close[bar]!;
  }
  // A series may begin after the moment: what it shows first lies ahead.
  const shown = prepared.series.find((one) => one.time[0]! <= moment)!;
  const orders = records.orders(engine.orders.orders);
  const within = (time: number): boolean => time >= moment && time < moment + series.intervalMs;
  return new Explanation({
    time: moment,
    bar: step,
    candle: shown.at(lastAtOrBefore(shown.time, moment))!,
    signals: records.signals(engine.orders.signals).filter((signal) => within(signal.time)),
    decisions: decisions.entries.filter((decision) => within(decision.time)),
    orders: orders.filter((order) => within(order.createdAt)),
    fills: records.fills(engine.orders.fills).filter((fill) => within(fill.time)),
    working: orders.filter((order) => order.status === "working" || order.status === "partiallyFilled"),
    positions: engine.portfolio.instruments.map((_, slot) => engine.portfolio.position(slot)),
    equity: engine.portfolio.equity(),
  });
}

function lastAtOrBefore(times: Float64Array, moment: number): number {
  let lo = 0;
  let hi = times.length;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if (times[mid]! <= moment) lo = mid + 1;
    else hi = mid;
  }
  return lo - 1;
}
