import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import type Sqlite from "better-sqlite3";
import { makeFolder } from "../core/index.js";
import { LabError, suggest } from "../errors/index.js";
import { keepNative } from "./keep-native.js";
import { APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION } from "./schema.js";

/** An open SQLite connection. */
export type Database = Sqlite.Database;

let library: typeof Sqlite | undefined;

/** The library, loaded at first use: a kernel that starts does not wait for it. */
export const sqlite = (): typeof Sqlite => {
  library ??= keepNative(createRequire(import.meta.url)("better-sqlite3") as typeof Sqlite);
  return library;
};

const MAGIC = "SQLite format 3\0";
/** How long a statement waits for another connection's write lock. */
const BUSY_MS = 5_000;
/** What a writer keeps of its file in memory, in KiB. It adds at the end and looks up what is new: a larger cache, such as the 16 MB of the library, would only fill up as the file grows. */
const CACHE_KIB = 512;

/** What kind of state a file holds. */
export type StateFormat = "tesserlab" | "tesser";

/** Checks that a path names an SQLite file. @throws LabError `STATE_MISSING`, `STATE_NOT_SQLITE`. */
function checkFile(path: string): void {
  if (!existsSync(path)) {
    const folder = dirname(path);
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => [".db", ".sqlite", extname(path)].includes(extname(name))) : [];
    const near = suggest(basename(path), names);
    const hint =
      near === undefined ? (existsSync(folder) ? "" : ` The folder ${folder} does not exist.`) : ` Did you mean ${join(folder, near)}?`;
    throw new LabError("STATE_MISSING", `There is no state file ${path}.${hint} A session makes one when it starts.`, {
      details: { path, suggestion: near },
    });
  }
  if (statSync(path).isDirectory())
    throw new LabError("STATE_NOT_SQLITE", `${path} is a folder, not an SQLite state file. Tesser's LMDB state is not readable here.`, {
      details: { path },
    });
  const head = Buffer.alloc(MAGIC.length);
  const file = openSync(path, "r");
  const read = readSync(file, head, 0, head.length, 0);
  closeSync(file);
  if (read > 0 && head.toString("latin1") !== MAGIC)
    throw new LabError("STATE_NOT_SQLITE", `${path} is not an SQLite file, so it holds no trading state.`, { details: { path } });
}

/** Runs a database operation; what SQLite says of a damaged or unusable file becomes a `LabError`. */
export function guarded<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof sqlite().SqliteError)) throw cause;
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(cause.code))
      throw new LabError("STATE_CORRUPT", `${path} is damaged: ${cause.message}. Restore a copy of it.`, { details: { path }, cause });
    if (cause.code.startsWith("SQLITE_BUSY"))
      throw new LabError("STATE_BUSY", `${path} is being written by another program; it did not let go within ${BUSY_MS / 1000} s.`, {
        details: { path },
        cause,
      });
    if (cause.code === "SQLITE_FULL")
      throw new LabError(
        "STATE_FULL",
        `There is no room to write ${path}: ${cause.message}. Make room on its disk; the file is as it was.`,
        {
          details: { path },
          cause,
        },
      );
    throw new LabError("STATE_IO", `${path} cannot be used: ${cause.message} (${cause.code}).`, { details: { path }, cause });
  }
}

const statements = new WeakMap<Database, Map<string, Sqlite.Statement>>();

/** A statement of a connection, prepared once. */
export function statement(db: Database, sql: string): Sqlite.Statement {
  let known = statements.get(db);
  if (known === undefined) {
    known = new Map();
    statements.set(db, known);
  }
  let found = known.get(sql);
  if (found === undefined) {
    found = db.prepare(sql);
    known.set(sql, found);
  }
  return found;
}

function pragma(db: Database, name: string): number {
  return db.pragma(name, { simple: true }) as number;
}

function tables(db: Database): string[] {
  return db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[];
}

