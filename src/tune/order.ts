import { type Random, seededRandom } from "../core/index.js";

/** 53 random bits as a number in [0, 1): one draw of 32 bits would not reach every combination of a large space. */
function fine(random: Random): number {
  const high = Math.floor(random() * 2 ** 27);
  const low = Math.floor(random() * 2 ** 26);
  return (high * 2 ** 26 + low) / 2 ** 53;
}

/** 0 to size - 1 in turn. */
export function* gridOrder(size: number): Generator<number, void, undefined> {
  for (let i = 0; i < size; i++) yield i;
}

/**
 * 0 to size - 1 in a random order without repeats: a Fisher-Yates shuffle (Durstenfeld, Algorithm 235, 1964) that remembers only the
 * places it has touched, so that a few draws from a huge space cost a few entries. Same size and seed, same order, on every machine.
 */
export function* randomOrder(size: number, seed: number): Generator<number, void, undefined> {
  const random = seededRandom(seed);
  const moved = new Map<number, number>();
  for (let left = size; left > 0; left--) {
    const place = Math.floor(fine(random) * left);
    const drawn = moved.get(place) ?? place;
    const last = moved.get(left - 1) ?? left - 1;
    moved.delete(left - 1);
    if (place !== left - 1) moved.set(place, last);
    yield drawn;
  }
}
