import { decimal, type Interval } from "../../core/index.js";
import { loadCandles } from "../../data/index.js";
import { plainText, table } from "../../display/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import { attachSession, type Config, exchangeProfile, type LiveOptions, listSessions, loadConfig, startLive } from "../../live/index.js";
import { type BybitOptions, createBybit } from "../../venues/bybit/index.js";
import { paper, replay } from "../../venues/paper/index.js";
import type { Command, Invocation } from "../command.js";

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** A flag, else the configuration's value. */
function setting({ text }: Invocation, flag: string, configured: string | undefined): string | undefined {
  return text(flag) ?? configured;
}

/** @throws LabError `CLI_VALUE` for flags that contradict each other or are missing. */
async function options(invocation: Invocation): Promise<LiveOptions> {
  const { text } = invocation;
  const environment = text("env");
  const config = loadConfig(environment === undefined ? {} : { environment });
  for (const problem of config.problems) process.stderr.write(`${problem}\n`);
  const file = text("strategy-config") ?? text("config");
  if (file === undefined) throw new LabError("CLI_VALUE", "Which strategy? --strategy-config strategies/x.toml.");
  const mode = text("exec") ?? text("live-exec") ?? "paper";
  if (mode !== "paper" && mode !== "live") throw unknownName("CLI_VALUE", "value of --exec", mode, ["paper", "live"]);
  if (text("quantity") !== undefined && text("sizer") !== undefined)
    throw new LabError("CLI_VALUE", "--quantity x means --sizer fixed:x: give one of the two.");
  const sizer = text("quantity") === undefined ? text("sizer") : `fixed:${text("quantity")!}`;
  const cap = (flag: string, key: string): string | undefined => {
    const value = setting(invocation, flag, config.text(`risk_management.${key}`));
    return value === undefined || Number(value) === 0 ? undefined : value;
  };
  const maxOrderQuantity = cap("risk-max-order-qty", "max_order_quantity");
  const maxPositionQuantity = cap("risk-max-position-qty", "max_position_quantity");
  const maxOrderNotional = cap("risk-max-order-notional", "max_order_notional");
  const whole = (flag: string, key: string): number => invocation.whole(flag, config.whole(key), 0);
  const webhookUrl = setting(invocation, "webhook-url", config.text("live.alerting.webhook_url"));
  const symbols = invocation.texts("symbol");
  const interval = text("interval");
  const record = text("record") ?? text("record-data");
  const common = {
    config: file,
    statePath: setting(invocation, "state-path", config.text("live.state_path"))!,
    ...(sizer === undefined ? {} : { sizer }),
    ...(record === undefined ? {} : { record }),
    risk: {
      ...(maxOrderQuantity === undefined ? {} : { maxOrderQuantity }),
      ...(maxPositionQuantity === undefined ? {} : { maxPositionQuantity }),
      ...(maxOrderNotional === undefined ? {} : { maxOrderNotional }),
    },
    trade: {
      ...(symbols.length === 0 ? {} : { symbols }),
      ...(interval === undefined ? {} : { interval: interval as Interval }),
      history: invocation.whole("history", 512, 0),
      reconcileSecs: whole("reconciliation-interval-secs", "live.reconciliation_interval_secs"),
      reconcileThreshold: setting(invocation, "reconciliation-threshold", config.text("live.reconciliation_threshold"))!,
      maxDrawdown: setting(invocation, "risk-max-drawdown", config.text("risk_management.max_drawdown"))!,
      metricsAddr: setting(invocation, "metrics-addr", config.text("live.metrics_addr"))!,
      logPath: setting(invocation, "log-path", config.text("live.log_path"))!,
      alerting: {
        ...(webhookUrl === undefined ? {} : { webhookUrl }),
        webhookFormat: config.text("live.alerting.webhook_format") as "json",
        maxDataGapSecs: whole("alert-max-data-gap-secs", "live.alerting.max_data_gap_secs"),
        maxOrderFailures: whole("alert-max-order-failures", "live.alerting.max_order_failures"),
        maxDrawdown: Number(setting(invocation, "alert-max-drawdown", config.text("live.alerting.max_drawdown"))),
      },
    },
  };
  const category = text("category");
  if (mode === "paper") {
    const given = {
      ...simulation(invocation),
      ...(category === undefined ? {} : { category: category as NonNullable<LiveOptions["category"]> }),
    };
    return { ...common, ...given, venue: await paperVenue(invocation, config) };
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
  return {
    ...common,
    venue,
    ...(confirmed === undefined ? {} : { confirm: confirmation(confirmed) }),
  };
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

/** Flags of what only the paper exchange is told. */
const PAPER_ONLY = ["slippage-bps", "fee-bps", "latency-ms", "initial-equity", "data", "speed"];

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

/** @throws LabError `CLI_VALUE` without data. */
async function paperVenue(invocation: Invocation, config: Config): Promise<LiveOptions["venue"]> {
  const { text } = invocation;
  const path = text("data");
  if (path === undefined) throw new LabError("CLI_VALUE", "Paper needs a recorded market: --data FILE.");
  const [symbol] = invocation.texts("symbol");
  const interval = text("interval");
  const data = await loadCandles(path, {
    ...(symbol === undefined ? {} : { symbol }),
    ...(interval === undefined ? {} : { interval: interval as NonNullable<Parameters<typeof loadCandles>[1]>["interval"] }),
  } as Parameters<typeof loadCandles>[1]);
  const speed = text("speed") ?? "max";
  const feed = replay(data, { speed: speed === "max" ? "max" : Number(speed) });
  // Only what somebody has set: a strategy file says what it was tested with.
  const held = [...config.balances()].filter(
    ([currency]) => config.where(`backtest.initial_balances.${currency.toLowerCase()}`) !== undefined,
  );
  const balances = Object.fromEntries(held.map(([currency, amount]) => [currency, amount.toFixed()]));
  const asked = text("initial-equity") !== undefined || held.length === 0;
  return paper({ feed, ...(asked ? {} : { balances }) }) as LiveOptions["venue"];
}

async function run(invocation: Invocation): Promise<number> {
  const session = await startLive(await options(invocation));
  print(`Session ${session.id}: ${session.strategy}, kept in ${session.statePath}`);
  for (const { message } of session.warnings) print(message);
  if (invocation.flag("detach")) {
    session.detach();
    return 0;
  }
  session.on("fill", (fill) => print(`${fill.side} ${fill.quantity.toFixed()} ${fill.symbol} at ${fill.price.toFixed()}`));
  const summary = await session.done;
  print(`${summary.status}: equity ${summary.equity.toFixed()} ${summary.currency}, ${summary.fills} fills`);
  return 0;
}

const ACTIONS = ["run", "list", "status", "stop"];

export const live: Command = {
  name: "live",
  words: "run|list|status|stop [ID]",
  count: [1, 2],
  summary: "Trades a strategy file on the paper exchange or on Bybit",
  help: [
    "run         starts a session in a process of its own and follows it; Ctrl+C lets go of it, it goes on",
    "list        sessions that are running",
    "status ID   how one fares, as JSON",
    "stop ID     ends one",
    "",
    "Settings come from config/*.toml and TESSERLAB__ variables where no flag says otherwise.",
  ].join("\n"),
  options: {
    "strategy-config": { type: "string", value: "FILE", help: "the strategy file" },
    config: { type: "string", value: "FILE", help: "the same" },
    exec: { type: "string", value: "paper|live", help: "where orders go; paper unless given" },
    "live-exec": { type: "string", value: "paper|live", help: "the same" },
    exchange: { type: "string", value: "PROFILE", help: "live: the [exchange.<name>] and the keys to use" },
    confirm: { type: "string", value: "JSON", help: "live: what is confirmed; the error without it says what" },
    env: { type: "string", value: "NAME", help: "reads config/NAME.toml as well" },
    data: { type: "string", value: "FILE", help: "paper: the recorded market" },
    speed: { type: "string", value: "X", help: "paper: times real time, or max" },
    symbol: { type: "string", multiple: true, value: "SYMBOL", help: "what to trade" },
    category: { type: "string", value: "linear", help: "linear, spot or inverse" },
    interval: { type: "string", value: "1m", help: "length of a candle" },
    quantity: { type: "string", value: "X", help: "fixed size; the same as --sizer fixed:X" },
    sizer: { type: "string", value: "fixed:X", help: "how entries are sized" },
    "slippage-bps": { type: "string", value: "X", help: "paper: market fills are worse by this" },
    "fee-bps": { type: "string", value: "X", help: "paper: fee of every fill" },
    "latency-ms": { type: "string", value: "N", help: "paper: time from request to market" },
    "initial-equity": { type: "string", value: "X", help: "paper: cash the account starts with" },
    history: { type: "string", value: "N", help: "candles the strategy sees first; 512" },
    "state-path": { type: "string", value: "FILE", help: "state file" },
    "metrics-addr": { type: "string", value: "HOST:PORT", help: "address of /metrics and /health" },
    record: { type: "string", value: "DIR", help: "keeps what the session sees and does as Parquet in this folder" },
    "record-data": { type: "string", value: "DIR", help: "the same" },
    "log-path": { type: "string", value: "FILE", help: "structured log" },
    "reconciliation-interval-secs": { type: "string", value: "N", help: "seconds between comparisons with the venue" },
    "reconciliation-threshold": { type: "string", value: "X", help: "difference of a balance that is an alert" },
    "webhook-url": { type: "string", value: "URL", help: "where alerts are posted; empty for the log only" },
    "alert-max-data-gap-secs": { type: "string", value: "N", help: "silence of data that is an alert" },
    "alert-max-order-failures": { type: "string", value: "N", help: "failed orders in a row that are an alert" },
    "alert-max-drawdown": { type: "string", value: "X", help: "fall of equity that is an alert" },
    "risk-max-order-qty": { type: "string", value: "X", help: "largest order, 0 for none" },
    "risk-max-order-notional": { type: "string", value: "X", help: "largest order value, 0 for none" },
    "risk-max-position-qty": { type: "string", value: "X", help: "largest position, 0 for none" },
    "risk-max-drawdown": { type: "string", value: "X", help: "fall of equity from which only reducing orders leave" },
    detach: { type: "boolean", help: "run: return at once; the session goes on" },
    "close-positions": { type: "boolean", help: "stop: close everything first" },
  },
  async run(invocation) {
    const [action = "", id] = invocation.words;
    if (!ACTIONS.includes(action)) throw unknownName("CLI_WORDS", "action of live", action, ACTIONS);
    if (action === "run") return run(invocation);
    if (action === "list") {
      print(plainText(table(listSessions())));
      return 0;
    }
    if (id === undefined)
      throw new LabError("CLI_WORDS", `tesserlab live ${action} takes the id of a session; tesserlab live list shows them.`);
    const session = await attachSession(id);
    if (action === "status") {
      print(JSON.stringify(await session.health().catch(() => session.status()), null, 2));
      session.detach();
    } else {
      const summary = await session.stop({ closePositions: invocation.flag("close-positions") });
      print(`${summary.status}: equity ${summary.equity.toFixed()} ${summary.currency}, ${summary.openPositions} positions open`);
    }
    return 0;
  },
};
