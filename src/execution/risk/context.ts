import {
  type Decimal,
  decimal,
  fromUnits,
  type InstrumentKind,
  type ScaledInstrument,
  type Side,
  TYPE,
  type WorkingOrder,
} from "../../core/index.js";
import { assertKeys, assertSwitch, LabError, unknownName, wrongInput } from "../../errors/index.js";
import type { Portfolio } from "../../portfolio/index.js";
import type { HeatPosition } from "./portfolio-heat.js";
import type { RiskInput, RiskState } from "./risk.js";

/** What a check in exact decimals is asked about: an order and the account at that moment. What is not known is undefined. */
export interface RiskContext {
  readonly symbol: string;
  readonly kind: InstrumentKind;
  readonly side: Side;
  readonly quantity: Decimal;
  /** Limit price of a limit order, else the last price; 0 where none is known. */
  readonly price: Decimal;
  /** Last price. */
  readonly lastPrice: Decimal;
  /** Signed position before the order. */
  readonly position: Decimal;
  readonly reduceOnly: boolean;
  readonly liquidateOnly: boolean;
  /** The order works already, and is to move to another price. */
  readonly isMove: boolean;
  /** The order enters for a strategy, even where it goes against what another strategy holds. */
  readonly opens: boolean;
  /** Entries that are on their way besides it, as the positions they would be. */
  readonly underWay: readonly HeatPosition[];
  readonly equity: Decimal | undefined;
  readonly peakEquity: Decimal | undefined;
  readonly time: number;
  /** Every open position, that of the order's symbol included, at the last prices. */
  readonly positions: readonly HeatPosition[];
  /** What the order needs in cash or margin with a fee, and what there is for it. */
  funds(leverage: Decimal, feeRate: Decimal): { readonly needed: Decimal; readonly available: Decimal } | undefined;
}

const ORDER: readonly (keyof RiskInput)[] = [
  "side",
  "quantity",
  "price",
  "position",
  "reduceOnly",
  "liquidateOnly",
  "lastPrice",
  "equity",
  "peakEquity",
  "available",
  "positions",
  "time",
  "instrument",
];

/** Checks the form of an order to check alone. @throws LabError `OPTION_INVALID`, `OPTION_UNKNOWN`. */
export function assertOrder(input: RiskInput): void {
  assertKeys("a risk check", input, ORDER);
  assertSwitch("reduceOnly", input.reduceOnly);
  assertSwitch("liquidateOnly", input.liquidateOnly);
  if (input.time !== undefined && !Number.isFinite(input.time))
    throw wrongInput("OPTION_INVALID", "time of an order", "epoch milliseconds", input.time);
}

/** The context of an order that is checked alone. @throws LabError `QUANTITY_INVALID`, `SIDE_UNKNOWN`, `DECIMAL_INVALID`. */
export function contextOf(input: RiskInput): RiskContext {
  assertOrder(input);
  const quantity = decimal(input.quantity, "quantity");
  if (!quantity.gt(0))
    throw new LabError("QUANTITY_INVALID", `quantity must be greater than zero (side says the direction), got ${quantity.toFixed()}.`);
  if (input.side !== "buy" && input.side !== "sell") throw unknownName("SIDE_UNKNOWN", "side", String(input.side), ["buy", "sell"]);
  const price = decimal(input.price ?? 0, "price");
  const symbol = input.instrument?.symbol ?? "order";
  const position = decimal(input.position ?? 0, "position");
  const kind = input.instrument?.kind ?? "linear";
  const own: HeatPosition = { symbol, kind, quantity: position, price };
  const optional = (name: "equity" | "peakEquity" | "available"): Decimal | undefined =>
    input[name] === undefined ? undefined : decimal(input[name], name);
  const available = optional("available");
  return {
    symbol,
    kind,
    side: input.side,
    quantity,
    price,
    lastPrice: decimal(input.lastPrice ?? price, "lastPrice"),
    position,
    reduceOnly: input.reduceOnly ?? false,
    liquidateOnly: input.liquidateOnly ?? false,
    isMove: false,
    opens: false,
    underWay: [],
    equity: optional("equity"),
    peakEquity: optional("peakEquity"),
    time: input.time ?? 0,
    positions: input.positions ?? [own],
    funds: (leverage, feeRate) => {
      if (available === undefined) return undefined;
      const value = kind === "inverse" ? quantity.div(price) : quantity.times(price);
      return { needed: value.div(leverage).plus(value.times(feeRate)), available };
    },
  };
}

