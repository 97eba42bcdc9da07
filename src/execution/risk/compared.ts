import { type Decimal, decimal, type RefusalCode, type ScaledInstrument, type WorkingOrder } from "../../core/index.js";
import { BoundContext, type RiskContext } from "./context.js";
import { refusal } from "./explain.js";
import type { RiskChecker, RiskState, Verdict } from "./risk.js";

/** One rule an order was held against. */
export interface ComparedRule {
  /** A limit's name, such as `maxOrderNotional`; a venue's filter, such as `venue minNotional`; or the name of a check without limits. */
  readonly check: string;
  /** What the order comes to, exact; undefined where the rule compares no number of the order's. */
  readonly asked: string | undefined;
  /** What is allowed, with its direction: `at most 29000`; undefined for a check without one. */
  readonly limit: string | undefined;
  /** Whether the order keeps it; undefined for a rule that was not asked, because another refused before. */
  readonly passes: boolean | undefined;
}

/** What an order in a run comes to, by the limit it is compared with. */
const ASKED: Readonly<Record<string, (context: RiskContext) => Decimal>> = {
  maxOrderQuantity: ({ quantity }) => quantity,
  maxOrderNotional: ({ kind, quantity, price }) => (kind === "inverse" ? quantity : quantity.times(price)),
  maxPositionQuantity: ({ symbol, position, side, quantity, underWay }) =>
    underWay
      .filter((other) => other.symbol === symbol && decimal(other.quantity).gt(0) === (side === "buy"))
      .reduce((sum, other) => sum.plus(other.quantity), position.plus(side === "buy" ? quantity : quantity.neg()))
      .abs(),
  maxPriceDistance: ({ price, lastPrice }) => price.minus(lastPrice).abs().div(lastPrice).toDecimalPlaces(8),
};

/** The limits that refuse, and with what. Other settings of checkers are no limits of an order. */
const CODES: Readonly<Record<string, RefusalCode>> = {
  maxOrderQuantity: "MAX_ORDER_QUANTITY",
  maxOrderNotional: "MAX_ORDER_NOTIONAL",
  maxPositionQuantity: "MAX_POSITION_QUANTITY",
  maxPriceDistance: "PRICE_COLLAR",
  maxDrawdown: "DRAWDOWN_STOP",
  maxHeat: "PORTFOLIO_HEAT",
  maxOrders: "ORDER_RATE",
  balanceLeverage: "INSUFFICIENT_BALANCE",
};

const most = (value: string): string => `at most ${value}`;

/** What an account has for an order, and what the order needs of it. */
function balanceOf(context: RiskContext, { balanceLeverage, balanceFeeRate }: Readonly<Record<string, string>>): ComparedRule {
  const funds = context.price.gt(0) ? context.funds(decimal(balanceLeverage!), decimal(balanceFeeRate ?? 0)) : undefined;
  return {
    check: "balance",
    asked: funds?.needed.toFixed(),
    limit: funds === undefined ? undefined : most(funds.available.toFixed()),
    passes: funds?.needed.lte(funds.available),
  };
}

/**
 * What an entry of a run comes to beside every limit of a checker.
 * @param verdict - why the checker refused it; undefined where it passed.
 */
export function comparedLimits(
  { name, limits }: RiskChecker,
  order: WorkingOrder,
  state: RiskState,
  instrument: ScaledInstrument,
  verdict: Verdict | undefined,
): readonly ComparedRule[] {
  const context = new BoundContext(order, state, instrument);
  const refused = verdict === undefined ? undefined : refusal(verdict.code, verdict, instrument);
  const rules = Object.entries(limits).flatMap(([key, limit]): ComparedRule[] => {
    const code = CODES[key];
    if (code === undefined) return [];
    if (key === "balanceLeverage") return [balanceOf(context, limits)];
    const isFirst = refused?.code === code;
    const value = ASKED[key]?.(context);
    const asked = value?.toFixed() ?? (isFirst ? refused.numbers.asked : undefined);
    const passes = isFirst ? false : value === undefined ? (refused === undefined ? true : undefined) : value.lte(limit);
    return [{ check: key, asked, limit: most(limit), passes }];
  });
  if (refused !== undefined && !rules.some(({ passes }) => passes === false))
    rules.push({ check: refused.code, asked: refused.numbers.asked, limit: refused.numbers.limit, passes: false });
  return rules.length > 0 ? rules : [{ check: `risk ${name}`, asked: undefined, limit: undefined, passes: true }];
}
