import { Decimal, type ExitReason, type Trade } from "../core/index.js";
import { type Figure, figure, PALETTE } from "../display/index.js";
import { LabError, wrongInput } from "../errors/index.js";
import { counted } from "./format.js";
import { type ChartOptions, chartLayout, checkOptions } from "./frame.js";
import { EXIT_COLORS, tradeHover } from "./trade-marks.js";

const REASONS: Readonly<Record<ExitReason, string>> = {
  signal: "signal",
  stop: "stop",
  target: "target",
  reverse: "reversed",
  liquidation: "liquidated",
  end: "still open at the end",
};

/** A line of the legend without points: a trace with several symbols would show only its first. */
function legendKey(name: string, legendgroup: string, symbol: string, color: string): Record<string, unknown> {
  return { type: "scatter", mode: "markers", name, legendgroup, x: [null], y: [null], marker: { symbol, color, size: 8 } };
}

/**
 * Net P&L of each trade at the time it ended, coloured by how it ended; triangles point the way of the position.
 * @throws LabError `CHART_INPUT`, `CHART_EMPTY`, `OPTION_UNKNOWN`.
 */
export function tradeScatter(trades: readonly Trade[], options: ChartOptions = {}): Figure {
  if (!Array.isArray(trades)) throw wrongInput("CHART_INPUT", "tradeScatter", "a list of trades, such as run.trades", trades);
  checkOptions("tradeScatter", options, []);
  if (trades.length === 0) throw new LabError("CHART_EMPTY", "There are no trades to draw.");
  const total = trades.reduce((sum, trade) => sum.plus(trade.netPnl), new Decimal(0));
  const won = trades.filter((trade) => trade.netPnl.gt(0)).length;
  const reasons = (Object.keys(REASONS) as ExitReason[]).filter((reason) => trades.some((trade) => trade.exitReason === reason));
  const data = reasons.flatMap((reason): Record<string, unknown>[] => {
    const chosen = trades.filter((trade) => trade.exitReason === reason);
    const points = {
      type: "scatter",
      mode: "markers",
      legendgroup: reason,
      showlegend: false,
      x: chosen.map((trade) => trade.exitTime),
      y: chosen.map((trade) => trade.netPnl.toNumber()),
      text: chosen.map(tradeHover),
      hovertemplate: "%{text}<extra></extra>",
      marker: {
        size: 8,
        color: EXIT_COLORS[reason],
        opacity: 0.85,
        symbol: chosen.map((trade) => (trade.side === "long" ? "triangle-up" : "triangle-down")),
        line: { width: 0.5, color: "#ffffff" },
      },
    };
    return [points, legendKey(`${REASONS[reason]} (${chosen.length})`, reason, "square", EXIT_COLORS[reason])];
  });
  data.push(legendKey("long", "long", "triangle-up", PALETTE.grey), legendKey("short", "short", "triangle-down", PALETTE.grey));
  const summary = `${counted(trades.length, "trade")}, ${won} won (${((won / trades.length) * 100).toFixed(0)} %), net ${total.toDecimalPlaces(8).toFixed()}`;
  return figure({
    data,
    layout: {
      ...chartLayout("Trades", 400, options, [summary]),
      xaxis: { type: "date" },
      yaxis: { title: { text: "net P&L" }, zeroline: true, zerolinecolor: PALETTE.grey },
      showlegend: true,
    },
  });
}
