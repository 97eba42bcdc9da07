import type { SavedAlgorithm } from "./contract.js";

/** Where runs of algorithms outlive their process. Synchronous, and durable when it returns: a child is saved before it is sent. */
export interface AlgorithmStore {
  /** Keeps a run under its order's id, in place of what was kept before. */
  put(id: string, saved: SavedAlgorithm): void;
  /** Forgets a run that is over. */
  delete(id: string): void;
  /** All that is kept, by id. */
  all(): ReadonlyMap<string, SavedAlgorithm>;
}

/** A store that lasts as long as its process: for backtests and cells. */
export class MemoryAlgorithmStore implements AlgorithmStore {
  readonly #saved = new Map<string, string>();

  put(id: string, saved: SavedAlgorithm): void {
    this.#saved.set(id, JSON.stringify(saved));
  }

  delete(id: string): void {
    this.#saved.delete(id);
  }

  all(): ReadonlyMap<string, SavedAlgorithm> {
    return new Map([...this.#saved].map(([id, text]) => [id, JSON.parse(text) as SavedAlgorithm]));
  }
}
