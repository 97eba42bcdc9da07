import { algorithmQuality, type OrderQuality, orderQuality, type QualityOptions, type QualitySource } from "../analytics/index.js";
import { type Figure, figure, PALETTE } from "../display/index.js";
import { hasMembers, LabError, wrongInput } from "../errors/index.js";
import { amountText, counted, minuteText } from "./format.js";
import { type ChartOptions, chartLayout, checkOptions, plainTitle } from "./frame.js";

/** Where arrival prices come from and what orders are grouped by, of a run or a session; rows have both already. */
export interface ExecutionQualityOptions extends ChartOptions, QualityOptions {}

/** An order whose shortfall is known. */
type Priced = OrderQuality & { readonly shortfallBps: NonNullable<OrderQuality["shortfallBps"]> };

const isPriced = (row: OrderQuality): row is Priced => row.shortfallBps !== null;
const BAR = 0.8;
/** Share of a bar's width that its orders are spread over. */
const SPREAD = 0.75;

function hover({ order, side, symbol, filled, quantity, arrival, vwap, shortfallBps, fees, time }: Priced): string {
  return [
    `${side} ${filled.toFixed()} of ${quantity.toFixed()} ${plainTitle(symbol)}, order ${plainTitle(order)}, ${minuteText(time)}`,
    `arrival ${arrival!.toFixed()}, filled at ${amountText(vwap!.toNumber())}`,
    `shortfall ${amountText(shortfallBps.toNumber())} bps, fees ${amountText(fees.toNumber())}`,
  ].join("<br>");
}

/** Whether the prices that orders are measured against are generated. */
function isSynthetic(input: QualitySource | readonly OrderQuality[], { synthetic, prices }: ExecutionQualityOptions): boolean {
  const candles = [...(prices ?? []), ...("orders" in input ? (input.series ?? []) : [])];
  return synthetic ?? candles.some((one) => "source" in one && one.source.synthetic);
}

/**
 * What executing cost: implementation shortfall against the arrival price, fees included, in basis points. A bar a group (algorithm, route or role), weighted by value at
 * arrival; a point an order, from left to right in time. Above zero is a cost, below a gain.
 * @param input - a run, a stored session, or rows of `quality.orders`.
 * @throws LabError `CHART_INPUT`, `CHART_EMPTY` where no order has an arrival price and a fill, `OPTION_UNKNOWN`, `QUALITY_SOURCE`, `QUALITY_PRICES`.
 * @example charts.executionQuality(run)
 */
export function executionQuality(input: QualitySource | readonly OrderQuality[], options: ExecutionQualityOptions = {}): Figure {
  checkOptions("executionQuality", options, ["prices", "group"]);
  if (!Array.isArray(input) && !hasMembers(input, "orders", "fills"))
    throw wrongInput("CHART_INPUT", "executionQuality", "a run, a stored session or rows of quality.orders", input);
  const rows = "orders" in input ? orderQuality(input, options) : input;
  const priced = rows.filter(isPriced);
  if (priced.length === 0)
    throw new LabError("CHART_EMPTY", "No order has both an arrival price and a fill: there is no shortfall to draw.");
  const groups = algorithmQuality(rows).filter(({ shortfallBps }) => shortfallBps !== null);
  const [all] = algorithmQuality(priced.map((row) => ({ ...row, group: "all" })));
  const costs = groups.map(({ shortfallBps }) => shortfallBps!.toNumber());
  const points = groups.flatMap(({ group }, at) => {
    const own = priced.filter((row) => row.group === group).sort((a, b) => a.time - b.time);
    return own.map((row, i) => ({ row, x: at + SPREAD * ((i + 0.5) / own.length - 0.5) }));
  });
  const left = rows.length - priced.length;
  const subtitles = [
    `${counted(priced.length, "order")}, ${amountText(all!.shortfallBps!.toNumber())} bps in all, fees ${amountText(all!.fees.toNumber())}`,
    "above zero is a cost",
    ...(left === 0 ? [] : [`${left} without a fill or an arrival price left out`]),
  ];
  return figure({
    data: [
      {
        type: "bar",
        name: "group, weighted by value",
        x: groups.map((_, at) => at),
        y: costs,
        width: BAR,
        marker: { color: costs.map((cost) => (cost > 0 ? PALETTE.down : PALETTE.up)), opacity: 0.6 },
        text: groups.map(({ group, orders, shortfallBps, fillRate }) =>
          plainTitle(
            `${group}: ${amountText(shortfallBps!.toNumber())} bps over ${counted(orders, "order")}, ${amountText(fillRate!.toNumber() * 100)} % filled`,
          ),
        ),
        textposition: "none",
        hovertemplate: "%{text}<extra></extra>",
        showlegend: false,
      },
      {
        type: "scatter",
        mode: "markers",
        name: "order",
        x: points.map(({ x }) => x),
        y: points.map(({ row }) => row.shortfallBps.toNumber()),
        text: points.map(({ row }) => hover(row)),
        hovertemplate: "%{text}<extra></extra>",
        marker: { size: 6, color: PALETTE.ink, opacity: 0.6, line: { width: 0.5, color: "#ffffff" } },
        showlegend: false,
      },
    ],
    layout: {
      ...chartLayout("Execution quality", 420, { ...options, synthetic: isSynthetic(input, options) }, subtitles),
      xaxis: {
        tickvals: groups.map((_, at) => at),
        ticktext: groups.map(({ group }) => plainTitle(`${group} (${priced.filter((row) => row.group === group).length})`)),
        range: [-0.5, groups.length - 0.5],
        showgrid: false,
        zeroline: false,
      },
      yaxis: { title: { text: "implementation shortfall, bps" }, zeroline: true, zerolinecolor: PALETTE.grey },
    },
  });
}
