import {
  CandleBuffer,
  type CandleSeries,
  decimal,
  type Feed,
  type MarketTape,
  type Ratio,
  ratio,
  type ScaledInstrument,
  SeriesBar,
  type Strategy,
  toWideUnits,
  YEAR_MS,
} from "../core/index.js";
import { Engine } from "../engine/index.js";
import { LabError, unknownName } from "../errors/index.js";
import {
  type AlgorithmDefinition,
  type DecisionLog,
  type OrderSettings,
  parseRisk,
  parseSizer,
  type RiskChecker,
  type RouterHooks,
  type Sizer,
} from "../execution/index.js";
import { type FeeRates, feeRates, MaintenanceMargin, Portfolio } from "../portfolio/index.js";
import { assertFeeds, ColumnCache, checkHandlers, IndicatorSet, onlyOwnSymbols, resolveStrategy } from "../strategies/index.js";
import type { MatchSettings } from "../venues/paper/index.js";
import { EquityCurve } from "./equity-curve.js";
import { checkFunding, type SlotFunding } from "./funding.js";
import { algorithmsOption, decimalOption, shareOption } from "./option-checks.js";
import { alignSteps, prepareData } from "./prepare.js";
import { Replay } from "./replay.js";
import { BacktestRun } from "./run.js";
import type { ReplayObserver, RunReplay, ToldEvent } from "./run-replay.js";
import { assertOptions, runSettings } from "./run-settings.js";
import type { AnyStrategy, BacktestOptions, RunSettings, RunWarning, StrategyChoice } from "./settings.js";
import { TapeReplay } from "./tape-replay.js";
import { type Heard, heardOf, warmUp } from "./warm-up.js";

/**
 * A backtest made ready for many parameter sets: data, instruments, costs and indicator columns are shared, only parameters change. One run of it is the
 * same code path as `backtest()`.
 */
export class PreparedBacktest {
  readonly strategy: AnyStrategy;
  readonly series: readonly CandleSeries[];
  /** The tape of each instrument; undefined where it has candles only. */
  readonly tapes: readonly (MarketTape | undefined)[];
  readonly instruments: readonly ScaledInstrument[];
  readonly settings: RunSettings;
  readonly warnings: readonly RunWarning[];
  /** Funding payments, by time. */
  readonly funding: readonly SlotFunding[];
  /** Times of the steps. */
  readonly times: Float64Array;
  readonly #sizer: Sizer;
  readonly #risk: RiskChecker;
  readonly #fees: FeeRates;
  readonly #cash: number | bigint;
  readonly #slippage: Ratio;
  readonly #participation: Ratio | undefined;
  readonly #maintenance: Ratio | undefined;
  readonly #algorithms: readonly AlgorithmDefinition[];
  readonly #hooks: RouterHooks | undefined;
  readonly #steps: readonly Int32Array[] | undefined;
  /** Which candles strategies only see. */
  readonly #heard: Heard;
  readonly #columns: ColumnCache = new ColumnCache();
  #shared: Float64Array | undefined;

