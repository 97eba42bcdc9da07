import { type Decimal, decimal, fromUnits, ROLE, type Side, TYPE } from "../../core/index.js";
import { assertKeys, LabError } from "../../errors/index.js";
import { contextOf } from "./context.js";
import { refusalMessage } from "./explain.js";
import { refuse } from "./refuse.js";
import type { RiskChecker, RiskVerdict } from "./risk.js";

/** What a risk check written in a cell is given. Returns a sentence to refuse the order, or nothing to let it pass. */
export type RiskFunction = (order: {
  readonly side: Side;
  readonly quantity: Decimal;
  /** Limit price of a limit order, else the last price. */
  readonly price: Decimal;
  /** Signed position before the order. */
  readonly position: Decimal;
  readonly equity: Decimal;
  readonly reduceOnly: boolean;
}) => string | undefined;

/**
 * Defines a risk check from a function. It is asked about entries; orders that only reduce the position pass it. A check that throws, or answers with anything
 * but a sentence, refuses the entry.
 * @example const calm = defineRisk({ name: "calm", check: (o) => (o.quantity.gt(3) ? "too large" : undefined) })
 */
export function defineRisk(input: { name: string; check: RiskFunction }): RiskChecker {
  assertKeys("defineRisk", input, ["name", "check"]);
  if (typeof input.name !== "string" || input.name === "" || typeof input.check !== "function")
    throw new LabError("RISK_INVALID", "defineRisk needs a name and a check function.");
  const ask: RiskFunction = (order) => {
    const answer: unknown = input.check(order);
    if (answer === undefined || answer === null) return undefined;
    if (typeof answer === "string" && answer !== "") return answer;
    throw new LabError("RISK_INVALID", `${input.name} must return a sentence that refuses, or nothing; it returned ${String(answer)}.`);
  };
  return Object.freeze<RiskChecker>({
    name: input.name,
    limits: Object.freeze({}),
    check(at): RiskVerdict {
      const { side, quantity, price, position, reduceOnly, liquidateOnly } = contextOf(at);
      const held = position.abs();
      const reduces = (side === "buy" ? position.lt(0) : position.gt(0)) && quantity.lte(held);
      if (reduces) return { ok: true, quantity };
      if (liquidateOnly) {
        const numbers = { asked: quantity.toFixed(), limit: "0" };
        return { ok: false, code: "LIQUIDATE_ONLY", message: refusalMessage("LIQUIDATE_ONLY", numbers), numbers };
      }
      const message = ask({
        side,
        quantity,
        price,
        position,
        equity: decimal(at.equity ?? 0, "equity"),
        reduceOnly,
      });
      return message === undefined ? { ok: true, quantity } : { ok: false, code: "CUSTOM_CHECK", message, numbers: {} };
    },
    bind: (scaled) => ({
      orderCap: Number.POSITIVE_INFINITY,
      check(order, state, out) {
        if (order.role !== ROLE.entry) return true;
        const message = ask({
          side: order.direction > 0 ? "buy" : "sell",
          quantity: fromUnits(order.quantity, scaled.quantityDp),
          price: fromUnits(order.type === TYPE.limit ? order.price : state.price, scaled.priceDp),
          position: fromUnits(state.position, scaled.quantityDp),
          equity: fromUnits(state.equity, scaled.cashDp),
          reduceOnly: order.reduceOnly,
        });
        if (message !== undefined) return refuse(out, "CUSTOM_CHECK", order.quantity, 0, "quantity", message);
        return state.liquidateOnly ? refuse(out, "LIQUIDATE_ONLY", order.quantity, 0, "quantity") : true;
      },
    }),
  });
}
