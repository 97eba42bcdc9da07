import { AsyncLocalStorage } from "node:async_hooks";
import type { Cell } from "./cell.js";

const OUTSIDE = Symbol("outside any cell");

/** Knows which cell the running code belongs to, through timers, promises and callbacks. */
export class CellContext {
  readonly #storage = new AsyncLocalStorage<Cell | typeof OUTSIDE>();
  /** The cell executed last: takes what code whose origin is lost (native callbacks, pools) writes. */
  latest: Cell | undefined;

  run<T>(cell: Cell, work: () => T): T {
    return this.#storage.run(cell, work);
  }

  /** Runs the host's own code: what it prints goes to the terminal. */
  outside<T>(work: () => T): T {
    return this.#storage.run(OUTSIDE, work);
  }

  /** The cell running code belongs to; `undefined` for the host's own code. */
  get current(): Cell | undefined {
    const store = this.#storage.getStore();
    return store === OUTSIDE ? undefined : (store ?? this.latest);
  }

  /** Like `current`, without the guess. */
  get certain(): Cell | undefined {
    const store = this.#storage.getStore();
    return store === OUTSIDE ? undefined : store;
  }
}
