import { type AnyStrategy, BacktestRun, type RunSettings } from "../backtest/index.js";
import { CandleSeries, decimal } from "../core/index.js";
import { compare } from "../tune/index.js";
import { paramsSha256, settingsSha256 } from "./fingerprint.js";
import { engineVersion } from "./origin.js";
import { fileIdentities } from "./param-files.js";
import { type DataIdentity, dataIdentity, type Provenance, type ResultMetrics, type SearchIdentity } from "./provenance.js";
import { checkPortable, type StrategySettings } from "./settings.js";

/**
 * What can be exported: a backtest run, a trial of a study, a loaded file, or `{ strategy, params }` by hand. Only `strategy` and `params`
 * are needed; the rest becomes the record of where they come from.
 */
export interface ExportSource extends ResultMetrics {
  readonly strategy: string | AnyStrategy;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly settings?: RunSettings | StrategySettings;
  /** The candles of a run. */
  readonly series?: readonly CandleSeries[];
  /** The same, or their identities. */
  readonly data?: CandleSeries | readonly (CandleSeries | DataIdentity)[];
  readonly search?: SearchIdentity;
  /** In-sample figures, where they are not on the source itself. */
  readonly metrics?: ResultMetrics;
  /** A trial's score by the objective of its search. */
  readonly score?: number | null;
  /** What the number of trials does to the result. */
  readonly overfitting?: { readonly deflatedSharpe: number | null; readonly pbo?: { readonly probability: number | null } };
  readonly deflatedSharpe?: number;
  readonly pbo?: number;
  /** A record made before: kept as it is. */
  readonly provenance?: Provenance | undefined;
  /** Of a loaded file: itself, and the module its strategy came from, relative to it. */
  readonly path?: string;
  readonly module?: string | undefined;
}

/** What the caller of the export knows besides. */
export interface Evidence {
  readonly search?: SearchIdentity;
  readonly inSample?: ResultMetrics;
  readonly outOfSample?: ResultMetrics;
  readonly deflatedSharpe?: number;
  readonly pbo?: number;
}

/** What the file's record is of. */
export interface Exported {
  readonly strategy: AnyStrategy;
  readonly params: Readonly<Record<string, unknown>>;
  readonly moduleSha256: string | undefined;
  readonly gitCommit: string | undefined;
  /** RFC 3339. */
  readonly created: string;
}

/** All settings of a run are known, so that it can be repeated. */
export function isComplete(settings: ExportSource["settings"]): settings is RunSettings {
  return settings !== undefined && "cash" in settings && "instruments" in settings;
}

/**
 * The record of a result; `undefined` where the source is no tested result (no candles, no exact final equity or no complete settings), so
 * that parameters written by hand never look proven.
 */
export function provenanceOf(source: ExportSource, evidence: Evidence, exported: Exported): Provenance | undefined {
  if (source.provenance !== undefined) return withEvidence(source.provenance, evidence);
  const given: readonly (CandleSeries | DataIdentity)[] = [source.data ?? source.series ?? []].flat();
  const data = given.map((one) => (one instanceof CandleSeries ? dataIdentity(one) : one));
  const inSample = metricsOf({ ...runSharpe(source), ...metricsOf(source), ...metricsOf(source.metrics), ...metricsOf(evidence.inSample) });
  const { settings } = source;
  if (data.length === 0 || inSample.finalEquity === undefined || !isComplete(settings)) return undefined;
  const { cash } = settings;
  const files = fileIdentities(exported.strategy.params, exported.params);
  const deflatedSharpe = evidence.deflatedSharpe ?? source.deflatedSharpe ?? source.overfitting?.deflatedSharpe ?? undefined;
  const pbo = evidence.pbo ?? source.pbo ?? source.overfitting?.pbo?.probability ?? undefined;
  const search = evidence.search ?? source.search;
  return {
    engine: "tesserlab",
    engineVersion: engineVersion(),
    ...(exported.gitCommit === undefined ? {} : { gitCommit: exported.gitCommit }),
    created: exported.created,
    paramsSha256: paramsSha256(exported.strategy, exported.params, exported.moduleSha256),
    settingsSha256: settingsSha256(settings),
    ...(deflatedSharpe === undefined ? {} : { deflatedSharpe }),
    ...(pbo === undefined ? {} : { pbo }),
    data,
    assumed: {
      makerFee: settings.fees.maker,
      takerFee: settings.fees.taker,
      slippageBps: settings.slippageBps,
      latencyBars: settings.latencyBars,
      cash,
      currency: settings.currency,
      funding: settings.funding,
    },
    instruments: settings.instruments,
    ...(files.length === 0 ? {} : { files }),
    ...(search === undefined ? {} : { search: { score: source.score ?? null, ...search } }),
    inSample: { totalReturn: decimal(inSample.finalEquity).div(cash).minus(1).toNumber(), ...inSample },
    ...(evidence.outOfSample === undefined ? {} : { outOfSample: metricsOf(evidence.outOfSample) }),
  };
}

/** A run's Sharpe ratio, by the one function outside of analytics that reports it; a trial carries its own. */
function runSharpe(source: ExportSource): ResultMetrics {
  if (!(source instanceof BacktestRun)) return {};
  const row = compare({ run: source, itself: source }).metrics.find(({ name }) => name === "sharpe");
  return { sharpe: row === undefined ? null : Number(row.values[0]) };
}

/** A record made before, with what was found out since. */
function withEvidence(provenance: Provenance, { search, inSample, outOfSample, deflatedSharpe, pbo }: Evidence): Provenance {
  const found = { search, inSample, outOfSample, deflatedSharpe, pbo };
  return { ...provenance, ...Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) };
}

/** The figures that are there. */
function metricsOf(from: ResultMetrics | undefined): ResultMetrics {
  const { totalReturn, sharpe, maxDrawdown, roundTrips, finalEquity } = from ?? {};
  const all = {
    totalReturn,
    sharpe,
    maxDrawdown,
    roundTrips,
    finalEquity: finalEquity === undefined ? undefined : decimal(finalEquity).toFixed(),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null));
}

/** The settings a file will carry: those of the source, with the caller's over them. @throws LabError `SETTINGS_NOT_PORTABLE`. */
export function exportedSettings(source: ExportSource, over: StrategySettings | undefined): StrategySettings | undefined {
  if (source.settings === undefined && over === undefined) return undefined;
  const settings = { ...(source.settings as StrategySettings | undefined), ...over };
  const { riskChecker, hooks = [] } = (source.settings ?? {}) as { riskChecker?: string; hooks?: readonly string[] };
  checkPortable(settings, {
    riskChecker: over?.risk === undefined ? riskChecker : undefined,
    hooks: over?.router === undefined ? hooks : [],
  });
  return settings;
}
