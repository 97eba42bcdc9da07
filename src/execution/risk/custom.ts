import { type Decimal, decimal, fromUnits, ROLE, type Side, TYPE } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
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
      const quantity = decimal(at.quantity, "quantity");
      const message = ask({
        side: at.side,
        quantity,
        price: decimal(at.price ?? 0, "price"),
        position: decimal(at.position ?? 0, "position"),
        equity: decimal(at.equity ?? 0, "equity"),
        reduceOnly: at.reduceOnly ?? false,
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
