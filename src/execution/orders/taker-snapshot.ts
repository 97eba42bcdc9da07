import { ROLE, STATUS } from "../../core/index.js";
import { Router, type RouterSnapshot } from "../router/index.js";
import type { OrderLog } from "./logs.js";

/** What a router that sends everything to the market would have counted for these orders. */
export function takerSnapshot(orders: OrderLog): RouterSnapshot {
  const router = new Router({}, { clock: { now: () => 0 } });
  for (let row = 0; row < orders.length; row++) {
    const { role, status } = orders.read(row);
    if (status === STATUS.refused) continue;
    if (role === ROLE.entry) router.countTaker("ENTER");
    else if (role === ROLE.exit || role === ROLE.reverse) router.countTaker("EXIT");
  }
  return router.snapshot();
}
