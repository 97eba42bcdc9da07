import type { AnyStrategy, BacktestOptions, RunWarning } from "../backtest/index.js";
import { CandleSeries, type InstrumentKind, MarketTape } from "../core/index.js";
import { marketOf } from "../data/index.js";
import { LabError } from "../errors/index.js";
import type { Provenance } from "./provenance.js";
import { givenInstruments } from "./same-trades.js";
import type { StrategySettings } from "./settings.js";
import { venueCategory } from "./symbols.js";
import { checkProvenance, type ParamsVerdict, SETTINGS_EDITED, type Trust } from "./trust.js";

/** What a loaded file holds. */
export interface LoadedParts {
  readonly path: string;
  readonly text: string;
  readonly strategy: AnyStrategy;
  /** Checked, symbols plain. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly venue: string | undefined;
  readonly settings: StrategySettings;
  readonly provenance: Provenance | undefined;
  readonly module: string | undefined;
  readonly moduleSha256: string | undefined;
  readonly namedModuleSha256: string | undefined;
  readonly warnings: readonly RunWarning[];
}

/** A strategy file, loaded and checked. Immutable; goes into `backtest`, `exportStrategy` and `live.start` as it is. */
export class LoadedStrategy {
  readonly kind = "strategy-file";
  /** The file as it was given. */
  readonly path: string;
  readonly strategy: AnyStrategy;
  /** All parameters, checked, defaults filled in, symbols without venue. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What `[execution]` and `[risk_management]` say, and nothing they do not say. */
  readonly settings: StrategySettings;
  readonly provenance: Provenance | undefined;
  /** The venue its symbols are qualified with, `bybit_linear`; `undefined` for plain symbols. */
  readonly venue: string | undefined;
  /** Module of a strategy of one's own, as the file names it. */
  readonly module: string | undefined;
  /** Hash of that module as it is now. */
  readonly moduleSha256: string | undefined;
  readonly warnings: readonly RunWarning[];
  readonly #text: string;
  readonly #parts: LoadedParts;
  readonly #verdict: ParamsVerdict;

  constructor(parts: LoadedParts) {
    this.path = parts.path;
    this.strategy = parts.strategy;
    this.params = parts.params;
    this.settings = Object.freeze(parts.settings);
    this.provenance = parts.provenance;
    this.venue = parts.venue;
    this.module = parts.module;
    this.moduleSha256 = parts.moduleSha256;
    this.#text = parts.text;
    this.#parts = parts;
    this.#verdict = checkProvenance(parts);
    this.warnings = Object.freeze([...parts.warnings, ...this.#doubts()]);
  }

  #doubts(): RunWarning[] {
    const { status, message, settings } = this.#verdict;
    const doubts: RunWarning[] = [];
    if (status === "edited") doubts.push({ code: "STRATEGY_EDITED", message });
    if (status === "missing") doubts.push({ code: "STRATEGY_UNPROVEN", message });
    if (settings === "edited") doubts.push(SETTINGS_EDITED);
    return doubts;
  }

  /** The symbols it trades, plain. */
  get symbols(): readonly string[] {
    return this.strategy.symbolsOf(this.params);
  }

  /** The first of its symbols. */
  get symbol(): string {
    return this.symbols[0] ?? "";
  }

  /** The market: by `[execution]`, else by the venue of its symbols; `undefined` where neither says. */
  get category(): InstrumentKind | undefined {
    return this.settings.category ?? venueCategory(this.venue);
  }

  /** Whether it was what was tested when it was loaded. */
  get trust(): Trust {
    return this.#verdict.status;
  }

  /** The file's text, comments and all. */
  toml(): string {
    return this.#text;
  }

  /** Compares strategy and parameters, and the files they name as they are now, with what the provenance recorded. */
  verify(): ParamsVerdict {
    return checkProvenance(this.#parts);
  }

  /**
   * Options for a backtest of this file on some data, candles or recorded books and trades: its settings, and the starting cash and instruments its result was found with.
   * @param overrides - win over the file.
   * @throws LabError `INTERVAL_MISMATCH` for candles of another length than the file names, unless `anyInterval`.
   */
  backtestOptions(data: BacktestOptions["data"], overrides: Partial<BacktestOptions> & { anyInterval?: boolean } = {}): BacktestOptions {
    const { anyInterval = false, ...over } = overrides;
    const { interval, ...settings } = this.settings;
    const given = marketOf(data);
    const other = given.find((one): one is CandleSeries => one instanceof CandleSeries && one.interval !== interval);
    const ofTapes = given.some((one) => one instanceof MarketTape) && interval !== undefined ? { interval } : {};
    if (interval !== undefined && other !== undefined && !anyInterval)
      throw new LabError(
        "INTERVAL_MISMATCH",
        `${this.path} is made for ${interval} candles, the data of ${other.symbol} has ${other.interval}: load ${interval} candles, or pass anyInterval: true.`,
        {
          details: { expected: interval, found: other.interval },
        },
      );
    const { category } = this;
    const cash = this.provenance?.assumed?.cash;
    const instrument = givenInstruments(this.provenance?.instruments ?? []);
    return {
      data,
      strategy: this.strategy,
      params: this.params,
      ...settings,
      ...(category === undefined ? {} : { category }),
      ...(cash === undefined ? {} : { cash }),
      ...(instrument.length === 0 ? {} : { instrument }),
      ...ofTapes,
      ...over,
    };
  }
}
