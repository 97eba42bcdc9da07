import {
  type DecimalInput,
  decimal,
  type EpochMs,
  MAX_SAFE,
  type PriceInput,
  ROLE,
  type ScaledInstrument,
  TYPE,
  toUnits,
  WorkingOrder,
} from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import { checkFilters } from "../compliance/index.js";
import { type BoundRisk, type RiskChecker, type RiskState, type RiskWatch, refuse, type Verdict } from "../risk/index.js";
import type { BarHistory, BoundSizer, Sizer, SizingState } from "../sizers/index.js";
import type { AlertLog } from "./alerts.js";
import type { DecisionLog } from "./decisions.js";
import type { Desk } from "./desk.js";
import type { Moment } from "./issuer.js";
import { awayFromCrossing, priceOf, towardEntry } from "./prices.js";
import type { OrderSettings } from "./settings.js";
import { KIND_NAMES, type PendingSignal } from "./signal.js";

/** The user's code that an entry passes: how a warning calls it, its alert, and what came of it. */
const THROWN = {
  sizer: { what: "sizer", code: "SIZER_THREW", effect: "the entry was refused" },
  check: { what: "risk check", code: "CHECK_THREW", effect: "the entry was refused" },
  watch: { what: "risk watch", code: "WATCH_THREW", effect: "nothing was warned of or reduced at that moment" },
} as const;

/** Marks a price or a quantity that could not be had; the verdict says why. */
const NONE = -1;

/**
 * What an entry passes on its way out: its prices, its size, the risk check and the venue's filters, in that order. `verdict` says what refused it. Code of
 * the user's that throws refuses the entry, is kept in `failures` and raises an alert.
 */
