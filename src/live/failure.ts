import { LabError } from "../errors/index.js";

/** An error as it travels between threads. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly stack?: string;
}

/** Any error as a `LabError`: what a strategy throws keeps its message under the code given. */
export function asLabError(error: unknown, code: string, what: string): LabError {
  if (error instanceof LabError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LabError(code, `${what}: ${message}`, { cause: error });
}

/** An error for the wire; the stack is that of the code that threw first. */
export function toWire(error: LabError): WireError {
  const origin = error.cause instanceof Error ? error.cause : error;
  return { code: error.code, message: error.message, ...(origin.stack === undefined ? {} : { stack: origin.stack }) };
}

/** The error of the wire; `details.stack` is the stack where it was thrown. */
export function fromWire({ code, message, stack }: WireError): LabError {
  return new LabError(code, message, { details: stack === undefined ? {} : { stack } });
}
