/** Stable machine-readable name of a misuse: upper-case words joined by `_`, never changed once released. */
export type LabErrorCode = string;

/**
 * The one exception of Tesserlab. It is thrown for misuse only; an expected outcome (a refused order, a missed fill) is a value.
 * The message names the offending value, the accepted range and the nearest valid choice.
 */
export class LabError extends Error {
  /** What went wrong, for code: stable across releases. */
  readonly code: LabErrorCode;
  /** The values the message was made of, for code that wants to react to them. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: LabErrorCode, message: string, options: { details?: Record<string, unknown>; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "LabError";
    this.code = code;
    this.details = Object.freeze({ ...options.details });
  }

  /** Says the code before the message, as logs and cells show it. */
  override toString(): string {
    return `${this.name} [${this.code}]: ${this.message}`;
  }
}
