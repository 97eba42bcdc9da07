import { type Decimal, type DecimalInput, decimal } from "../../core/index.js";
import { LabError, wrongInput } from "../../errors/index.js";
import { type ExecutionPlan, isSane, type PlanMetadata, type RouterIntent, type WorkingRef } from "./plan.js";
import { orderSide, positionSide, type RouterAction, snapToTick, tryDecimal } from "./prices.js";

/** Seconds an order rests at least, whatever its plan says. */
export const MIN_TTL_S = 0.5;
const MAX_TTL_S = 300;
export const NO_CANCELS: readonly WorkingRef[] = Object.freeze([]);

/** What all plans of one order have in common. */
export type PlanBase = Pick<
  ExecutionPlan,
  "tradeId" | "action" | "asset" | "positionSide" | "side" | "strategy" | "quantity" | "cancels" | "metadata"
>;

/** A name that has to be there. @throws LabError `ROUTER_INTENT`. */
export function named(value: unknown, key: "tradeId" | "asset"): string {
  if (typeof value === "string" && value !== "") return value;
  throw wrongInput("ROUTER_INTENT", `${key} of what a router plans`, `text such as ${key === "asset" ? "BTCUSDT" : "trade-1"}`, value);
}

/** What an entry asks for. @throws LabError `ROUTER_INTENT`, `DECIMAL_INVALID`. */
function entryQuantity(input: DecimalInput): Decimal {
  const quantity = decimal(input, "quantity");
  if (quantity.gt(0)) return quantity;
  throw new LabError("ROUTER_INTENT", `An entry's quantity is greater than zero, got ${quantity.toFixed()}.`);
}

/** What an exit asks for; one that cannot be used is as good as none: the exit leaves, for all that is held. */
function exitQuantity(input: DecimalInput): Decimal | undefined {
  const quantity = tryDecimal(input);
  return quantity?.gt(0) ? quantity : undefined;
}

/** What an intent says of its order. @throws LabError `ROUTER_INTENT`, `POSITION_SIDE`; for an entry's quantity that is no number `DECIMAL_INVALID`. */
export function baseOf(intent: RouterIntent, action: RouterAction): PlanBase {
  const { quantity } = intent;
  return {
    tradeId: named(intent.tradeId, "tradeId"),
    action,
    asset: named(intent.asset, "asset"),
    positionSide: positionSide(intent.side),
    side: orderSide(action, intent.side),
    strategy: intent.strategy ?? "",
    quantity: quantity === undefined ? undefined : action === "ENTER" ? entryQuantity(quantity) : exitQuantity(quantity),
    cancels: NO_CANCELS,
    metadata: Object.freeze({}),
  };
}

/** @throws LabError `ROUTER_INTENT` for what is no wish to enter or to leave. */
export function assertIntent(intent: RouterIntent): void {
  if (typeof intent !== "object" || intent === null)
    throw wrongInput("ROUTER_INTENT", "a router", "an intent such as { tradeId, asset, side, quantity }", intent);
}

/** What hooks are told of an intent. */
export function contextOf(intent: RouterIntent, action: RouterAction): Record<string, unknown> {
  const { tradeId, asset, side, referencePrice, spreadBps } = intent;
  return { tradeId, asset, side: positionSide(side), referencePrice, spreadBps, action };
}

/** A market order. */
export function market(base: PlanBase, reason: string, more: { suppress?: boolean; metadata?: PlanMetadata } = {}): ExecutionPlan {
  const { suppress = false, metadata = base.metadata } = more;
  return planOf(base, { orderType: "market", limitPrice: undefined, postOnly: false, ttlS: 0, isMaker: false, suppress, reason, metadata });
}

/** A resting order. */
export function limit(base: PlanBase, price: Decimal, postOnly: boolean, ttlS: number, reason: string): ExecutionPlan {
  const { metadata } = base;
  return planOf(base, { orderType: "limit", limitPrice: price, postOnly, ttlS, isMaker: true, suppress: false, reason, metadata });
}

function planOf(base: PlanBase, how: Omit<ExecutionPlan, keyof PlanBase> & { readonly metadata: PlanMetadata }): ExecutionPlan {
  const { tradeId, action, asset, positionSide: held, side, strategy, quantity, cancels } = base;
  return Object.freeze({
    tradeId,
    action,
    asset,
    positionSide: held,
    side,
    strategy,
    quantity,
    cancels,
    ...how,
    metadata: Object.freeze({ ...how.metadata }),
  });
}

/** Whether a spread lets an order rest: one that is not known does, one that is no number does not. */
export function spreadAllows(spreadBps: DecimalInput | null | undefined, most: number): boolean {
  if (spreadBps === undefined || spreadBps === null) return true;
  return tryDecimal(spreadBps)?.lte(most) ?? false;
}

/**
 * A hook's plan as far as a hook has a say: how the order is sent, never which order it is. Its limit is moved to the tick, away from crossing. Undefined for an answer
 * that cannot be sent.
 */
export function replacePlan(
  plan: ExecutionPlan,
  answer: unknown,
  tickOf: (reference: DecimalInput | undefined) => Decimal,
): ExecutionPlan | undefined {
  if (typeof answer !== "object" || answer === null) return undefined;
  const given = answer as Partial<ExecutionPlan>;
  const raw = given.orderType === "limit" ? tryDecimal(given.limitPrice) : undefined;
  const tick = tickOf(raw);
  const limitPrice = raw?.gt(0) && tick.gt(0) ? snapToTick(raw, plan.side, tick) : raw;
  const next = { orderType: given.orderType!, limitPrice };
  if (typeof given.reason !== "string" || !isSane(next)) return undefined;
  const ttl = typeof given.ttlS === "number" ? given.ttlS : 0;
  const rests = next.orderType === "limit";
  return Object.freeze<ExecutionPlan>({
    ...plan,
    ...next,
    postOnly: rests && given.postOnly === true,
    ttlS: rests ? Math.min(MAX_TTL_S, ttl >= MIN_TTL_S ? ttl : MIN_TTL_S) : 0,
    isMaker: rests,
    suppress: given.suppress === true,
    reason: given.reason,
    metadata: Object.freeze({ ...given.metadata }),
  });
}
