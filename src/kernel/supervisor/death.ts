import { constants } from "node:os";

/** How a kernel process ended. */
export interface Death {
  /** As a shell has it: the exit code, or 128 and the number of a signal. */
  readonly status: number;
  /** The last it wrote natively: Node says there why it aborts. */
  readonly tail: string;
}

/** The signal that ended a process of this status. */
export function signalOf(status: number): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => number === status - 128)?.[0];
}
