import { ROLE, STATUS } from "../../core/index.js";
import { Router, type RouterSnapshot } from "../router/index.js";
import type { OrderLog } from "./logs.js";

/** What a router that sends everything to the market would have counted for the orders of a log; each look goes on where the one before ended. */
export class TakerCounts {
  readonly #orders: OrderLog;
  readonly #router: Router = new Router({}, { clock: { now: () => 0 } });
  #rows = 0;

  constructor(orders: OrderLog) {
    this.#orders = orders;
  }

  /** Counts up to the newest order: one that was refused is so from the moment it stands in the log, and one that was not never will be. */
  snapshot(): RouterSnapshot {
    for (; this.#rows < this.#orders.length; this.#rows++) {
      const { role, status } = this.#orders.read(this.#rows);
      if (status === STATUS.refused) continue;
      if (role === ROLE.entry) this.#router.countTaker("ENTER");
      else if (role === ROLE.exit || role === ROLE.reverse) this.#router.countTaker("EXIT");
    }
    return this.#router.snapshot();
  }
}
