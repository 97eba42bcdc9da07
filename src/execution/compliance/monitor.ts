import { type Decimal, type DecimalInput, decimal, type Instrument, type Side } from "../../core/index.js";
import { assertKeys, assertSwitch, LabError, unknownName, wrongInput } from "../../errors/index.js";
import { onGrid, type SymbolNormalizer } from "./normalizer.js";

/** An order as a monitor checks it. */
export interface ComplianceInput {
  readonly symbol: string;
  readonly venue?: string;
  readonly side: Side;
  readonly quantity: DecimalInput;
  /** Limit price; none for a market order. */
  readonly price?: DecimalInput;
  /** Last price: what a market order's value is reckoned at. */
  readonly referencePrice?: DecimalInput;
}

/** One rule that an order breaks: a stable code, a sentence, and the numbers compared, as exact text. */
export interface ComplianceViolation {
  readonly code:
    | "NO_SPECIFICATION"
    | "QUANTITY_INVALID"
    | "OFF_LOT"
    | "BELOW_MIN_QUANTITY"
    | "ABOVE_MAX_QUANTITY"
    | "PRICE_INVALID"
    | "OFF_TICK"
    | "BELOW_MIN_NOTIONAL"
    | "NO_REFERENCE_PRICE";
  readonly message: string;
  readonly numbers: Readonly<Record<string, string>>;
}

/** What became of an order's numbers, and every rule it breaks. */
export class ComplianceReport {
  /** As the venue writes it, where it is known. */
  readonly symbol: string;
  readonly instrument: Instrument | undefined;
  readonly requestedQuantity: Decimal;
  readonly requestedPrice: Decimal | undefined;
  /** On the venue's grid where rounding was asked for. */
  readonly normalizedQuantity: Decimal;
  readonly normalizedPrice: Decimal | undefined;
  readonly violations: readonly ComplianceViolation[];
  /** Whether it must not be sent. */
  readonly blocked: boolean;

  constructor(parts: Omit<ComplianceReport, "isClean">) {
    this.symbol = parts.symbol;
    this.instrument = parts.instrument;
    this.requestedQuantity = parts.requestedQuantity;
    this.requestedPrice = parts.requestedPrice;
    this.normalizedQuantity = parts.normalizedQuantity;
    this.normalizedPrice = parts.normalizedPrice;
    this.violations = Object.freeze([...parts.violations]);
    this.blocked = parts.blocked;
    Object.freeze(this);
  }

  /** Whether no rule is broken. */
  get isClean(): boolean {
    return this.violations.length === 0;
  }
}

/** Settings of a {@link ComplianceMonitor}. */
export interface ComplianceOptions {
  /** `strict` blocks what breaks a rule, `report` only says so; `strict` unless given. An instrument without a specification is blocked either way. */
  readonly mode?: "strict" | "report";
  /** Whether numbers are put on the venue's grid first, toward less risk; yes unless told. */
  readonly autoRound?: boolean;
}

/**
 * Checks orders against the venue's filters and reports every rule they break.
 * @example new ComplianceMonitor(normalizer).check({ symbol: "BTCUSDT", side: "buy", quantity: "0.00125", price: 50_000 }).normalizedQuantity
 */
export class ComplianceMonitor {
  readonly #normalizer: SymbolNormalizer;
  readonly #strict: boolean;
  readonly #autoRound: boolean;

  /** @throws LabError `COMPLIANCE_MODE`. */
  constructor(normalizer: SymbolNormalizer, options: ComplianceOptions = {}) {
    assertKeys("compliance.monitor", options, ["mode", "autoRound"]);
    assertSwitch("autoRound", options.autoRound);
    const { mode = "strict", autoRound = true } = options;
    if (mode !== "strict" && mode !== "report") throw unknownName("COMPLIANCE_MODE", "mode", String(mode), ["strict", "report"]);
    this.#normalizer = normalizer;
    this.#strict = mode === "strict";
    this.#autoRound = autoRound;
  }

