import type { Decimal } from "../core/index.js";
import type { Param } from "./params.js";
import type { BuiltInStrategies } from "./registry.js";

// Which parameters a strategy has, as far as its type tells: for the options of functions that take a strategy and its parameters.

/** The parameters a schema names, without those that only its index signature allows. */
type Named<P> = { readonly [K in keyof P as string extends K ? never : number extends K ? never : symbol extends K ? never : K]: P[K] };

/** Parameters that hold a symbol, as `isSymbolParam` has it. */
type SymbolName = "symbol" | "symbols" | `symbol${string}` | `${string}Symbol` | `${string}Symbols` | "underlying";

/** A strategy of which no parameter holds a symbol is given `symbol`. */
type WithSymbol<P> = Extract<keyof P, SymbolName> extends never ? P & { readonly symbol: Param<string> } : P;

/** The schema of a strategy; `never` where its type does not tell: a name that is no literal, a definition of any schema. */
type SchemaOf<S> = [S] extends [keyof BuiltInStrategies]
  ? Named<BuiltInStrategies[S]["params"]>
  : [S] extends [{ readonly params: infer P }]
    ? keyof Named<P> extends never
      ? never
      : WithSymbol<Named<P>>
    : never;

/** What may be written for a parameter: numbers also as text or as Decimals. */
type Written<I> = number extends I ? I | string | Decimal : I;
type InputOf<P> = P extends Param<infer _, infer I> ? Written<I> : unknown;

/** What `params` may hold for a strategy, given by its name or its definition: its own parameters, all of them optional. */
export type ParamsOf<S> = [SchemaOf<S>] extends [never]
  ? Readonly<Record<string, unknown>>
  : { readonly [K in keyof SchemaOf<S>]?: InputOf<SchemaOf<S>[K]> | undefined };

/** What `space` may hold for a strategy: values to try, by parameter. */
export type SpaceOf<S> = [SchemaOf<S>] extends [never]
  ? Readonly<Record<string, Iterable<unknown>>>
  : { readonly [K in keyof SchemaOf<S>]?: Iterable<InputOf<SchemaOf<S>[K]>> };
