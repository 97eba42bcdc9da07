import type { JournalLine, SessionBatch } from "./records.js";
import { fillRow, orderRow, positionRow, progressRow } from "./rows.js";

/** The journal's lines of a batch: what it changes in tables, then the lines it brings itself. */
export function linesOf(batch: SessionBatch): readonly JournalLine[] {
  const lines: JournalLine[] = [];
  const add = <T>(kind: string, items: readonly T[] | undefined, payload: (item: T) => unknown, symbol?: (item: T) => string): void => {
    for (const item of items ?? []) lines.push({ kind, payload: payload(item), ...(symbol === undefined ? {} : { symbol: symbol(item) }) });
  };
  add("intent", batch.intents, (intent) => intent, symbolOf);
  add("execution", batch.executions, (execution) => execution, symbolOf);
  add("order", batch.orders, orderRow, symbolOf);
  add("fill", batch.fills, fillRow, symbolOf);
  add("position", batch.positions, positionRow, symbolOf);
  add("algorithm", batch.algorithms, (algorithm) => algorithm);
  add("flag", batch.flags, (flag) => flag);
  add("log", batch.events, (event) => event);
  if (batch.progress !== undefined) lines.push({ kind: "progress", payload: progressRow(batch.progress) });
  if (batch.router !== undefined) {
    const { style, working, counters } = batch.router;
    const resting = working.map(({ tradeId, action, asset, retryN }) => ({ tradeId, action, asset, retryN }));
    lines.push({ kind: "router", payload: { style, working: resting, counters } });
  }
  return batch.lines === undefined ? lines : [...lines, ...batch.lines];
}

function symbolOf(item: { readonly symbol: string }): string {
  return item.symbol;
}
