import { plainText, table } from "../../display/index.js";
import { LabError, unknownName } from "../../errors/index.js";
import { attachSession, listSessions, type SessionCommand, startLive } from "../../live/index.js";
import { type Command, type Invocation, refuseForeign } from "../command.js";
import { liveRequest } from "../live-options.js";
import { LIVE_ELSEWHERE } from "../tesser.js";

const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function run(invocation: Invocation): Promise<number> {
  const { options, notices, currencyNotice } = await liveRequest(invocation);
  for (const notice of notices) process.stderr.write(`${notice}\n`);
  const session = await startLive(options);
  process.once("SIGINT", () => {
    process.stderr.write(`Session ${session.id} goes on; tesserlab live stop ${session.id} ends it.\n`, () => process.exit(130));
  });
  const { currency } = await session.summary();
  for (const notice of currencyNotice(currency)) process.stderr.write(`${notice}\n`);
  print(`Session ${session.id}: ${session.strategy}, kept in ${session.statePath}`);
  if (session.logPath !== undefined) print(`Log: ${session.logPath}`);
  for (const { message } of session.warnings) print(message);
  if (invocation.flag("detach")) {
    session.detach();
    return 0;
  }
  session.on("fill", (fill) => print(`${fill.side} ${fill.quantity.toFixed()} ${fill.symbol} at ${fill.price.toFixed()}`));
  session.on("alert", ({ title, message }) => process.stderr.write(`${title}. ${message}\n`));
  const summary = await session.done;
  print(`${summary.status}: equity ${summary.equity.toFixed()} ${summary.currency}, ${summary.fills} fills`);
  return 0;
}

const ACTIONS = ["run", "list", "status", "stop", "command"];

/** Gives a session a command: a name, or an object as JSON. */
async function command(id: string, order: string | undefined): Promise<number> {
  if (order === undefined)
    throw new LabError("CLI_WORDS", "tesserlab live command takes a session's id and a command, such as clearLiquidateOnly or confirm.");
  const session = await attachSession(id);
  try {
    print(JSON.stringify(await session.command(orderOf(order)), null, 2));
    return 0;
  } finally {
    session.detach();
  }
}

/** @throws LabError `CLI_VALUE` for what looks like an object and is none. */
function orderOf(text: string): SessionCommand {
  if (!text.trimStart().startsWith("{")) return { type: text } as SessionCommand;
  try {
    return JSON.parse(text) as SessionCommand;
  } catch (error) {
    throw new LabError("CLI_VALUE", `A command is a name or a JSON object, got '${text}': ${(error as Error).message}.`);
  }
}

