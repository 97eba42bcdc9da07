import { type InstrumentKind, type Ratio, ratio, timeText } from "../core/index.js";
import { LabError, unknownName, wrongInput } from "../errors/index.js";
import { type Portfolio, RatedAmount } from "../portfolio/index.js";
import { decimalOption } from "./option-checks.js";
import type { FundingRate } from "./settings.js";

/** A funding payment of one instrument of a run. */
export interface SlotFunding {
  readonly time: number;
  /** Of the position's value, without its sign. */
  readonly rate: Ratio;
  /** Whether the rate is positive: longs pay it, shorts receive it. */
  readonly longsPay: boolean;
  readonly slot: number;
}

/**
 * Checks funding payments and finds the instrument of each: by its symbol, which may be left out in a run of one.
 * @throws LabError `OPTION_INVALID`, `FUNDING_ORDER` for times of a symbol that do not rise, `SYMBOL_UNKNOWN`, `RATIO_TOO_FINE`.
 */
export function checkFunding(
  funding: readonly FundingRate[],
  kinds: readonly InstrumentKind[],
  symbols: readonly string[],
): readonly SlotFunding[] {
  if (!Array.isArray(funding))
    throw new LabError("OPTION_INVALID", "funding is a list of { time, rate }: the `rates` of what loadFunding returns.");
  const last = symbols.map(() => Number.NEGATIVE_INFINITY);
  const all = funding.map(({ time, rate, symbol }) => {
    if (symbol === undefined && symbols.length > 1)
      throw new LabError("OPTION_INVALID", "In a run of several symbols each funding payment names its own: { time, rate, symbol }.");
    const slot = symbol === undefined ? 0 : symbols.indexOf(symbol);
    if (slot < 0) throw unknownName("SYMBOL_UNKNOWN", "symbol of a funding payment", String(symbol), symbols);
    if (kinds[slot] === "spot") throw new LabError("OPTION_INVALID", "funding is paid by perpetuals only, not by spot.");
    if (!Number.isSafeInteger(time)) throw wrongInput("OPTION_INVALID", "time of a funding payment", "epoch milliseconds", time);
    if (time <= last[slot]!)
      throw new LabError("FUNDING_ORDER", `funding times must rise, got ${timeText(time)} after ${timeText(last[slot]!)}.`);
    const exact = decimalOption(rate, "funding rate", -0.1, 0.1);
    last[slot] = time;
    return { time, rate: ratio(exact.abs(), "funding rate"), longsPay: exact.isPositive(), slot };
  });
  return all.sort((a, b) => a.time - b.time || a.slot - b.slot);
}

/** Books a payment on the value at a price of what is held, if anything is. */
export function payFunding(portfolio: Portfolio, { slot, rate, longsPay }: SlotFunding, price: number): void {
  const quantity = portfolio.quantity[slot]!;
  if (quantity === 0) return;
  const amount = new RatedAmount(portfolio.instruments[slot]!, rate).of(price, Math.abs(quantity));
  portfolio.applyFunding(longsPay === quantity > 0 ? amount : -amount);
}
