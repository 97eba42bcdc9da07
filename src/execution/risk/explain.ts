import { fromUnits, type Refusal, type RefusalCode, type ScaledInstrument } from "../../core/index.js";
import type { Verdict } from "./risk.js";

/** The compared numbers of a verdict as exact text. */
export function refusalNumbers(verdict: Omit<Verdict, "code">, instrument: ScaledInstrument): Readonly<Record<string, string>> {
  if (verdict.numbers !== undefined) return verdict.numbers;
  const dp = verdict.units === "quantity" ? instrument.quantityDp : verdict.units === "cash" ? instrument.cashDp : instrument.priceDp;
  const text = (value: number): string => (Number.isFinite(value) ? fromUnits(value, dp).toFixed() : String(value));
  return Object.freeze({ asked: text(verdict.asked), limit: text(verdict.limit) });
}

const SENTENCES: Readonly<Record<RefusalCode, string>> = {
  NONE: "accepted",
  ZERO_SIZE: "the size comes to nothing in the smallest quantity there is",
  BELOW_LOT: "the size is below one lot",
  BELOW_MIN_QUANTITY: "order quantity {asked} is below the venue's minimum {limit}",
  ABOVE_MAX_QUANTITY: "order quantity {asked} exceeds the venue's maximum {limit}",
  BELOW_MIN_NOTIONAL: "order value {asked} is below the venue's minimum {limit}",
  MAX_ORDER_QUANTITY: "order quantity {asked} exceeds limit {limit}",
  MAX_ORDER_NOTIONAL: "order notional {asked} exceeds limit {limit}",
  MAX_POSITION_QUANTITY: "projected position {asked} exceeds limit {limit}",
  LIQUIDATE_ONLY: "only orders that reduce the position may pass: asked {asked}, position allows {limit}",
  INSUFFICIENT_MARGIN: "cannot be paid for with fees at the fill price: needs {asked}, has {limit}",
  SHORT_ON_SPOT: "spot cannot be sold short",
  STOP_WRONG_SIDE: "stop-loss {asked} is on the wrong side of the price {limit}",
  TARGET_WRONG_SIDE: "take-profit {asked} is on the wrong side of the price {limit}",
  PRICE_INVALID: "price {asked} is not greater than zero",
  SIZE_INVALID: "the sizer failed",
  CHECK_FAILED: "the risk check failed, so the entry was refused",
  CUSTOM_CHECK: "refused by a risk check of the run",
  UNKNOWN_SYMBOL: "the run has no such symbol",
  BAD_PRICE_FOR_SIZE: "cannot size an order with a zero or negative price",
  VENUE_REJECTED: "the venue rejected the order",
  GROUP_FAILED: "another leg of its group failed",
  TRADING_DISABLED: "trading is disabled: only exits pass",
  HINT_INVALID: "the hint names no algorithm that can work off this order",
  HOOK_SUPPRESSED: "a hook of the router kept the entry back",
  UNROUTABLE: "no venue of this engine takes orders for this instrument",
  NO_VOLATILITY: "the sizer has too few candles to estimate volatility from",
  INSUFFICIENT_BALANCE: "insufficient balance: needs {needed}, has {available}",
  PORTFOLIO_HEAT: "portfolio heat {asked} exceeds limit {limit}",
  ORDER_RATE: "{asked} orders in {seconds} s exceed limit {limit}",
  DRAWDOWN_STOP: "drawdown {asked} has reached limit {limit}: only orders that reduce the position may pass",
  PRICE_COLLAR: "price {asked} is {distance} from the reference {reference}, more than {limit}",
  NO_REFERENCE_PRICE: "there is no price to check the order against",
};

/** The sentence of a refusal with its numbers filled in. */
export function refusalMessage(code: RefusalCode, numbers: Readonly<Record<string, string>>): string {
  return SENTENCES[code].replaceAll(/\{(\w+)\}/g, (_, key: string) => numbers[key] ?? "?");
}

/** A refusal as the value that orders and reports carry. */
export function refusal(code: RefusalCode, verdict: Omit<Verdict, "code">, instrument: ScaledInstrument): Refusal {
  const numbers = refusalNumbers(verdict, instrument);
  return Object.freeze({ code, message: verdict.message || refusalMessage(code, numbers), numbers });
}
