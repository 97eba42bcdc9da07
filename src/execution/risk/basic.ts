import {
  type Decimal,
  type DecimalInput,
  decimal,
  instrument as makeInstrument,
  ROLE,
  type ScaledInstrument,
  scaleInstrument,
  TYPE,
  toUnits,
  toWideUnits,
  WorkingOrder,
} from "../../core/index.js";
import { LabError, unknownName, wrongInput } from "../../errors/index.js";
import { combine } from "./all.js";
import { balanceRisk } from "./balance.js";
import { collarRisk } from "./collar.js";
import { assertOrder } from "./context.js";
import { drawdownRisk } from "./drawdown.js";
import { refusalMessage, refusalNumbers } from "./explain.js";
import { heatRisk } from "./heat.js";
import { saidBy } from "./portable.js";
import { rateRisk } from "./rate.js";
import { refuse } from "./refuse.js";
import type { BoundRisk, RiskChecker, RiskInput, RiskState, RiskVerdict, Verdict } from "./risk.js";

/** Limits of the basic checker, in base currency (quantities) and quote currency (notional); both count contracts of an inverse perpetual, worth one quote each. 0 or absent is off. */
export interface RiskLimits {
  maxOrderQuantity?: DecimalInput;
  maxPositionQuantity?: DecimalInput;
  maxOrderNotional?: DecimalInput;
  /** Fall of equity from its highest close, as a fraction, at which no entry passes any more; see `risk.drawdown`. */
  maxDrawdown?: DecimalInput;
  /** Largest portfolio heat, as a multiple of equity; see `risk.heat`. */
  maxHeat?: DecimalInput;
  /** Heat above which an operator is told, and above which positions are reduced; see `risk.heat`. */
  heatWarn?: DecimalInput;
  heatReduce?: DecimalInput;
  /** Largest part of a position that one bar reduces, 0.25 unless given; `gross` or `net`; weights as `"ETHUSDT=0.5 SOLUSDT=2"`. Only with a stage of heat. */
  heatStep?: DecimalInput;
  heatMeasure?: string;
  heatWeights?: string;
  /** Largest distance of an entry's limit from the last price, as a fraction; see `risk.collar`. */
  maxPriceDistance?: DecimalInput;
  /** Entries in any stretch of `perMs` milliseconds, 1,000 unless given; see `risk.rate`. */
  maxOrders?: DecimalInput;
  perMs?: DecimalInput;
  /** Refuses entries that the account cannot pay for at this leverage, with this fee as a fraction of the value; see `risk.balance`. */
  balanceLeverage?: DecimalInput;
  balanceFeeRate?: DecimalInput;
}

const KEYS = ["maxOrderQuantity", "maxOrderNotional", "maxPositionQuantity"] as const;
const OFF = Number.POSITIVE_INFINITY;

/** A limit as an exact decimal; undefined when off. @throws LabError `RISK_LIMIT` for one that is negative or no number. */
function limit(limits: RiskLimits, key: keyof RiskLimits): Decimal | undefined {
  const raw = limits[key];
  if (raw === undefined) return undefined;
  let value: Decimal;
  try {
    value = decimal(raw, key);
  } catch (cause) {
    throw new LabError("RISK_LIMIT", `${key} must be a number of at least 0 (0 is off), got '${String(raw)}'.`, {
      details: { key, value: raw },
      cause,
    });
  }
  if (value.lt(0))
    throw new LabError("RISK_LIMIT", `${key} must not be negative (0 is off), got ${value.toFixed()}.`, { details: { key } });
  return value.isZero() ? undefined : value;
}

/**
 * Tesser's basic checker, in its order: order quantity, order notional, projected position, liquidate-only. A limit refuses what is strictly above
 * it. Departure: an order that only reduces the position is never refused by a cap, so that a position can always be left.
 */
class BasicRisk implements BoundRisk {
  readonly orderCap: number;
  readonly #maxNotional: number | bigint;
  readonly #maxPosition: number;
  readonly #valueScale: number;
  /** Largest value of an inverse order, in its quantity units. */
  readonly #maxContracts: number;

  constructor(instrument: ScaledInstrument, limits: Readonly<Record<(typeof KEYS)[number], Decimal | undefined>>) {
    const { quantityDp, cashDp } = instrument;
    const units = (value: Decimal | undefined, dp: number): number | bigint =>
      value === undefined ? OFF : toWideUnits(value, dp, "floor");
    // No quantity is beyond 2^53 units, so a limit beyond is off.
    const bound = (value: Decimal | undefined): number => {
      const limit = units(value, quantityDp);
      return typeof limit === "bigint" ? OFF : limit;
    };
    this.orderCap = bound(limits.maxOrderQuantity);
    this.#maxPosition = bound(limits.maxPositionQuantity);
    const inverse = instrument.instrument.kind === "inverse";
    this.#maxContracts = inverse ? bound(limits.maxOrderNotional) : OFF;
    this.#maxNotional = inverse ? OFF : units(limits.maxOrderNotional, cashDp);
    this.#valueScale = instrument.valueScale;
  }