/** Every open position of an account, at the last prices. */
export function positionsOf({ instruments, quantity, mark }: Portfolio): HeatPosition[] {
  return instruments.flatMap(({ instrument, name, quantityDp, priceDp }, slot) =>
    quantity[slot] === 0
      ? []
      : [
          {
            symbol: name,
            kind: instrument.kind,
            quantity: fromUnits(quantity[slot]!, quantityDp),
            price: fromUnits(mark[slot]!, priceDp),
          },
        ],
  );
}

/** The context of an order inside a run, its parts made when asked for. */
export class BoundContext implements RiskContext {
  readonly #order: WorkingOrder;
  readonly #state: RiskState;
  readonly #scaled: ScaledInstrument;

  constructor(order: WorkingOrder, state: RiskState, scaled: ScaledInstrument) {
    this.#order = order;
    this.#state = state;
    this.#scaled = scaled;
  }

  get symbol(): string {
    return this.#scaled.name;
  }
  get kind(): InstrumentKind {
    return this.#scaled.instrument.kind;
  }
  get side(): Side {
    return this.#order.direction > 0 ? "buy" : "sell";
  }
  get quantity(): Decimal {
    return fromUnits(this.#order.quantity, this.#scaled.quantityDp);
  }
  get #units(): number {
    return this.#order.type === TYPE.limit ? this.#order.price : this.#state.price;
  }
  get price(): Decimal {
    return fromUnits(this.#units, this.#scaled.priceDp);
  }
  get lastPrice(): Decimal {
    return fromUnits(this.#order.reference || this.#state.price, this.#scaled.priceDp);
  }
  get position(): Decimal {
    return fromUnits(this.#state.position, this.#scaled.quantityDp);
  }
  get reduceOnly(): boolean {
    return this.#order.reduceOnly;
  }
  get liquidateOnly(): boolean {
    return this.#state.liquidateOnly;
  }
  get isMove(): boolean {
    return this.#state.isMove ?? false;
  }
  get opens(): boolean {
    return this.#state.opens ?? false;
  }
  get underWay(): readonly HeatPosition[] {
    const { underWay = [], portfolio } = this.#state;
    return underWay.map((other) => {
      const { instrument, name, quantityDp, priceDp } = portfolio?.instruments[other.slot] ?? this.#scaled;
      return {
        symbol: name,
        kind: instrument.kind,
        quantity: fromUnits(other.direction * other.remaining, quantityDp),
        price: fromUnits(other.type === TYPE.limit ? other.price : other.reference, priceDp),
      };
    });
  }
  get equity(): Decimal {
    return fromUnits(this.#state.equity, this.#scaled.cashDp);
  }
  get peakEquity(): undefined {
    return undefined;
  }
  get time(): number {
    return this.#order.time;
  }
  get positions(): readonly HeatPosition[] {
    const { portfolio } = this.#state;
    if (portfolio === undefined) return [{ symbol: this.symbol, kind: this.kind, quantity: this.position, price: this.lastPrice }];
    return positionsOf(portfolio);
  }
  funds(leverage: Decimal, feeRate: Decimal): { readonly needed: Decimal; readonly available: Decimal } | undefined {
    const { portfolio } = this.#state;
    if (portfolio === undefined) return undefined;
    const { cashDp } = this.#scaled;
    const order = this.#order;
    const value = this.kind === "inverse" ? this.quantity.div(this.price) : this.quantity.times(this.price);
    const fee = BigInt(
      value
        .times(feeRate)
        .times(10 ** cashDp)
        .ceil()
        .toFixed(),
    );
    const { needed, available } = portfolio.requirement(
      order.slot,
      order.direction * order.quantity,
      this.#units,
      fee,
      Math.max(1, leverage.floor().toNumber()),
    );
    const others = this.underWay.reduce((sum, other) => {
      const size = decimal(other.quantity).abs();
      const worth = other.kind === "inverse" ? size.div(other.price) : size.times(other.price);
      return sum.plus(worth.div(leverage)).plus(worth.times(feeRate));
    }, decimal(0));
    return { needed: fromUnits(needed, cashDp).plus(others), available: fromUnits(available, cashDp) };
  }
}
