import Sqlite from "better-sqlite3";

/** Refuses a session's writes from its 20th event to its 40th, as if the disk had failed in between. Hand it to `until`: it never ends the session. */
export function refusesForAWhile(path: string): () => boolean {
  let events = 0;
  let held: Record<string, unknown> | undefined;
  return () => {
    events++;
    if (events !== 20 && events !== 40) return false;
    const db = new Sqlite(path);
    if (events === 20) {
      held = db.prepare("SELECT * FROM lock").get() as Record<string, unknown>;
      db.exec("DELETE FROM lock");
    } else
      db.prepare("INSERT INTO lock (id, session, pid, acquired, heartbeat) VALUES (@id, @session, @pid, @acquired, @heartbeat)").run(held);
    db.close();
    return false;
  };
}