  /** @throws LabError for every option that is misspelt, of the wrong type or out of range. */
  constructor(options: BacktestOptions) {
    assertOptions(options);
    this.strategy = resolveStrategy(options.strategy) as AnyStrategy;
    const data = prepareData(options.data, options.instrument, options.category ?? "linear", options.interval);
    this.series = data.series;
    this.tapes = data.tapes;
    this.instruments = data.instruments;
    this.warnings = data.warnings;
    this.#sizer = parseSizer(options.sizer ?? "percent:0.10");
    this.#risk = parseRisk(options.risk);
    const kind = data.instruments[0]!.instrument.kind;
    this.#fees = feeRates(options.fees ?? `bybit-${kind}`);
    this.#cash = toWideUnits(decimalOption(options.cash ?? 10_000, "cash", 0, 1e15), data.instruments[0]!.cashDp, "exact", "cash");
    if (this.#cash === 0) throw new LabError("OPTION_INVALID", "cash must be greater than zero.");
    this.funding = checkFunding(
      options.funding ?? [],
      data.instruments.map((one) => one.instrument.kind),
      data.series.map((one) => one.symbol),
    );
    this.#participation = shareOption(options.participation, "participation");
    this.#maintenance = shareOption(options.maintenanceMargin, "maintenanceMargin");
    this.#algorithms = algorithmsOption(options.algorithms ?? []);
    this.#hooks = options.hooks;
    const aligned = this.series.length > 1 ? alignSteps(this.series) : undefined;
    this.times = aligned?.times ?? this.series[0]!.time;
    this.#steps = aligned?.steps;
    this.#heard = heardOf(data, this.times, this.#steps);
    this.settings = runSettings(options, {
      instruments: this.instruments,
      interval: this.series[0]!.interval,
      isTicks: this.isTicks,
      sizer: this.#sizer,
      risk: this.#risk,
      fees: this.#fees,
      funding: this.funding.length,
    });
    this.#slippage = ratio(decimal(this.settings.slippageBps).div(10_000));
    for (const bound of [this.#sizer, this.#risk]) for (const one of this.instruments) bound.bind(one);
  }

  /** Whether the run is fed with trades or books. */
  get isTicks(): boolean {
    return this.tapes.some((tape) => tape !== undefined);
  }

  /** Bars a year holds: by the interval, or by what the data has where it leaves out weekends or nights. */
  get periodsPerYear(): number {
    const { times, series } = this;
    const nominal = YEAR_MS / series[0]!.intervalMs;
    const span = times[times.length - 1]! - times[0]!;
    const actual = span > 0 ? ((times.length - 1) * YEAR_MS) / span : nominal;
    return actual < nominal * 0.9 ? actual : nominal;
  }

  /** Checks parameters and fills in the symbol of the data where none is given. @throws LabError `PARAM_UNKNOWN`, `PARAM_INVALID`, `SYMBOL_UNKNOWN`. */
  parse(params: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
    if (typeof params !== "object" || params === null)
      throw new LabError("OPTION_INVALID", `params is an object such as { period: 14 }, got ${String(params)}.`);
    const raw = "symbol" in this.strategy.params && params.symbol === undefined ? { ...params, symbol: this.series[0]!.symbol } : params;
    const values = this.strategy.parse(raw) as Readonly<Record<string, unknown>>;
    const symbols = this.strategy.symbolsOf(values);
    for (const symbol of symbols) this.#slotOf(symbol);
    assertFeeds(this.strategy, symbols, (feed, symbol) => this.#has(feed, this.#slotOf(symbol)));
    return values;
  }

  /** Whether the data feeds a slot so. Candles there always are: a tape has its own. A series that grows comes with all its venue has. */
  #has(feed: Feed, slot: number): boolean {
    if (feed === "candles" || this.series[slot] instanceof CandleBuffer) return true;
    const trades = this.tapes[slot]?.trades ?? 0;
    return feed === "trades" ? trades > 0 : (this.tapes[slot]?.length ?? 0) > trades;
  }

  /** The slot of a symbol, plain or venue-qualified. */
  #slotOf(symbol: string): number {
    const plain = symbol.slice(symbol.indexOf(":") + 1);
    const slot = this.series.findIndex((one) => one.symbol === symbol || one.symbol === plain);
    if (slot < 0)
      throw unknownName(
        "SYMBOL_UNKNOWN",
        "symbol of the data",
        symbol,
        this.series.map((one) => one.symbol),
      );
    return slot;
  }

  /** A replay of one parameter set, not yet run: what a paper session steps through. */
  replay(params: Readonly<Record<string, unknown>> = {}, observer?: ReplayObserver, decisions?: DecisionLog): RunReplay {
    return this.#replay(this.parse(params), observer, new Float64Array(this.times.length), decisions);
  }

  #replay(
    values: Readonly<Record<string, unknown>>,
    observer: ReplayObserver | undefined,
    equity: Float64Array,
    decisions?: DecisionLog,
  ): RunReplay {
    const { series, settings } = this;
    const { intervalMs } = series[0]!;
    const bars = series.map((one, slot) => new SeriesBar(one, slot));
    const portfolio = new Portfolio(this.instruments, this.#cash);
    const { timerMs } = this.strategy;
    const strategy = this.#heard.wrap(this.#create(values, bars));
    const engine = new Engine({
      portfolio,
      strategy: timerMs === undefined ? strategy : [{ id: this.strategy.name, strategy, timerMs, symbol: this.#mainSymbol(values) }],
      sizer: this.#sizer,
      risk: this.#risk,
      bars,
      orders: decisions === undefined ? this.#orderSettings() : { ...this.#orderSettings(), decisions },
      ...(this.isTicks ? { candleOffset: intervalMs, decides: "events" } : {}),
    });
    const length = this.times.length;
    const curve = new EquityCurve(equity, Number(this.#cash));
    const rates = series.map(() => this.#maintenance!);
    const margin = this.#maintenance === undefined ? undefined : new MaintenanceMargin(portfolio, rates);
    const match: MatchSettings = {
      fees: this.#fees,
      slippage: this.#slippage,
      leverage: settings.leverage,
      queue: settings.queue,
      ...(this.#participation === undefined ? {} : { participation: this.#participation }),
      ...(margin === undefined ? {} : { margin }),
    };
    const parts = {
      engine,
      portfolio,
      curve,
      bars,
      steps: this.#steps,
      times: this.times,
      match,
      funding: this.funding,
      timerMs,
      intervalMs,
      closes: series.map((one) => one.close),
      high: series[0]!.extremes.high,
      length,
      start: this.#heard.warm,
    };
    warmUp(strategy, { engine, bars, steps: this.#steps, curve }, this.#heard.warm);
    return this.isTicks
      ? new TapeReplay({ ...parts, tapes: this.tapes, latencyMs: settings.latencyMs }, observer)
      : new Replay(parts, observer);
  }

  #orderSettings(): OrderSettings {
    const { brackets, pyramiding, reverse, latencyBars, router, retries, unprotected, groupExit } = this.settings;
    return {
      brackets: brackets === "strategy",
      pyramiding,
      reverse,
      latencyBars,
      router,
      retries,
      unprotected,
      groupExit,
      algorithms: this.#algorithms,
      ...(this.#hooks === undefined ? {} : { hooks: this.#hooks }),
    };
  }

  #mainSymbol(values: Readonly<Record<string, unknown>>): string {
    const first = this.strategy.symbolsOf(values)[0];
    return this.series[first === undefined ? 0 : this.#slotOf(first)]!.symbol;
  }

  #create(values: Readonly<Record<string, unknown>>, bars: readonly SeriesBar[]): Strategy {
    const sets = this.series.map((one, slot) => new IndicatorSet({ series: one, cursor: bars[slot]!, columns: this.#columns }));
    const slots = this.strategy.symbolsOf(values).map((symbol) => this.#slotOf(symbol));
    const slot = slots[0] ?? 0;
    const strategy = this.strategy.create({
      params: values,
      symbol: this.series[slot]!.symbol,
      indicators: sets[slot]!,
      indicatorsOf: (symbol) => sets[this.#slotOf(symbol)]!,
    });
    checkHandlers(this.strategy, strategy);
    if (slots.length === 0 || this.series.every((_, at) => slots.includes(at))) return strategy;
    const own = new Set(slots.map((at) => this.series[at]!.symbol));
    return onlyOwnSymbols(strategy, (symbol) => own.has(symbol));
  }

  /**
   * An engine of one parameter set on series that grow: what a live session drives. Decisions are stamped with the close of their candle.
   * @param wrap - stands between the engine and the strategy.
   */
  liveEngine(
    params: Readonly<Record<string, unknown>>,
    wrap: (strategy: Strategy) => Strategy,
  ): { readonly engine: Engine; readonly portfolio: Portfolio; readonly bars: readonly SeriesBar[] } {
    const { series } = this;
    const values = this.parse(params);
    const bars = series.map((one, slot) => new SeriesBar(one, slot));
    const portfolio = new Portfolio(this.instruments, this.#cash);
    const { timerMs } = this.strategy;
    const seat = { id: "main", strategy: wrap(this.#create(values, bars)), ...(timerMs === undefined ? {} : { timerMs }) };
    const engine = new Engine({
      portfolio,
      strategy: [seat],
      sizer: this.#sizer,
      risk: this.#risk,
      bars,
      candleOffset: series[0]!.intervalMs,
      decides: this.strategy.feeds.some((feed) => feed !== "candles") ? "events" : "closes",
      orders: this.#orderSettings(),
    });
    return { engine, portfolio, bars };
  }

  /**
   * Runs one parameter set to the end.
   * @param options.reuse - write the equity curve into a buffer that the next such run overwrites: for sweeps that read their scores at once.
   * @param options.told - what an operator says on the way, in order; `refused` hears of what the engine refuses as misuse there.
   */
  run(
    params: Readonly<Record<string, unknown>> = {},
    options: {
      readonly reuse?: boolean;
      readonly told?: readonly ToldEvent[];
      readonly refused?: (told: ToldEvent, error: LabError) => void;
    } = {},
  ): BacktestRun {
    const values = this.parse(params);
    const length = this.times.length;
    if (options.reuse === true) this.#shared ??= new Float64Array(length);
    const replay = this.#replay(values, undefined, options.reuse === true ? this.#shared! : new Float64Array(length));
    for (const told of options.told ?? []) {
      const { after } = told;
      // Step by step, as a session goes.
      while (replay.position < length && after !== undefined && this.times[replay.position]! <= after) replay.step();
      try {
        replay.tell(told.event);
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        options.refused?.(told, error);
      }
    }
    if ((options.told?.length ?? 0) > 0) while (replay.position < length) replay.step();
    replay.run();
    return new BacktestRun({ prepared: this, params: values, engine: replay.engine, curve: replay.curve });
  }
}

/** Prepares a backtest for many parameter sets. @throws LabError, see {@link PreparedBacktest}. */
export function prepareBacktest(options: Omit<BacktestOptions, "params">): PreparedBacktest {
  return new PreparedBacktest(options);
}

/**
 * Runs a strategy over historical candles through the engine, risk, compliance and the paper venue.
 * @example backtest({ data, strategy: "SmaCross", params: { fastPeriod: 12, slowPeriod: 30 }, sizer: "percent:0.10" })
 * @throws LabError for options and parameters that are misspelt, of the wrong type or out of range.
 */
export function backtest<S extends StrategyChoice>(options: BacktestOptions<S>): BacktestRun {
  return new PreparedBacktest(options).run(options.params);
}
