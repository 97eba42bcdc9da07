import type { BacktestOptions } from "../backtest/index.js";
import { LabError } from "../errors/index.js";
import { resolveStrategy, type StrategyDefinition } from "../strategies/index.js";

const plain = (symbol: string): string => symbol.slice(symbol.indexOf(":") + 1);

/**
 * What a session trades: on a recorded market all of it unless it is told what, at a venue what its strategy declares. Which symbol a strategy of one symbol is for may be
 * said beside it; of what a strategy declares, nothing can be taken away or added.
 * @param recorded - symbols of the recorded market, where it is one.
 * @throws LabError `SYMBOL_MISSING` where nobody says what is to be traded, `SYMBOL_MISMATCH` for symbols that contradict the strategy's, `SYMBOL_VENUES` for one symbol on two
 *   venues, and what reading parameters throws.
 */
export function symbolsOf(
  asked: string | readonly string[] | undefined,
  { strategy: choice, params = {} }: Pick<BacktestOptions, "strategy" | "params">,
  recorded: readonly string[] | undefined,
): readonly string[] {
  const given = asked === undefined ? undefined : [...new Set([asked].flat().map(plain))];
  const strategy = resolveStrategy(choice) as unknown as StrategyDefinition;
  const open = "symbol" in strategy.params && (params as { readonly symbol?: unknown }).symbol === undefined;
  if (given === undefined && recorded !== undefined) return recorded.map(plain);
  if (open && given === undefined)
    throw new LabError(
      "SYMBOL_MISSING",
      'What is to be traded? trade: { symbols: "BTCUSDT" }, or a strategy whose parameters name a symbol.',
    );
  const values = strategy.parse(open ? { ...params, symbol: given![0] } : params);
  const named = strategy.symbolsOf(values as Readonly<Record<string, unknown>>);
  const declared = [...new Set(named.map(plain))];
  const lacks = given === undefined ? [] : declared.filter((symbol) => !given.includes(symbol));
  const more = given === undefined || recorded !== undefined || declared.length === 0 ? [] : given.filter((one) => !declared.includes(one));
  if (lacks.length > 0 || more.length > 0)
    throw new LabError(
      "SYMBOL_MISMATCH",
      `${strategy.name} trades ${declared.join(" and ")}, but told to be traded is ${given!.join(" and ")}: change the strategy's parameters, or leave the symbols out.`,
      { details: { strategy: strategy.name, declared, given } },
    );
  if (recorded !== undefined) return given!;
  if (new Set(named).size > declared.length)
    throw new LabError(
      "SYMBOL_VENUES",
      `${strategy.name} trades ${named.join(" and ")}: a session is on one venue, where that is the same market. Test it with a backtest on both venues' data.`,
      { details: { strategy: strategy.name, symbols: named } },
    );
  const symbols = declared.length > 0 ? declared : given;
  if (symbols === undefined)
    throw new LabError("SYMBOL_MISSING", `${strategy.name} declares no symbols. What is to be traded? trade: { symbols: "BTCUSDT" }.`);
  return symbols;
}