/** Which state an open file holds. @throws LabError `STATE_NEWER`, `STATE_EMPTY`, `STATE_FOREIGN`. */
function formatOf(db: Database, path: string): StateFormat {
  if (pragma(db, "application_id") === APPLICATION_ID) {
    const version = pragma(db, "user_version");
    if (version > SCHEMA_VERSION)
      throw new LabError(
        "STATE_NEWER",
        `${path} was written by a newer Tesserlab (schema ${version}); this one reads up to ${SCHEMA_VERSION}. Upgrade to open it.`,
        {
          details: { path, version, supported: SCHEMA_VERSION },
        },
      );
    return "tesserlab";
  }
  const names = tables(db);
  if (names.includes("state")) return "tesser";
  if (names.length === 0)
    throw new LabError("STATE_EMPTY", `${path} is an empty database: no session has written to it.`, { details: { path } });
  if (names.includes("algo_states"))
    throw new LabError(
      "STATE_FOREIGN",
      `${path} holds Tesser's execution algorithms; its positions are in the state file beside it, ${path.replace(/\.algos\.db$/, ".db")}.`,
      {
        details: { path, tables: names },
      },
    );
  throw new LabError("STATE_FOREIGN", `${path} is an SQLite file, but no trading state: it has the tables ${names.join(", ")}.`, {
    details: { path, tables: names },
  });
}

/**
 * Opens a state file to read, beside whoever writes it.
 * @throws LabError `STATE_MISSING` with the nearest file, `STATE_NOT_SQLITE`, `STATE_EMPTY`, `STATE_FOREIGN`, `STATE_NEWER`, `STATE_CORRUPT`, `STATE_IO`.
 */
export function openToRead(path: string): { db: Database; format: StateFormat } {
  checkFile(path);
  return guarded(path, () => {
    const db = new (sqlite())(path, { readonly: true, fileMustExist: true, timeout: BUSY_MS });
    try {
      return { db, format: formatOf(db, path) };
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/**
 * Opens a state file to write, durable at every commit; makes it and its folder where there is none.
 * @throws LabError `STATE_NOT_SQLITE`, `STATE_FOREIGN` for a file that is not ours (a Tesser state file is never written), `STATE_NEWER`, `STATE_CORRUPT`,
 *   `STATE_FULL`, `STATE_IO`.
 */
export function openToWrite(path: string, maxBytes?: number): Database {
  if (existsSync(path)) checkFile(path);
  else makeFolderOf(path);
  return guarded(path, () => {
    const db = new (sqlite())(path, { timeout: BUSY_MS });
    try {
      const fresh = pragma(db, "application_id") === 0 && tables(db).length === 0;
      if (!fresh && formatOf(db, path) === "tesser")
        throw new LabError(
          "STATE_FOREIGN",
          `${path} is a Tesser state file; sessions are written to a file of their own. Give another statePath.`,
          { details: { path } },
        );
      db.pragma("journal_mode = WAL");
      db.pragma("synchronous = FULL");
      db.pragma("foreign_keys = ON");
      db.pragma(`cache_size = ${-CACHE_KIB}`);
      if (maxBytes !== undefined) db.pragma(`max_page_count = ${Math.max(1, Math.floor(maxBytes / pragma(db, "page_size")))}`);
      migrate(db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** @throws LabError `STATE_IO` for a folder that cannot be made. */
function makeFolderOf(path: string): void {
  try {
    makeFolder(dirname(path));
  } catch (cause) {
    throw new LabError("STATE_IO", `${path} cannot be used: its folder cannot be made (${(cause as Error).message}).`, {
      details: { path },
      cause,
    });
  }
}

/** Brings a file to the newest schema; two processes that start at once take turns. */
function migrate(db: Database): void {
  db.transaction(() => {
    for (let version = pragma(db, "user_version"); version < SCHEMA_VERSION; version++) {
      db.exec(MIGRATIONS[version]!);
      db.pragma(`user_version = ${version + 1}`);
    }
    db.pragma(`application_id = ${APPLICATION_ID}`);
  }).immediate();
}
