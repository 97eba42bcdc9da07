import type { EpochMs } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { type Database, statement } from "./database.js";
import type { Json, SessionBatch, StoredAlgorithm, StoredExecution, StoredFlag, StoredIntent } from "./records.js";
import { stableJson } from "./stable-json.js";

/** Writes intents, executions, algorithm states and flags of a batch; call it inside a transaction. @throws LabError `STATE_CONFLICT`. */
export function putLive(db: Database, session: string, batch: SessionBatch, now: EpochMs): void {
  for (const intent of batch.intents ?? []) putIntent(db, session, intent);
  for (const execution of batch.executions ?? []) putExecution(db, session, execution);
  for (const { id, payload } of batch.algorithms ?? [])
    if (payload === undefined) statement(db, "DELETE FROM algorithm WHERE session = ? AND id = ?").run(session, id);
    else
      statement(db, "INSERT OR REPLACE INTO algorithm (session, id, payload, updated) VALUES (?, ?, ?, ?)").run(
        session,
        id,
        stableJson(payload),
        now,
      );
  for (const { name, value } of batch.flags ?? [])
    if (value === null) statement(db, "DELETE FROM flag WHERE name = ?").run(name);
    else
      statement(db, "INSERT OR REPLACE INTO flag (name, session, value, time) VALUES (?, ?, ?, ?)").run(
        name,
        session,
        stableJson(value),
        now,
      );
}

/** A request never changes under its client order id: only what became of it does. */
function putIntent(db: Database, session: string, intent: StoredIntent): void {
  const request = stableJson(intent.request);
  const stored = statement(db, "SELECT request FROM intent WHERE session = ? AND client_order_id = ?")
    .pluck()
    .get(session, intent.clientOrderId) as string | undefined;
  if (stored !== undefined && stored !== request)
    throw new LabError("STATE_CONFLICT", `Order ${intent.clientOrderId} of session ${session} is stored with another request.`, {
      details: { clientOrderId: intent.clientOrderId, stored, request },
    });
  statement(
    db,
    `INSERT INTO intent (session, client_order_id, symbol, request, created, state, outcome) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (session, client_order_id) DO UPDATE SET state = excluded.state, outcome = excluded.outcome`,
  ).run(
    session,
    intent.clientOrderId,
    intent.symbol,
    request,
    intent.created,
    intent.state,
    intent.outcome === undefined ? null : stableJson(intent.outcome),
  );
}

/** An execution is taken in once: the same again changes nothing, another under its id is a contradiction. */
function putExecution(db: Database, session: string, execution: StoredExecution): void {
  const payload = stableJson(execution.payload);
  const { executionId, clientOrderId, symbol, time } = execution;
  const added = statement(
    db,
    "INSERT INTO execution (session, execution_id, client_order_id, symbol, time, payload) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  ).run(session, executionId, clientOrderId, symbol, time, payload);
  if (added.changes === 1) return;
  const stored = statement(db, "SELECT payload FROM execution WHERE session = ? AND execution_id = ?").pluck().get(session, executionId);
  if (stored !== payload)
    throw new LabError("STATE_CONFLICT", `Execution ${executionId} of session ${session} is stored with other values.`, {
      details: { executionId, stored, payload },
    });
}

const parse = (text: unknown): Json => JSON.parse(text as string) as Json;

/** A session's intents, in the order they were made. */
export function readIntents(db: Database, session: string): readonly StoredIntent[] {
  const rows = db.prepare("SELECT * FROM intent WHERE session = ? ORDER BY rowid").all(session) as Record<string, unknown>[];
  return rows.map(intentOf);
}

/** One intent of a session, by its client order id. */
export function readIntent(db: Database, session: string, clientOrderId: string): StoredIntent | undefined {
  const row = statement(db, "SELECT * FROM intent WHERE session = ? AND client_order_id = ?").get(session, clientOrderId);
  return row === undefined ? undefined : intentOf(row as Record<string, unknown>);
}

function intentOf(row: Record<string, unknown>): StoredIntent {
  return {
    clientOrderId: row.client_order_id as string,
    symbol: row.symbol as string,
    request: parse(row.request),
    created: row.created as number,
    state: row.state as StoredIntent["state"],
    outcome: row.outcome === null ? undefined : parse(row.outcome),
  };
}

/** A session's executions by time. */
export function readExecutions(db: Database, session: string): readonly StoredExecution[] {
  const rows = db.prepare("SELECT * FROM execution WHERE session = ? ORDER BY time, rowid").all(session) as Record<string, unknown>[];
  return rows.map((row) => ({
    executionId: row.execution_id as string,
    clientOrderId: row.client_order_id as string,
    symbol: row.symbol as string,
    time: row.time as number,
    payload: parse(row.payload),
  }));
}

/** States of the algorithms under way. */
export function readAlgorithms(db: Database, session: string): readonly StoredAlgorithm[] {
  const rows = db.prepare("SELECT id, payload FROM algorithm WHERE session = ? ORDER BY id").all(session) as Record<string, unknown>[];
  return rows.map((row) => ({ id: row.id as string, payload: parse(row.payload) }));
}

/** Switches that are set in the file. */
export function readFlags(db: Database): readonly StoredFlag[] {
  const rows = db.prepare("SELECT name, value FROM flag ORDER BY name").all() as Record<string, unknown>[];
  return rows.map((row) => ({ name: row.name as string, value: parse(row.value) }));
}