export const live: Command = {
  name: "live",
  words: "run|list|status|stop|command [ID]",
  count: [1, 3],
  summary: "Trades a strategy file on the paper exchange or on Bybit",
  help: [
    "run         starts a session in a process of its own and follows it; Ctrl+C lets go of it, it goes on",
    "list        sessions that are running",
    "status ID   how one fares, as JSON",
    "stop ID     ends one, with --close-positions once it is flat",
    'command ID COMMAND  gives one an operator\'s command, such as clearLiquidateOnly, confirm, disable or \'{"type":"cancel","orderId":"…"}\', and prints its answer',
    "",
    "On paper it trades on a recorded market: --data FILE, --book FILE; without either on made-up candles, and says so. --exec live sends orders to Bybit: it needs limits and --confirm,",
    "and never asks. Flags stand before variables TESSERLAB__…, those before config/local.toml, config/NAME.toml and config/default.toml, those before what is built in. No file is needed.",
    "Limits: a flag holds; else the tighter of the strategy file's [risk_management] and what is configured.",
  ].join("\n"),
  options: {
    "strategy-config": { type: "string", value: "FILE", help: "the strategy file" },
    config: { type: "string", value: "FILE", help: "the same" },
    exec: { type: "string", value: "paper|live", help: "where orders go; paper unless given" },
    "live-exec": { type: "string", value: "paper|live", help: "the same" },
    exchange: { type: "string", value: "PROFILE", help: "live: the [exchange.<name>] and its keys; Bybit's testnet unless given" },
    confirm: { type: "string", value: "JSON", help: "live: what is confirmed; the error without it says what" },
    env: { type: "string", value: "NAME", help: "reads config/NAME.toml as well" },
    data: {
      type: "string",
      multiple: true,
      value: "FILE",
      help: "paper: recorded candles, or a session's recording; several for several symbols",
    },
    book: { type: "string", multiple: true, value: "FILE", help: "paper: recorded order books and trades (JSON lines)" },
    "lob-data": { type: "string", multiple: true, value: "FILE", help: "the same" },
    speed: { type: "string", value: "X", help: "paper: times real time, or max; max unless given" },
    symbol: { type: "string", multiple: true, value: "SYMBOL", help: "what to trade" },
    category: { type: "string", value: "KIND", help: "linear, spot or inverse; the strategy file's, else linear" },
    interval: { type: "string", value: "1m", help: "length of a candle; the strategy file's, else the data's" },
    "markets-file": { type: "string", value: "FILE", help: "instruments, a [[markets]] each; what is traded must stand there" },
    "orderbook-depth": { type: "string", value: "N", help: "levels of a side of an order book that the strategy sees" },
    quantity: { type: "string", value: "X", help: "fixed size; the same as --sizer fixed:X" },
    sizer: { type: "string", value: "fixed:X", help: "how entries are sized: fixed, percent, risk-adjusted and others" },
    "slippage-bps": { type: "string", value: "X", help: "paper: market fills are worse by this" },
    "fee-bps": { type: "string", value: "X", help: "paper: fee of every fill" },
    "latency-ms": { type: "string", value: "N", help: "paper: time from request to market" },
    "initial-equity": { type: "string", value: "X", help: "paper: cash the account starts with; 10000 unless given" },
    history: { type: "string", value: "N", help: "candles the strategy sees first; 512 unless given" },
    "panic-mode": { type: "string", value: "MODE", help: "closes the legs of a group that failed: market or aggressive-limit" },
    "panic-limit-offset-bps": { type: "string", value: "N", help: "aggressive-limit: so far beyond the price; 50 unless given" },
    "state-path": { type: "string", value: "FILE", help: "state file" },
    "metrics-addr": { type: "string", value: "HOST:PORT", help: "address of /metrics and /health; port 0 takes a free one" },
    record: { type: "string", value: "DIR", help: "keeps what the session sees and does as Parquet in this folder" },
    "record-data": { type: "string", value: "DIR", help: "the same" },
    "log-path": {
      type: "string",
      value: "FILE",
      help: "structured log, {session} stands for the session's id; logs/{session}.json unless given",
    },
    "reconciliation-interval-secs": { type: "string", value: "N", help: "seconds between comparisons with the venue" },
    "reconciliation-threshold": { type: "string", value: "X", help: "difference of a balance, a fraction, that is an alert" },
    "webhook-url": { type: "string", value: "URL", help: "where alerts are posted; empty for the log only" },
    "alert-max-data-gap-secs": { type: "string", value: "N", help: "silence of data that is an alert, 0 for never" },
    "alert-max-order-failures": { type: "string", value: "N", help: "failed orders in a row that are an alert, 0 for never" },
    "alert-max-drawdown": { type: "string", value: "X", help: "fall of equity, a fraction, that is an alert, 0 for never" },
    "risk-max-order-qty": { type: "string", value: "X", help: "largest order, 0 for none" },
    "risk-max-order-notional": { type: "string", value: "X", help: "largest order value, 0 for none" },
    "risk-max-position-qty": { type: "string", value: "X", help: "largest position, 0 for none" },
    "risk-max-drawdown": { type: "string", value: "X", help: "fall of equity, a fraction, from which only reducing orders leave" },
    detach: { type: "boolean", help: "return at once; the session goes on" },
    "close-positions": { type: "boolean", help: "stop: close everything first" },
  },
  elsewhere: LIVE_ELSEWHERE,
  async run(invocation) {
    const [action = "", id, order] = invocation.words;
    if (!ACTIONS.includes(action)) throw unknownName("CLI_WORDS", "action of live", action, ACTIONS);
    refuseForeign("live", action, foreignTo(action), invocation.flag);
    if (order !== undefined && action !== "command")
      throw new LabError("CLI_WORDS", `tesserlab live ${action} takes no word '${order}'; see tesserlab live --help.`);
    if (action === "run") {
      if (id !== undefined) throw new LabError("CLI_WORDS", `tesserlab live run takes no word: is --strategy-config ${id} meant?`);
      return run(invocation);
    }
    if (action === "list") {
      if (id !== undefined) throw new LabError("CLI_WORDS", `tesserlab live list takes no word: is status ${id} meant?`);
      const sessions = listSessions();
      print(sessions.length === 0 ? "No session is running." : plainText(table(sessions)));
      return 0;
    }
    if (id === undefined)
      throw new LabError("CLI_WORDS", `tesserlab live ${action} takes the id of a session; tesserlab live list shows them.`);
    if (action === "command") return command(id, order);
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

/** Options of other actions. */
function foreignTo(action: string): readonly string[] {
  const ofStop = "close-positions";
  if (action === "run") return [ofStop];
  return Object.keys(live.options).filter((name) => action !== "stop" || name !== ofStop);
}
