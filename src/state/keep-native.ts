import type Sqlite from "better-sqlite3";

/** From this version on Node's headers make the library abort the process when one of its objects is collected while no JavaScript runs. */
const ABORTING_MAJOR = 24;

/** What must not be collected: small once its connection is closed, which frees what SQLite holds for it. */
const kept: object[] = [];

/** The library's own side of a connection, as far as it makes objects. */
type Native = Record<"prepare" | "backup", (...values: readonly unknown[]) => object>;

/**
 * The library with connections and statements that live as long as the process, where their collection would end it: version 12, the last for Node 20, compiled
 * with the headers of Node 24.19 or later.
 */
export function keepNative(library: typeof Sqlite, major: number = Number.parseInt(process.versions.node, 10)): typeof Sqlite {
  if (major < ABORTING_MAJOR) return library;
  return class Database extends library {
    constructor(...values: ConstructorParameters<typeof Sqlite>) {
      super(...values);
      kept.push(this);
      keepWhatItMakes(this);
    }
  } as typeof Sqlite;
}

/** Pragmas and transactions have statements too, which nobody but the library sees: all of them are made by the native object behind a connection. */
function keepWhatItMakes(connection: object): void {
  for (const symbol of Object.getOwnPropertySymbols(connection)) {
    const native = (connection as Record<symbol, unknown>)[symbol] as Native | undefined;
    if (typeof native?.prepare !== "function" || typeof native.backup !== "function") continue;
    for (const name of ["prepare", "backup"] as const) {
      const make = native[name];
      Object.defineProperty(native, name, {
        value: (...values: readonly unknown[]): object => {
          const made = Reflect.apply(make, native, values);
          kept.push(made);
          return made;
        },
      });
    }
  }
}
