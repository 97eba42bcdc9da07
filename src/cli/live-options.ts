import { decimal, type Interval } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";
import { type LoadedStrategy, loadStrategy } from "../handoff/index.js";
import { type Config, exchangeProfile, type LiveOptions, type LogLevel, loadConfig } from "../live/index.js";
import { type BybitOptions, createBybit } from "../venues/bybit/index.js";
import { paper, replay } from "../venues/paper/index.js";
import type { Invocation } from "./command.js";
import { paperMarket } from "./live-market.js";
import { drawdownOf, riskOf } from "./live-risk.js";

/** What a session is started with, and what is to be said before it starts. */
export interface LiveRequest {
  readonly options: LiveOptions;
  readonly notices: readonly string[];
  /** What is to be said once it is known in which currency the session settles. */
  currencyNotice(settles: string): readonly string[];
}

/** Flags of what only the paper exchange is told, and of what only a real venue is. */
const PAPER_ONLY = ["slippage-bps", "fee-bps", "latency-ms", "initial-equity", "data", "book", "lob-data", "speed"];
const LIVE_ONLY: Readonly<Record<string, string>> = {
  exchange: "paper trades on a recorded market, which --data and --book name",
  confirm: "paper sends no orders to a real venue, so there is nothing to confirm",
};

/** A flag, else the configuration's value. */
function setting({ text }: Invocation, flag: string, configured: string | undefined): string | undefined {
  return text(flag) ?? configured;
}

/**
 * Reads flags and configuration of `live run`: flags stand before variables, variables before files, files before what is built in.
 * @throws LabError `CLI_VALUE` for flags that contradict each other, are missing or out of place, and what the configuration throws.
 */
export async function liveRequest(invocation: Invocation): Promise<LiveRequest> {
  const { text } = invocation;
  const environment = text("env");
  const config = loadConfig(environment === undefined ? {} : { environment });
  const file = text("strategy-config") ?? text("config");
  if (file === undefined) throw new LabError("CLI_VALUE", "Which strategy? --strategy-config strategies/x.toml.");
  const mode = text("exec") ?? text("live-exec") ?? "paper";
  if (mode !== "paper" && mode !== "live") throw unknownName("CLI_VALUE", "value of --exec", mode, ["paper", "live"]);
  const loaded = await loadStrategy(file);
  const common = { config: loaded, ...commonOptions(invocation, config, loaded) };
  const notices = config.problems;
  const told = { currencyNotice: (settles: string) => currencyNotice(config, settles) };
  const category = text("category");
  if (mode === "paper") {
    for (const [flag, why] of Object.entries(LIVE_ONLY))
      if (text(flag) !== undefined) throw new LabError("CLI_VALUE", `--${flag} is for --exec live: ${why}.`);
    const market = await paperMarket(loaded, invocation, config);
    const given = {
      ...simulation(invocation),
      ...(category === undefined ? {} : { category: category as NonNullable<LiveOptions["category"]> }),
      venue: paperVenue(invocation, config, market.data),
    };
    return { ...told, options: { ...common, ...given }, notices: [...notices, ...(market.notice === undefined ? [] : [market.notice])] };
  }
  for (const flag of PAPER_ONLY)
    if (text(flag) !== undefined) throw new LabError("CLI_VALUE", `--${flag} acts in paper only; --exec live trades as the venue does.`);
  const profile = text("exchange");
  // A name that is not configured is told with the nearest one.
  if (profile !== undefined) config.exchange(profile);
  const market = category === undefined ? {} : { category: category as NonNullable<BybitOptions["category"]> };
  const venue =
    profile === undefined
      ? createBybit(exchangeProfile)({ env: "testnet", ...market })
      : createBybit(exchangeProfile)({ profile, ...market, ...(environment === undefined ? {} : { configEnv: environment }) });
  const confirmed = text("confirm");
  return { ...told, options: { ...common, venue, ...(confirmed === undefined ? {} : { confirm: confirmation(confirmed) }) }, notices };
}

