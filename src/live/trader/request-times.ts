import type { EpochMs } from "../../core/index.js";
import type { JournalLine } from "../../state/index.js";
import { idOf, type Outgoing } from "./sender.js";

/** What is asked of a venue. */
export type RequestKind = Outgoing["kind"];

/** A journal line of kind `latency`: a request the venue confirmed. Wall times. */
interface StoredLatency {
  readonly clientOrderId: string;
  readonly request: RequestKind;
  /** When it left; asked for again, when it left first. */
  readonly sent: EpochMs;
  /** When the venue's answer or its account stream first said that it took. */
  readonly confirmed: EpochMs;
}

/**
 * When requests left and when the venue confirmed them, by the wall clock; a recorded market has none, and nothing is kept. What left before a crash and is confirmed after
 * it is not told: nobody saw how long it took.
 */
export class RequestTimes {
  readonly #wall: (() => EpochMs) | undefined;
  /** Requests under way: symbol and time by kind, by order. */
  readonly #sent = new Map<string, Map<RequestKind, { readonly symbol: string; readonly sent: EpochMs }>>();

  constructor(wall: (() => EpochMs) | undefined) {
    this.#wall = wall;
  }

  /** A request leaves. */
  leaves(outgoing: Outgoing): void {
    if (this.#wall === undefined) return;
    const id = idOf(outgoing);
    const own = this.#sent.get(id) ?? new Map();
    const symbol = outgoing.kind === "cancel" ? outgoing.symbol : outgoing.request.symbol;
    if (!own.has(outgoing.kind)) own.set(outgoing.kind, { symbol, sent: this.#wall() });
    this.#sent.set(id, own);
  }

  /** What is to be written of a request that took; nothing of one that was confirmed before, or that another process had sent. */
  confirmed(request: RequestKind, clientOrderId: string): readonly JournalLine[] {
    const one = this.#sent.get(clientOrderId)?.get(request);
    if (one === undefined) return [];
    this.failed(request, clientOrderId);
    const payload: StoredLatency = { clientOrderId, request, sent: one.sent, confirmed: this.#wall!() };
    return [{ kind: "latency", symbol: one.symbol, payload }];
  }

  /** A request did not take. */
  failed(request: RequestKind, clientOrderId: string): void {
    const own = this.#sent.get(clientOrderId);
    own?.delete(request);
    if (own?.size === 0) this.#sent.delete(clientOrderId);
  }

  /** An order is final: what else was asked of it had no effect. */
  ended(clientOrderId: string): void {
    this.#sent.delete(clientOrderId);
  }
}
