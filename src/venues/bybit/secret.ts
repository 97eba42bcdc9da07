import { inspect } from "node:util";

const HIDDEN = "[secret]";

/** A text that nothing prints: only {@link Secret.reveal} gives it out, to the one line that signs. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The text itself. Never store or print what this returns. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }
}

// Consoles and loggers print what this returns.
Object.defineProperty(Secret.prototype, inspect.custom, { value: (): string => HIDDEN });
