import type { AnyStrategy } from "../backtest/index.js";
import { type Bar, Decimal, type EpochMs, type Fill, type Strategy, type StrategyContext } from "../core/index.js";
import { defineStrategy, onlyOwnSymbols, type StrategyDefinition, type StrategySetup } from "../strategies/index.js";

/** A window's turn: which parameters act, and when. */
export interface Turn {
  readonly params: Readonly<Record<string, unknown>>;
  /** Opening time of the first bar it sees, without a say until its turn: its training. */
  readonly hearFrom: EpochMs;
  /** Opening time of the first bar it acts on. */
  readonly actFrom: EpochMs;
  /** Opening time of the bar at whose close everything is closed, which it does not act on any more; undefined where the data ends with its turn. */
  readonly closeAt: EpochMs | undefined;
}

const ZERO = new Decimal(0);
const SILENT = (): void => {};

/** A context of an account that holds nothing and hears nothing. */
function silent(context: StrategyContext): StrategyContext {
  return {
    symbol: context.symbol,
    isFlat: true,
    isLong: false,
    isShort: false,
    position: ZERO,
    equity: context.equity,
    enterLong: SILENT,
    exitLong: SILENT,
    enterShort: SILENT,
    exitShort: SILENT,
    flatten: SILENT,
    of: (symbol) => silent(context.of(symbol)),
  };
}

/**
 * One strategy that is the same strategy with other parameters in each turn, so that a walk is one run of one account: costs, risk and fills are those of any backtest. In
 * its turn a set of parameters acts; before, it sees the candles it was trained on; at the end of a turn all is closed at the market, so that no turn manages another's position.
 */
export function walkStrategy(strategy: AnyStrategy, turns: readonly Turn[]): StrategyDefinition {
  const symbols = [...new Set(turns.flatMap(({ params }) => strategy.symbolsOf(params)))];
  return defineStrategy({
    name: `${strategy.name}WalkForward`,
    doc: `${strategy.name} with parameters chosen anew in each window, by the bars before it alone.`,
    params: {},
    feeds: strategy.feeds,
    symbols,
    ...(strategy.timerMs === undefined ? {} : { timerMs: strategy.timerMs }),
    create: (setup) =>
      taking(
        turns,
        turns.map((turn) => inner(strategy, turn, setup)),
      ),
  }) as StrategyDefinition;
}

/** The strategy with the parameters of one turn, deaf to symbols that are not its own. */
function inner(strategy: AnyStrategy, { params }: Turn, setup: StrategySetup): Strategy {
  const plain = (symbol: string): string => symbol.slice(symbol.indexOf(":") + 1);
  const own = strategy.symbolsOf(params);
  const [main] = own;
  const made = strategy.create({
    ...setup,
    params,
    ...(main === undefined ? {} : { symbol: plain(main), indicators: setup.indicatorsOf(main) }),
  } as Parameters<AnyStrategy["create"]>[0]);
  const names = new Set(own.map(plain));
  return names.size === 0 ? made : onlyOwnSymbols(made, (symbol) => names.has(symbol));
}

/** Strategies that take turns. */
function taking(turns: readonly Turn[], seats: readonly Strategy[]): Strategy {
  let at = 0;
  /** Whether the turn under way acts: not before its first bar, nor once its end has come. */
  let acts = false;
  /** Symbols that were closed at the end of the turn under way. */
  const closed = new Set<string>();
  const isClosing = (time: EpochMs): boolean => turns[at]!.closeAt !== undefined && time >= turns[at]!.closeAt!;

  const onCandle = (bar: Bar, desk: StrategyContext): void => {
    while (at + 1 < turns.length && bar.time >= turns[at + 1]!.actFrom) {
      at++;
      closed.clear();
    }
    const turn = turns[at]!;
    for (let next = at + 1; next < turns.length && bar.time >= turns[next]!.hearFrom; next++) seats[next]!.onCandle?.(bar, silent(desk));
    if (bar.time < turn.actFrom) {
      if (bar.time >= turn.hearFrom) seats[at]!.onCandle?.(bar, silent(desk));
    } else if (!isClosing(bar.time)) {
      acts = true;
      seats[at]!.onCandle?.(bar, desk);
    } else if (!closed.has(bar.symbol)) {
      acts = false;
      closed.add(bar.symbol);
      desk.flatten();
    }
  };
  // Between the close of a turn's last bar and the first of the next, what is still filled belongs to who asked for it, who may ask for nothing more.
  const said =
    <T extends unknown[]>(call: (seat: Strategy, ...args: [...T, StrategyContext]) => void) =>
    (...args: [...T, StrategyContext]): void => {
      const desk = args.at(-1) as StrategyContext;
      const rest = args.slice(0, -1) as unknown as T;
      call(seats[at]!, ...rest, acts ? desk : silent(desk));
    };
  const has = (name: keyof Strategy): boolean => seats.some((seat) => seat[name] !== undefined);
  return {
    onCandle,
    ...(has("onFill") && { onFill: said<[Fill]>((seat, fill, desk) => seat.onFill?.(fill, desk)) }),
    ...(has("onTimer") && { onTimer: said<[EpochMs]>((seat, time, desk) => seat.onTimer?.(time, desk)) }),
  };
}
