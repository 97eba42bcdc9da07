import { type Balance, type Position, timeText, type Venue, type VenueExecution, type VenueOrder } from "../../core/index.js";
import { type MimeBundle, type Table, table } from "../../display/index.js";
import { type Part, section } from "./section.js";
import { ORDER_NUMBERS, orderCells, POSITION_NUMBERS, positionCells, rightly } from "./trading-tables.js";

/** What an account looks like at a moment. */
export interface AccountFacts {
  readonly orders: readonly VenueOrder[];
  readonly positions: readonly Position[];
  readonly balances: readonly Balance[];
}

/** How many fills a panel shows. */
const FILLS = 5;

/** Orders as a person reads them. */
function orderTable(orders: readonly VenueOrder[]): Table {
  return table(
    orders.map((order) => ({
      order: order.clientOrderId === "" ? order.venueOrderId : order.clientOrderId,
      ...orderCells(order),
      updated: timeText(order.updatedAt),
    })),
    { title: "Orders", align: ORDER_NUMBERS },
  );
}

function positionTable(positions: readonly Position[]): Table {
  return table(positions.map(positionCells), { title: "Positions", align: POSITION_NUMBERS });
}

function balanceTable(balances: readonly Balance[]): Table {
  return table(
    balances.map(({ currency, total, available }) => ({ currency, total: total.toFixed(), available: available.toFixed() })),
    { title: "Balances", align: rightly("total", "available") },
  );
}

function fillTable(executions: readonly VenueExecution[]): Table {
  return table(
    executions.slice(-FILLS).map(({ clientOrderId, kind, symbol, side, quantity, price, fee, feeCurrency, liquidity, time }) => ({
      order: clientOrderId === "" ? kind : clientOrderId,
      symbol,
      side,
      quantity: quantity.toFixed(),
      price: price.toFixed(),
      fee: `${fee.toFixed()} ${feeCurrency}`,
      liquidity,
      time: timeText(time),
    })),
    { title: "Last fills", align: rightly("quantity", "price", "fee") },
  );
}

/** Tables of an account; those with nothing in them are a line that says so. */
export function accountParts({ orders, positions, balances }: AccountFacts, executions: readonly VenueExecution[] = []): readonly Part[] {
  const open = positions.filter(({ quantity }) => !quantity.isZero());
  return [
    orders.length > 0 ? orderTable(orders) : { lines: ["No open orders."] },
    open.length > 0 ? positionTable(open) : { lines: ["No positions."] },
    ...(executions.length > 0 ? [fillTable(executions)] : []),
    balanceTable(balances),
  ];
}

/** `bybit-local, breaker open: 5 failures in a row, …`. */
export function venueTitle({ name, breaker }: Venue): string {
  const { state, lastTripReason } = breaker.metrics();
  return `${name}, breaker ${state}${state === "closed" || lastTripReason === undefined ? "" : `: ${lastTripReason}`}`;
}

/** Asks a venue where its account stands. */
export async function accountOf(venue: Venue): Promise<AccountFacts> {
  const [orders, positions, balances] = await Promise.all([venue.orders(), venue.positions(), venue.balances()]);
  return { orders, positions, balances };
}

/** A venue in a console: asking it takes time, so it says how. */
export function venueText(venue: Venue): string {
  return `${venueTitle(venue)}. Ask it: await venue.orders(), positions(), balances(), executions({ since }); await watch(venue) keeps a panel up to date.`;
}

/** A venue in a notebook: open orders, positions and balances as they are now, or why they cannot be told. */
export async function venueBundle(venue: Venue): Promise<MimeBundle> {
  try {
    const parts = accountParts(await accountOf(venue));
    return await section(venueTitle(venue), parts);
  } catch (error) {
    return section(venueTitle(venue), [{ warnings: [error instanceof Error ? error.message : String(error)] }]);
  }
}
