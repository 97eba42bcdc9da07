import {
  Decimal,
  floorDiv,
  floorDivBig,
  fromUnits,
  MAX_SAFE,
  narrow,
  type Position,
  type ScaledInstrument,
  toWideUnits,
} from "../core/index.js";
import { BigLedger } from "./big-ledger.js";
import { blurAfter, inverseAverage, valueUnits } from "./value.js";

/**
 * Positions and cash of one settlement currency, exact. Money is whole cash units in doubles while everything stays below 2^53;
 * the first value beyond moves the whole ledger to BigInt ({@link BigLedger}) and it stays there.
 *
 * `flow` is the cash flow: the initial cash, less what buys cost, plus what sells brought, less fees and funding. Equity is
 * `flow` plus every position at its mark, for spot (where flow is the quote balance) as for linear perpetuals (where the
 * wallet balance is flow plus the open positions' cost). An inverse contract is the same with the sign of its value turned: a long one owes its value in coin,
 * which falls as the price rises; its values, quantity / price, are rounded once a fill. Cost is the integer basis of the open quantity; a partial close releases its
 * share rounded down and the last close releases the remainder, so no unit is lost or made.
 */
export class Portfolio {
  readonly instruments: readonly ScaledInstrument[];
  readonly cashDp: number;
  readonly currency: string;
  /** Cash at the start in cash units. */
  readonly initial: number | bigint;
  /** Signed quantity units by slot. */
  readonly quantity: Float64Array;
  /** Last price by slot, in price units. */
  readonly mark: Float64Array;
  /** Cost basis of the open quantity by slot, unsigned. */
  readonly cost: Float64Array;
  readonly realized: Float64Array;
  readonly slotFees: Float64Array;
  flow: number;
  fees = 0;
  funding = 0;
  /** What was added because a liquidation left less than nothing, in cash units: paid by nobody in particular, and counted. */
  insurance = 0;
  /** Times a position came back to flat. */
  roundTrips = 0;
  readonly #scale: Float64Array;
  readonly #spot: Uint8Array;
  readonly #inverse: Uint8Array;
  /** By how many cash units the cost of an inverse position may be off, for the average that is shown. */
  readonly #blur: Float64Array;
  /** Spot and contracts share the cash: neither may spend what the other needs. */
  readonly #mixed: boolean;
  #big: BigLedger | null = null;

  constructor(instruments: readonly ScaledInstrument[], initial: number | bigint) {
    const n = instruments.length;
    this.instruments = instruments;
    this.cashDp = instruments[0]!.cashDp;
    this.currency = instruments[0]!.instrument.settlement;
    this.initial = initial;
    this.flow = Number(initial);
    this.quantity = new Float64Array(n);
    this.mark = new Float64Array(n);
    this.cost = new Float64Array(n);
    this.realized = new Float64Array(n);
    this.slotFees = new Float64Array(n);
    this.#scale = new Float64Array(n);
    this.#spot = new Uint8Array(n);
    this.#inverse = new Uint8Array(n);
    this.#blur = new Float64Array(n);
    for (let slot = 0; slot < n; slot++) {
      const { valueScale, instrument } = instruments[slot]!;
      this.#scale[slot] = valueScale;
      if (instrument.kind === "spot") this.#spot[slot] = 1;
      else if (instrument.kind === "inverse") this.#inverse[slot] = 1;
    }
    this.#mixed = this.#spot.includes(1) && this.#spot.includes(0);
    if (typeof initial === "bigint") this.#toBig().flow = initial;
  }