  /** Checks an order; never throws for what it breaks. @throws LabError `COMPLIANCE_ORDER` without a symbol, `DECIMAL_INVALID`, `SIDE_UNKNOWN`. */
  check(input: ComplianceInput): ComplianceReport {
    assertKeys("a compliance check", input, ["symbol", "venue", "side", "quantity", "price", "referencePrice"]);
    const { symbol, venue = "", side } = input;
    if (typeof symbol !== "string") throw wrongInput("COMPLIANCE_ORDER", "symbol of an order to check", "text such as BTCUSDT", symbol);
    if (side !== "buy" && side !== "sell") throw unknownName("SIDE_UNKNOWN", "side", String(side), ["buy", "sell"]);
    const requestedQuantity = decimal(input.quantity, "quantity");
    const requestedPrice = input.price === undefined ? undefined : decimal(input.price, "price");
    const reference = input.referencePrice === undefined ? undefined : decimal(input.referencePrice, "referencePrice");
    const spec = this.#normalizer.specification(symbol, venue);
    let quantity = requestedQuantity;
    let price = requestedPrice;
    if (spec !== undefined && this.#autoRound) {
      if (quantity.gt(0)) quantity = this.#normalizer.roundQuantity(symbol, quantity, venue);
      if (price?.gt(0)) price = this.#normalizer.roundPrice(symbol, price, side, venue);
    }
    const violations: ComplianceViolation[] =
      spec === undefined
        ? [violation("NO_SPECIFICATION", `there is no specification of '${symbol}'`, {})]
        : [...quantityViolations(spec, quantity), ...priceViolations(spec, quantity, price, reference)];
    return new ComplianceReport({
      symbol: spec?.symbol ?? symbol,
      instrument: spec,
      requestedQuantity,
      requestedPrice,
      normalizedQuantity: quantity,
      normalizedPrice: price,
      violations,
      blocked: spec === undefined || (this.#strict && violations.length > 0),
    });
  }

  /** The same, and throws where the order is blocked. @throws LabError `COMPLIANCE_VIOLATION` with the report in its details. */
  assert(input: ComplianceInput): ComplianceReport {
    const report = this.check(input);
    if (!report.blocked) return report;
    const reasons = report.violations.map(({ message }) => message).join("; ");
    throw new LabError("COMPLIANCE_VIOLATION", `Order in ${report.symbol} is blocked: ${reasons}.`, { details: { report } });
  }
}

function violation(code: ComplianceViolation["code"], message: string, numbers: Record<string, Decimal>): ComplianceViolation {
  const text = Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, value.toFixed()]));
  return Object.freeze({ code, message, numbers: Object.freeze(text) });
}

function quantityViolations(spec: Instrument, quantity: Decimal): ComplianceViolation[] {
  const { lotSize, minQuantity, maxQuantity } = spec;
  const found: ComplianceViolation[] = [];
  const asked = quantity.toFixed();
  if (!quantity.gt(0))
    found.push(violation("QUANTITY_INVALID", `quantity ${asked} is not greater than zero`, { asked: quantity, lot: lotSize }));
  else if (!onGrid(quantity, lotSize))
    found.push(violation("OFF_LOT", `quantity ${asked} is no multiple of the lot ${lotSize.toFixed()}`, { asked: quantity, lot: lotSize }));
  if (quantity.lt(minQuantity))
    found.push(
      violation("BELOW_MIN_QUANTITY", `quantity ${asked} is below the minimum ${minQuantity.toFixed()}`, {
        asked: quantity,
        limit: minQuantity,
      }),
    );
  if (maxQuantity !== undefined && quantity.gt(maxQuantity))
    found.push(
      violation("ABOVE_MAX_QUANTITY", `quantity ${asked} exceeds the maximum ${maxQuantity.toFixed()}`, {
        asked: quantity,
        limit: maxQuantity,
      }),
    );
  return found;
}

function priceViolations(
  { kind, tickSize, minNotional }: Instrument,
  quantity: Decimal,
  price: Decimal | undefined,
  reference: Decimal | undefined,
): ComplianceViolation[] {
  const found: ComplianceViolation[] = [];
  if (price !== undefined && !price.gt(0))
    found.push(violation("PRICE_INVALID", `price ${price.toFixed()} is not greater than zero`, { asked: price, tick: tickSize }));
  else if (price !== undefined && !onGrid(price, tickSize))
    found.push(
      violation("OFF_TICK", `price ${price.toFixed()} is no multiple of the tick ${tickSize.toFixed()}`, { asked: price, tick: tickSize }),
    );
  if (!minNotional.gt(0)) return found;
  const at = price ?? reference;
  // An inverse contract is worth one quote unit whatever the price.
  const value = kind === "inverse" ? quantity : at === undefined ? undefined : quantity.times(at);
  if (value === undefined)
    found.push(violation("NO_REFERENCE_PRICE", "a market order needs a reference price to be valued at", { limit: minNotional }));
  else if (value.lt(minNotional))
    found.push(
      violation("BELOW_MIN_NOTIONAL", `order value ${value.toFixed()} is below the minimum ${minNotional.toFixed()}`, {
        asked: value,
        limit: minNotional,
      }),
    );
  return found;
}
