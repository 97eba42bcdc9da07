import { Decimal, type DecimalInput, decimal, type Instrument, type InstrumentInput, instrument, type Side } from "../../core/index.js";
import { assertKeys, LabError, unknownName, wrongInput } from "../../errors/index.js";

/** What a normaliser knows. */
export interface SymbolNormalizerOptions {
  /** What can be traded, with filters: instruments, or what makes one. */
  readonly instruments: readonly (Instrument | InstrumentInput)[];
  /** Other names of symbols, for every venue: `{ "XBT-USD": "BTCUSDT" }`. */
  readonly symbols?: Readonly<Record<string, string>>;
  /** The same for one venue, by its name; it goes before {@link symbols}. */
  readonly venues?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A symbol without its venue and separators, in capitals: `bybit:btc-usdt` is `BTCUSDT`. */
function canonical(symbol: string): string {
  if (typeof symbol !== "string") throw wrongInput("OPTION_INVALID", "a symbol", "text such as BTCUSDT", symbol);
  return symbol
    .slice(symbol.indexOf(":") + 1)
    .replaceAll(/[-_/]/g, "")
    .toUpperCase();
}

/**
 * Knows instruments by any of their names, and rounds to their grids toward less risk: quantities down to the lot, limit prices away from crossing (GeoSync's
 * SymbolNormalizer rounds half up, which may enlarge an order).
 * @example new SymbolNormalizer({ instruments: [{ symbol: "BTCUSDT", tickSize: "0.1", lotSize: "0.001" }] }).roundQuantity("btc-usdt", "0.00125")  // 0.001
 */
export class SymbolNormalizer {
  readonly #bySymbol: Map<string, Instrument> = new Map();
  readonly #names: Map<string, string> = new Map();

  /** @throws LabError `SYMBOL_TWICE`, and those of an instrument that is none. */
  constructor(options: SymbolNormalizerOptions) {
    if (!Array.isArray(options?.instruments))
      throw wrongInput("OPTION_INVALID", "compliance", "a list of instruments, as { instruments: [...] }", options?.instruments ?? options);
    assertKeys("compliance", options, ["instruments", "symbols", "venues"]);
    for (const input of options.instruments as SymbolNormalizerOptions["instruments"]) {
      const one = "settlement" in input && "source" in input ? (input as Instrument) : instrument(input as InstrumentInput);
      const key = canonical(one.symbol);
      if (this.#bySymbol.has(key)) throw new LabError("SYMBOL_TWICE", `${one.symbol} stands twice among the instruments.`);
      this.#bySymbol.set(key, one);
    }
    const { symbols = {}, venues = {} } = options;
    for (const named of [symbols, venues])
      if (typeof named !== "object" || named === null || Array.isArray(named))
        throw wrongInput("OPTION_INVALID", "names of symbols", 'an object such as { "XBT-USD": "BTCUSDT" }', named);
    for (const [name, symbol] of Object.entries(symbols)) this.#names.set(`|${canonical(name)}`, canonical(symbol));
    for (const [venue, names] of Object.entries(venues))
      for (const [name, symbol] of Object.entries(names)) this.#names.set(`${venue}|${canonical(name)}`, canonical(symbol));
  }

  /** The specification of a symbol by any of its names, or undefined. */
  specification(symbol: string, venue = ""): Instrument | undefined {
    const key = canonical(symbol);
    return this.#bySymbol.get(this.#names.get(`${venue}|${key}`) ?? this.#names.get(`|${key}`) ?? key);
  }

  /** Down to whole lots. @throws LabError `NO_SPECIFICATION`, `DECIMAL_INVALID`. */
  roundQuantity(symbol: string, quantity: DecimalInput, venue = ""): Decimal {
    return toGrid(decimal(quantity, "quantity"), this.#known(symbol, venue).lotSize, Decimal.ROUND_DOWN);
  }

  /** A limit price to whole ticks, away from crossing: down for a buy, up for a sell. @throws LabError `NO_SPECIFICATION`, `DECIMAL_INVALID`. */
  roundPrice(symbol: string, price: DecimalInput, side: Side, venue = ""): Decimal {
    if (side !== "buy" && side !== "sell") throw unknownName("SIDE_UNKNOWN", "side", String(side), ["buy", "sell"]);
    const rounding = side === "buy" ? Decimal.ROUND_FLOOR : Decimal.ROUND_CEIL;
    return toGrid(decimal(price, "price"), this.#known(symbol, venue).tickSize, rounding);
  }

  #known(symbol: string, venue: string): Instrument {
    const found = this.specification(symbol, venue);
    if (found !== undefined) return found;
    throw new LabError("NO_SPECIFICATION", `There is no specification of '${symbol}'${venue === "" ? "" : ` at ${venue}`}.`, {
      details: { symbol, venue },
    });
  }
}

/** Digits enough that no quotient of two inputs is rounded onto the grid. */
const Wide = Decimal.clone({ precision: 300 });

/** A value on a grid, exactly. */
function toGrid(value: Decimal, step: Decimal, rounding: 1 | 2 | 3): Decimal {
  const steps = new Wide(value).div(step).toDecimalPlaces(0, rounding);
  return new Decimal(steps.times(step).toFixed());
}

/** Whether a value lies on a grid, exactly. */
export function onGrid(value: Decimal, step: Decimal): boolean {
  return new Wide(value).mod(step).isZero();
}