  /**
   * Books a fill.
   * @param signed - quantity units, negative for a sell.
   * @param price - price units.
   * @param fee - cash units, positive when paid.
   */
  apply(slot: number, signed: number, price: number, fee: number | bigint): void {
    const before = this.quantity[slot]!;
    const after = before + signed;
    this.quantity[slot] = after;
    this.mark[slot] = price;
    if (this.#inverse[slot] === 1) this.#blur[slot] = blurAfter(this.#blur[slot]!, before, signed);
    if (after === 0 || (before > 0 && after < 0) || (before < 0 && after > 0)) this.roundTrips++;
    if (this.#big === null && typeof fee === "number" && this.#applySafe(slot, before, signed, price, fee)) return;
    this.#toBig().apply(slot, before, signed, price, BigInt(fee));
    this.#mirror(slot);
  }

  #applySafe(slot: number, before: number, signed: number, price: number, fee: number): boolean {
    const inverse = this.#inverse[slot] === 1;
    const scale = this.#scale[slot]!;
    const value = inverse ? this.#inverseValue(slot, signed, price) : price * signed * scale;
    const unpaid = this.flow - value;
    const flow = unpaid - fee;
    const fees = this.fees + fee;
    const slotFees = this.slotFees[slot]! + fee;
    if (!(isSafe(value) && isSafe(unpaid) && isSafe(flow) && isSafe(fees) && isSafe(slotFees))) return false;
    const cost = this.cost[slot]!;
    const size = signed < 0 ? -signed : signed;
    const absolute = value < 0 ? -value : value;
    if (before === 0 || before > 0 === signed > 0) {
      if (!(cost + absolute <= MAX_SAFE)) return false;
      this.cost[slot] = cost + absolute;
    } else {
      const held = before < 0 ? -before : before;
      const closed = size < held ? size : held;
      const released = closed === held ? cost : share(cost, closed, held);
      const proceeds = closed === size ? absolute : inverse ? Math.abs(this.#inverseValue(slot, closed, price)) : price * closed * scale;
      const realized = this.realized[slot]! + (before > 0 !== inverse ? proceeds - released : released - proceeds);
      if (!isSafe(realized)) return false;
      this.realized[slot] = realized;
      this.cost[slot] = closed === held ? absolute - proceeds : cost - released;
    }
    this.flow = flow;
    this.fees = fees;
    this.slotFees[slot] = slotFees;
    return true;
  }

  /** Value of a signed quantity of an inverse contract as flow counts it: what a long one owes. */
  #inverseValue(slot: number, signed: number, price: number): number {
    const value = Number(valueUnits(this.instruments[slot]!, signed < 0 ? -signed : signed, price));
    return signed < 0 ? value : -value;
  }

  /** The same for any instrument, in BigInt; zero for a flat position, which needs no mark. */
  #signedValue(slot: number, signed: number, price: number): bigint {
    if (signed === 0) return 0n;
    const value = valueUnits(this.instruments[slot]!, Math.abs(signed), price);
    return signed > 0 === (this.#inverse[slot] === 0) ? value : -value;
  }

  /** Unsigned value of a slot's position at its mark, in cash units. */
  positionValue(slot: number): bigint {
    return this.quantity[slot] === 0 ? 0n : valueUnits(this.instruments[slot]!, Math.abs(this.quantity[slot]!), this.mark[slot]!);
  }

  /**
   * Takes a contract's position for what its venue says it is, in size and average entry. The wallet stays: what was earned on the way there is not known.
   * @param quantity - signed quantity units, not 0.
   * @param average - above zero; a value beyond the cash unit is rounded, half up.
   */
  restate(slot: number, quantity: number, average: Decimal): void {
    const { quantityDp } = this.instruments[slot]!;
    const size = fromUnits(Math.abs(quantity), quantityDp);
    const value = this.#inverse[slot] === 1 ? size.div(average) : size.times(average);
    const cost = toWideUnits(value.toDecimalPlaces(this.cashDp, Decimal.ROUND_HALF_UP), this.cashDp, "exact", "position value");
    const wallet = this.balanceUnits();
    this.quantity[slot] = quantity;
    if (this.#inverse[slot] === 1) this.#blur[slot] = 0.5;
    if (this.#big === null && typeof cost === "number") {
      this.cost[slot] = cost;
      const flow = this.flow + Number(wallet - this.balanceUnits());
      if (isSafe(flow)) {
        this.flow = flow;
        return;
      }
    }
    const big = this.#toBig();
    big.cost[slot] = BigInt(cost);
    big.flow += wallet - this.balanceUnits();
    this.#mirror(slot);
  }

  /** Books what covers the loss a liquidation could not: the account is left with nothing, not with less. Cash units. */
  cover(amount: bigint): void {
    const units = narrow(amount);
    if (this.#big === null && typeof units === "number" && isSafe(this.flow + units) && isSafe(this.insurance + units)) {
      this.flow += units;
      this.insurance += units;
      return;
    }
    const big = this.#toBig();
    big.flow += amount;
    big.insurance += amount;
    this.flow = Number(big.flow);
    this.insurance = Number(big.insurance);
  }

  /** Books a funding payment in cash units: positive is paid, negative received. */
  applyFunding(amount: number | bigint): void {
    if (this.#big === null && typeof amount === "number" && isSafe(this.flow - amount) && isSafe(this.funding + amount)) {
      this.flow -= amount;
      this.funding += amount;
      return;
    }
    const big = this.#toBig();
    big.flow -= BigInt(amount);
    big.funding += BigInt(amount);
    this.flow = Number(big.flow);
    this.funding = Number(big.funding);
  }

  #toBig(): BigLedger {
    this.#big ??= new BigLedger(this);
    return this.#big;
  }

  /** Keeps the double columns near the exact ones, for curves and quick reads. */
  #mirror(slot: number): void {
    const big = this.#big!;
    this.flow = Number(big.flow);
    this.fees = Number(big.fees);
    this.cost[slot] = Number(big.cost[slot]!);
    this.realized[slot] = Number(big.realized[slot]!);
    this.slotFees[slot] = Number(big.slotFees[slot]!);
  }

