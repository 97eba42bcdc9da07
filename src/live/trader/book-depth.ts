import type { MarketData } from "../../core/index.js";
import { LabError } from "../../errors/index.js";
import type { StrategyDefinition } from "../../strategies/index.js";

/** Levels of a side that a venue streams to who does not say how many: what Bybit's usual topic has. */
const USUAL_DEPTH = 50;

/**
 * How many levels of a side to subscribe to: what was asked for, else what the strategy's parameter `depth` needs beyond the usual; undefined for the venue's usual.
 * @throws LabError `BOOK_DEPTH` for more than the venue streams, or fewer than the strategy looks at: it would decide by another book than it was tested with.
 */
export function bookDepthOf(
  asked: number | undefined,
  { name, feeds }: Pick<StrategyDefinition, "name" | "feeds">,
  { depth: looksAt }: Readonly<Record<string, unknown>>,
  market: Pick<MarketData, "name" | "bookDepths">,
): number | undefined {
  const needs = feeds.includes("book") && typeof looksAt === "number" ? looksAt : 0;
  if (asked !== undefined && asked < needs)
    throw new LabError(
      "BOOK_DEPTH",
      `${name} looks at ${needs} levels of a side (depth), but the order book is to have ${asked}: ask for ${needs} at least.`,
      {
        details: { asked, needs },
      },
    );
  const depth = asked ?? (needs > USUAL_DEPTH ? needs : undefined);
  const deepest = market.bookDepths?.at(-1);
  if (depth !== undefined && deepest !== undefined && depth > deepest)
    throw new LabError(
      "BOOK_DEPTH",
      `${market.name} streams order books of at most ${deepest} levels a side (${market.bookDepths!.join(", ")}), ${asked === undefined ? `${name} looks at` : "asked for were"} ${depth}.`,
      { details: { depth, offered: market.bookDepths } },
    );
  return depth;
}
