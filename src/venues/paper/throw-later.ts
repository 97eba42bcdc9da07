/** Throws an error in a task of its own: what a listener throws must not stop who told it, nor be lost. */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
