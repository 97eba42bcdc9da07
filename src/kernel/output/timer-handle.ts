const classOf = (timer: NodeJS.Timeout | NodeJS.Immediate): unknown => Object.getPrototypeOf(timer).constructor;

function timerClasses(): unknown[] {
  const timeout = setTimeout(() => {}, 0);
  const immediate = setImmediate(() => {});
  clearTimeout(timeout);
  clearImmediate(immediate);
  return [classOf(timeout), classOf(immediate)];
}

const CLASSES = timerClasses();

/**
 * Whether a value is what `setTimeout` and its like return: of no interest as the result of a cell, and long. A value that throws when it is
 * read, as a revoked proxy does, is none.
 */
export function isTimerHandle(value: unknown): boolean {
  try {
    return typeof value === "object" && value !== null && CLASSES.includes(value.constructor);
  } catch {
    return false;
  }
}
