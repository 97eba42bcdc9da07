"use strict";

/** Numbers in [0, 1) from a text seed: FNV-1a hash of the seed, then the mulberry32 generator. The same seed gives the same numbers. */
function randomFrom(seed) {
  let state = 2166136261;
  for (const character of String(seed)) state = Math.imul(state ^ character.codePointAt(0), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** The few steps danfojs draws a sample with: `array(items).shuffle(n, seed).take(n).toArray()`. */
class Dataset {
  #items;

  constructor(items) {
    this.#items = Array.from(items);
  }

  /**
   * All items in random order (Fisher-Yates). The buffer size is ignored: a shuffle through a buffer of n items, as tfjs does it,
   * makes a sample of n rows come mostly from the first rows of the frame.
   */
  shuffle(_bufferSize, seed) {
    const items = [...this.#items];
    const random = randomFrom(seed);
    for (let i = items.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [items[i], items[j]] = [items[j], items[i]];
    }
    return new Dataset(items);
  }

  /** The first `count` items; all of them where `count` is negative or larger. */
  take(count) {
    return new Dataset(count < 0 ? this.#items : this.#items.slice(0, count));
  }

  async toArray() {
    return [...this.#items];
  }
}

module.exports = { array: (items) => new Dataset(items) };
