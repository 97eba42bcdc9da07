import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type Sqlite from "better-sqlite3";
import { type Clock, systemClock, timeText } from "../core/index.js";
import { LabError } from "../errors/index.js";
import { guarded, openToRead, openToWrite, sqlite } from "./database.js";
import { holder } from "./lock.js";
import { stableJson } from "./stable-json.js";

/** What was copied. */
export interface StateCopy {
  readonly path: string;
  readonly bytes: number;
  /** Where the file that stood there before has been moved. */
  readonly replaced?: string;
}

/** Name of the flag that a restored file carries until a session has agreed with its venue. */
const RESTORED = "restored";

const damage = (db: Sqlite.Database): string[] =>
  (db.pragma("integrity_check") as { readonly integrity_check: string }[])
    .map((row) => row.integrity_check)
    .filter((text) => text !== "ok");

function syncFile(path: string): void {
  const file = openSync(path, "r+");
  fsyncSync(file);
  closeSync(file);
}

/**
 * Copies a state file by SQLite's online backup, also while a session writes to it: the copy is the file as of one moment, held by no session. Tesser's files are copied too.
 * @throws LabError `FILE_EXISTS` for a target that is there already, `STATE_CORRUPT` for a copy that is not sound, and what opening throws.
 */
export async function backupState(path: string, target: string): Promise<StateCopy> {
  if (existsSync(target))
    throw new LabError("FILE_EXISTS", `${target} exists already; a backup never replaces a file. Give another name.`, {
      details: { target },
    });
  const { db, format } = openToRead(path);
  const part = `${target}.part`;
  try {
    await db.backup(part);
    guarded(part, () => {
      const copy = new (sqlite())(part);
      try {
        const wrong = damage(copy);
        if (wrong.length > 0) throw new LabError("STATE_CORRUPT", `The copy of ${path} is not sound: ${wrong[0]}.`, { details: { path } });
        // Who held the file does not hold its copy.
        if (format === "tesserlab") copy.exec("DELETE FROM lock; UPDATE session SET status = 'interrupted' WHERE status = 'running'");
        // One file without companions.
        copy.pragma("journal_mode = DELETE");
      } finally {
        copy.close();
      }
    });
    syncFile(part);
    renameSync(part, target);
  } catch (error) {
    rmSync(part, { force: true });
    throw error instanceof LabError ? error : guarded(target, () => raise(error));
  } finally {
    db.close();
  }
  return { path: target, bytes: sizeOf(target) };
}

function raise(error: unknown): never {
  throw error;
}

function sizeOf(path: string): number {
  const db = new (sqlite())(path, { readonly: true });
  try {
    return (db.pragma("page_count", { simple: true }) as number) * (db.pragma("page_size", { simple: true }) as number);
  } finally {
    db.close();
  }
}

/** @throws LabError `STATE_LOCKED` while a session runs on a file. */
function refuseWhileRunning(path: string, now: number): void {
  const { db, format } = openToRead(path);
  try {
    const held = format === "tesserlab" ? holder(db, now) : undefined;
    if (held !== undefined)
      throw new LabError(
        "STATE_LOCKED",
        `${path} is in use by session ${held.session} (process ${held.pid}). Stop it before restoring: tesserlab live stop ${held.session}, or live.attach("${held.session}").`,
        { details: { path, session: held.session, pid: held.pid } },
      );
  } finally {
    db.close();
  }
}

/**
 * Puts a backup in a state file's place. What stood there is kept beside it. The restored file says that it is one: the next session asks its venue first, and
 * enters nothing until the two agree or an operator confirms.
 * @throws LabError `STATE_LOCKED` while a session runs on the file, `STATE_CORRUPT` for a backup that is not sound, `STATE_FOREIGN` for one that is not ours, and what
 *   opening throws; then nothing has changed.
 */
export async function restoreState(backup: string, path: string, options: { readonly clock?: Clock } = {}): Promise<StateCopy> {
  const now = (options.clock ?? systemClock).now();
  if (existsSync(path)) refuseWhileRunning(path, now);
  const { db: source, format } = openToRead(backup);
  source.close();
  if (format !== "tesserlab")
    throw new LabError("STATE_FOREIGN", `${backup} is a Tesser state file; only a Tesserlab state can be restored.`, {
      details: { backup },
    });
  const part = `${path}.restoring`;
  rmSync(part, { force: true });
  try {
    await backupState(backup, part);
    const db = openToWrite(part);
    try {
      guarded(part, () => {
        const value = stableJson({ from: basename(backup), at: timeText(now) });
        db.prepare("INSERT OR REPLACE INTO flag (name, session, value, time) VALUES (?, NULL, ?, ?)").run(RESTORED, value, now);
        db.pragma("journal_mode = DELETE");
      });
    } finally {
      db.close();
    }
    syncFile(part);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  const replaced = existsSync(path) ? asideOf(path, now) : undefined;
  if (replaced !== undefined) {
    // The companions go with the file they belong to.
    renameSync(path, replaced);
    for (const tail of ["-wal", "-shm"]) if (existsSync(path + tail)) renameSync(path + tail, replaced + tail);
  }
  renameSync(part, path);
  return { path, bytes: sizeOf(path), ...(replaced === undefined ? {} : { replaced }) };
}

function asideOf(path: string, now: number): string {
  const stamp = timeText(now)
    .replaceAll(/[^0-9]/g, "")
    .slice(0, 14);
  let name = join(dirname(path), `${basename(path)}.before-${stamp}`);
  while (existsSync(name)) name += "-";
  return name;
}
