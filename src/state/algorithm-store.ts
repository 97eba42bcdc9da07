import type { Json, StoredAlgorithm } from "./records.js";
import type { StateWriter } from "./writer.js";

/** Where running algorithms are kept: what the execution layer asks for before it sends a child. */
export interface AlgorithmTable<T> {
  put(id: string, saved: T): void;
  delete(id: string): void;
  all(): ReadonlyMap<string, T>;
}

/**
 * Keeps running algorithms in a session's state file: what is put is on disk when it returns.
 * @param kept - what the file held before, from `SessionView.algorithms()` of an interrupted session.
 * @throws LabError as {@link StateWriter.write} does.
 */
export function algorithmStore<T extends object>(writer: StateWriter, kept: readonly StoredAlgorithm[] = []): AlgorithmTable<T> {
  const current = new Map(kept.filter(({ payload }) => payload !== undefined).map(({ id, payload }) => [id, payload as unknown as T]));
  return {
    put(id, saved) {
      writer.write({ algorithms: [{ id, payload: saved as unknown as Json }] });
      current.set(id, saved);
    },
    delete(id) {
      if (!current.delete(id)) return;
      writer.write({ algorithms: [{ id, payload: undefined }] });
    },
    all: () => new Map(current),
  };
}
