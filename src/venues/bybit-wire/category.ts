import type { Side } from "../../core/index.js";
import { unknownName } from "../../errors/index.js";

/** The products that Tesserlab trades on Bybit. */
export const CATEGORIES = ["linear", "spot", "inverse"] as const;
/** A product group of Bybit; each has its own symbols, streams and order rules. */
export type Category = (typeof CATEGORIES)[number];

/** @throws LabError `CATEGORY_UNKNOWN`. */
export function category(name: string): Category {
  if (!(CATEGORIES as readonly string[]).includes(name)) throw unknownName("CATEGORY_UNKNOWN", "category", name, CATEGORIES);
  return name as Category;
}

/** `buy` as `Buy`. */
export function wireSide(side: Side): "Buy" | "Sell" {
  return side === "buy" ? "Buy" : "Sell";
}

/** `Buy` as `buy`; a flat position's side is "" or `None`, hence undefined. */
export function sideOf(text: unknown): Side | undefined {
  return text === "Buy" ? "buy" : text === "Sell" ? "sell" : undefined;
}
