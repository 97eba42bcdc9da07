import type { Decimal, EpochMs, ExitReason, Side, Trade } from "../core/index.js";
import { PALETTE } from "../display/index.js";
import { minuteText, percentText } from "./format.js";

/** Colour of a way out, the same on every chart. */
export const EXIT_COLORS: Readonly<Record<ExitReason, string>> = {
  signal: PALETTE.blue,
  stop: PALETTE.vermilion,
  target: PALETTE.green,
  reverse: PALETTE.purple,
  liquidation: PALETTE.orange,
  end: PALETTE.grey,
};

/** What hovering over a trade tells: exact prices and amounts. */
export function tradeHover(trade: Trade): string {
  return [
    `<b>trade ${trade.index} ${trade.side} ${trade.quantity.toFixed()}</b>`,
    `in ${minuteText(trade.entryTime)} at ${trade.entryPrice.toSignificantDigits(12).toFixed()}`,
    `out ${minuteText(trade.exitTime)} at ${trade.exitPrice.toSignificantDigits(12).toFixed()} (${trade.exitReason})`,
    `net ${trade.netPnl.toFixed()} (${percentText(trade.return)}), fees ${trade.fees.toFixed()}`,
  ].join("<br>");
}

/** Smaller where there are many, so that the prices stay visible. */
const markSize = (trades: number): number => (trades <= 30 ? 9 : trades <= 120 ? 7 : 5);

function marks(
  name: string,
  symbol: string,
  color: string,
  size: number,
  points: readonly { x: number; y: number; text: string }[],
): Record<string, unknown> {
  return {
    type: "scatter",
    mode: "markers",
    name,
    x: points.map((p) => p.x),
    y: points.map((p) => p.y),
    text: points.map((p) => p.text),
    hovertemplate: "%{text}<extra></extra>",
    marker: { symbol, color, size, line: { width: 1, color: "#ffffff" } },
  };
}

/** Trades on a price chart: a triangle where each begins (up for long), a cross where it ends and a line between, coloured by its result. */
export function tradeTraces(trades: readonly Trade[]): Record<string, unknown>[] {
  if (trades.length === 0) return [];
  const links = (won: boolean): Record<string, unknown> => {
    const chosen = trades.filter((trade) => trade.netPnl.gt(0) === won);
    return {
      type: "scatter",
      mode: "lines",
      name: won ? "won" : "lost",
      x: chosen.flatMap((trade) => [trade.entryTime, trade.exitTime, null]),
      y: chosen.flatMap((trade) => [trade.entryPrice.toNumber(), trade.exitPrice.toNumber(), null]),
      line: { width: 1.5, dash: "dot", color: won ? PALETTE.up : PALETTE.down },
      hoverinfo: "skip",
      showlegend: false,
    };
  };
  const entries = (side: Trade["side"]): { x: number; y: number; text: string }[] =>
    trades
      .filter((trade) => trade.side === side)
      .map((trade) => ({ x: trade.entryTime, y: trade.entryPrice.toNumber(), text: tradeHover(trade) }));
  const exits = (won: boolean): { x: number; y: number; text: string }[] =>
    trades
      .filter((trade) => trade.netPnl.gt(0) === won)
      .map((trade) => ({ x: trade.exitTime, y: trade.exitPrice.toNumber(), text: tradeHover(trade) }));
  const size = markSize(trades.length);
  return [
    links(true),
    links(false),
    marks("long entry", "triangle-up", PALETTE.ink, size, entries("long")),
    marks("short entry", "triangle-down", PALETTE.ink, size, entries("short")),
    marks("exit, won", "x", PALETTE.up, size, exits(true)),
    marks("exit, lost", "x", PALETTE.down, size, exits(false)),
  ].filter((trace) => (trace.x as unknown[]).length > 0);
}

/** What is drawn of an execution: a `Fill` and a `VenueExecution` are such. */
export interface FillMark {
  readonly time: EpochMs;
  readonly side: Side;
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly liquidity?: "maker" | "taker";
}

/** Single executions on a price chart: a triangle up for a buy, down for a sell. */
export function fillTraces(fills: readonly FillMark[]): Record<string, unknown>[] {
  const points = (side: Side): { x: number; y: number; text: string }[] =>
    fills
      .filter((fill) => fill.side === side)
      .map(({ time, quantity, price, liquidity }) => ({
        x: time,
        y: price.toNumber(),
        text: `<b>${side} ${quantity.toFixed()}</b> at ${price.toFixed()}${liquidity === undefined ? "" : `, ${liquidity}`}<br>${minuteText(time)}`,
      }));
  const size = markSize(fills.length);
  return [
    marks("bought", "triangle-up", PALETTE.up, size, points("buy")),
    marks("sold", "triangle-down", PALETTE.down, size, points("sell")),
  ].filter((trace) => (trace.x as unknown[]).length > 0);
}
