import type { Explanation } from "../../backtest/index.js";
import { type Order, timeText } from "../../core/index.js";
import { type MimeBundle, type Table, table } from "../../display/index.js";
import type { Decision } from "../../execution/index.js";
import { refusalText } from "./order-checks.js";
import { section, warningText } from "./section.js";

const title = ({ bar, time }: Explanation): string => `Bar ${bar}, ${timeText(time)}`;

/** The candle, the equity and the positions, one a line. */
function stateLines({ candle, equity, positions }: Explanation): string[] {
  const { open, high, low, close, volume } = candle;
  const held = positions
    .filter(({ quantity }) => !quantity.isZero())
    .map(({ symbol, quantity, averageEntry, unrealizedPnl }) => {
      const at = averageEntry === undefined ? "" : ` at ${averageEntry.toDecimalPlaces(12).toFixed()}`;
      return `position ${quantity.toFixed()} ${symbol}${at}, unrealized ${unrealizedPnl.toDecimalPlaces(12).toFixed()}`;
    });
  return [
    `open ${open.toFixed()}, high ${high.toFixed()}, low ${low.toFixed()}, close ${close.toFixed()}, volume ${volume.toFixed()}`,
    `equity ${equity.toFixed()}`,
    ...(held.length === 0 ? ["flat"] : held),
  ];
}

function orderRow(order: Order): Record<string, string> {
  const { id, symbol, side, type, role, quantity, filledQuantity, price, triggerPrice, status, route, exitReason, entryId } = order;
  return {
    id,
    order: `${side} ${type} ${symbol}`,
    role: entryId === undefined ? role : `${role} of ${entryId}`,
    quantity: quantity.toFixed(),
    filled: filledQuantity.toFixed(),
    price: (price ?? triggerPrice)?.toFixed() ?? "-",
    status,
    reason: exitReason ?? "-",
    route: route ?? "-",
  };
}

const RIGHT = {
  equity: "right",
  asked: "right",
  lot: "right",
  size: "right",
  limit: "right",
  quantity: "right",
  filled: "right",
  price: "right",
  fee: "right",
  confidence: "right",
} as const;

/** How entries came to their size. */
function sizeRow({ symbol, orderId, sizer, equity, price, asked, quantity, lot }: Decision): Record<string, string> {
  return {
    order: orderId ?? "-",
    symbol,
    sizer: sizer ?? "part of an entry that had passed",
    equity: equity.toFixed(),
    price: price.toFixed(),
    asked: asked?.toDecimalPlaces(12).toFixed() ?? "none",
    lot: lot.toFixed(),
    size: quantity.toFixed(),
  };
}

/** What entries were held against. */
function checkRows({ orderId, checks }: Decision): Record<string, string>[] {
  return checks.map(({ check, asked, limit, passes }) => ({
    order: orderId ?? "-",
    check,
    asked: asked ?? "-",
    limit: limit ?? "-",
    verdict: passes === undefined ? "not asked" : passes ? "passes" : "refuses",
  }));
}

/** What was signalled, sized, checked, made, filled and still works; a table each that has rows. */
function tables({ signals, decisions, orders, fills, working }: Explanation): Table[] {
  const made = (title: string, rows: readonly Record<string, string>[]): Table[] => {
    const align = Object.fromEntries(Object.entries(RIGHT).filter(([name]) => rows[0] !== undefined && name in rows[0]));
    return rows.length === 0 ? [] : [table(rows, { title, limit: 20, align })];
  };
  const signalRows = signals.map(({ symbol, kind, confidence, price, outcome, orderId }) => ({
    signal: `${kind} ${symbol}`,
    confidence: String(confidence),
    price: price.toFixed(),
    outcome,
    order: orderId ?? "-",
  }));
  const fillRows = fills.map(({ orderId, symbol, side, quantity, price, fee }) => ({
    order: orderId,
    fill: `${side} ${symbol}`,
    quantity: quantity.toFixed(),
    price: price.toFixed(),
    fee: fee.toFixed(),
  }));
  return [
    ...made("Signals", signalRows),
    ...made("Sizes", decisions.map(sizeRow)),
    ...made("Checks", decisions.flatMap(checkRows)),
    ...made("Orders", orders.map(orderRow)),
    ...made("Fills", fillRows),
    ...made("Working after the bar", working.map(orderRow)),
  ];
}

/** Why orders of this bar did not go out. */
const refusals = ({ orders }: Explanation): string[] =>
  orders.flatMap(({ id, reason }) => (reason === undefined ? [] : [`order ${id}, ${refusalText(reason)}`]));

export function explanationText(bar: Explanation): string {
  const parts = tables(bar);
  const quiet = parts.length === 0 ? ["no signal, order or fill"] : [];
  return [title(bar), ...stateLines(bar), ...quiet, ...parts.map(String), warningText(refusals(bar))]
    .filter((line) => line !== "")
    .join("\n");
}

/** One bar of a run in a notebook: candle, equity and positions, what was signalled, sized, checked, ordered, refused and filled. */
export function explanationBundle(bar: Explanation): Promise<MimeBundle> {
  const parts = tables(bar);
  const quiet = parts.length === 0 ? [{ lines: ["no signal, order or fill"] }] : [];
  return section(title(bar), [{ lines: stateLines(bar) }, { warnings: refusals(bar) }, ...quiet, ...parts]);
}
