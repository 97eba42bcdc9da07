import { type AccountEvent, Decimal, type VenueFailure, type VenueOrder } from "../../core/index.js";
import { isFinal } from "../bybit-wire/index.js";
import type { Alert } from "./alerts.js";

/** How often an order is asked for at most, each time after twice the wait. */
const ATTEMPTS = 6;

/** What a {@link SilenceGuard} works with. */
export interface SilenceParts {
  /** How long the stream may keep something back before it is asked for, milliseconds. */
  readonly afterMs: number;
  /**
   * Asks for an order and its executions, and tells what is new of them.
   * @returns the quantity that all its executions add up to, or why it is not known.
   */
  readonly ask: (order: VenueOrder) => Promise<Decimal | VenueFailure>;
  /** Hears of an order whose fills cannot be had. */
  readonly alert: (alert: Alert) => void;
  /** What `ask` throws. */
  readonly report: (problem: unknown) => void;
}

/** An order as far as it was told. */
interface Watched {
  order: VenueOrder | undefined;
  executed: Decimal;
  attempts: number;
  /** When the stream's time is up, on the process' own clock. */
  due: number;
}

/**
 * Notices what the account's stream does not tell. It numbers nothing, so a message that is lost leaves no gap; but an order that was acknowledged must show, one that cannot rest must end,
 * and an order's filled quantity and its executions must agree, each within a short time. What does not is asked for. An order that rests and of whose end nothing at all is told is noticed
 * by {@link OpenOrderCheck}.
 */
export class SilenceGuard {
  readonly #parts: SilenceParts;
  readonly #watched: Map<string, Watched> = new Map();
  readonly #owed: Set<Watched> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: SilenceParts) {
    this.#parts = parts;
  }

  /** Takes in what was told, by whatever source. */
  heard(event: AccountEvent): void {
    if (this.#closed) return;
    if (event.type === "order") {
      const watched = this.#of(event.order.venueOrderId);
      watched.order = event.order;
      this.#judge(watched);
    } else if (event.type === "execution" && event.execution.kind === "trade") {
      const watched = this.#of(event.execution.venueOrderId);
      watched.executed = watched.executed.plus(event.execution.quantity);
      this.#judge(watched);
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#watched.clear();
    this.#owed.clear();
  }

  #of(venueOrderId: string): Watched {
    let watched = this.#watched.get(venueOrderId);
    if (watched === undefined) {
      watched = { order: undefined, executed: new Decimal(0), attempts: 0, due: 0 };
      this.#watched.set(venueOrderId, watched);
    }
    return watched;
  }

  /** Whether an order's account is square; if not, the stream has its time, from now on where there is news. */
  #judge(watched: Watched, news: boolean = true): void {
    const { order, executed } = watched;
    if (order === undefined) return;
    const square = order.status !== "pending" && executed.eq(order.filledQuantity) && !mustEnd(order);
    // Foreign orders have no id of ours to be asked for by.
    if (square || order.clientOrderId === "") {
      this.#owed.delete(watched);
      if (isFinal(order.status)) this.#watched.delete(order.venueOrderId);
      return;
    }
    if (!news) return;
    watched.attempts = 0;
    watched.due = performance.now() + this.#parts.afterMs;
    this.#owed.add(watched);
    this.#arm();
  }

  /** One timer for all: what is owed is looked at together. */
  #arm(): void {
    if (this.#timer !== undefined || this.#closed || this.#owed.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const now = performance.now();
      for (const watched of this.#owed) if (watched.due <= now) void this.#ask(watched);
      this.#arm();
    }, this.#parts.afterMs);
    this.#timer.unref();
  }

  async #ask(watched: Watched): Promise<void> {
    watched.attempts++;
    watched.due = performance.now() + this.#parts.afterMs * 2 ** watched.attempts;
    try {
      const executed = await this.#parts.ask(watched.order!);
      // Executions that an earlier process told are not told again, but they count.
      if (Decimal.isDecimal(executed)) watched.executed = Decimal.max(watched.executed, executed);
    } catch (error) {
      this.#parts.report(error);
    }
    if (this.#closed) return;
    this.#judge(watched, false);
    if (watched.attempts >= ATTEMPTS && this.#owed.delete(watched)) this.#giveUp(watched);
  }

  #giveUp({ order, executed }: Watched): void {
    const { venueOrderId, clientOrderId, filledQuantity } = order!;
    this.#watched.delete(venueOrderId);
    // One that still waits to arrive is only late; fills that do not add up are somebody's money.
    if (executed.eq(filledQuantity)) return;
    this.#parts.alert({
      code: "EXECUTIONS_MISSING",
      message: `Order ${clientOrderId} has filled ${filledQuantity.toFixed()}, but Bybit shows executions of ${executed.toFixed()}.`,
      details: { clientOrderId, filled: filledQuantity.toFixed(), executed: executed.toFixed() },
    });
  }
}

/** Whether an order fills or ends at once and has done neither: one at market, or one that does not wait for its price. */
function mustEnd({ status, price, timeInForce }: VenueOrder): boolean {
  if (isFinal(status) || status === "untriggered" || status === "unknown") return false;
  return price === undefined || timeInForce === "ioc" || timeInForce === "fok";
}
