import { type Decimal, type DecimalInput, decimal, type RefusalCode, ROLE, type WorkingOrder } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import { BoundContext, contextOf, type RiskContext } from "./context.js";
import { refusalMessage } from "./explain.js";
import { refuse } from "./refuse.js";
import type { RiskChecker, RiskWatch } from "./risk.js";

/** Why a check refuses: the code, and the numbers its sentence names. */
interface ExactRefusal {
  readonly code: RefusalCode;
  readonly numbers: Readonly<Record<string, string>>;
  /** The whole reason, where it is not the sentence of the code. */
  readonly message?: string;
}

/** What an exact check is made of. */
export interface ExactCheck {
  readonly name: string;
  readonly limits: Readonly<Record<string, string>>;
  /** Asked about every order that does not only reduce a position. */
  refuses(context: RiskContext): ExactRefusal | undefined;
  /** Told of an order that every check and the venue's filters let pass. */
  passed?(order: Pick<WorkingOrder, "time">): void;
  readonly watch?: RiskWatch;
  /** A fresh one for a run on a portfolio, for a check that remembers. */
  start?(portfolio: Portfolio): RiskChecker;
}

/** A limit greater than zero. @throws LabError `RISK_LIMIT`. */
export function positiveLimit(input: DecimalInput, name: string): Decimal {
  const value = decimal(input, name);
  if (value.gt(0)) return value;
  throw new LabError("RISK_LIMIT", `${name} must be greater than zero, got ${value.toFixed()}.`, { details: { name } });
}

/** A checker from a check in exact decimals. Orders that only reduce the position always pass; while only those may pass, nothing else does. */
export function exactChecker(check: ExactCheck): RiskChecker {
  const decide = (context: RiskContext): ExactRefusal | undefined => {
    const { side, quantity, position } = context;
    const held = position.abs();
    const reduces = !context.opens && (side === "buy" ? position.lt(0) : position.gt(0));
    if (reduces && quantity.lte(held)) return undefined;
    const numbers = { asked: quantity.toFixed(), limit: reduces ? held.toFixed() : "0" };
    return context.reduceOnly || context.liquidateOnly ? { code: "LIQUIDATE_ONLY", numbers } : check.refuses(context);
  };
  return Object.freeze<RiskChecker>({
    name: check.name,
    limits: Object.freeze(check.limits),
    ...(check.start === undefined ? {} : { start: check.start }),
    ...(check.watch === undefined ? {} : { watch: check.watch }),
    check(input) {
      const context = contextOf(input);
      const refused = decide(context);
      if (refused === undefined) {
        check.passed?.({ time: context.time });
        return { ok: true, quantity: context.quantity };
      }
      return { ok: false, code: refused.code, message: messageOf(refused), numbers: refused.numbers };
    },
    bind: (scaled) => ({
      orderCap: Number.POSITIVE_INFINITY,
      check(order, state, out) {
        if (order.role !== ROLE.entry && order.reduceOnly) return true;
        const refused = decide(new BoundContext(order, state, scaled));
        if (refused === undefined) return true;
        refuse(out, refused.code, order.quantity, 0, "quantity", messageOf(refused));
        out.numbers = refused.numbers;
        return false;
      },
      ...(check.passed === undefined ? {} : { passed: check.passed }),
    }),
  });
}

const messageOf = ({ code, numbers, message }: ExactRefusal): string => message ?? refusalMessage(code, numbers);
