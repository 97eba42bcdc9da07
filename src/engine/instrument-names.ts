import type { ScaledInstrument } from "../core/index.js";
import { LabError, unknownName } from "../errors/index.js";

/** Whether a text means an instrument: by its symbol, or by `venue:symbol`. */
export function isNamed({ instrument }: ScaledInstrument, text: string): boolean {
  const { symbol } = instrument;
  // Asked of every instrument: most are told by the end of the text, without making another.
  return text.endsWith(symbol) && (text === symbol || text === qualified(instrument));
}

function qualified({ venue, symbol }: ScaledInstrument["instrument"]): string {
  return venue === undefined ? symbol : `${venue}:${symbol}`;
}

/**
 * The instruments of an engine with names that tell them apart: a symbol that stands more than once goes by `venue:symbol`.
 * @throws LabError `INSTRUMENT_TWICE` for two of one symbol and one venue.
 */
export function withNames(instruments: readonly ScaledInstrument[]): readonly ScaledInstrument[] {
  const symbols = instruments.map((one) => one.instrument.symbol);
  const twice = (list: readonly string[], text: string): boolean => list.indexOf(text) !== list.lastIndexOf(text);
  if (!symbols.some((symbol) => twice(symbols, symbol))) return instruments;
  const names = instruments.map(({ instrument }) => (twice(symbols, instrument.symbol) ? qualified(instrument) : instrument.symbol));
  for (const name of names)
    if (twice(names, name))
      throw new LabError(
        "INSTRUMENT_TWICE",
        `${name} stands twice among the instruments of one engine. A symbol may trade at several venues if each says which: { symbol, venue, … }.`,
        { details: { name } },
      );
  return instruments.map((one, slot) => Object.freeze({ ...one, name: names[slot]! }));
}

/**
 * The slot of an instrument by its symbol or `venue:symbol`, -1 for none.
 * @param venue - where it trades, for a symbol that trades at several venues.
 * @throws LabError `SYMBOL_AMBIGUOUS` for a symbol that may mean several, with their venues.
 */
export function slotNamed(instruments: readonly ScaledInstrument[], symbol: string, venue?: string): number {
  let found = -1;
  for (let slot = 0; slot < instruments.length; slot++) {
    const one = instruments[slot]!;
    if (!isNamed(one, symbol) || (venue !== undefined && venue !== one.instrument.venue)) continue;
    if (found >= 0) throw ambiguous(instruments, symbol);
    found = slot;
  }
  return found;
}

function ambiguous(instruments: readonly ScaledInstrument[], symbol: string): LabError {
  const names = instruments.filter((one) => isNamed(one, symbol)).map(({ name }) => name);
  return new LabError(
    "SYMBOL_AMBIGUOUS",
    `${symbol} trades at several venues of this engine: say which, as ${names.map((name) => `"${name}"`).join(" or ")}, or give the venue beside it.`,
    { details: { symbol, names } },
  );
}

/** The same where there must be one. @throws LabError `SYMBOL_UNKNOWN` with the nearest name, `SYMBOL_AMBIGUOUS`. */
export function slotOf(instruments: readonly ScaledInstrument[], symbol: string, of: string, venue?: string): number {
  const slot = slotNamed(instruments, symbol, venue);
  if (slot >= 0) return slot;
  throw unknownName(
    "SYMBOL_UNKNOWN",
    `symbol of this ${of}`,
    venue === undefined ? symbol : `${venue}:${symbol}`,
    instruments.map(({ name }) => name),
  );
}
