import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type Database from "better-sqlite3";
import type { Content } from "./message.js";

type Entry = readonly [session: number, line: number, input: string | readonly [input: string, output: string | null]];

interface Row {
  readonly session: number;
  readonly line: number;
  readonly source: string;
  /** Result as text, if it had one. */
  readonly output: string | null;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS session (id INTEGER PRIMARY KEY AUTOINCREMENT, started TEXT NOT NULL, folder TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS input (session INTEGER NOT NULL, line INTEGER NOT NULL, source TEXT NOT NULL, PRIMARY KEY (session, line));
  CREATE TABLE IF NOT EXISTS output (session INTEGER NOT NULL, line INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (session, line));
`;
const ROWS = "SELECT *, (SELECT text FROM output WHERE output.session = input.session AND output.line = input.line) AS output FROM input";
/** Longest result that is kept, characters. */
const MAX_OUTPUT = 100_000;
/** What a front end gets that names no number. */
const DEFAULT_COUNT = 1000;

/** Executed cells of all sessions, in a small database of the user's. It is opened at first use: a kernel must start at once. */
export class History {
  readonly #path: string;
  readonly #folder: string;
  readonly #log: (text: string) => void;
  #open: { database: Database.Database; session: number } | undefined;
  /** Prepared once and kept: on Node 24 a statement that is collected can abort the process. */
  readonly #statements = new Map<string, Database.Statement<unknown[], Row>>();

  /**
   * @param path - file of the database; `:memory:` keeps nothing.
   * @param folder - the notebook's, noted with the session.
   */
  constructor(path: string, folder: string, log: (text: string) => void) {
    this.#path = path;
    this.#folder = folder;
    this.#log = log;
  }

  /** Notes an input and its result; never throws: a full disk must not stop a cell. */
  add(line: number, source: string, output: string | undefined): void {
    try {
      const { session } = this.#database();
      this.#statement("INSERT OR REPLACE INTO input VALUES (?, ?, ?)").run(session, line, source);
      if (output !== undefined)
        this.#statement("INSERT OR REPLACE INTO output VALUES (?, ?, ?)").run(session, line, output.slice(0, MAX_OUTPUT));
    } catch (error) {
      this.#log(`history: ${String(error)}`);
    }
  }

  /** Answers a `history_request`. */
  answer(request: Content): readonly Entry[] {
    const rows = this.#rows(request);
    return rows.map(({ session, line, source, output }) => [session, line, request.output === true ? [source, output] : source]);
  }

  close(): void {
    this.#open?.database.close();
    this.#open = undefined;
  }

  #rows(request: Content): readonly Row[] {
    const { session } = this.#database();
    const n = typeof request.n === "number" ? request.n : DEFAULT_COUNT;
    const all = (sql: string, ...values: unknown[]): Row[] => this.#statement(sql).all(...values);
    switch (request.hist_access_type) {
      case "range": {
        const asked = Number(request.session ?? 0);
        const wanted = asked > 0 ? asked : session + asked;
        const stop = typeof request.stop === "number" ? request.stop : Number.MAX_SAFE_INTEGER;
        return all(`${ROWS} WHERE session = ? AND line >= ? AND line < ? ORDER BY line`, wanted, Number(request.start ?? 0), stop);
      }
      case "search": {
        const pattern = String(request.pattern ?? "*");
        const latest = request.unique === true ? "GROUP BY source HAVING max(session * 1e9 + line)" : "";
        return all(`${ROWS} WHERE source GLOB ? ${latest} ORDER BY session DESC, line DESC LIMIT ?`, pattern, n).reverse();
      }
      default:
        return all(`${ROWS} ORDER BY session DESC, line DESC LIMIT ?`, n).reverse();
    }
  }

  #statement(sql: string): Database.Statement<unknown[], Row> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database().database.prepare<unknown[], Row>(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #database(): { database: Database.Database; session: number } {
    this.#open ??= this.#start(this.#path);
    return this.#open;
  }

  #start(path: string): { database: Database.Database; session: number } {
    const Sqlite = createRequire(import.meta.url)("better-sqlite3") as typeof Database;
    try {
      if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
      const database = new Sqlite(path, { timeout: 500 });
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${SCHEMA}`);
      const begin = "INSERT INTO session (started, folder) VALUES (?, ?)";
      const statement = database.prepare<unknown[], Row>(begin);
      this.#statements.set(begin, statement);
      const { lastInsertRowid } = statement.run(new Date().toISOString(), this.#folder);
      return { database, session: Number(lastInsertRowid) };
    } catch (error) {
      if (path === ":memory:") throw error;
      this.#log(`history is not kept: ${path}: ${String(error)}`);
      return this.#start(":memory:");
    }
  }
}
