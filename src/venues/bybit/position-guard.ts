import { type AccountEvent, Decimal, type ExecutionKind, type Position } from "../../core/index.js";

/** Executions that move a position. */
const MOVES: ReadonlySet<ExecutionKind> = new Set(["trade", "liquidation", "autoDeleveraging"]);

/** What a {@link PositionGuard} works with. */
export interface PositionGuardParts {
  /** How long executions may come after the position that they make, or before it, milliseconds. */
  readonly afterMs: number;
  /** Asks for executions and positions, and tells what is new. */
  readonly ask: () => Promise<void>;
  /** What `ask` throws. */
  readonly report: (problem: unknown) => void;
}

/** A position by its two sources. */
interface Held {
  /** As executions add up. */
  executed: Decimal;
  /** As it was told. */
  told: Decimal;
}

/**
 * Notices a position that the executions told do not explain: one of them was lost on the way, of an order of ours or of somebody else's hand, or the message of the position was. Spot tells
 * no positions, so there is nothing to compare there.
 */
export class PositionGuard {
  readonly #parts: PositionGuardParts;
  readonly #held: Map<string, Held> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #begun = false;
  #closed = false;

  constructor(parts: PositionGuardParts) {
    this.#parts = parts;
  }

  /** What is held before anything is told. */
  begin(positions: readonly Position[]): void {
    for (const { symbol, quantity } of positions) this.#held.set(symbol, { executed: quantity, told: quantity });
    this.#begun = true;
  }

  /** Takes in what was told, by whatever source. */
  heard(event: AccountEvent): void {
    if (!this.#begun || this.#closed) return;
    if (event.type === "position") this.#of(event.position.symbol).told = event.position.quantity;
    else if (event.type === "execution" && MOVES.has(event.execution.kind)) {
      const { symbol, side, quantity } = event.execution;
      const held = this.#of(symbol);
      held.executed = side === "buy" ? held.executed.plus(quantity) : held.executed.minus(quantity);
    } else return;
    if (this.#differ().length > 0) this.#arm();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #of(symbol: string): Held {
    const known = this.#held.get(symbol) ?? { executed: new Decimal(0), told: new Decimal(0) };
    this.#held.set(symbol, known);
    return known;
  }

  #differ(): Held[] {
    return [...this.#held.values()].filter(({ executed, told }) => !executed.eq(told));
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => {
      void this.#look().finally(() => {
        this.#timer = undefined;
        // What is told while it asks has its own time.
        if (this.#differ().length > 0) this.#arm();
      });
    }, this.#parts.afterMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const before = new Map(this.#differ().map((held) => [held, `${held.executed} ${held.told}`]));
    if (before.size === 0) return;
    try {
      await this.#parts.ask();
    } catch (error) {
      this.#parts.report(error);
      return;
    }
    // What nobody can explain is not asked for again: the position as it was told counts from here.
    for (const [held, text] of before) if (`${held.executed} ${held.told}` === text) held.executed = held.told;
  }
}
