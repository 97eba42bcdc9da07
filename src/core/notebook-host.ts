/**
 * The kernel whose cell this runs in, `undefined` outside one. Libraries run without it as well and therefore know it by this symbol alone; `Part` is what a caller
 * uses of it.
 */
export function notebookHost<Part>(): Part | undefined {
  return (globalThis as Record<symbol, unknown>)[Symbol.for("tesserlab.host")] as Part | undefined;
}
