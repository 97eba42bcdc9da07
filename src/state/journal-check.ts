import type { Fill, Order, Position } from "../core/index.js";
import type { Database } from "./database.js";
import { readJournal } from "./journal.js";
import { foldTo, historyTo, snapshotText } from "./moment.js";
import { fillRow, orderRow, positionRow, type Row } from "./rows.js";
import { stableJson } from "./stable-json.js";

/** What the tables of a session say. */
interface Tables {
  readonly orders: readonly Order[];
  readonly fills: readonly Fill[];
  readonly positions: readonly Position[];
}

/** Folds a journal from its first line and tells what disagrees with its numbering, its snapshots or the tables. */
export function checkJournal(db: Database, session: string, tables: Tables): readonly string[] {
  const problems: string[] = [];
  const numbers = db.prepare("SELECT count(*) AS lines, coalesce(max(sequence), 0) AS newest FROM journal WHERE session = ?").get(session);
  const { lines, newest } = numbers as { readonly lines: number; readonly newest: number };
  if (lines !== newest) problems.push(`The journal's newest line is ${newest}, but it has ${lines} lines: ${newest - lines} are missing.`);
  const snapshots = db.prepare("SELECT sequence, payload FROM snapshot WHERE session = ?").all(session) as {
    readonly sequence: number;
    readonly payload: string;
  }[];
  for (const { sequence, payload } of snapshots)
    if (snapshotText(foldTo(db, session, sequence, true)) !== payload)
      problems.push(`The snapshot of line ${sequence} is not what the lines before it fold to.`);
  const history = historyTo(db, session, newest);
  const positions = [...foldTo(db, session, newest, true).positions.values()];
  const started = readJournal(db, session, { kind: "session", limit: 1 })[0];
  // A session of an earlier release has rows from before its journal began.
  const partial = started?.sequence !== 1;
  problems.push(...compare("order", history.orders(), tables.orders.map(orderRow), "id", partial));
  problems.push(...compare("fill", history.fills(), tables.fills.map(fillRow), "id", partial));
  problems.push(...compare("position", positions, tables.positions.map(positionRow), "symbol", partial));
  return problems;
}

function compare(what: string, journal: readonly Row[], table: readonly Row[], key: string, partial: boolean): string[] {
  const told = new Map(journal.map((row) => [row[key], stableJson(row)]));
  const stored = new Map(table.map((row) => [row[key], stableJson(row)]));
  const missing = [...told.keys()].filter((id) => !stored.has(id)).map((id) => `The journal has ${what} ${id}, its table has not.`);
  const different = [...stored].flatMap(([id, text]) => {
    const line = told.get(id);
    if (line === text || (line === undefined && partial)) return [];
    return [
      line === undefined ? `The table has ${what} ${id}, the journal has not.` : `The journal and the table differ on ${what} ${id}.`,
    ];
  });
  return [...missing, ...different];
}
