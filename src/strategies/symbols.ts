import type { ParamSchema } from "./params.js";

/** Names of parameters that hold symbols, in Tesser's way: `symbol`, `symbols`, `symbolA`, `volSymbol`, `underlying`. */
export function isSymbolParam(name: string): boolean {
  return /^symbols?$|^symbol[A-Z]|Symbols?$|^underlying$/.test(name);
}

/** The parameters of a schema that hold one symbol or several, in its order. */
export function symbolParams(schema: ParamSchema): readonly string[] {
  return Object.keys(schema).filter((name) => isSymbolParam(name) && (schema[name]?.kind === "text" || schema[name]?.kind === "texts"));
}

/** A symbol without its venue: `bybit_linear:BTCUSDT` is BTCUSDT. */
export function plainSymbol(symbol: string): string {
  return symbol.slice(symbol.indexOf(":") + 1);
}
