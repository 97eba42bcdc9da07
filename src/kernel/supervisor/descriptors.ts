import { fstatSync } from "node:fs";

// What `supervise.sh` gives a kernel beside its standard streams. A cell may close any of them, and open something else in its place.

/** Where the supervisor passes signals on, a word a line; its end is the supervisor's. */
export const SIGNALS = 3;
/** The file in which a kernel notes what it executes. */
export const NOTE = 4;
/** The other ends of the pipes that native code and child processes write to. */
export const PIPES = { stdout: 5, stderr: 6 } as const;
/** The standard error that the supervisor was started with. */
export const LOG = 7;

/** Which file a descriptor is of. @throws Error where it is closed. */
export function identityOf(descriptor: number): string {
  const { dev, ino } = fstatSync(descriptor);
  return `${dev}:${ino}`;
}

/** Whether a descriptor is still of the file it was of. */
export function isStill(descriptor: number, identity: string): boolean {
  try {
    return identityOf(descriptor) === identity;
  } catch {
    return false;
  }
}
