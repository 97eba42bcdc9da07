import type { Decimal, EpochMs, EquityPoints, Fill, Order, Position, Trade } from "../core/index.js";
import type { Json, SessionRecord, SessionStatus, SessionWarning, StoredRouter } from "./records.js";

/** A session at a glance. Money is exact; fractions are doubles. */
export interface SessionSummary {
  readonly format: "tesserlab";
  readonly session: string;
  readonly strategy: string;
  readonly venue: string;
  readonly status: SessionStatus;
  readonly error: SessionRecord["error"];
  /** Wall time. */
  readonly started: EpochMs;
  readonly ended: EpochMs | undefined;
  /** Open time of the newest bar. */
  readonly marketTime: EpochMs | undefined;
  readonly bars: number;
  readonly currency: string;
  readonly initialCash: Decimal;
  readonly equity: Decimal;
  readonly balance: Decimal;
  /** Equity over initial cash, less 1. */
  readonly totalReturn: number;
  /** Largest fall from a peak as a fraction of it, from the equity curve and the initial cash. */
  readonly maxDrawdown: number;
  readonly fees: Decimal;
  readonly funding: Decimal;
  readonly orders: number;
  readonly workingOrders: number;
  readonly refusedOrders: number;
  readonly fills: number;
  /** Closed round trips. */
  readonly trades: number;
  readonly wins: number;
  readonly openPositions: number;
  /** What the router has done; absent from files of a release that kept none. */
  readonly router: StoredRouter | undefined;
  readonly warnings: SessionRecord["warnings"];
}

/** What a summary is made of. */
export interface SummaryParts {
  readonly record: SessionRecord;
  readonly equity: EquityPoints;
  readonly orders: readonly Order[];
  readonly fills: readonly Fill[];
  readonly trades: readonly Trade[];
  readonly positions: readonly Position[];
  readonly router: StoredRouter | undefined;
  /** Switches of the file. */
  readonly flags: ReadonlyMap<string, Json>;
}

/** What switches of a state file mean for the next session on it. */
function switchWarnings(flags: ReadonlyMap<string, Json>): readonly SessionWarning[] {
  const tripped = flags.get("liquidateOnly") as { readonly reason: string } | undefined;
  const warnings: SessionWarning[] = [];
  if (tripped !== undefined)
    warnings.push({ code: "LIQUIDATE_ONLY", message: `The drawdown switch of this state file is on: ${tripped.reason}` });
  if (flags.has("disabled"))
    warnings.push({
      code: "TRADING_DISABLED",
      message: "An operator has disabled trading on this state file: its strategy only leaves positions.",
    });
  if (flags.has("restored"))
    warnings.push({
      code: "RESTORED",
      message: "This state file was restored from a backup: nothing is entered until it agrees with its venue.",
    });
  return warnings;
}

function maxDrawdown({ initial, value }: EquityPoints): number {
  let peak = initial;
  let worst = 0;
  for (const equity of value) {
    if (equity > peak) peak = equity;
    else worst = Math.max(worst, (peak - equity) / peak);
  }
  return worst;
}

/** The figures a person asks for first. */
export function summarize({ record, equity, orders, fills, trades, positions, router, flags }: SummaryParts): SessionSummary {
  const count = (status: Order["status"]): number => orders.filter((order) => order.status === status).length;
  const closed = trades.filter((trade) => trade.exitReason !== "end");
  return {
    format: "tesserlab",
    session: record.id,
    strategy: record.strategy,
    venue: record.venue,
    status: record.status,
    error: record.error,
    started: record.started,
    ended: record.ended,
    marketTime: record.marketTime,
    bars: record.bars,
    currency: record.currency,
    initialCash: record.initialCash,
    equity: record.equity,
    balance: record.balance,
    totalReturn: record.equity.div(record.initialCash).minus(1).toNumber(),
    maxDrawdown: maxDrawdown(equity),
    fees: record.fees,
    funding: record.funding,
    orders: orders.length,
    workingOrders: count("working") + count("partiallyFilled"),
    refusedOrders: count("refused"),
    fills: fills.length,
    trades: closed.length,
    wins: closed.filter((trade) => trade.netPnl.gt(0)).length,
    openPositions: positions.filter((position) => !position.quantity.isZero()).length,
    router,
    warnings: [...record.warnings, ...switchWarnings(flags)],
  };
}
