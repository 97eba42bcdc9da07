import { Decimal, type EquityPoints, timeText } from "../../core/index.js";
import { type MimeBundle, type Table, table } from "../../display/index.js";
import type { Health, SessionHandle, SessionOverview, SessionReport } from "../../live/index.js";
import { routerRows } from "./run.js";
import { type Part, section } from "./section.js";
import { ORDER_NUMBERS, orderCells, POSITION_NUMBERS, positionCells, rightly } from "./trading-tables.js";

/** `Session abcdefghij: SmaCross on paper`. */
export function sessionTitle({ id, strategy, venue }: SessionHandle): string {
  return `Session ${id}: ${strategy} on ${venue}`;
}

/** Everything a person looks at, at one moment. */
function overviewParts(overview: SessionOverview, report: SessionReport): readonly Part[] {
  const { summary, positions, equity } = overview;
  const health = overview.health;
  const open = positions.filter(({ quantity }) => !quantity.isZero());
  const failed = summary.error === undefined ? [] : [`The session failed: ${summary.error.message} (${summary.error.code})`];
  return [
    {
      lines: [
        statusLine(overview, report),
        profitLine(overview),
        ...routerLine(overview),
        ...(health === undefined ? [] : [healthLine(health)]),
      ],
    },
    sparkline(equity),
    { warnings: [...failed, ...doubtsOf(health), ...summary.warnings.map(({ message }) => message)] },
    open.length > 0 ? positionTable(open) : { lines: ["No positions."] },
    overview.openOrders.length > 0 ? orderTable(overview.openOrders) : { lines: ["No open orders."] },
    ...(overview.fills.length > 0 ? [fillTable(overview.fills)] : []),
    ...(overview.audits.length > 0 ? [auditTable(overview.audits)] : []),
  ];
}

/** A session at one moment as a bundle. */
export async function overviewBundle(session: SessionHandle): Promise<{ readonly bundle: MimeBundle; readonly report: SessionReport }> {
  const overview = await session.overview();
  // The status comes last: of a running session it must not be older than the figures beside it.
  const report = await session.status();
  return { bundle: await section(sessionTitle(session), overviewParts(overview, report)), report };
}

function statusLine({ summary }: SessionOverview, { status, bars, length, marketTime }: SessionReport): string {
  const at = marketTime === undefined ? "" : `, market time ${timeText(marketTime)}`;
  const { equity, currency, fees, fills } = summary;
  // How long a session on a venue will be, nobody knows.
  const far = length === bars && status !== "completed" ? `${bars} bars` : `${bars} of ${length} bars`;
  return `${status}, ${far}${at}; equity ${equity.toFixed(8)} ${currency}, ${fills} fills, fees ${fees.toFixed(8)}`;
}

function profitLine({ summary, positions }: SessionOverview): string {
  const { equity, initialCash, currency, totalReturn, maxDrawdown, trades, wins } = summary;
  const profit = equity.minus(initialCash);
  const open = positions.reduce((sum, { unrealizedPnl }) => sum.plus(unrealizedPnl), new Decimal(0));
  const percent = (fraction: number): string => `${(fraction * 100).toFixed(2)} %`;
  const parts = [`P&L ${signed(profit)} ${currency} (${percent(totalReturn)})`, `open ${signed(open)}`];
  return [...parts, `drawdown ${percent(maxDrawdown)}`, `${trades} round trips, ${wins} won`].join(", ");
}

/** Quotes, and what became of them; none where nothing rests. */
function routerLine({ summary: { router } }: SessionOverview): string[] {
  const rows = router === undefined ? [] : routerRows(router);
  return rows.length === 0
    ? []
    : [`router ${router!.style}: ${rows.map(({ figure, value }) => `${figure.toLowerCase()} ${value}`).join("; ")}`];
}

const signed = (value: Decimal): string => `${value.isNegative() ? "" : "+"}${value.toFixed(8)}`;

