import { type ApprovedOrder, ROLE, ROLE_NAMES, TYPE } from "../../core/index.js";
import type { AlertLog } from "./alerts.js";
import type { Desk } from "./desk.js";
import type { Exits } from "./exits.js";
import type { GivenUpExits } from "./given-up.js";
import type { Moment } from "./issuer.js";
import type { Protection } from "./protection.js";
import type { OrderSettings } from "./settings.js";

/** What retries are made of: parts of a settlement. */
export interface RetryParts {
  readonly exits: Exits;
  readonly alerts: AlertLog;
  readonly settings: OrderSettings;
}

/** Tries again what leaves or protects a position and failed, a number of times; what then: an exit is given up for a while, a position without a stop is closed. */
export class Retries {
  /** How often a failed order is tried again. */
  readonly most: number;
  readonly #parts: RetryParts;
  readonly #protection: Protection;
  readonly #givenUp: GivenUpExits;

  constructor(parts: RetryParts, protection: Protection, givenUp: GivenUpExits) {
    this.#parts = parts;
    this.#protection = protection;
    this.#givenUp = givenUp;
    this.most = parts.settings.retries ?? 2;
  }

  /** An exit or a leg failed while its position is open: it is tried again, a number of times. */
  again(desk: Desk, order: ApprovedOrder, at: Moment, why: string): void {
    const { alerts, exits, settings } = this.#parts;
    const { time } = at;
    const last = order.attempt >= this.most;
    const words = `${ROLE_NAMES[order.role]!} order ${order.id} failed${why === "" ? "" : `: ${why}`}`;
    if (order.role === ROLE.exit || order.role === ROLE.reverse) {
      // A limit that is not met is no failure of the venue: the market is tried in any case.
      if (last && order.type !== TYPE.limit) {
        // A part that a risk checker wants closed is asked for by it again.
        const isAsked = order.isPart && order.reason !== "LATE_FILL";
        const then = isAsked ? "left to the risk checker" : `tried again in ${this.#givenUp.add(desk, order, time) / 1_000} s`;
        alerts.of(order, time, "EXIT_GIVEN_UP", `${words}; tried ${order.attempt + 1} times, the position is still open; ${then}`);
      } else {
        alerts.of(order, time, "EXIT_FAILED", `${words}; trying again`);
        const attempt = order.type === TYPE.limit ? 0 : order.attempt + 1;
        if (order.isPart) exits.closePart(desk, at, order.role, order.reason, order.remaining, 0, attempt);
        else exits.close(desk, at, order.role, order.reason, 0, attempt);
      }
      return;
    }
    if (desk.exits.length > 0) return;
    if (!last) {
      if (this.#protection.again(desk, order, at) !== null) alerts.of(order, time, "LEG_FAILED", `${words}; trying again`);
      return;
    }
    const entry = order.parent!;
    if (order.role === ROLE.takeProfit) {
      entry.takeProfit = null;
      alerts.of(order, time, "LEG_FAILED", `${words}; given up, the position has no target`);
      return;
    }
    entry.stopLoss = null;
    const keep = settings.unprotected === "keep";
    alerts.of(order, time, "UNPROTECTED", `${words}; the position has no stop and is ${keep ? "kept, as told" : "closed at the market"}`);
    if (!keep) exits.close(desk, at, ROLE.exit, "UNPROTECTED");
  }
}
