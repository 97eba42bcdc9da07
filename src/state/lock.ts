import { processIsAlive, timeText } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { type Database, statement } from "./database.js";

/** A lock whose process is alive but silent for this long is taken over: its thread is gone or hangs. */
const SILENT_MS = 60_000;

interface LockRow {
  readonly session: string;
  readonly pid: number;
  readonly acquired: number;
  readonly heartbeat: number;
}

/** The session that holds a file, if it is still there. */
export function holder(db: Database, now: number): LockRow | undefined {
  const row = db.prepare("SELECT session, pid, acquired, heartbeat FROM lock").get() as LockRow | undefined;
  return row !== undefined && processIsAlive(row.pid) && now - row.heartbeat < SILENT_MS ? row : undefined;
}

/**
 * Takes a file for a session; call it inside a transaction that holds the write lock. A session left by a dead process is marked interrupted.
 * @throws LabError `STATE_LOCKED` naming the session that holds it.
 */
export function takeLock(db: Database, path: string, session: string, now: number): void {
  const held = holder(db, now);
  if (held !== undefined)
    throw new LabError(
      "STATE_LOCKED",
      `${path} is in use by session ${held.session} (process ${held.pid}, since ${timeText(held.acquired)}). Stop it, or give another statePath.`,
      { details: { path, session: held.session, pid: held.pid } },
    );
  db.prepare("UPDATE session SET status = 'interrupted' WHERE status = 'running'").run();
  db.prepare("INSERT OR REPLACE INTO lock (id, session, pid, acquired, heartbeat) VALUES (1, ?, ?, ?, ?)").run(
    session,
    process.pid,
    now,
    now,
  );
}

/** Says that a session is alive. @throws LabError `STATE_LOCK_LOST` when another session took the file over. */
export function keepLock(db: Database, path: string, session: string, now: number): void {
  if (statement(db, "UPDATE lock SET heartbeat = ? WHERE session = ?").run(now, session).changes === 1) return;
  const row = db.prepare("SELECT session FROM lock").get() as { session: string } | undefined;
  throw new LabError(
    "STATE_LOCK_LOST",
    `Session ${session} no longer holds ${path}: ${row === undefined ? "its lock was removed" : `session ${row.session} took it over`}.`,
    {
      details: { path, session, holder: row?.session },
    },
  );
}

/** Lets go of a file. */
export function releaseLock(db: Database, session: string): void {
  db.prepare("DELETE FROM lock WHERE session = ?").run(session);
}
