import { LabError } from "../errors/index.js";

/**
 * What a failed command says: misuse and refusals of the operating system in a line or two, with what caused them; a stack only for what nobody foresaw,
 * since that is ours to mend.
 */
export function failureText(error: unknown): string {
  if (error instanceof LabError) return `${error}`;
  if (isSystemError(error)) return `${error.message} (${error.code}).`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** An error of a system call: its message names call and path. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}
