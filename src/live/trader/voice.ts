import { Decimal, type EntryOptions, ExactPrice, type ExitOptions, type Strategy, type StrategyContext } from "../../core/index.js";
import type { Json } from "../../state/index.js";

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
 * but what counts is what it said when it happened: recovery never depends on code running the same way twice.
 */
export class StrategyVoice {
  /** What was said since {@link begin}. */
  said: Said[] = [];
  /** Times at which the strategy said something else in the replay than it had said. */
  differences = 0;
  readonly strategy: Strategy;
  #script: readonly Said[] | undefined;

  constructor(inner: Strategy) {
    const wrapped: Record<string, Handler> = {};
    const names = ["onCandle", "onTrade", "onBook", "onFill", "onTimer", "onDisconnect", "onTradingDisabled", "closePositions"] as const;
    for (const name of names) {
      const handler = inner[name] as Handler | undefined;
      // Only what the strategy has: the engine asks for some by their presence.
      if (handler !== undefined) wrapped[name] = (...args) => this.#call(handler.bind(inner), args);
    }
    this.strategy = wrapped as Strategy;
  }

  /** Before an event of the journal: what was said then. Without one, the strategy speaks for itself. */
  begin(script?: readonly Said[]): void {
    this.said = [];
    this.#script = script;
  }

  #call(handler: Handler, args: unknown[]): unknown {
    const context = args.at(-1) as StrategyContext;
    if (this.#script === undefined) return handler(...args.slice(0, -1), this.#listening(context, true)) as unknown;
    const returned = handler(...args.slice(0, -1), this.#listening(context, false)) as unknown;
    if (JSON.stringify(this.said) !== JSON.stringify(this.#script)) this.differences++;
    for (const { symbol, kind, options } of this.#script)
      (symbol === context.symbol ? context : context.of(symbol))[kind](options as EntryOptions & ExitOptions);
    this.#script = [];
    this.said = [];
    return returned;
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

  /** Lets the strategy see what happened before the session, without a say. */
  static muted(context: StrategyContext): StrategyContext {
    const voice = new StrategyVoice({});
    return voice.#listening(context, false);
  }
}
