/** How many ids are remembered. */
const REMEMBERED = 10_000;

/** The newest of the ids that came: for what the state file holds all of. */
export class RecentIds {
  readonly #ids = new Set<string>();
  readonly #most: number;

  constructor(most: number = REMEMBERED) {
    this.#most = most;
  }

  /** How many are held. */
  get size(): number {
    return this.#ids.size;
  }

  /** Whether others may have come before those that are held. */
  get isFull(): boolean {
    return this.#ids.size >= this.#most;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** The oldest makes room. */
  add(id: string): void {
    this.#ids.add(id);
    for (const oldest of this.#ids) {
      if (this.#ids.size <= this.#most) return;
      this.#ids.delete(oldest);
    }
  }
}
