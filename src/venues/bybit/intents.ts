import type { OrderOutcome, OrderRequest } from "../../core/index.js";
import { LabError } from "../../errors/index.js";

/** Where orders are written down before they are sent, so that none can be lost or sent twice. A live session brings one on disk. */
export interface IntentStore {
  /**
   * Writes an order down; resolves once it would survive a crash. The same order again is no change.
   * @throws LabError where the id stands for another order.
   */
  intend(request: OrderRequest): Promise<void> | void;
  /** What became of it: the order landed or certainly did not. An outcome that is not known is not told: the order stays open for the next look. */
  settle(clientOrderId: string, outcome: OrderOutcome): Promise<void> | void;
  /** The order that an id stands for. */
  find(clientOrderId: string): OrderRequest | undefined;
  /** Orders whose outcome is not known. */
  unsettled(): readonly OrderRequest[];
}

/** Executions that were told before, also by an earlier process. */
export interface ExecutionLedger {
  has(executionId: string): boolean;
  add(executionId: string): void;
}

/** How many settled orders and executions are remembered in memory. */
const REMEMBERED = 10_000;

/** Whether two requests are the same order. Decimals are compared by value. */
export function sameRequest(a: OrderRequest, b: OrderRequest): boolean {
  const same = (x: { eq(y: never): boolean } | undefined, y: unknown): boolean =>
    x === undefined ? y === undefined : y !== undefined && x.eq(y as never);
  return (
    a.clientOrderId === b.clientOrderId &&
    a.symbol === b.symbol &&
    a.side === b.side &&
    a.type === b.type &&
    (a.timeInForce ?? "gtc") === (b.timeInForce ?? "gtc") &&
    (a.postOnly ?? false) === (b.postOnly ?? false) &&
    (a.reduceOnly ?? false) === (b.reduceOnly ?? false) &&
    (a.triggerBy ?? "last") === (b.triggerBy ?? "last") &&
    same(a.quantity, b.quantity) &&
    same(a.price, b.price) &&
    same(a.triggerPrice, b.triggerPrice)
  );
}

/** Drops the oldest keys of a map or a set beyond what is remembered. */
export function trim(of: Map<string, unknown> | Set<string>): void {
  for (const key of of.keys()) {
    if (of.size <= REMEMBERED) return;
    of.delete(key);
  }
}

/** Intents in memory, for research: they do not survive the process. */
export class MemoryIntents implements IntentStore {
  readonly #open: Map<string, OrderRequest> = new Map();
  readonly #settled: Map<string, OrderRequest> = new Map();

  intend(request: OrderRequest): void {
    const known = this.find(request.clientOrderId);
    if (known !== undefined && !sameRequest(known, request))
      throw new LabError("INTENT_CONFLICT", `Client order id ${request.clientOrderId} stands for another order already.`, {
        details: { clientOrderId: request.clientOrderId },
      });
    this.#settled.delete(request.clientOrderId);
    this.#open.set(request.clientOrderId, request);
  }

  settle(clientOrderId: string): void {
    const request = this.#open.get(clientOrderId);
    if (request === undefined) return;
    this.#open.delete(clientOrderId);
    this.#settled.set(clientOrderId, request);
    trim(this.#settled);
  }

  find(clientOrderId: string): OrderRequest | undefined {
    return this.#open.get(clientOrderId) ?? this.#settled.get(clientOrderId);
  }

  unsettled(): readonly OrderRequest[] {
    return [...this.#open.values()];
  }
}

/** Executions seen lately, in memory. */
export class MemoryExecutions implements ExecutionLedger {
  readonly #seen: Set<string> = new Set();

  has(executionId: string): boolean {
    return this.#seen.has(executionId);
  }

  add(executionId: string): void {
    this.#seen.add(executionId);
    trim(this.#seen);
  }
}
