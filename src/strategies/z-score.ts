/** Scores the last of a window of numbers: how many population standard deviations it lies from their mean. */
export class ZScore {
  readonly #values: Float64Array;
  #next = 0;
  #length = 0;

  constructor(window: number) {
    this.#values = new Float64Array(window);
  }

  /**
   * Adds a number.
   * @returns its score, a double; `undefined` until the window is full, and while all of it is one number.
   */
  add(value: number): number | undefined {
    const values = this.#values;
    const window = values.length;
    values[this.#next] = value;
    this.#next = (this.#next + 1) % window;
    if (this.#length < window) this.#length++;
    if (this.#length < window) return undefined;
    // Counted from the last, which changes no score: numbers that are all one then have no deviation at all, and not that of a rounded mean.
    let sum = 0;
    for (const one of values) sum += one - value;
    const mean = sum / window;
    let squares = 0;
    let varies = false;
    for (const one of values) {
      const distance = one - value - mean;
      squares += distance * distance;
      varies ||= one !== value;
    }
    return varies && squares > 0 ? -mean / Math.sqrt(squares / window) : undefined;
  }
}