function healthLine({ links, breaker, tradingEnabled, metrics }: Health): string {
  const told = Object.entries(links).map(([link, state]) => `${link} link ${state}`);
  const parts = [...told, `breaker ${breaker.state}`, tradingEnabled ? "trading" : "not trading"];
  return [...parts, ...(metrics === undefined ? [] : [`metrics at ${metrics}`])].join(", ");
}

/** What an operator should look at now. */
function doubtsOf(health: Health | undefined): readonly string[] {
  if (health === undefined) return [];
  const { links, breaker, tradingEnabled, blocked, why, alerts } = health;
  const down = Object.entries(links).filter(([, state]) => state !== "healthy");
  return [
    ...down.map(([link, state]) => `The ${link} link is ${state}.`),
    ...(breaker.state === "closed"
      ? []
      : [`The circuit breaker is ${breaker.state}: ${breaker.lastTripReason ?? "it was opened by hand"}.`]),
    ...(blocked ? ["Nothing is entered until session and venue agree."] : []),
    ...why,
    ...(tradingEnabled || blocked ? [] : ["Trading is disabled; session.enable() enables it."]),
    ...alerts.map(({ time, title, message }) => `${timeText(time)} ${title}. ${message}`),
  ];
}

function positionTable(positions: SessionOverview["positions"]): Table {
  const rows = positions.map((position) => ({ ...positionCells(position), realizedPnl: position.realizedPnl.toFixed() }));
  return table(rows, { title: "Positions", align: { ...POSITION_NUMBERS, ...rightly("realizedPnl") } });
}

function orderTable(orders: SessionOverview["openOrders"]): Table {
  const rows = orders.map((order) => ({ order: order.id, ...orderCells(order) }));
  return table(rows, { title: "Open orders", align: ORDER_NUMBERS });
}

function fillTable(fills: SessionOverview["fills"]): Table {
  const rows = fills.map(({ time, symbol, side, role, quantity, price, fee, feeCurrency }) => ({
    time: timeText(time),
    symbol,
    side,
    role,
    quantity: quantity.toFixed(),
    price: price.toFixed(),
    fee: `${fee.toFixed()} ${feeCurrency}`,
  }));
  return table(rows, { title: "Last fills", align: rightly("quantity", "price", "fee") });
}

function auditTable(audits: SessionOverview["audits"]): Table {
  // What happens before a recorded market begins has no time of it.
  const rows = audits.map(({ sequence, time, text }) => ({ line: sequence, time: time > 0 ? timeText(time) : "", event: text }));
  return table(rows, { title: "Last audits" });
}

const WIDTH = 420;
const HEIGHT = 48;
const POINTS = 210;

/** The equity curve as a small drawing: it must be cheap to paint twice a second. */
function sparkline({ time, value, initial }: EquityPoints): Part {
  const length = value.length;
  if (length < 2) return { lines: [] };
  const step = Math.max(1, Math.ceil(length / POINTS));
  const shown = [initial, ...Array.from({ length: Math.ceil(length / step) }, (_, i) => value[Math.min(length - 1, (i + 1) * step - 1)]!)];
  const [least, most] = [Math.min(...shown), Math.max(...shown)];
  const y = (level: number): string => (HEIGHT - 2 - ((level - least) / (most - least || 1)) * (HEIGHT - 4)).toFixed(1);
  const points = shown.map((level, i) => `${((i / (shown.length - 1)) * WIDTH).toFixed(1)},${y(level)}`).join(" ");
  const span = `${timeText(time[0]!)} to ${timeText(time[length - 1]!)}`;
  const size = `width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}"`;
  const start = `<line x1="0" x2="${WIDTH}" y1="${y(initial)}" y2="${y(initial)}" stroke="currentColor" stroke-opacity=".3" stroke-dasharray="3 3"/>`;
  const curve = `<polyline points="${points}" fill="none" stroke="#0072b2" stroke-width="1.5"/>`;
  return {
    html: `<svg role="img" aria-label="Equity, ${span}" ${size} style="display:block;margin:.3em 0">${start}${curve}</svg>`,
    text: `equity from ${least.toFixed(2)} to ${most.toFixed(2)}, ${span}`,
  };
}
