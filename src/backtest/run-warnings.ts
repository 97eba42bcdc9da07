import { type CandleSeries, STATUS, timeText } from "../core/index.js";
import { spacingOf } from "../data/index.js";
import type { Engine } from "../engine/index.js";
import { refusal } from "../execution/index.js";
import type { SlotFunding } from "./funding.js";
import type { BacktestRun } from "./run.js";
import type { RunWarning } from "./settings.js";

const HOUR_MS = 3_600_000;
/** Between two payments of a perpetual that pays at its usual times, at most. */
const FUNDING_MS = 8 * HOUR_MS;

/** Doubts that a reader of a run must see, beside those of its set-up. */
export function runWarnings(run: BacktestRun, engine: Engine, funding: readonly SlotFunding[]): RunWarning[] {
  return [...run.series.flatMap(spacingWarnings), ...tradingWarnings(run, engine), ...costWarnings(run, engine, funding)];
}

/** Nothing is filled in between candles: what a strategy did there it did on what was left. */
function spacingWarnings(series: CandleSeries): RunWarning[] {
  const { symbol, interval } = series;
  const { gaps, missing, irregular, calendar } = spacingOf(series);
  const warnings: RunWarning[] = [];
  if (missing > 0 && calendar === "continuous") {
    const longest = gaps.reduce((most, gap) => (gap.missing > most.missing ? gap : most));
    warnings.push({
      code: "CANDLES_MISSING",
      message: `${symbol}: ${missing} candles are missing, none is filled in; the most, ${longest.missing}, between ${timeText(longest.after)} and ${timeText(longest.before)}. Orders wait for the next candle there.`,
    });
  }
  if (irregular > 0)
    warnings.push({
      code: "CANDLES_OFF_GRID",
      message: `${symbol}: ${irregular} distances between candles are no multiple of ${interval}; candles nearer than that overlap, so that one tells of trades that the next tells again.`,
    });
  return warnings;
}

function tradingWarnings(run: BacktestRun, engine: Engine): RunWarning[] {
  const { counts, settings } = run;
  const { portfolio, orders } = engine;
  const warnings: RunWarning[] = [];
  const add = (code: string, message: string): unknown => warnings.push({ code, message });
  for (const [what, error] of orders.failures)
    add("CUSTOM_CODE_THREW", `The ${what} threw, so entries were refused: ${error instanceof Error ? error.message : String(error)}`);
  for (const { symbol, quantity } of run.positions)
    if (!quantity.isZero())
      add("OPEN_AT_END", `${symbol}: ${quantity.toFixed()} is still open and valued at the last close, without the fee of closing it.`);
  const { liquidations } = orders.counts;
  if (liquidations > 0)
    add("LIQUIDATED", `The venue closed ${liquidations === 1 ? "a position" : `${liquidations} positions`} for want of margin.`);
  if (counts.refused > 0)
    add("ENTRIES_REFUSED", `${entries(counts.refused)} refused by checks${whyRefused(engine)}; run.refusals lists them.`);
  if (counts.rejected > 0) add("ENTRIES_REJECTED", `${entries(counts.rejected)} rejected, since their fill price could not be paid.`);
  if (counts.fills === 0) add("NO_TRADES", "The strategy never traded.");
  if (settings.category === "inverse")
    add(
      "BENCHMARK_IN_QUOTE",
      `Equity and returns are in ${settings.currency}; buy and hold is the return of the price in ${portfolio.instruments[0]!.instrument.quote}.`,
    );
  if (run.maxDrawdown >= 1) add("EQUITY_GONE", "Equity fell to zero or below: a real account would have been liquidated before.");
  if (portfolio.isBig) add("BIG_NUMBERS", "Amounts passed 2^53 units; money is exact in BigInt, the curve shows nearest doubles.");
  return warnings;
}

/** How often each check refused, and what the first refusal said. */
function whyRefused({ orders: { orders }, portfolio: { instruments } }: Engine): string {
  const byCode = new Map<string, number>();
  let first = "";
  for (const row of orders.refusedRows()) {
    const verdict = orders.verdict(row)!;
    const { status, slot } = orders.read(row);
    if (status !== STATUS.refused) continue;
    byCode.set(verdict.code, (byCode.get(verdict.code) ?? 0) + 1);
    if (first === "") first = refusal(verdict.code, verdict, instruments[slot]!).message.replace(/\.$/, "");
  }
  const codes = [...byCode].map(([code, count]) => (byCode.size === 1 ? code : `${code} ${count}`));
  return first === "" ? "" : ` (${codes.join(", ")}), the first since ${first}`;
}

function entries(count: number): string {
  return count === 1 ? "1 entry was" : `${count} entries were`;
}

function costWarnings(
  { settings, series: all }: BacktestRun,
  { orders: { fills } }: Engine,
  funding: readonly SlotFunding[],
): RunWarning[] {
  const warnings: RunWarning[] = [];
  if (settings.category !== "spot") {
    const traded = new Set<number>();
    for (let row = 0; row < fills.length; row++) traded.add(fills.read(row).slot);
    for (const [slot, series] of all.entries())
      if (traded.has(slot))
        warnings.push(
          ...fundingWarnings(
            series,
            funding.filter((one) => one.slot === slot),
            settings.feed === "ticks",
          ),
        );
  }
  if (settings.fees.taker === "0") warnings.push({ code: "NO_FEES", message: "Taker fees are zero." });
  return warnings;
}

/** Whether payments cover all of a series: what was not given was not paid. */
function fundingWarnings(series: CandleSeries, given: readonly SlotFunding[], isTicks: boolean): RunWarning[] {
  const { symbol, time, intervalMs } = series;
  if (given.length === 0) return [{ code: "NO_FUNDING", message: `Funding of the perpetual ${symbol} is not included; give \`funding\`.` }];
  const [from, to] = [time[0]!, time[time.length - 1]! + intervalMs];
  const paid = given.filter((one) => one.time >= from && one.time <= to).map((one) => one.time);
  if (paid.length === 0)
    return [{ code: "NO_FUNDING", message: `None of the ${given.length} funding payments of ${symbol} given falls into the run.` }];
  return [...partialFunding(symbol, [from, ...paid, to]), ...(isTicks ? [] : insideFunding(series, paid))];
}

/** Candles tell what was held at their opens, and nothing of the time between. */
function insideFunding(series: CandleSeries, paid: readonly number[]): RunWarning[] {
  const end = series.time[series.length - 1]! + series.intervalMs;
  const inside = paid.filter((at) => at < end && series.time[series.indexAt(at)] !== at).length;
  if (inside === 0) return [];
  const message = `At ${inside} of ${paid.length} funding payments of ${series.symbol} no candle opens: they are paid at the next open, on what is held then, and after the last open at the last close.`;
  return [{ code: "FUNDING_INSIDE", message }];
}

function partialFunding(symbol: string, ends: readonly number[]): RunWarning[] {
  const longest = ends.slice(1).reduce((most, end, i) => (end - ends[i]! > most.end - most.start ? { start: ends[i]!, end } : most), {
    start: ends[0]!,
    end: ends[0]!,
  });
  // Half as long again as usual: perpetuals pay every hour to every eight.
  if (longest.end - longest.start <= FUNDING_MS * 1.5) return [];
  const message = `The funding payments of ${symbol} leave out times: there is none between ${timeText(longest.start)} and ${timeText(longest.end)}.`;
  return [{ code: "FUNDING_PARTIAL", message }];
}
