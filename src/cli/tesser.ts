/** What of Tesser's command line is something else here: it is refused by name, with what to use instead. */
type Elsewhere = Readonly<Record<string, string>>;

const CELLS = "in a cell, or in a notebook that tesserlab run executes";

/** Commands. */
export const COMMANDS_ELSEWHERE: Elsewhere = {
  backtest: `A backtest is run ${CELLS}: await backtest({ data, strategy }) for one, compare({ … }) for several side by side, tune({ … }) for many. await (await loadStrategy("strategies/x.toml")).backtestOptions(data) takes a strategy file's settings.`,
  analyze: `Execution is analysed ${CELLS}: quality.orders, quality.algorithms and charts.executionQuality(run) of a run, a stored session or a recording.`,
  monitor:
    "A running session is watched in a cell, where await live.attach(id) is a panel that keeps itself up to date, by tesserlab live status ID, or by its /metrics.",
};

/** Actions of `data`. */
export const DATA_ELSEWHERE: Elsewhere = {
  "download-trades":
    "Trades are recorded by a session (tesserlab live run --record DIR); recordings of others are read by data.loadBook and --book.",
  validate: "tesserlab data inspect FILE reports what is wrong with a file: rows that cannot be, gaps, duplicates, disorder.",
  resample: `Candles are resampled ${CELLS}: data.write(data.resample(btc, "1h"), "btc_1h.csv").`,
  normalize: `Any CSV or Parquet with recognisable columns is read as it is; columns are named ${CELLS}: data.load(file, { columns: { … } }).`,
  "inspect-parquet": "tesserlab data inspect FILE reads Parquet, too.",
};

/** Options of `data`. */
export const DATA_OPTIONS_ELSEWHERE: Elsewhere = {
  "skip-validation": "Every file is checked when it is read and reported on; nothing is dropped silently, so there is nothing to skip.",
  "repair-missing":
    "Missing candles are never made up: a gap stands in the report of tesserlab data inspect, and download asks again for what is missing.",
  "validation-jump-threshold": "tesserlab data inspect FILE reports on a file.",
  "validation-reference-tolerance": "tesserlab data inspect FILE reports on a file.",
};

/** Options of `live`. */
export const LIVE_ELSEWHERE: Elsewhere = {
  exchanges: "A session trades on one venue: start one for each, with --exchange PROFILE and a --state-path of its own.",
  persistence: "State is kept in SQLite; --state-path FILE names the file.",
  "control-addr":
    "A session is reached over a local socket with a token: tesserlab live list, status ID and stop ID, or live.attach(id) in a cell.",
  "plugins-dir": "Algorithms of one's own are written in TypeScript: defineAlgorithm, in the strategy's module.",
  verbose: "The log holds everything that happens; log_level in config/*.toml or TESSERLAB__log_level makes it shorter.",
  v: "The log holds everything that happens; log_level in config/*.toml or TESSERLAB__log_level makes it shorter.",
  "fee-schedule": "--fee-bps X, or fees and maker_fee with taker_fee in [execution] of the strategy file.",
};
