import { LabError } from "../errors/index.js";
import { backupState, openState, restoreState, type SessionView } from "../state/index.js";

/**
 * A session of ours in a state file, the newest unless an id is given: typed as one, where `state.open` may return a look at a Tesser file.
 * @throws LabError those of `state.open`, `STATE_FOREIGN` for a Tesser file, `SESSION_UNKNOWN`.
 */
function session(path?: string, id?: string): SessionView {
  const view = openState(path);
  if (view.format === "tesserlab") return id === undefined ? view : view.session(id);
  view.close();
  throw new LabError(
    "STATE_FOREIGN",
    `${view.path} is a Tesser state file and holds no session of ours; state.open("${view.path}") reads it.`,
  );
}

/**
 * What sessions left behind. `state.open("reports/live_state.db").positions()` reads a state file of ours or of Tesser's, also while a session writes to it;
 * `state.session(path)` is the same for ours alone. `await state.backup(path, copy)` copies one, also while a session writes to it; `await state.restore(copy, path)` puts
 * a copy back where no session runs.
 */
export const state: {
  readonly open: typeof openState;
  readonly session: typeof session;
  readonly backup: typeof backupState;
  readonly restore: typeof restoreState;
} = Object.freeze({ open: openState, session, backup: backupState, restore: restoreState });
