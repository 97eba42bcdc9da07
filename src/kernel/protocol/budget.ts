/** How much a front end's server lets through, and how much of it we use: specs of jupyter_server are 3 MB and 3,000 messages in 3 s. */
export interface BudgetLimits {
  /** Length of the window, milliseconds. */
  readonly windowMs: number;
  /** Most bytes of stream text in a window. */
  readonly bytes: number;
  /** Most messages in a window. */
  readonly messages: number;
}

const SERVER_LIMITS: BudgetLimits = { windowMs: 3000, bytes: 2_500_000, messages: 2000 };

/** Share of the limits left to a cell that went over them once: it goes on to be seen, but must not drown the page. */
const AFTER_CUT = 0.1;

interface Sent {
  readonly at: number;
  readonly bytes: number;
}

/**
 * Counts what went out in the last seconds. A notebook server drops every message, results and errors too, once there is more than its
 * limit, so the kernel stays below it.
 */
export class OutputBudget {
  readonly #limits: BudgetLimits;
  readonly #now: () => number;
  #sent: Sent[] = [];
  #first = 0;
  #bytes = 0;
  #isCut = false;

  constructor(limits: BudgetLimits = SERVER_LIMITS, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Whether something of this cell was held back already. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Bytes of stream text that may go out now; 0 when the messages are used up. */
  get room(): number {
    this.#forget();
    const share = this.#isCut ? AFTER_CUT : 1;
    if (this.#sent.length - this.#first >= this.#limits.messages * share) return 0;
    return Math.max(0, this.#limits.bytes * share - this.#bytes);
  }

  /** Notes a message of `bytes` stream text (0 for any other). */
  count(bytes: number): void {
    this.#sent.push({ at: this.#now(), bytes });
    this.#bytes += bytes;
  }

  /** Something had to be held back. */
  cut(): void {
    this.#isCut = true;
  }

  /** A cell ended: the server forgets its window when it sees the kernel idle. */
  reset(): void {
    this.#sent = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#isCut = false;
  }

  #forget(): void {
    const limit = this.#now() - this.#limits.windowMs;
    while (this.#first < this.#sent.length && this.#sent[this.#first]!.at < limit) this.#bytes -= this.#sent[this.#first++]!.bytes;
    if (this.#first > 4096) {
      this.#sent = this.#sent.slice(this.#first);
      this.#first = 0;
    }
  }
}
