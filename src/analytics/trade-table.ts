import { decimalText, type ExitReason, type Trade, timeText } from "../core/index.js";
import { type TradeSource, tradesOf } from "./source.js";

/** Column names of a trade table, in their order. */
export const TRADE_COLUMNS: readonly (keyof TradeRow)[] = [
  "trade",
  "symbol",
  "side",
  "quantity",
  "entryTime",
  "entryPrice",
  "exitTime",
  "exitPrice",
  "grossPnl",
  "fees",
  "netPnl",
  "return",
  "bars",
  "exitReason",
];

/** A trade as a plain row: money, prices and quantity as exact decimal text, times as RFC 3339 in UTC. */
export interface TradeRow {
  /** Number of the trade, from 1. */
  readonly trade: number;
  readonly symbol: string;
  readonly side: Trade["side"];
  readonly quantity: string;
  readonly entryTime: string;
  readonly entryPrice: string;
  readonly exitTime: string;
  readonly exitPrice: string;
  readonly grossPnl: string;
  readonly fees: string;
  readonly netPnl: string;
  /** Net P&L over the entry's value, as a fraction. */
  readonly return: number;
  readonly bars: number;
  readonly exitReason: ExitReason;
}

/** The trades as rows for a table, a frame or a file: plain frozen objects whose keys are {@link TRADE_COLUMNS}, in that order. */
export function tradeTable(source: TradeSource): readonly TradeRow[] {
  return tradesOf(source).map((trade) =>
    Object.freeze({
      trade: trade.index + 1,
      symbol: trade.symbol,
      side: trade.side,
      quantity: decimalText(trade.quantity),
      entryTime: timeText(trade.entryTime),
      entryPrice: decimalText(trade.entryPrice),
      exitTime: timeText(trade.exitTime),
      exitPrice: decimalText(trade.exitPrice),
      grossPnl: decimalText(trade.grossPnl),
      fees: decimalText(trade.fees),
      netPnl: decimalText(trade.netPnl),
      return: trade.return,
      bars: trade.bars,
      exitReason: trade.exitReason,
    }),
  );
}
