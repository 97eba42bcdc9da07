/** How a kernel process ended. */
export interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last it wrote natively: Node says there why it aborts. */
  readonly tail: string;
}

/** Whether the kernel went because it was asked to. */
export function isIntended({ code, signal }: Death, isLeaving: boolean): boolean {
  return isLeaving && (code === 0 || signal === "SIGKILL"); // it kills itself when user code will not let it end
}
