import { localClosure, resolveLocal } from "../../modules/index.js";

/** What changed on disk, for the server, which does not look itself. */
export interface FileChange {
  readonly path: string;
  /** LSP's numbers. */
  readonly type: 1 | 2 | 3;
}

/** The user's own modules cells import, watched for edits: asked before each request, since a cell may have just been told to run after one. */
export class LocalModules {
  readonly #folder: string;
  readonly #known = new Map<string, ReadonlyMap<string, string>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The files behind these specifiers, and behind those asked for before, that changed since. */
  changes(specifiers: Iterable<string>): FileChange[] {
    const changed = new Map<string, FileChange>();
    for (const specifier of new Set([...this.#known.keys(), ...specifiers])) {
      const before = this.#known.get(specifier);
      const now = this.#files(specifier);
      this.#known.set(specifier, now);
      if (before === undefined) continue;
      for (const path of now.keys()) if (before.get(path) !== now.get(path)) changed.set(path, { path, type: before.has(path) ? 2 : 1 });
      for (const path of before.keys())
        if (!now.has(path)) changed.set(path, { path, type: resolveLocal(path, this.#folder) === path ? 2 : 3 });
    }
    return [...changed.values()];
  }

  #files(specifier: string): ReadonlyMap<string, string> {
    const path = resolveLocal(specifier, this.#folder);
    if (path === undefined) return new Map();
    try {
      return new Map(localClosure(path).files.map((file) => [file, localClosure(file).sha256]));
    } catch {
      return new Map(); // a file vanished while it was read: the next time tells
    }
  }
}
