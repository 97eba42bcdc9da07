import { STATUS } from "../../core/index.js";
import { clientOrderId } from "../../engine/index.js";
import type { LiveTrader } from "./trader.js";

/** Why something a command asked for was not done: `code` is stable, `numbers` holds what was compared, as exact text. */
export interface CommandRefusal {
  readonly code: string;
  readonly message: string;
  readonly numbers: Readonly<Record<string, string>>;
  /** The order it would have been, if it came so far. */
  readonly order?: string;
}

/** What a command did at once; what the venue says to it comes later, as orders and fills. */
export interface CommandAnswer {
  /** False where anything it asked for was refused. */
  readonly ok: boolean;
  /** Orders it made, on their way to the venue, by client id. */
  readonly orders: readonly {
    readonly id: string;
    readonly symbol: string;
    readonly side: string;
    readonly type: string;
    readonly quantity: string;
    readonly price?: string;
  }[];
  /** Client ids of the orders whose cancel it asked for. */
  readonly cancelling: readonly string[];
  readonly refusals: readonly CommandRefusal[];
  /** Alerts it raised, such as `RISK_OVERRIDDEN`. */
  readonly alerts: readonly { readonly code: string; readonly message: string }[];
}

/** Notes how an engine stands before a command; the function it returns tells what the command did. */
export function beforeCommand(run: string, trader: LiveTrader): () => CommandAnswer {
  const { engine, reader } = trader;
  const leaving = (): string[] =>
    trader
      .openOrders()
      .filter((order) => order.status === STATUS.cancelling)
      .map((order) => clientOrderId(run, order));
  const ends = reader.ends();
  const alerts = engine.orders.alerts.length;
  const cancelling = new Set(leaving());
  return () => {
    const { orders, signals } = reader.since(ends);
    const refused = orders.flatMap(({ id, reason }): CommandRefusal[] =>
      reason === undefined ? [] : [{ ...reason, message: adviceOf(reason), order: id }],
    );
    const unheard = signals.flatMap(({ symbol, outcome, price, orderId }) => refusalOf(trader, symbol, outcome, price.toFixed(), orderId));
    const refusals = [...refused, ...unheard];
    return {
      ok: refusals.length === 0,
      orders: orders
        .filter((order) => order.status !== "refused")
        .map(({ id, symbol, side, type, quantity, price }) => ({
          id,
          symbol,
          side,
          type,
          quantity: quantity.toFixed(),
          ...(price === undefined ? {} : { price: price.toFixed() }),
        })),
      cancelling: leaving().filter((id) => !cancelling.has(id)),
      refusals,
      alerts: engine.orders.alerts.since(alerts).map(({ code, message }) => ({ code, message })),
    };
  };
}

/** An order by hand is refused by a switch only where an operator has set it: while the venue does not agree none comes so far. */
function adviceOf({ code, message }: Omit<CommandRefusal, "order">): string {
  return code === "TRADING_DISABLED" ? `${message}; an operator has disabled it, enable() lets it enter again` : message;
}

/** Why a signal came to nothing without an order that says so. */
function refusalOf(trader: LiveTrader, symbol: string, outcome: string, price: string, orderId: string | undefined): CommandRefusal[] {
  const slot = trader.symbols.indexOf(symbol);
  const position = trader.portfolio.position(slot).quantity.toFixed();
  if (outcome === "ignored")
    return [
      {
        code: "SIGNAL_IGNORED",
        message: `${symbol}: an entry or an exit in that direction is there already (position ${position}), and pyramiding allows no more.`,
        numbers: { position },
      },
    ];
  if (outcome === "fromFlat") return [{ code: "NO_POSITION", message: `${symbol}: there is no position to leave.`, numbers: { position } }];
  if (outcome === "refused" && orderId === undefined)
    return [{ code: "NO_PRICE", message: `${symbol} has no price yet: nothing can be sized or checked.`, numbers: { price } }];
  return [];
}