  /** True once an amount has passed 2^53 and BigInt has taken over. */
  get isBig(): boolean {
    return this.#big !== null;
  }

  /** Equity at the marks in cash units: a double while exact, else a BigInt. */
  equityUnits(): number | bigint {
    if (this.#big === null) {
      let equity = this.flow;
      let safe = true;
      for (let slot = 0; slot < this.quantity.length; slot++) {
        const quantity = this.quantity[slot]!;
        if (this.#inverse[slot] === 1 && quantity === 0) continue;
        const value =
          this.#inverse[slot] === 1
            ? this.#inverseValue(slot, quantity, this.mark[slot]!)
            : quantity * this.mark[slot]! * this.#scale[slot]!;
        equity += value;
        if (!(isSafe(value) && isSafe(equity))) safe = false;
      }
      if (safe) return equity;
    }
    let equity = this.#big?.flow ?? BigInt(this.flow);
    for (let slot = 0; slot < this.quantity.length; slot++) equity += this.#signedValue(slot, this.quantity[slot]!, this.mark[slot]!);
    return narrow(equity);
  }

  /**
   * Whether an entry can be paid at a price, fees included. Spot needs the quote balance; a perpetual needs the initial margin on top of
   * what open positions hold, at the leverage given.
   */
  canAfford(slot: number, signed: number, price: number, fee: number | bigint, leverage: number): boolean {
    const size = signed < 0 ? -signed : signed;
    const funds = this.flow * leverage;
    if (
      this.#big === null &&
      typeof fee === "number" &&
      funds <= MAX_SAFE &&
      !this.#mixed &&
      this.#inverse[slot] === 0 &&
      (this.#spot[slot] === 1 || (this.quantity.length === 1 && this.quantity[0] === 0))
    ) {
      const cost = price * size * this.#scale[slot]! + fee * leverage;
      if (cost <= MAX_SAFE) return cost <= funds;
    }
    const { needed, available } = this.requirement(slot, signed, price, fee, leverage);
    return needed <= available;
  }

  /** What an entry needs and what there is for it, in cash units: for spot its cost and the quote balance, else the initial margin of all positions and equity. */
  requirement(
    slot: number,
    signed: number,
    price: number,
    fee: number | bigint,
    leverage: number,
  ): { readonly needed: bigint; readonly available: bigint } {
    const value = valueUnits(this.instruments[slot]!, Math.abs(signed), price);
    const cash = this.#big?.flow ?? BigInt(this.flow);
    if (this.#spot[slot] === 1) return { needed: value + BigInt(fee), available: this.#mixed ? this.freeCash(leverage) : cash };
    const mark = this.mark[slot]!;
    this.mark[slot] = price;
    const available = this.#contractEquity();
    const margin = -floorDivBig(-(value + this.#contractValue()), BigInt(leverage));
    this.mark[slot] = mark;
    return { needed: margin + BigInt(fee), available };
  }

  /** Sum of the unsigned values of open contracts at their marks. */
  #contractValue(): bigint {
    let held = 0n;
    for (let s = 0; s < this.quantity.length; s++) if (this.#spot[s] === 0) held += this.positionValue(s);
    return held;
  }

  /** Equity at the marks without what is held on spot: what stands behind contracts. */
  #contractEquity(): bigint {
    let equity = BigInt(this.equityUnits());
    if (this.#mixed) for (let s = 0; s < this.quantity.length; s++) if (this.#spot[s] === 1) equity -= this.positionValue(s);
    return equity;
  }

  /** Equity behind contracts, at the marks, in cash units: cash with open P&L, without what is held on spot. */
  marginEquity(): bigint {
    return this.#contractEquity();
  }

  /** Cash that is neither margin of open contracts nor lost on them, in cash units; open profits do not count. Negative when under water. */
  freeCash(leverage: number): bigint {
    const wallet = this.balanceUnits();
    const equity = this.#contractEquity();
    const margin = -floorDivBig(-this.#contractValue(), BigInt(leverage));
    return (wallet < equity ? wallet : equity) - margin;
  }

  /** Exact equity at the marks. */
  equity(): Decimal {
    return fromUnits(this.equityUnits(), this.cashDp);
  }

  /** Exact wallet balance: cash including realised P&L, fees and funding, without open P&L. */
  balance(): Decimal {
    return fromUnits(this.balanceUnits(), this.cashDp);
  }

  /** The same in cash units. */
  balanceUnits(): bigint {
    let units = this.#big?.flow ?? BigInt(this.flow);
    for (let slot = 0; slot < this.quantity.length; slot++) {
      if (this.instruments[slot]!.instrument.kind === "spot") continue;
      const cost = this.#big?.cost[slot] ?? BigInt(this.cost[slot]!);
      units += this.quantity[slot]! > 0 === (this.#inverse[slot] === 0) ? cost : -cost;
    }
    return units;
  }

  /** Exact total of fees paid. */
  totalFees(): Decimal {
    return fromUnits(this.#big?.fees ?? this.fees, this.cashDp);
  }

  /** Exact total of what covered liquidations that left less than nothing. */
  totalInsurance(): Decimal {
    return fromUnits(this.#big?.insurance ?? this.insurance, this.cashDp);
  }

  /** Exact total of funding paid, negative when received. */
  totalFunding(): Decimal {
    return fromUnits(this.#big?.funding ?? this.funding, this.cashDp);
  }

  /** What a slot's position would gain or lose at its mark, in cash units. */
  unrealizedUnits(slot: number): bigint {
    const quantity = this.quantity[slot]!;
    if (quantity === 0) return 0n;
    const cost = this.#big?.cost[slot] ?? BigInt(this.cost[slot]!);
    const paid = quantity > 0 === (this.#inverse[slot] === 0) ? cost : -cost;
    return this.#signedValue(slot, quantity, this.mark[slot]!) - paid;
  }

  /** The position of a slot, exact, valued at its mark. */
  position(slot: number): Position {
    const { name, quantityDp, priceDp } = this.instruments[slot]!;
    const quantity = this.quantity[slot]!;
    const cost = this.#big?.cost[slot] ?? BigInt(this.cost[slot]!);
    const inverse = this.#inverse[slot] === 1;
    const size = fromUnits(Math.abs(quantity), quantityDp);
    return {
      symbol: name,
      quantity: fromUnits(quantity, quantityDp),
      averageEntry:
        quantity === 0
          ? undefined
          : inverse
            ? inverseAverage(this.instruments[slot]!, Math.abs(quantity), cost, this.#blur[slot]!)
            : fromUnits(cost, this.cashDp).div(size),
      markPrice: this.mark[slot] === 0 ? undefined : fromUnits(this.mark[slot]!, priceDp),
      unrealizedPnl: fromUnits(this.unrealizedUnits(slot), this.cashDp),
      realizedPnl: fromUnits(this.#big?.realized[slot] ?? this.realized[slot]!, this.cashDp),
      fees: fromUnits(this.#big?.slotFees[slot] ?? this.slotFees[slot]!, this.cashDp),
    };
  }
}

/** Whether a product or a sum of safe integers is one itself, and so has not been rounded. */
function isSafe(value: number): boolean {
  return value <= MAX_SAFE && value >= -MAX_SAFE;
}

/** Floor of cost x closed / held, exact beyond 2^53 as well. */
function share(cost: number, closed: number, held: number): number {
  const product = cost * closed;
  if (product <= MAX_SAFE) return floorDiv(product, held);
  return Number(floorDivBig(BigInt(cost) * BigInt(closed), BigInt(held)));
}
