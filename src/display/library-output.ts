/** What of Tesserlab's kernel, at `globalThis[Symbol.for("tesserlab.host")]`, says whether an output still stands. */
interface Host {
  currentCellId?(): string | undefined;
  executionOf?(cellId: string): number | undefined;
}

function host(): Host | undefined {
  return (globalThis as Record<symbol, unknown>)[Symbol.for("tesserlab.host")] as Host | undefined;
}

/**
 * Whether the chart library stands in an output of this process's notebook: one copy serves all its figures. A cell that is run again loses
 * what it showed, and the notebook that is saved then must not be without.
 */
export class LibraryOutput {
  #stands: (() => boolean) | undefined;

  get stands(): boolean {
    return this.#stands?.() ?? false;
  }

  /** The library goes into an output of the running cell. */
  shown(): void {
    const kernel = host();
    const cell = kernel?.currentCellId?.();
    const execution = cell === undefined ? undefined : kernel?.executionOf?.(cell);
    this.#stands = () => cell === undefined || host()?.executionOf?.(cell) === execution;
  }
}