/** What holds on every venue. */
function commonOptions(invocation: Invocation, config: Config, loaded: LoadedStrategy): Omit<LiveOptions, "venue" | "config"> {
  const { text, texts } = invocation;
  if (text("quantity") !== undefined && text("sizer") !== undefined)
    throw new LabError("CLI_VALUE", "--quantity x means --sizer fixed:x: give one of the two.");
  const sizer = text("quantity") === undefined ? text("sizer") : `fixed:${text("quantity")!}`;
  const risk = riskOf(invocation, config, loaded);
  const whole = (name: string, key: string): number => invocation.whole(name, config.whole(key), 0);
  const webhookUrl = setting(invocation, "webhook-url", config.text("live.alerting.webhook_url"));
  const symbols = texts("symbol");
  const interval = text("interval");
  const record = text("record") ?? text("record-data");
  const marketsFile = setting(invocation, "markets-file", config.text("backtest.markets_file"));
  const groupExit = panic(invocation);
  return {
    statePath: setting(invocation, "state-path", config.text("live.state_path"))!,
    ...(sizer === undefined ? {} : { sizer }),
    ...(record === undefined ? {} : { record }),
    ...(marketsFile === undefined || marketsFile === "" ? {} : { marketsFile }),
    ...(groupExit === undefined ? {} : { groupExit }),
    ...(risk === undefined ? {} : { risk }),
    trade: {
      ...(symbols.length === 0 ? {} : { symbols }),
      ...(interval === undefined ? {} : { interval: interval as Interval }),
      history: invocation.whole("history", 512, 0),
      ...(text("orderbook-depth") === undefined ? {} : { bookDepth: invocation.whole("orderbook-depth", 1) }),
      reconcileSecs: whole("reconciliation-interval-secs", "live.reconciliation_interval_secs"),
      reconcileThreshold: setting(invocation, "reconciliation-threshold", config.text("live.reconciliation_threshold"))!,
      maxDrawdown: drawdownOf(invocation, config, loaded),
      metricsAddr: setting(invocation, "metrics-addr", config.text("live.metrics_addr"))!,
      logPath: setting(invocation, "log-path", config.text("live.log_path"))!,
      logLevel: config.text("log_level") as LogLevel,
      alerting: {
        ...(webhookUrl === undefined ? {} : { webhookUrl }),
        webhookFormat: config.text("live.alerting.webhook_format") as "json",
        maxDataGapSecs: whole("alert-max-data-gap-secs", "live.alerting.max_data_gap_secs"),
        maxOrderFailures: whole("alert-max-order-failures", "live.alerting.max_order_failures"),
        maxDrawdown: decimal(
          setting(invocation, "alert-max-drawdown", config.text("live.alerting.max_drawdown"))!,
          "--alert-max-drawdown",
        ).toNumber(),
      },
    },
  };
}

const PANIC_MODES = ["market", "aggressive-limit"];

/** How the legs of a group that failed are closed: Tesser's panic mode. @throws LabError `CLI_VALUE`. */
function panic({ text, whole }: Invocation): LiveOptions["groupExit"] {
  const mode = text("panic-mode") ?? "market";
  if (!PANIC_MODES.includes(mode)) throw unknownName("CLI_VALUE", "value of --panic-mode", mode, PANIC_MODES);
  if (mode === "aggressive-limit") return { offsetBps: whole("panic-limit-offset-bps", 50, 0) };
  if (text("panic-limit-offset-bps") !== undefined)
    throw new LabError("CLI_VALUE", "--panic-limit-offset-bps belongs to --panic-mode aggressive-limit.");
  return text("panic-mode") === undefined ? undefined : "market";
}

/** A session tells its results in the currency it settles in; who has asked for another is told so. */
function currencyNotice(config: Config, settles: string): readonly string[] {
  const key = "backtest.reporting_currency";
  const [asked, where] = [config.text(key), config.where(key)];
  if (where === undefined || where === "built in" || asked?.toUpperCase() === settles) return [];
  return [
    `${where}: reporting_currency ${asked!} does not convert anything: a session tells its results in the currency that its instruments settle in, here ${settles}.`,
  ];
}

/** @throws LabError `CLI_VALUE` for what is no JSON object. */
function confirmation(text: string): NonNullable<LiveOptions["confirm"]> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as NonNullable<LiveOptions["confirm"]>;
  } catch {
    // Said below, with what was given.
  }
  throw new LabError("CLI_VALUE", `--confirm takes the JSON object that the error without it shows, got '${text}'.`);
}

/** How the paper exchange treats orders, where a flag says so: it stands before the strategy file. */
function simulation({ text, whole }: Invocation): Partial<LiveOptions> {
  const [slippageBps, feeBps] = [text("slippage-bps"), text("fee-bps")];
  const rate = feeBps === undefined ? undefined : decimal(feeBps, "--fee-bps").div(10_000).toFixed();
  return {
    ...(slippageBps === undefined ? {} : { slippageBps: decimal(slippageBps, "--slippage-bps").toFixed() }),
    ...(rate === undefined ? {} : { fees: { maker: rate, taker: rate } }),
    ...(text("latency-ms") === undefined ? {} : { latencyMs: whole("latency-ms", 0, 0) }),
    ...(text("initial-equity") === undefined ? {} : { cash: decimal(text("initial-equity")!, "--initial-equity").toFixed() }),
  };
}

/** @throws LabError `CLI_VALUE` for a speed that is none. */
function paperVenue({ text }: Invocation, config: Config, data: Parameters<typeof replay>[0]): LiveOptions["venue"] {
  const speed = text("speed") ?? "max";
  if (speed !== "max" && !(Number(speed) > 0 && Number.isFinite(Number(speed))))
    throw new LabError("CLI_VALUE", `--speed must be max or a number above 0, got '${speed}'.`);
  const feed = replay(data, { speed: speed === "max" ? "max" : Number(speed) });
  // Only what somebody has set: a strategy file says what it was tested with.
  const held = [...config.balances()].filter(
    ([currency]) => config.where(`backtest.initial_balances.${currency.toLowerCase()}`) !== undefined,
  );
  const balances = Object.fromEntries(held.map(([currency, amount]) => [currency, amount.toFixed()]));
  const asked = text("initial-equity") !== undefined || held.length === 0;
  return paper({ feed, ...(asked ? {} : { balances }) }) as LiveOptions["venue"];
}
