import { Decimal, type ExecutionHint, type Instrument, instrument, type OrderRequest } from "../../src/core/index.js";
import {
  type AlgorithmDefinition,
  type AlgorithmEvent,
  type AlgorithmRequest,
  type AlgorithmRun,
  type ParentInput,
  restoreAlgorithm,
  startAlgorithm,
} from "../../src/execution/index.js";

export const BTC: Instrument = instrument({ symbol: "BTCUSDT", tickSize: "0.1", lotSize: "0.001" });

/** A request in one line. */
function line(request: AlgorithmRequest): string {
  if (request.type === "cancel") return `cancel ${request.clientOrderId}`;
  if (request.type === "amend") return `amend ${request.amend.clientOrderId} ${request.amend.price!.toFixed()}`;
  const { clientOrderId, type, side, quantity, price } = request.order;
  return `${clientOrderId} ${type} ${side} ${quantity.toFixed()}${price === undefined ? "" : ` @ ${price.toFixed()}`}`;
}

/** An algorithm with everything it asked for, in lines. */
export class Bench {
  run: AlgorithmRun;
  readonly own: readonly AlgorithmDefinition[];
  readonly requests: AlgorithmRequest[] = [];

  constructor(hint: ExecutionHint, parent: Partial<ParentInput> = {}, own: readonly AlgorithmDefinition[] = []) {
    this.own = own;
    this.run = startAlgorithm(hint, { id: "p1", side: "buy", quantity: "1", instrument: BTC, ...parent }, 0, own);
    this.requests.push(...this.run.take());
  }

  /** Sends events; returns what was asked for in answer, the start included the first time. */
  lines(...events: AlgorithmEvent[]): string[] {
    for (const event of events) this.requests.push(...this.run.process(event));
    return this.requests.splice(0).map(line);
  }

  /** The orders asked for since the last look. */
  orders(): OrderRequest[] {
    return this.requests.splice(0).flatMap((request) => (request.type === "place" ? [request.order] : []));
  }

  /** Saves, forgets and restores, through text. */
  restart(): void {
    this.run = restoreAlgorithm(JSON.parse(JSON.stringify(this.run.save())), this.own);
  }
}

export const timer = (time: number): AlgorithmEvent => ({ type: "timer", time });
export const trade = (time: number, price: string | number, quantity: string | number = 1): AlgorithmEvent => ({
  type: "trade",
  time,
  price,
  quantity,
});
export const book = (time: number, bid: string, ask: string): AlgorithmEvent => ({ type: "book", time, bid, ask });
export const fill = (time: number, childId: string, quantity: string | number | Decimal, price: string | number = 100): AlgorithmEvent => ({
  type: "fill",
  time,
  childId,
  quantity: new Decimal(quantity),
  price,
});
export const ended = (time: number, childId: string, status: "cancelled" | "rejected" = "cancelled"): AlgorithmEvent => ({
  type: "ended",
  time,
  childId,
  status,
});
export const accepted = (time: number, childId: string): AlgorithmEvent => ({ type: "accepted", time, childId });
