import { Decimal, type ScaledInstrument, type Venue } from "../../core/index.js";

/** Coins of a spot account that positions are held in; several instruments may share a coin. */
export interface Coins {
  /** Takes what there is of a coin for a position, at most its size. @returns how much there was. */
  take(base: string, size: Decimal): Decimal;
}

/** The coins a venue has for the spot instruments among these. It throws what the venue's query throws; without spot it asks nothing. */
export async function coinsOf(venue: Venue, instruments: readonly ScaledInstrument[]): Promise<Coins> {
  const isSpot = instruments.some(({ instrument }) => instrument.kind === "spot");
  const left = new Map((isSpot ? await venue.balances() : []).map(({ currency, total }) => [currency, total]));
  return {
    take(base, size) {
      const there = left.get(base) ?? new Decimal(0);
      const taken = Decimal.max(0, Decimal.min(there, size));
      left.set(base, there.minus(taken));
      return taken;
    },
  };
}