export class EntryGate {
  readonly verdict: Verdict = { code: "NONE", asked: 0, limit: 0, units: "quantity", message: "" };
  /** First error of every sizer or check that threw. */
  readonly failures: Map<string, unknown> = new Map();
  /** The candles of each instrument, for sizers that look back. */
  bars: readonly BarHistory[] = [];
  /** What the risk checker does at every close and tick, if it does anything. */
  readonly watch: RiskWatch | undefined;
  readonly portfolio: Portfolio;
  readonly instruments: readonly ScaledInstrument[];
  readonly #sizers: BoundSizer[];
  readonly #risks: BoundRisk[];
  readonly #brackets: boolean;
  readonly #decisions: DecisionLog | undefined;
  readonly #sizer: Sizer;
  readonly #risk: RiskChecker;
  readonly #alerts: AlertLog;
  readonly #names: Readonly<Record<keyof typeof THROWN, string>>;
  /** When each kind of code threw last, by kind and instrument. */
  readonly #threw: Map<string, EpochMs> = new Map<string, EpochMs>();
  readonly #sizing: SizingState = { equity: 0, price: 0, kind: "enterLong", confidence: 1, history: undefined };
  readonly #underWay: WorkingOrder[] = [];
  readonly #state: RiskState = {
    position: 0,
    price: 0,
    equity: 0,
    liquidateOnly: false,
    isMove: false,
    opens: true,
    underWay: this.#underWay,
  };
  readonly #desks: readonly Desk[];

  constructor(
    portfolio: Portfolio,
    sizer: Sizer,
    risk: RiskChecker,
    settings: Pick<OrderSettings, "brackets" | "decisions">,
    alerts: AlertLog,
    desks: readonly Desk[],
  ) {
    this.portfolio = portfolio;
    this.instruments = portfolio.instruments;
    this.#sizers = portfolio.instruments.map((i) => sizer.bind(i));
    const own = risk.start?.(portfolio) ?? risk;
    this.#risks = portfolio.instruments.map((i) => own.bind(i));
    this.watch = own.watch;
    this.#state.portfolio = portfolio;
    this.#brackets = settings.brackets;
    this.#decisions = settings.decisions;
    this.#sizer = sizer;
    this.#risk = risk;
    this.#alerts = alerts;
    this.#desks = desks;
    this.#names = { sizer: sizer.name, check: risk.name, watch: risk.name };
  }

  /** While trading is disabled no entry passes. */
  tradingEnabled = true;
  /** By instrument: whether a venue takes its orders; null where nobody asks. */
  routes: readonly boolean[] | null = null;

  /** Only orders that reduce positions pass while this is set. */
  get liquidateOnly(): boolean {
    return this.#state.liquidateOnly;
  }
  set liquidateOnly(value: boolean) {
    this.#state.liquidateOnly = value;
  }

  /** Largest quantity one order may have, in whole lots and at least one. */
  orderCap(slot: number): number {
    const { lot, maxQuantity } = this.instruments[slot]!;
    const most = Math.min(this.#risks[slot]!.orderCap, maxQuantity, MAX_SAFE);
    return Math.max(lot, most - (most % lot));
  }

  /** The limit of an entry in price units: 0 for a market order, negative for a price that is none. */
  limitOf(signal: PendingSignal): number {
    if (signal.limit === undefined) return 0;
    const { priceDp, tick } = this.instruments[signal.slot]!;
    const price = priceOf(signal.limit, priceDp);
    const units = price === null ? 0 : awayFromCrossing(price, signal.direction, tick);
    return units > 0 ? units : NONE;
  }

  /** Quantity units floored to the lot; 0 or -1 with the verdict set where there is nothing to order. */
  size(signal: PendingSignal, price: number, time: EpochMs): number {
    const quantity = this.#size(signal, price, time);
    this.#decisions?.sized(signal, this.#sizing, quantity, this.#sizer, this.instruments[signal.slot]!, time);
    return quantity;
  }

  #size(signal: PendingSignal, price: number, time: EpochMs): number {
    const { slot } = signal;
    const sizing = this.#sizing;
    sizing.equity = this.portfolio.equityUnits();
    sizing.price = price;
    sizing.kind = KIND_NAMES[signal.kind]!;
    sizing.confidence = signal.confidence;
    sizing.history = this.bars[slot];
    this.verdict.code = "NONE";
    let units: number;
    if (signal.quantity !== undefined) return this.#given(signal.quantity, slot);
    try {
      units = this.#sizers[slot]!.units(sizing);
      if (!(units >= 0 && Math.floor(units) === units))
        throw new LabError("SIZER_INVALID", `A sizer must give whole quantity units of at least 0, got ${units}.`);
    } catch (error) {
      if (error instanceof LabError && error.code === "SIZE_VOLATILITY") {
        this.fail("NO_VOLATILITY", 0, 0, "quantity", error.message);
        return NONE;
      }
      const badPrice = error instanceof LabError && error.code === "SIZE_PRICE";
      if (!badPrice) this.threw("sizer", error, slot, time);
      this.fail(badPrice ? "BAD_PRICE_FOR_SIZE" : "SIZE_INVALID", price, 0, "price");
      return NONE;
    }
    const { lot } = this.instruments[slot]!;
    const quantity = lot === 1 ? units : units - (units % lot);
    if (quantity === 0 && units > 0) this.fail("BELOW_LOT", units, lot, "quantity");
    return quantity;
  }

  /** A quantity the signal names itself, floored to the lot. */
  #given(quantity: DecimalInput, slot: number): number {
    const { quantityDp, lot } = this.instruments[slot]!;
    let units: number;
    try {
      units = toUnits(quantity, quantityDp, "floor", "quantity");
    } catch (error) {
      this.fail("SIZE_INVALID", 0, 0, "quantity", error instanceof Error ? error.message : String(error));
      return NONE;
    }
    if (units < 0) {
      this.fail("SIZE_INVALID", units, 0, "quantity", "quantity must not be negative");
      return NONE;
    }
    const floored = units - (units % lot);
    if (floored === 0 && decimal(quantity).gt(0)) this.fail("BELOW_LOT", units, lot, "quantity");
    return floored;
  }

  /**
   * Whether an entry may leave; {@link leaves} is told once it does.
   * @param limit - as {@link limitOf} gave it.
   * @param quantity - as {@link size} gave it.
   * @param reference - the price it was sized at: its limit, else the close.
   */
  pass(order: WorkingOrder, signal: PendingSignal, limit: number, quantity: number, reference: number): boolean {
    const { slot, direction } = order;
    const { verdict } = this;
    const instrument = this.instruments[slot]!;
    this.#decisions?.about(order);
    if (!this.tradingEnabled) return this.fail("TRADING_DISABLED", Math.max(0, quantity), 0, "quantity");
    if (this.routes !== null && !this.routes[slot]) return this.fail("UNROUTABLE", Math.max(0, quantity), 0, "quantity");
    if (limit < 0) return this.#noPrice("limit", signal.limit!);
    if (instrument.instrument.kind === "spot" && direction < 0) return this.fail("SHORT_ON_SPOT", Math.max(0, quantity), 0, "quantity");
    if (this.#brackets && !(this.#bracket(order, signal, instrument) && this.#legs(order, reference))) return false;
    if (quantity < 0) return false;
    if (quantity === 0) return verdict.code === "BELOW_LOT" ? false : this.fail("ZERO_SIZE", 0, 0, "quantity");
    return this.#checks(order, reference, signal.override);
  }

  /**
   * Whether a further order of an entry that has passed may leave: at another price, or part of it.
   * @param reference - the last price.
   */
  again(order: WorkingOrder, reference: number): boolean {
    if (!this.tradingEnabled) return this.fail("TRADING_DISABLED", order.quantity, 0, "quantity");
    const equity = this.portfolio.equityUnits();
    this.#sizing.equity = equity;
    this.#decisions?.further(order, equity, order.type === TYPE.limit ? order.price : reference, this.instruments[order.slot]!);
    if (!this.changed(order, reference, false)) return false;
    this.leaves(order);
    return true;
  }

  /**
   * Whether an entry that has passed may leave in the form a router's hook gave it.
   * @param reference - the last price.
   */
  changed(order: WorkingOrder, reference: number, override: boolean): boolean {
    return this.#legs(order, reference) && this.#checks(order, reference, override);
  }

  /**
   * Whether an entry that works may move to another price. What is left of it is held against the risk check, where checks that count orders pass it: it is none
   * more. The whole of it is held against the venue's filters.
   * @param price - price units.
   */
  moves(order: WorkingOrder, price: number, at: Moment): boolean {
    if (!this.tradingEnabled) return this.fail("TRADING_DISABLED", order.remaining, 0, "quantity");
    const { id, slot, direction, type, role, stopLoss, takeProfit } = order;
    const moved = new WorkingOrder(id, slot, direction, type, role, false, order.remaining, price, at.bar, at.time);
    Object.assign(moved, { reference: at.price, stopLoss, takeProfit });
    this.#sizing.equity = this.portfolio.equityUnits();
    if (!(this.#legs(moved, at.price) && this.#risked(moved, at.price, false, true))) return false;
    moved.quantity = order.quantity;
    return this.#filtered(moved, at.price);
  }

  /** Whether the protective prices of an entry, rounded toward it, lie on their sides of the price it can fill at. */
  #legs(order: WorkingOrder, last: number): boolean {
    const { direction, stopLoss, takeProfit } = order;
    const reference = order.type === TYPE.limit ? order.price : last;
    const { tick } = this.instruments[order.slot]!;
    const stop = stopLoss === null ? -1 : towardEntry(stopLoss, direction, tick, true);
    if (stop >= 0 && (direction > 0 ? stop >= reference : stop <= reference)) return this.fail("STOP_WRONG_SIDE", stop, reference, "price");
    const target = takeProfit === null ? -1 : towardEntry(takeProfit, direction, tick, false);
    if (target >= 0 && (direction > 0 ? target <= reference : target >= reference))
      return this.fail("TARGET_WRONG_SIDE", target, reference, "price");
    return true;
  }

  /** Risk and filters. */
  #checks(order: WorkingOrder, reference: number, override: boolean): boolean {
    const passed = this.#check(order, reference, override);
    const verdict = passed ? undefined : this.verdict;
    this.#decisions?.checked(order, this.#risk, this.#state, this.instruments[order.slot]!, verdict, override);
    return passed;
  }

  #check(order: WorkingOrder, reference: number, override: boolean): boolean {
    return this.#risked(order, reference, override, false) && this.#filtered(order, reference);
  }

  #risked(order: WorkingOrder, reference: number, override: boolean, isMove: boolean): boolean {
    const { slot, quantity } = order;
    const { verdict } = this;
    const position = this.portfolio.quantity[slot]!;
    if (Math.abs(position) + quantity > MAX_SAFE)
      return this.fail("ABOVE_MAX_QUANTITY", quantity, MAX_SAFE - Math.abs(position), "quantity");
    const state = this.#state;
    state.position = position;
    state.price = reference;
    state.equity = this.#sizing.equity;
    state.isMove = isMove;
    this.#look(order);
    verdict.message = "";
    if (override) return true;
    try {
      return this.#risks[slot]!.check(order, state, verdict);
    } catch (error) {
      this.threw("check", error, slot, order.time);
      return this.fail("CHECK_FAILED", quantity, 0, "quantity");
    }
  }

  /** Looks what else is entering: orders that nobody has taken back. */
  #look({ id }: WorkingOrder): void {
    const all = this.#underWay;
    if (all.length > 0) all.length = 0;
    for (const desk of this.#desks) {
      const { entry, job, leaving } = desk;
      if (entry === null && job === null && leaving.length === 0) continue;
      if (entry !== null && entry.id !== id) all.push(entry);
      if (job?.role === ROLE.entry) for (const order of job.orders) if (order.id !== id) all.push(order);
      for (const order of leaving) if (order.role === ROLE.entry && !order.abandoned && !order.isFinal && order.id !== id) all.push(order);
    }
  }

  #filtered(order: WorkingOrder, reference: number): boolean {
    return checkFilters(order, this.instruments[order.slot]!, order.type === TYPE.limit ? order.price : reference, this.verdict);
  }

  /** Tells checks that count orders of one that leaves. */
  leaves(order: WorkingOrder): void {
    this.#risks[order.slot]!.passed?.(order);
  }

  /** Writes a refusal into the verdict. */
  fail(code: Verdict["code"], asked: number, limit: number, units: Verdict["units"], message = ""): false {
    return refuse(this.verdict, code, asked, limit, units, message);
  }

  #noPrice(option: string, input: PriceInput): false {
    return this.fail("PRICE_INVALID", 0, 0, "price", `${option} must be a price of at least a tick, got ${String(input)}`);
  }

  /** Keeps the first error of a kind of code, and raises an alert: one for a kind, an instrument (-1 for all) and a moment. */
  threw(kind: keyof typeof THROWN, error: unknown, slot: number, time: EpochMs): void {
    const { what, code, effect } = THROWN[kind];
    if (!this.failures.has(what)) this.failures.set(what, error);
    const key = `${kind} ${slot}`;
    if (this.#threw.get(key) === time) return;
    this.#threw.set(key, time);
    const why = error instanceof Error ? error.message : String(error);
    this.#alerts.about(slot, time, code, `the ${what} "${this.#names[kind]}" threw, so ${effect}: ${why}`);
  }

  /** Keeps the protective prices of an entry's signal, which must be prices once rounded toward the entry. */
  #bracket(order: WorkingOrder, signal: PendingSignal, instrument: ScaledInstrument): boolean {
    const { direction } = order;
    const { priceDp, tick } = instrument;
    if (signal.stopLoss !== undefined) {
      const stop = priceOf(signal.stopLoss, priceDp);
      if (stop === null || towardEntry(stop, direction, tick, true) <= 0) return this.#noPrice("stopLoss", signal.stopLoss);
      order.stopLoss = stop;
    }
    if (signal.takeProfit !== undefined) {
      const target = priceOf(signal.takeProfit, priceDp);
      if (target === null || towardEntry(target, direction, tick, false) <= 0) return this.#noPrice("takeProfit", signal.takeProfit);
      order.takeProfit = target;
    }
    return true;
  }
}
