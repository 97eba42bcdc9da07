import type { InstrumentKind } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { isSymbolParam, type ParamSchema } from "../strategies/index.js";

/** A symbol taken apart: `bybit_linear:BTCUSDT` is BTCUSDT on bybit_linear. Tesser needs the venue from 0.9.1 on and knows none before. */
export interface VenueSymbol {
  readonly venue: string | undefined;
  readonly code: string;
}

/**
 * Reads a symbol as Tesser does: the venue ends at the first colon and is lower case, its code upper case; a plain symbol is kept as it is.
 * @throws LabError `SYMBOL_INVALID` for an empty venue or code.
 */
export function parseSymbol(text: string): VenueSymbol {
  const colon = text.indexOf(":");
  if (colon < 0 && text.trim() !== "") return { venue: undefined, code: text.trim() };
  const venue = text.slice(0, Math.max(colon, 0)).trim().toLowerCase();
  const code = text
    .slice(colon + 1)
    .trim()
    .toUpperCase();
  if (venue === "" || code === "")
    throw new LabError("SYMBOL_INVALID", `A symbol is a code or venue:code, such as BTCUSDT or bybit_linear:BTCUSDT, got '${text}'.`, {
      details: { symbol: text },
    });
  return { venue, code };
}

/** Rewrites every symbol among checked parameters. */
export function mapSymbols(
  schema: ParamSchema,
  params: Readonly<Record<string, unknown>>,
  map: (symbol: string) => string,
): Readonly<Record<string, unknown>> {
  const mapped: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(params)) {
    const kind = isSymbolParam(name) ? schema[name]?.kind : undefined;
    if (kind === "text" && typeof value === "string") mapped[name] = map(value);
    else if (kind === "texts" && Array.isArray(value)) mapped[name] = Object.freeze(value.map((symbol: string) => map(symbol)));
    else mapped[name] = value;
  }
  return Object.freeze(mapped);
}

/** Every symbol among checked parameters, in the schema's order. */
export function symbolsOf(schema: ParamSchema, params: Readonly<Record<string, unknown>>): readonly string[] {
  const found: string[] = [];
  mapSymbols(schema, params, (symbol) => {
    found.push(symbol);
    return symbol;
  });
  return found;
}

/** The market a venue's name says: `bybit_linear` is linear; `undefined` for names that do not say. */
export function venueCategory(venue: string | undefined): InstrumentKind | undefined {
  return /_(spot|linear|inverse)$/.exec(venue ?? "")?.[1] as InstrumentKind | undefined;
}
