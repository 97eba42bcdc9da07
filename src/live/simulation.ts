import { type BacktestOptions, PreparedBacktest } from "../backtest/index.js";
import { decimal, type InstrumentKind } from "../core/index.js";
import { marketOf } from "../data/index.js";
import { LabError } from "../errors/index.js";
import { type FeesInput, feeRates } from "../portfolio/index.js";
import { stableJson } from "../state/index.js";

/** What a paper venue was described with, as far as it is also a setting of a run. */
export type ExchangeSettings = Readonly<Record<string, unknown>>;

/** A run and the options of the exchange it trades on, which say the same. */
export interface Simulation {
  readonly run: BacktestOptions;
  readonly options: ExchangeSettings;
}

/** A setting that run and exchange share. */
interface Shared {
  /** Its name in a run, and at the exchange. */
  readonly run: keyof BacktestOptions;
  readonly exchange: string;
  /** A value as text that is equal where the values are; `undefined` for a value that says nothing to the other side. */
  text(value: unknown, category: InstrumentKind): string | undefined;
  /** Only the exchange is told: a run of candles has no such setting. */
  readonly exchangeOnly?: true;
}

const exact = (value: unknown): string => decimal(value as string).toFixed();
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** Rates as text; of a table by category, those of the category. */
function feesText(value: unknown, category: InstrumentKind): string | undefined {
  const fees = feesOf(value, category);
  if (fees === undefined) return undefined;
  const { maker, taker } = feeRates(fees);
  const fraction = ({ num, den }: { readonly num: number; readonly den: number }): string => decimal(num).div(den).toFixed();
  return `maker ${fraction(maker)}, taker ${fraction(taker)}`;
}

function feesOf(value: unknown, category: InstrumentKind): FeesInput | undefined {
  const byCategory = typeof value === "object" && value !== null && !("maker" in value) && !("taker" in value);
  return byCategory ? (value as Partial<Record<InstrumentKind, FeesInput>>)[category] : (value as FeesInput);
}

const SHARED: readonly Shared[] = [
  { run: "category", exchange: "category", text: String },
  { run: "fees", exchange: "fees", text: feesText },
  { run: "slippageBps", exchange: "slippageBps", text: exact },
  { run: "latencyBars", exchange: "latencyBars", text: String },
  { run: "participation", exchange: "participation", text: exact },
  { run: "leverage", exchange: "leverage", text: String },
  { run: "maintenanceMargin", exchange: "maintenance", text: (value) => (value === "none" ? undefined : exact(value)) },
  { run: "instrument", exchange: "instruments", text: (value) => stableJson(list(value)) },
  { run: "funding", exchange: "funding", text: (value) => stableJson(list(value)) },
  { run: "latencyMs", exchange: "latencyMs", text: (value) => list(value).join(" to "), exchangeOnly: true },
  { run: "queue", exchange: "queue", text: String, exchangeOnly: true },
];

const differ = (name: string, exchange: string, session: string, venue: string, from: string): LabError =>
  new LabError(
    "VENUE_SETTINGS_DIFFER",
    `${name} is ${session} in ${from}, but paper({ ${exchange} }) says ${venue}: give it once, or the same twice.`,
    { details: { setting: name, session, venue } },
  );

/**
 * Brings the settings of a run and those of the paper exchange it trades on together: what one of them says holds for both, so that the exchange charges what the
 * session, its backtest and its strategy file reckon with.
 * @param from - where a setting of the run comes from, for the message.
 * @throws LabError `VENUE_SETTINGS_DIFFER` with both values where they contradict each other.
 */
export function shareSettings(run: BacktestOptions, given: ExchangeSettings, from: (name: string) => string): Simulation {
  const merged: Record<string, unknown> = { ...run, ...(run.funding === undefined ? {} : { funding: withSymbols(run) }) };
  const options: Record<string, unknown> = { ...given };
  const category = (run.category ?? given.category ?? "linear") as InstrumentKind;
  for (const { run: name, exchange, text, exchangeOnly } of SHARED) {
    const [mine, theirs] = [merged[name], options[exchange]];
    if (mine !== undefined && theirs !== undefined) {
      const [session, venue] = [text(mine, category), text(theirs, category)];
      if (session !== undefined && venue !== undefined && session !== venue) throw differ(name, exchange, session, venue, from(name));
      if (venue === undefined) options[exchange] = mine;
    } else if (mine !== undefined) options[exchange] = mine;
    else if (theirs !== undefined && text(theirs, category) !== undefined)
      merged[name] = name === "fees" ? feesOf(theirs, category) : theirs;
    if (exchangeOnly === true) delete merged[name];
  }
  return shareCash(merged as unknown as BacktestOptions, options, from);
}

/** Funding of a run of one symbol need not name it; the exchange wants to know. */
function withSymbols({ data, funding = [] }: BacktestOptions): readonly object[] {
  const [only] = marketOf(data);
  return funding.map((one) => ({ symbol: only?.symbol, ...one }));
}

/** Starting cash is the account's balance of the settlement currency. */
function shareCash(run: BacktestOptions, options: Record<string, unknown>, from: (name: string) => string): Simulation {
  const balances = options.balances as Readonly<Record<string, unknown>> | undefined;
  if (run.cash === undefined && balances === undefined) return { run, options };
  const { currency } = new PreparedBacktest(run).settings;
  const held = balances?.[currency];
  if (run.cash === undefined) return { run: held === undefined ? run : { ...run, cash: held as string }, options };
  if (held !== undefined && exact(held) !== exact(run.cash))
    throw differ("cash", `balances: { ${currency} }`, exact(run.cash), exact(held), from("cash"));
  return { run, options: { ...options, balances: { ...balances, [currency]: exact(run.cash) } } };
}

/** What a replay through a backtest's matching cannot do. @throws LabError `VENUE_UNSUPPORTED`. */
export function assertReplayable({ latencyMs, spotFees }: ExchangeSettings): void {
  const found = [
    ...(latencyMs === undefined || list(latencyMs).every((one) => one === 0) ? [] : [`latencyMs: ${list(latencyMs).join(" to ")}`]),
    ...(spotFees === "base" ? ['spotFees: "base"'] : []),
  ];
  if (found.length > 0)
    throw new LabError(
      "VENUE_UNSUPPORTED",
      `A replay without \`trade\` matches as a backtest does, which knows no ${found.join(" and no ")}: add trade: {} to trade on the exchange itself.`,
    );
}
