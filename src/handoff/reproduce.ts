import { type BacktestOptions, type BacktestRun, backtest } from "../backtest/index.js";
import type { CandleSeries } from "../core/index.js";
import { parseTime } from "../core/index.js";
import { hasMembers, LabError, wrongInput } from "../errors/index.js";
import { settingsSha256 } from "./fingerprint.js";
import type { LoadedStrategy } from "./loaded-strategy.js";
import { type DataIdentity, dataIdentity, type Provenance } from "./provenance.js";

/** One comparison of a re-run with the record. */
export interface ReproductionCheck {
  /** What is compared, such as `final equity`. */
  readonly what: string;
  readonly recorded: string;
  readonly found: string;
  readonly same: boolean;
}

/** The outcome of running a recorded backtest again. */
export interface Reproduction {
  /** Everything recorded came out the same, to the last digit. */
  readonly ok: boolean;
  readonly checks: readonly ReproductionCheck[];
  readonly run: BacktestRun;
}

/**
 * Runs the recorded backtest again, on the recorded stretch of the data, and compares it exactly. A difference is a value, not an error.
 * @param data - the candles the file was found on, or longer ones that hold them.
 * @param options.funding - the funding payments of the original run, where it had any.
 * @throws LabError `PROVENANCE_MISSING` for a file without a record, `DATA_MISSING` where a recorded symbol is not among the data.
 */
export function reproduce(
  loaded: LoadedStrategy,
  data: CandleSeries | readonly CandleSeries[],
  options: Pick<BacktestOptions, "funding"> = {},
): Reproduction {
  if (!hasMembers(loaded, "backtestOptions", "path"))
    throw wrongInput("STRATEGY_FILE", "reproduce", "a loaded strategy, as in reproduce(await loadStrategy(path), data)", loaded);
  const { provenance } = loaded;
  if (provenance === undefined || provenance.data.length === 0)
    throw new LabError("PROVENANCE_MISSING", `${loaded.path} records no backtest to run again.`, { details: { path: loaded.path } });
  const given = [data].flat();
  const stretches = provenance.data.map((identity) => stretch(given, identity));
  const run = backtest(loaded.backtestOptions(stretches, { ...options, anyInterval: true }));
  const checks = [
    check("strategy and parameters", provenance.paramsSha256, loaded.verify().found),
    ...stretches.flatMap((series, i) => dataChecks(provenance.data[i]!, dataIdentity(series))),
    ...settingsChecks(provenance, run),
    ...resultChecks(provenance, run),
  ];
  return Object.freeze({ ok: checks.every((each) => each.same), checks: Object.freeze(checks), run });
}

function check(what: string, recorded: unknown, found: unknown): ReproductionCheck {
  const texts = { recorded: String(recorded), found: String(found) };
  return Object.freeze({ what, ...texts, same: texts.recorded === texts.found });
}

/** The recorded stretch of a symbol's candles, as far as the data has it. */
function stretch(given: readonly CandleSeries[], { symbol, from, to }: DataIdentity): CandleSeries {
  const series = given.find((one) => one.symbol === symbol);
  if (series === undefined) {
    const have = given.map((one) => one.symbol).join(", ") || "nothing";
    throw new LabError("DATA_MISSING", `The recorded backtest used ${symbol}; the data given has ${have}.`, { details: { symbol } });
  }
  return series.slice(series.indexAt(parseTime(from)), series.indexAt(parseTime(to) + 1));
}

function dataChecks(recorded: DataIdentity, found: DataIdentity): ReproductionCheck[] {
  const { symbol } = recorded;
  const checks = [check(`${symbol} interval`, recorded.interval, found.interval), check(`${symbol} bars`, recorded.bars, found.bars)];
  if (recorded.candlesSha256 !== undefined) checks.push(check(`${symbol} candles`, recorded.candlesSha256, found.candlesSha256));
  if (recorded.sha256 !== undefined && found.sha256 !== undefined) checks.push(check(`${symbol} file`, recorded.sha256, found.sha256));
  return checks;
}

function settingsChecks({ settingsSha256: tested, assumed, instruments }: Provenance, { settings }: BacktestRun): ReproductionCheck[] {
  const checks = tested === undefined ? [] : [check("settings", tested, settingsSha256(settings))];
  if (assumed !== undefined)
    checks.push(check("cash", assumed.cash, settings.cash), check("funding payments", assumed.funding, settings.funding));
  const filters = (all: Provenance["instruments"]): string =>
    all.map((i) => `${i.symbol} ${i.tickSize} ${i.lotSize} ${i.minQuantity} ${i.minNotional}`).join(", ");
  if (instruments.length > 0) checks.push(check("instruments", filters(instruments), filters(settings.instruments)));
  return checks;
}

function resultChecks({ inSample }: Provenance, run: BacktestRun): ReproductionCheck[] {
  const checks: ReproductionCheck[] = [];
  if (inSample?.finalEquity !== undefined) checks.push(check("final equity", inSample.finalEquity, run.finalEquity.toFixed()));
  if (inSample?.roundTrips !== undefined) checks.push(check("round trips", inSample.roundTrips, run.roundTrips));
  if (typeof inSample?.maxDrawdown === "number") checks.push(check("maximum drawdown", inSample.maxDrawdown, run.maxDrawdown));
  return checks;
}
