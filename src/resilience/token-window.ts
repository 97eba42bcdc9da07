/**
 * The tokens of one limit: every token comes back `perMs` after it was spent, so that no stretch of `perMs`, wherever it begins, sees more than `limit` spent. (A bucket
 * that refills steadily lets almost twice the limit pass in the stretch that begins with a full bucket.)
 */
export class TokenWindow {
  limit: number;
  readonly perMs: number;
  /** When each spent token comes back, ascending. */
  #returns: number[] = [];
  #blockedUntil = Number.NEGATIVE_INFINITY;

  constructor(limit: number, perMs: number) {
    this.limit = limit;
    this.perMs = perMs;
  }

  /** Tokens that can be spent now. */
  available(now: number): number {
    this.#settle(now);
    return now < this.#blockedUntil ? 0 : Math.max(0, this.limit - this.#returns.length);
  }

  /** Milliseconds until `cost` tokens can be spent, if nobody else spends any; all there are, where the limit has since fallen below that. */
  waitMs(cost: number, now: number): number {
    this.#settle(now);
    const short = Math.min(cost, this.limit) - (this.limit - this.#returns.length);
    const tokens = short <= 0 ? 0 : this.#returns[short - 1]! - now;
    return Math.max(0, tokens, this.#blockedUntil - now);
  }

  spend(cost: number, now: number): void {
    for (let i = 0; i < cost; i++) this.#insert(now + this.perMs);
  }

  /** Leaves at most `remaining` tokens until `backAt`: somebody else spends from the same account. */
  lower(remaining: number, backAt: number, now: number): void {
    this.#settle(now);
    while (this.limit - this.#returns.length > remaining) this.#insert(backAt);
  }

  /** Nothing is spent before that moment. */
  block(until: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, until);
  }

  #insert(at: number): void {
    let i = this.#returns.length;
    while (i > 0 && this.#returns[i - 1]! > at) i--;
    this.#returns.splice(i, 0, at);
  }

  #settle(now: number): void {
    let gone = 0;
    while (gone < this.#returns.length && this.#returns[gone]! <= now) gone++;
    if (gone > 0) this.#returns.splice(0, gone);
  }
}