  check(order: WorkingOrder, state: RiskState, out: Verdict): boolean {
    const { quantity, direction } = order;
    const { position } = state;
    const held = position < 0 ? -position : position;
    const reduces = state.opens !== true && (direction > 0 ? position < 0 : position > 0);
    if (reduces && quantity <= held) return true;
    if (order.reduceOnly) return refuse(out, "LIQUIDATE_ONLY", quantity, held, "quantity");
    if (quantity > this.orderCap) return refuse(out, "MAX_ORDER_QUANTITY", quantity, this.orderCap, "quantity");
    if (quantity > this.#maxContracts) return refuse(out, "MAX_ORDER_NOTIONAL", quantity, this.#maxContracts, "quantity");
    if (this.#maxNotional !== OFF) {
      const price = order.type === TYPE.limit ? order.price : state.price;
      const notional = price * quantity * this.#valueScale;
      const above =
        typeof this.#maxNotional === "number"
          ? notional > this.#maxNotional
          : BigInt(price) * BigInt(quantity) * BigInt(this.#valueScale) > this.#maxNotional;
      if (above) return refuse(out, "MAX_ORDER_NOTIONAL", notional, Number(this.#maxNotional), "cash");
    }
    const after = position + direction * (quantity + alongside(order, state));
    const projected = after < 0 ? -after : after;
    if (projected > this.#maxPosition) return refuse(out, "MAX_POSITION_QUANTITY", projected, this.#maxPosition, "quantity");
    if (state.liquidateOnly) return refuse(out, "LIQUIDATE_ONLY", quantity, reduces ? held : 0, "quantity");
    return true;
  }
}

/** Quantity units on their way into the same instrument on the same side. */
function alongside({ slot, direction }: WorkingOrder, { underWay }: RiskState): number {
  let sum = 0;
  if (underWay !== undefined)
    for (const other of underWay) if (other.slot === slot && other.direction === direction) sum += other.remaining;
  return sum;
}

/**
 * The basic risk checker.
 * @example risk.basic({ maxOrderQuantity: "1" }).check({ side: "buy", quantity: "2" })  // { ok: false, code: "MAX_ORDER_QUANTITY", ... }
 * @throws LabError `RISK_LIMIT` for a negative or non-numeric limit, `RISK_UNKNOWN` for a misspelt one.
 */
export function basicRisk(limits: RiskLimits = {}): RiskChecker {
  if (typeof limits !== "object" || limits === null || Array.isArray(limits))
    throw wrongInput("RISK_INVALID", "risk.basic", 'limits such as { maxOrderQuantity: "1" }', limits);
  const known = [...KEYS, ...MORE];
  for (const key of Object.keys(limits)) if (!known.includes(key as never)) throw unknownName("RISK_UNKNOWN", "risk limit", key, known);
  const more = moreOf(limits);
  const own = ownLimits(limits);
  return more.length === 0 ? own : combine("basic", [own, ...more]);
}

/** Limits that are checkers of their own. */
const MORE = [
  "maxDrawdown",
  "maxHeat",
  "heatWarn",
  "heatReduce",
  "heatStep",
  "heatMeasure",
  "heatWeights",
  "maxPriceDistance",
  "maxOrders",
  "perMs",
  "balanceLeverage",
  "balanceFeeRate",
] as const;

/** @throws LabError `RISK_LIMIT` for a setting without the limit that it is of. */
function moreOf(limits: RiskLimits): RiskChecker[] {
  const of = (key: keyof RiskLimits): Decimal | undefined => limit(limits, key);
  const without = (key: keyof RiskLimits, other: string): never => {
    throw new LabError("RISK_LIMIT", `${key} says nothing without ${other}.`, { details: { key } });
  };
  const [warn, refuse, reduce, step] = [of("heatWarn"), of("maxHeat"), of("heatReduce"), of("heatStep")];
  const { heatMeasure, heatWeights } = limits;
  const isHeat = warn !== undefined || refuse !== undefined || reduce !== undefined;
  if (step !== undefined && reduce === undefined) without("heatStep", "heatReduce");
  if (!isHeat && heatMeasure) without("heatMeasure", "maxHeat, heatWarn or heatReduce");
  if (!isHeat && heatWeights) without("heatWeights", "maxHeat, heatWarn or heatReduce");
  const [drawdown, distance] = [of("maxDrawdown"), of("maxPriceDistance")];
  const [maxOrders, perMs, leverage, feeRate] = [of("maxOrders"), of("perMs"), of("balanceLeverage"), of("balanceFeeRate")];
  if (perMs !== undefined && maxOrders === undefined) without("perMs", "maxOrders");
  if (feeRate !== undefined && leverage === undefined) without("balanceFeeRate", "balanceLeverage");
  return [
    ...(drawdown === undefined ? [] : [drawdownRisk(drawdown)]),
    ...(isHeat
      ? [
          heatRisk({
            ...(warn === undefined ? {} : { warn }),
            ...(refuse === undefined ? {} : { refuse }),
            ...(reduce === undefined ? {} : { reduce }),
            ...(step === undefined ? {} : { step }),
            ...(heatMeasure ? { measure: heatMeasure as "gross" | "net" } : {}),
            ...(heatWeights ? { weights: weightsOf(heatWeights) } : {}),
          }),
        ]
      : []),
    ...(distance === undefined ? [] : [collarRisk(distance)]),
    ...(maxOrders === undefined
      ? []
      : [rateRisk({ maxOrders: maxOrders.toNumber(), ...(perMs === undefined ? {} : { perMs: perMs.toNumber() }) })]),
    ...(leverage === undefined ? [] : [balanceRisk({ leverage, feeRate: feeRate ?? 0 })]),
  ];
}

function weightsOf(text: string): Record<string, Decimal> {
  if (typeof text !== "string") throw wrongInput("RISK_LIMIT", "heatWeights", "text such as ETHUSDT=0.5 SOLUSDT=2", text);
  return Object.fromEntries(
    text.split(/\s+/).map((one) => {
      const [, symbol, weight] = /^([^=]+)=([^=]+)$/.exec(one) ?? [];
      if (symbol === undefined)
        throw new LabError("RISK_LIMIT", `heatWeights are written SYMBOL=weight with blanks between them, got '${text}'.`);
      return [symbol, decimal(weight!, `weight of ${symbol}`)];
    }),
  );
}

function ownLimits(limits: RiskLimits): RiskChecker {
  const values = {
    maxOrderQuantity: limit(limits, KEYS[0]),
    maxOrderNotional: limit(limits, KEYS[1]),
    maxPositionQuantity: limit(limits, KEYS[2]),
  };
  const text: Record<string, string> = {};
  for (const key of KEYS) if (values[key] !== undefined) text[key] = values[key].toFixed();
  return saidBy(
    Object.freeze<RiskChecker>({
      name: "basic",
      limits: Object.freeze(text),
      check: (input) => checkAlone(values, input),
      bind: (instrument) => new BasicRisk(instrument, values),
    }),
  );
}

/** One order outside a run: the same integer check, in units as fine as the numbers given. */
function checkAlone(limits: ConstructorParameters<typeof BasicRisk>[1], input: RiskInput): RiskVerdict {
  assertOrder(input);
  const quantity = decimal(input.quantity, "quantity");
  if (!quantity.gt(0))
    throw new LabError("QUANTITY_INVALID", `quantity must be greater than zero (side says the direction), got ${quantity.toFixed()}.`);
  const position = decimal(input.position ?? 0, "position");
  const price = decimal(input.price ?? 0, "price");
  if (input.side !== "buy" && input.side !== "sell") throw unknownName("SIDE_UNKNOWN", "side", String(input.side), ["buy", "sell"]);
  const dp = Math.max(
    quantity.decimalPlaces(),
    position.decimalPlaces(),
    limits.maxOrderQuantity?.decimalPlaces() ?? 0,
    limits.maxPositionQuantity?.decimalPlaces() ?? 0,
  );
  const scaled = scaleInstrument(
    makeInstrument({
      symbol: input.instrument?.symbol ?? "order",
      kind: input.instrument?.kind ?? "linear",
      tickSize: `1e-${price.decimalPlaces()}`,
      lotSize: `1e-${dp}`,
    }),
  );
  const out: Verdict = { code: "NONE", asked: 0, limit: 0, units: "quantity", message: "" };
  const units = toUnits(quantity, dp, "exact", "quantity");
  const direction = input.side === "buy" ? 1 : -1;
  const order = new WorkingOrder(0, 0, direction, TYPE.market, ROLE.entry, input.reduceOnly ?? false, units, 0, 0);
  const state: RiskState = {
    position: toUnits(position, dp, "exact", "position"),
    price: toUnits(price, scaled.priceDp, "exact", "price"),
    equity: 0,
    liquidateOnly: input.liquidateOnly ?? false,
  };
  if (new BasicRisk(scaled, limits).check(order, state, out)) return { ok: true, quantity };
  const numbers = refusalNumbers(out, scaled);
  return { ok: false, code: out.code, message: refusalMessage(out.code, numbers), numbers };
}
