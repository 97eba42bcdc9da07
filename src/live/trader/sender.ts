import type { AmendRequest, OrderOutcome, OrderRequest, Venue, VenueFailure } from "../../core/index.js";
import { LabError } from "../../errors/index.js";

/** A request that may leave: its intent is on disk. */
export type Outgoing =
  | { readonly kind: "open"; readonly request: OrderRequest }
  | { readonly kind: "cancel"; readonly symbol: string; readonly clientOrderId: string }
  | { readonly kind: "amend"; readonly request: AmendRequest };

/** Client order id of a request. */
export function idOf(outgoing: Outgoing): string {
  return outgoing.kind === "cancel" ? outgoing.clientOrderId : outgoing.request.clientOrderId;
}

/** Who hears of what a {@link Sender} does. */
export interface SenderWatch {
  /** A request leaves now. */
  leaves(outgoing: Outgoing): void;
  answered(outgoing: Outgoing, outcome: OrderOutcome): void;
}

/**
 * Sends requests to a venue: those of one order one after the other, others side by side. On a recorded market all go one after the other: the venue is brought to where
 * it stood by sending them again, so that they must come to it in the order in which they were written down. It never throws: what a venue throws is a failure as a value.
 */
export class Sender {
  readonly #venue: Venue;
  readonly #watch: SenderWatch | undefined;
  readonly #inOrder: boolean;
  readonly #chains = new Map<string, Promise<void>>();
  /** The request of any order that was sent last. */
  #last: Promise<void> = Promise.resolve();

  constructor(venue: Venue, options: { readonly watch?: SenderWatch; readonly inOrder: boolean }) {
    this.#venue = venue;
    this.#watch = options.watch;
    this.#inOrder = options.inOrder;
  }

  /** Whether a request of an order is under way. */
  isBusy(id: string): boolean {
    return this.#chains.has(id);
  }

  send(outgoing: Outgoing): void {
    const id = idOf(outgoing);
    const before = this.#inOrder ? this.#last : (this.#chains.get(id) ?? Promise.resolve());
    const mine = before.then(async () => {
      this.#watch?.leaves(outgoing);
      const outcome = await this.#ask(outgoing);
      if (this.#chains.get(id) === mine) this.#chains.delete(id);
      this.#watch?.answered(outgoing, outcome);
    });
    this.#chains.set(id, mine);
    this.#last = mine;
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    while (this.#chains.size > 0) await Promise.allSettled(this.#chains.values());
  }

  async #ask(outgoing: Outgoing): Promise<OrderOutcome> {
    try {
      if (outgoing.kind === "open") return await this.#venue.place(outgoing.request);
      if (outgoing.kind === "amend") return await this.#venue.amend(outgoing.request);
      return await this.#venue.cancel(outgoing.symbol, outgoing.clientOrderId);
    } catch (error) {
      return failureOf(error);
    }
  }
}

/** Misuse had no effect; of anything else the outcome is not known. */
function failureOf(error: unknown): VenueFailure {
  if (error instanceof LabError) return { ok: false, definite: true, code: error.code, message: error.message };
  return { ok: false, definite: false, code: "OUTCOME_UNKNOWN", message: error instanceof Error ? error.message : String(error) };
}
