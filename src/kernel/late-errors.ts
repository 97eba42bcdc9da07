/** Receives errors nobody caught: thrown in timers and callbacks, or rejections left alone. */
export type LateErrorHandler = (error: unknown) => void;

/**
 * Keeps the process alive when background work of a cell fails, and hands the error over.
 * @returns puts things back as they were.
 */
export function catchLateErrors(handle: LateErrorHandler): () => void {
  process.on("uncaughtException", handle);
  process.on("unhandledRejection", handle);
  return () => {
    process.off("uncaughtException", handle);
    process.off("unhandledRejection", handle);
  };
}

/**
 * Refuses `process.exit` to cells: it would take the notebook's state along.
 * @param inCell - whether a cell is asking; everyone else may.
 */
export function guardExit(inCell: () => boolean): () => void {
  const exit = process.exit;
  process.exit = ((code?: number) => {
    if (inCell()) throw new Error(`process.exit(${code ?? ""}) is disabled in a notebook: throw an error to stop the cell.`);
    return exit(code);
  }) as typeof process.exit;
  return () => {
    process.exit = exit;
  };
}

/**
 * Calls `fail` when nothing is left that could wake the process while a cell still waits: Node would end, silently and with success.
 */
export function catchDeadAwait(fail: () => void): () => void {
  process.on("beforeExit", fail);
  return () => {
    process.off("beforeExit", fail);
  };
}
