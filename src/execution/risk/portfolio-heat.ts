import { Decimal, type DecimalInput, decimal, type InstrumentKind } from "../../core/index.js";
import { LabError, wrongInput } from "../../errors/index.js";

/** A position as heat counts it. */
export interface HeatPosition {
  readonly symbol?: string;
  /** Of an inverse perpetual, the value is quantity / price; linear unless given. */
  readonly kind?: InstrumentKind;
  /** In base currency, or contracts; the sign says the side unless `side` does. */
  readonly quantity: DecimalInput;
  readonly price: DecimalInput;
  /** How much of its value counts; 1 unless given. */
  readonly riskWeight?: DecimalInput;
  readonly side?: "long" | "short";
}

/** The heat of one symbol. */
export interface SymbolHeat {
  readonly symbol: string;
  readonly gross: Decimal;
  /** Positive is long. */
  readonly net: Decimal;
  /** Its part of the gross heat, 0 to 1. */
  readonly weight: Decimal;
}

/** Weighted value of open positions in quote currency; in coin for inverse contracts. */
export interface PortfolioHeat {
  /** Sum of |quantity x price x weight|: what GeoSync's `portfolio_heat` returns. */
  readonly gross: Decimal;
  /** The same with shorts counted against longs. */
  readonly net: Decimal;
  readonly bySymbol: readonly SymbolHeat[];
}

/**
 * How much is at stake: gross and net, in all and by symbol.
 * @example portfolioHeat([{ symbol: "BTCUSDT", quantity: "0.5", price: 60_000 }, { symbol: "ETHUSDT", quantity: "-4", price: 3_450 }]).gross  // 43,800
 * @throws LabError `HEAT_INVALID` for a negative price or weight, `DECIMAL_INVALID`.
 */
export function portfolioHeat(positions: readonly HeatPosition[]): PortfolioHeat {
  if (!Array.isArray(positions)) throw wrongInput("HEAT_INVALID", "portfolioHeat", "a list of positions", positions);
  let gross = new Decimal(0);
  let net = new Decimal(0);
  const symbols = new Map<string, { gross: Decimal; net: Decimal }>();
  for (const position of positions) {
    const quantity = decimal(position.quantity, "quantity");
    const price = decimal(position.price, "price");
    const weight = decimal(position.riskWeight ?? 1, "riskWeight");
    if (price.lt(0) || weight.lt(0))
      throw new LabError("HEAT_INVALID", `price and riskWeight must not be negative, got ${price.toFixed()} and ${weight.toFixed()}.`);
    const inverse = position.kind === "inverse" && price.gt(0);
    const value = (inverse ? quantity.abs().div(price) : quantity.abs().times(price)).times(weight);
    const signed = (position.side ?? (quantity.lt(0) ? "short" : "long")) === "long" ? value : value.neg();
    gross = gross.plus(value);
    net = net.plus(signed);
    const symbol = position.symbol ?? "";
    const own = symbols.get(symbol) ?? { gross: new Decimal(0), net: new Decimal(0) };
    symbols.set(symbol, { gross: own.gross.plus(value), net: own.net.plus(signed) });
  }
  const bySymbol = [...symbols].map(([symbol, own]) =>
    Object.freeze({ symbol, ...own, weight: gross.isZero() ? new Decimal(0) : own.gross.div(gross) }),
  );
  return Object.freeze({ gross, net, bySymbol: Object.freeze(bySymbol) });
}
