import { Decimal, type DecimalInput, decimal, type Side } from "../../core/index.js";
import { unknownName } from "../../errors/index.js";

/** Whether an order opens a position or closes it. */
export type RouterAction = "ENTER" | "EXIT";

/** The side of the position an order opens or closes. */
export type PositionSide = "LONG" | "SHORT";

/** Ticks of the source's symbols, where nothing else is said. */
const DEFAULT_TICKS: Readonly<Record<string, string>> = Object.freeze({
  BTCUSDT: "0.1",
  ETHUSDT: "0.01",
  AAVEUSDT: "0.01",
  SOLUSDT: "0.001",
  XRPUSDT: "0.0001",
  DOGEUSDT: "0.00001",
  SHIBUSDT: "0.000000001",
  YFIUSDT: "0.01",
  XAUTUSDT: "0.1",
  ADAUSDT: "0.0001",
  TRXUSDT: "0.00001",
  ALGOUSDT: "0.0001",
});

const ZERO = new Decimal(0);
/** Share of the reference price that stands for the tick of an unknown symbol. */
const FALLBACK_TICK = "0.00001";

/** A side of a position by its name in upper or lower case. @throws LabError `POSITION_SIDE`: a guessed side would trade the wrong way. */
export function positionSide(side: string): PositionSide {
  const name = typeof side === "string" ? side.toUpperCase() : String(side);
  if (name !== "LONG" && name !== "SHORT") throw unknownName("POSITION_SIDE", "side of a position", String(side), ["LONG", "SHORT"]);
  return name;
}

/**
 * Whether an action on a position buys or sells: a long is entered by buying and left by selling, a short the other way round.
 * @throws LabError `POSITION_SIDE`, `ROUTER_ACTION`.
 */
export function orderSide(action: RouterAction, side: string): Side {
  if (action !== "ENTER" && action !== "EXIT") throw unknownName("ROUTER_ACTION", "action of a router", String(action), ["ENTER", "EXIT"]);
  return (positionSide(side) === "LONG") === (action === "ENTER") ? "buy" : "sell";
}

/** A decimal, or undefined where a value is none: a router never throws for a bad price or spread, it takes. */
export function tryDecimal(value: DecimalInput | null | undefined): Decimal | undefined {
  if (value === undefined || value === null) return undefined;
  try {
    return decimal(value);
  } catch {
    return undefined;
  }
}

/**
 * The tick of a symbol: from `overrides` (keys in upper case), else the table of the source's symbols, else 1e-5 of the reference price, else 0. Symbols count as
 * they are written, in any case.
 */
export function tickSize(asset: string, referencePrice?: DecimalInput, overrides: Readonly<Record<string, string>> = {}): Decimal {
  const symbol = asset.toUpperCase();
  const known = Object.hasOwn(overrides, symbol)
    ? overrides[symbol]
    : Object.hasOwn(DEFAULT_TICKS, symbol)
      ? DEFAULT_TICKS[symbol]
      : undefined;
  if (known !== undefined) return new Decimal(known);
  const reference = tryDecimal(referencePrice);
  return reference?.gt(0) ? reference.times(FALLBACK_TICK) : ZERO;
}

/** A price in whole ticks, away from crossing: down for a buy, up for a sell. */
export function snapToTick(price: Decimal, side: Side, tick: Decimal): Decimal {
  const ticks = price.div(tick);
  return (side === "buy" ? ticks.floor() : ticks.ceil()).times(tick);
}

/**
 * The price of a resting order: `offsetTicks` behind the reference price, in whole ticks, away from crossing. A buy is at least a tick, but never above the
 * reference price; 0 where there is no such price.
 */
export function quotePrice(side: Side, referencePrice: DecimalInput | null | undefined, tick: Decimal, offsetTicks: number): Decimal {
  const reference = tryDecimal(referencePrice);
  if (!reference?.gt(0) || tick.lte(0)) return ZERO;
  const offset = tick.times(offsetTicks);
  if (side === "sell") return snapToTick(reference.plus(offset), side, tick);
  const price = snapToTick(reference.minus(offset), side, tick);
  if (price.gt(0)) return price;
  return tick.lte(reference) ? tick : ZERO;
}
