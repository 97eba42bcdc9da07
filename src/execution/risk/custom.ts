import { Decimal, type Side } from "../../core/index.js";
import { assertKeys, LabError } from "../../errors/index.js";
import { exactChecker } from "./exact-check.js";
import type { RiskChecker } from "./risk.js";

const ZERO = new Decimal(0);

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
  return exactChecker({
    name: input.name,
    limits: {},
    refuses({ side, quantity, price, position, equity = ZERO, reduceOnly }) {
      const message = ask({ side, quantity, price, position, equity, reduceOnly });
      return message === undefined ? undefined : { code: "CUSTOM_CHECK", numbers: { asked: quantity.toFixed(), limit: "0" }, message };
    },
  });
}
