import type { TypeMode } from "./host.js";

/** How strictly types are checked: as it was asked for, but `block` while a live venue is open. */
export class TypeStrictness {
  readonly #onChange: (mode: TypeMode) => void;
  readonly #open = new Map<string, number>();
  #asked: TypeMode;
  #told: TypeMode;

  constructor(mode: TypeMode, onChange: (mode: TypeMode) => void) {
    this.#asked = mode;
    this.#told = mode;
    this.#onChange = onChange;
  }

  get mode(): TypeMode {
    return this.#open.size > 0 ? "block" : this.#asked;
  }

  set mode(mode: TypeMode) {
    this.#asked = mode;
    this.#tell();
  }

  opened(venue: string): void {
    this.#open.set(venue, (this.#open.get(venue) ?? 0) + 1);
    this.#tell();
  }

  /** A venue that was not open is ignored: closing twice must not fail. */
  closed(venue: string): void {
    const left = (this.#open.get(venue) ?? 0) - 1;
    if (left > 0) this.#open.set(venue, left);
    else this.#open.delete(venue);
    this.#tell();
  }

  #tell(): void {
    if (this.mode === this.#told) return;
    this.#told = this.mode;
    this.#onChange(this.#told);
  }
}
