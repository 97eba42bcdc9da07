import {
  type Decimal,
  decimal,
  type EpochMs,
  fromUnits,
  MAX_SAFE,
  type ScaledInstrument,
  type SignalKind,
  TYPE,
  type WorkingOrder,
} from "../../core/index.js";
import { type ComparedRule, comparedLimits, type RiskChecker, type RiskState, type Verdict } from "../risk/index.js";
import { parseSizer, type Sizer, type SizingState } from "../sizers/index.js";
import type { PendingSignal } from "./signal.js";

/** How an entry came to its size, and what it was held against. */
export interface Decision {
  readonly time: EpochMs;
  readonly symbol: string;
  /** What asked for it; undefined for a further order of an entry that had passed before. */
  readonly signal: SignalKind | undefined;
  /** The order it became, or was refused as. */
  readonly orderId: string | undefined;
  /** The sizer in its notation, or `strategy` where the signal named a quantity; undefined for a further order. */
  readonly sizer: string | undefined;
  /** Equity it was sized with, settlement currency. */
  readonly equity: Decimal;
  /** Price it was sized and checked at: its limit, else the last price. */
  readonly price: Decimal;
  /** What was asked for before it was rounded down to the lot; undefined where there is no size. */
  readonly asked: Decimal | undefined;
  /** In whole lots; 0 where there is nothing to order. */
  readonly quantity: Decimal;
  readonly lot: Decimal;
  /** Every limit and filter it was held against; none where it was refused before. */
  readonly checks: readonly ComparedRule[];
}

/** A decision under way. */
type Draft = { -readonly [K in keyof Decision]: Decision[K] };

/** Keeps how entries were decided, from a moment on: made when a run is explained, so that a run that is not pays nothing for it. */
export class DecisionLog {
  readonly #since: EpochMs;
  readonly #drafts: Draft[] = [];
  #current: Draft | undefined;

  constructor(since: EpochMs) {
    this.#since = since;
  }

  /** What was decided, in order. */
  get entries(): readonly Decision[] {
    return this.#drafts.map((draft) => Object.freeze({ ...draft, checks: Object.freeze([...draft.checks]) }));
  }

  /** A signal was given its size in quantity units; negative for none. */
  sized(signal: PendingSignal, sizing: SizingState, quantity: number, sizer: Sizer, instrument: ScaledInstrument, time: EpochMs): void {
    this.#current = undefined;
    if (time < this.#since) return;
    const lots = fromUnits(Math.max(0, quantity), instrument.quantityDp);
    this.#add({
      time,
      symbol: instrument.name,
      signal: sizing.kind,
      orderId: undefined,
      sizer: signal.quantity === undefined ? sizer.text : "strategy",
      equity: fromUnits(sizing.equity, instrument.cashDp),
      price: fromUnits(sizing.price, instrument.priceDp),
      asked: quantity < 0 ? undefined : askedOf(signal, sizing, sizer, instrument, lots),
      quantity: lots,
      lot: fromUnits(instrument.lot, instrument.quantityDp),
      checks: [],
    });
  }

  /** The order that the signal sized last becomes. */
  about(order: WorkingOrder): void {
    if (this.#current !== undefined) this.#current.orderId = String(order.id);
  }

  /** A further order of an entry that has passed. */
  further(order: WorkingOrder, equity: number | bigint, price: number, instrument: ScaledInstrument): void {
    this.#current = undefined;
    if (order.time < this.#since) return;
    const quantity = fromUnits(order.quantity, instrument.quantityDp);
    this.#add({
      time: order.time,
      symbol: instrument.name,
      signal: undefined,
      orderId: String(order.id),
      sizer: undefined,
      equity: fromUnits(equity, instrument.cashDp),
      price: fromUnits(price, instrument.priceDp),
      asked: quantity,
      quantity,
      lot: fromUnits(instrument.lot, instrument.quantityDp),
      checks: [],
    });
  }

  /**
   * The order was held against risk and filters.
   * @param verdict - why it may not leave; undefined where it may.
   * @param override - whether an operator let it pass the risk check unasked.
   */
  checked(
    order: WorkingOrder,
    risk: RiskChecker,
    state: RiskState,
    instrument: ScaledInstrument,
    verdict: Verdict | undefined,
    override: boolean,
  ): void {
    if (this.#current === undefined) return;
    const filters = filtersOf(order, state.price, instrument);
    const byFilter = verdict !== undefined && filters.some(({ passes }) => passes === false) && FILTERS.includes(verdict.code);
    const refused = byFilter ? undefined : verdict;
    const limits = override ? [] : comparedLimits(risk, order, state, instrument, refused);
    const asked = filters.map((rule) => (refused === undefined ? rule : { ...rule, passes: undefined }));
    this.#current.quantity = fromUnits(order.quantity, instrument.quantityDp);
    this.#current.checks = [...limits, ...asked];
  }

  #add(draft: Draft): void {
    this.#current = draft;
    this.#drafts.push(draft);
  }
}

const FILTERS: readonly string[] = ["BELOW_MIN_QUANTITY", "ABOVE_MAX_QUANTITY", "BELOW_MIN_NOTIONAL"];

/** The exact size before rounding. A sizer of the user's own is not asked twice: what it said is known to the smallest unit. */
function askedOf(signal: PendingSignal, sizing: SizingState, { text }: Sizer, instrument: ScaledInstrument, lots: Decimal): Decimal {
  if (signal.quantity !== undefined) return decimal(signal.quantity, "quantity");
  try {
    return parseSizer(text).size({
      equity: fromUnits(sizing.equity, instrument.cashDp),
      price: fromUnits(sizing.price, instrument.priceDp),
      signal: sizing.kind,
      confidence: sizing.confidence,
      instrument: instrument.instrument,
      ...(sizing.history === undefined ? {} : { history: sizing.history }),
    });
  } catch {
    return lots;
  }
}

/** The venue's filters, those it has. */
function filtersOf(order: WorkingOrder, last: number, scaled: ScaledInstrument): ComparedRule[] {
  const { instrument, quantityDp, priceDp } = scaled;
  const quantity = fromUnits(order.quantity, quantityDp);
  const price = fromUnits(order.type === TYPE.limit ? order.price : last, priceDp);
  const value = instrument.kind === "inverse" ? quantity : quantity.times(price);
  const { minQuantity, minNotional } = instrument;
  const maxQuantity = fromUnits(Math.min(scaled.maxQuantity, MAX_SAFE), quantityDp);
  const rule = (check: string, asked: Decimal, limit: string, passes: boolean): ComparedRule => ({
    check: `venue ${check}`,
    asked: asked.toFixed(),
    limit,
    passes,
  });
  return [
    ...(minQuantity.gt(0) ? [rule("minQuantity", quantity, `at least ${minQuantity.toFixed()}`, quantity.gte(minQuantity))] : []),
    ...(scaled.maxQuantity < MAX_SAFE
      ? [rule("maxQuantity", quantity, `at most ${maxQuantity.toFixed()}`, quantity.lte(maxQuantity))]
      : []),
    ...(minNotional.gt(0) ? [rule("minNotional", value, `at least ${minNotional.toFixed()}`, value.gte(minNotional))] : []),
  ];
}
