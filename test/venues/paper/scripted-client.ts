import type { AccountEvent, CandleUpdate, OrderRequest } from "../../../src/core/index.js";
import { play, type Row, START, still } from "../../backtest/scripted.js";
import { D } from "./support.js";

/** What a client does at the close of a bar, and the legs it places when an entry is filled. */
export interface Plan {
  readonly bars: Readonly<Record<number, Partial<OrderRequest> & { side: "buy" | "sell" }>>;
  readonly stop?: string;
  readonly target?: string;
}

/** How a client sends requests: it may be in process, or at the other end of a wire. */
export interface Sender {
  place(request: OrderRequest): void;
  cancel(clientOrderId: string): void;
}

/**
 * A client that does as it is told: places orders on closed candles, protects what an entry gets with a stop and a target, and cancels the one when the other is filled. It is the
 * order engine's bracket, done by hand.
 */
export class ScriptedClient {
  readonly fills: string[] = [];
  readonly #plan: Plan;
  readonly #send: Sender;
  #bar = 0;
  #legs = 0;
  readonly #start: number;

  constructor(plan: Plan, send: Sender, start: number) {
    this.#plan = plan;
    this.#send = send;
    this.#start = start;
  }

  onCandle(candle: Pick<CandleUpdate, "symbol">): void {
    const request = this.#plan.bars[this.#bar++];
    if (request === undefined) return;
    const reduceOnly = request.reduceOnly === true;
    this.#send.place({
      clientOrderId: `${reduceOnly ? "x" : "e"}-${this.#bar}`,
      symbol: candle.symbol,
      type: "market",
      quantity: D(1),
      ...request,
    });
  }

  onExecution({ execution }: Extract<AccountEvent, { type: "execution" }>): void {
    const { clientOrderId, quantity, price, side, symbol, time, fee, liquidity } = execution;
    const bar = (time - this.#start) / 60_000;
    this.fills.push(`${bar} ${side} ${quantity.toFixed()} @ ${price.toFixed()} ${fee.toFixed()} ${liquidity}`);
    if (clientOrderId.startsWith("e-")) {
      const leg = { symbol, side: side === "buy" ? "sell" : "buy", quantity, reduceOnly: true } as const;
      this.#legs++;
      if (this.#plan.stop !== undefined)
        this.#send.place({ ...leg, clientOrderId: `s-${this.#legs}`, type: "stop", triggerPrice: D(this.#plan.stop) });
      if (this.#plan.target !== undefined)
        this.#send.place({ ...leg, clientOrderId: `t-${this.#legs}`, type: "limit", price: D(this.#plan.target) });
      return;
    }
    this.#send.cancel(`s-${this.#legs}`);
    this.#send.cancel(`t-${this.#legs}`);
  }
}

/** Plans over candles by hand, with what a backtest of the same strategy does as a script. */
export const PLAN: Plan = {
  bars: { 0: { side: "buy" }, 3: { side: "buy" }, 5: { side: "sell", reduceOnly: true }, 7: { side: "buy", type: "limit", price: D(97) } },
  stop: "95",
  target: "110",
};

/** Bars in which the target fills in the entry's bar, an exit closes at the market, and a resting entry is stopped in its own bar. */
export const ROWS: readonly Row[] = [
  still(100),
  [100, 111, 99, 108],
  still(108),
  still(100),
  [100, 104, 96, 103],
  [103, 104, 101, 102],
  [102, 103, 100, 101],
  [101, 102, 100, 101],
  [100, 101, 94, 96],
  still(96),
];

/** The same as a backtest: what the client does by hand, the engine does by itself. */
export function inBacktest(): string[] {
  const both = { stopLoss: 95, takeProfit: 110 };
  const run = play(ROWS, {
    0: (desk) => desk.enterLong(both),
    3: (desk) => desk.enterLong(both),
    5: (desk) => desk.exitLong(),
    7: (desk) => desk.enterLong({ ...both, limit: 97 }),
  });
  return run.fills.map(
    (fill) =>
      `${(fill.time - START) / 60_000} ${fill.side} ${fill.quantity.toFixed()} @ ${fill.price.toFixed()} ${fill.fee.toFixed()} ${fill.liquidity}`,
  );
}
