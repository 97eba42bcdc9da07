import { Decimal, type EntryOptions, ExactPrice, type ExitOptions, type Strategy, type StrategyContext } from "../../core/index.js";
import type { Seats, Thrown } from "../../engine/index.js";
import type { Json } from "../../state/index.js";
import { HANDLERS } from "../../strategies/index.js";

/** What a strategy asked for, as the journal keeps it. */
export interface Said {
  readonly symbol: string;
  readonly kind: "enterLong" | "exitLong" | "enterShort" | "exitShort" | "flatten";
  readonly options: Readonly<Record<string, Json>>;
}

const KINDS = ["enterLong", "exitLong", "enterShort", "exitShort", "flatten"] as const;

/** Prices and quantities become exact text: read again they are the same numbers. */
function plain(value: unknown): Json {
  if (value instanceof ExactPrice) return value.toDecimal().toFixed();
  if (Decimal.isDecimal(value)) return value.toFixed();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [key, plain(item)]),
    );
  return value as Json;
}

type Handler = (...args: unknown[]) => void;

/**
 * Stands between an engine and its strategy and keeps what the strategy says. In a replay of the journal the strategy runs along, so that it remembers what it must,
 * but what counts is what it said when it happened: recovery never depends on code running the same way twice. What the strategy throws ends here, so that the engine
 * completes the event: nothing of what it had asked for in that handler counts, and it is not asked any more.
 */
export class StrategyVoice {
  /** What was said since {@link begin}. */
  said: Said[] = [];
  /** Whether something was thrown since {@link begin}. */
  hasThrown = false;
  /** What the strategy threw, once it has failed. */
  failure: (Thrown & { readonly handler: keyof Strategy }) | undefined;
  /** Times at which the strategy said something else in the replay than it had said. */
  differences = 0;
  readonly strategy: Strategy;
  #seats: Pick<Seats, "attempt"> | undefined;
  #script: readonly Said[] | undefined;
  #mode: "now" | "replay" | "replayThrew" = "now";

  constructor(inner: Strategy) {
    const wrapped: Record<string, Handler> = {};
    for (const name of HANDLERS) {
      const handler = inner[name] as Handler | undefined;
      // Only what the strategy has: the engine asks for some by their presence.
      if (handler !== undefined) wrapped[name] = (...args) => this.#call(name, handler.bind(inner), args);
    }
    this.strategy = wrapped as Strategy;
  }

  /** The seats of the engine that the strategy has been given to. */
  sitsIn(seats: Pick<Seats, "attempt">): void {
    this.#seats = seats;
  }

  /** Before an event that happens now. @param muted - the strategy sees it without a say. */
  begin(muted: boolean = false): void {
    this.#prepare("now", muted ? [] : undefined);
  }

  /** Before an event of the journal. @param script - what was said then. @param threw - something was thrown then, or the strategy had failed before. */
  replay(script: readonly Said[], threw: boolean): void {
    this.#prepare(threw ? "replayThrew" : "replay", script);
  }

  #prepare(mode: "now" | "replay" | "replayThrew", script: readonly Said[] | undefined): void {
    this.said = [];
    this.hasThrown = false;
    this.#mode = mode;
    this.#script = script;
  }

  #call(name: keyof Strategy, handler: Handler, args: unknown[]): unknown {
    const context = args.at(-1) as StrategyContext;
    const run = (passes: boolean): unknown => handler(...args.slice(0, -1), this.#listening(context, passes)) as unknown;
    if (this.#mode === "now") return this.#now(name, run, context);
    if (this.#mode === "replay") return this.#follow(run, context);
    const thrown = this.#seats!.attempt(() => run(false));
    this.said = [];
    this.#repeat(context);
    if (name === "closePositions") throw thrown?.error ?? new Error("it threw when this happened");
    return undefined;
  }

  #now(name: keyof Strategy, run: (passes: boolean) => unknown, context: StrategyContext): void {
    const before = this.said.length;
    const speaks = (): unknown => (this.#script === undefined ? run(true) : this.#follow(run, context));
    const thrown = this.failure ?? this.#seats!.attempt(speaks);
    if (thrown === undefined) return;
    this.said.length = before;
    this.hasThrown = true;
    // Whoever has thrown has not closed its positions its own way: the engine does.
    if (name === "closePositions") throw thrown.error;
    this.failure ??= { ...thrown, handler: name };
  }

  /** The strategy sees what happened, and what it said then is said. */
  #follow(run: (passes: boolean) => unknown, context: StrategyContext): unknown {
    const returned = run(false);
    if (JSON.stringify(this.said) !== JSON.stringify(this.#script)) this.differences++;
    this.said = [];
    this.#repeat(context);
    return returned;
  }

  /** Says what was said then, once. */
  #repeat(context: StrategyContext): void {
    for (const { symbol, kind, options } of this.#script ?? [])
      (symbol === context.symbol ? context : context.of(symbol))[kind](options as EntryOptions & ExitOptions);
    this.#script = [];
  }

  /** A context that writes down what is asked for; with `passes` it also reaches the engine. */
  #listening(context: StrategyContext, passes: boolean): StrategyContext {
    const own: Record<string, unknown> = {};
    for (const kind of KINDS)
      own[kind] = (options: EntryOptions & ExitOptions = {}): void => {
        // The engine checks the options: what it refuses was never said.
        if (passes) context[kind](options);
        this.said.push({ symbol: context.symbol, kind, options: plain(options) as Said["options"] });
      };
    own.of = (symbol: string): StrategyContext => this.#listening(context.of(symbol), passes);
    const fields = ["symbol", "isFlat", "isLong", "isShort", "position", "equity"] as const;
    for (const field of fields) Object.defineProperty(own, field, { get: () => context[field] });
    return own as unknown as StrategyContext;
  }
}
